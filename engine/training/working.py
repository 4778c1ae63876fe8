"""What a process of a run works with, from the run's folder: model, data, the trained module, its checkpoint."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.clip import Clip
from engine.training import checkpoints, towers
from engine.training.errors import RunDamaged
from engine.training.optimizing import Batches, Group, Stepper
from engine.training.pairs import TRAINING, Pairs
from engine.training.recipes import Recipe
from engine.training.runs import LAST, Plan, Run


@dataclass
class Progress:
    """What a checkpoint keeps beside weights and optimizer. ``score``: mean accuracy, then minus the loss."""

    step: int = 0
    evaluated: int = -1
    best_step: int = -1
    best_score: tuple[float, float] = (-1.0, 0.0)


@dataclass(frozen=True)
class Work:
    """What one process of a run works with. ``before``: the tensors that the training changes, as they were."""

    run: Run
    plan: Plan
    recipe: Recipe
    pairs: Pairs
    clip: Clip
    trainee: towers.Trainee
    batches: Batches
    stepper: Stepper
    before: dict[str, Tensor]
    classes: Tensor  # (K,) numbers of the class prompts
    classes_before: np.ndarray  # (K, D)

    def origin(self) -> dict[str, Any]:
        """What a checkpoint belongs to."""
        return {"data": self.plan.data, "text_key": self.plan.text_key, "recipe": self.recipe.model_dump(mode="json")}

    def save(self, progress: Progress) -> None:
        """Put everything that decides the next step into the last checkpoint."""
        weights = self.trainee.trained()
        tensors: dict[str, Tensor] = dict(weights)
        for name, parameter in weights.items():
            for key, tensor in self.stepper.optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer.{key}.{name}"] = tensor
        state = {**self.origin(), "progress": asdict(progress), "pieces": self.stepper.pieces}
        checkpoints.save(self.run.folder / LAST, tensors, state)

    def resume(self) -> Progress:
        """Put back what the last checkpoint holds; the beginning where there is none."""
        file = self.run.folder / LAST
        if not file.is_file():
            return Progress()
        tensors, state = checkpoints.load(file)
        if {key: state.get(key) for key in self.origin()} != self.origin():
            raise RunDamaged(f"The checkpoint {str(file)!r} was made for other data, another model or another recipe.")
        for name, parameter in self.trainee.trained().items():
            if name not in tensors or tensors[name].shape != parameter.shape:
                raise RunDamaged(f"The checkpoint {str(file)!r} is of another architecture: {name} does not fit.")
            with torch.no_grad():
                parameter.copy_(tensors[name])
            self._resume_optimizer(name, parameter, tensors)
        self.stepper.pieces = state["pieces"]
        found = state["progress"]
        return Progress(**{**found, "best_score": tuple(found["best_score"])})

    def _resume_optimizer(self, name: str, parameter: Tensor, tensors: dict[str, Tensor]) -> None:
        saved = {key: tensors.get(f"optimizer.{key}.{name}") for key in ("step", "exp_avg", "exp_avg_sq")}
        moments = {key: tensor for key, tensor in saved.items() if tensor is not None}
        if moments:  # none before the first step; Adam counts its steps on the CPU
            self.stepper.optimizer.state[parameter] = {
                key: tensor if key == "step" else tensor.to(parameter.device) for key, tensor in moments.items()
            }


def prepare(run: Run, clip: Clip, group: Group) -> Work:
    """Load what the run's folder holds and make the module that is trained."""
    plan, recipe = run.plan(), run.recipe()
    if (clip.text_key, clip.encoder_key) != (plan.text_key, plan.encoder_key):
        raise RunDamaged(f"The model {plan.model} is not the one that the run {run.name} was planned with any more.")
    data = run.pairs(plan)
    torch.manual_seed(recipe.seed)
    device = torch.device(clip.device)
    texts = [*data.texts, *plan.anchors]
    trainee = towers.make_trainee(recipe, clip.network, clip.tokenize(texts).to(device))
    anchors = torch.arange(len(data.texts), len(texts), device=device)
    with torch.no_grad():
        pieces = [trainee(piece) for piece in anchors.split(towers.TEXTS_AT_ONCE)]
    anchors_before = torch.cat(pieces)
    classes = torch.tensor([texts.index(prompt, len(data.texts)) for prompt in plan.classes], device=device)
    return Work(
        run, plan, recipe, data, clip, trainee,
        batches=Batches(recipe, data, data.part(TRAINING), anchors, anchors_before),
        stepper=Stepper(recipe, trainee, group, device),
        before={name: clip.network.state_dict()[name].cpu().clone() for name in trainee.changed()},
        classes=classes,
        classes_before=anchors_before[classes - len(data.texts)].cpu().numpy(),
    )  # fmt: skip
