"""The models that are measured: by name, or a run along the path of weight averaging from before to after.

Models are loaded one after another, each once; all text encoders of a run share the vectors of its image encoder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.training import checkpoints, runs, towers
from engine.training.errors import TrainingError
from engine.training.evaluation import Encoder

if TYPE_CHECKING:
    from torch import Tensor

    from engine.clip import Clip

PATH = tuple(step / 10 for step in range(11))


@dataclass(frozen=True)
class Subject:
    """A text encoder to measure. ``title`` is what tables call it; ``strength`` is that of a ``run``, 0 before it;
    ``chosen``: the strength that the run chose on its validation images.
    """

    title: str
    model: str
    run: str = ""
    strength: float = 0.0
    chosen: bool = False


def subjects(models: Sequence[str], run_names: Sequence[str], *, path: bool) -> list[Subject]:
    """Models as they are; runs before, at the strength that they chose, and after, or at every tenth of the ``path``.

    Raises `RunUnknown`, `RunDamaged`, and `TrainingError` for a run that is not done.
    """
    found = [Subject(name or "starter", name) for name in models]
    for name in run_names:
        run = runs.find(name)
        if run.state().state != runs.DONE:
            raise TrainingError(f"The run {name} is not done: there is nothing to measure yet.")
        model = run.plan().model
        found.append(Subject(f"{model or 'starter'} before {name}", model, name))
        chosen = float(run.result()["strength"])
        steps = sorted({chosen, 1.0, *(PATH if path else ())} - {0.0})
        found += [Subject(f"{name} at {strength:g}", model, name, strength, strength == chosen) for strength in steps]
    return list(dict.fromkeys(found))


def encoders(chosen: Sequence[Subject], device: str) -> Iterator[tuple[Subject, Clip, Encoder]]:
    """Every subject with its model, whose text encoder stands at the subject's strength until the next is asked for.

    Raises what `engine.clip.load` raises, `RunDamaged`.
    """
    from engine.clip import load

    clip: Clip | None = None
    name = ""
    for subject in chosen:
        if clip is None or subject.model != name:
            clip = None  # let go of the one before the next is loaded
            clip, name = load(subject.model, device), subject.model
        if not subject.run:
            yield subject, clip, Encoder(clip, clip.text_key)
            continue
        before, tuned = _weights(clip, subject.run)
        towers.put(clip.network, towers.blend(before, tuned, subject.strength))
        try:
            yield subject, clip, Encoder(clip, f"{clip.text_key}:{subject.run}:{subject.strength:g}")
        finally:
            towers.put(clip.network, before)


def _weights(clip: Clip, name: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What the run changed, as it was and as it became."""
    run = runs.find(name)
    plan = run.plan()
    if clip.text_key != plan.text_key:
        raise TrainingError(f"The model {plan.model} is not the one that the run {name} began with any more.")
    tuned, _ = checkpoints.load(run.folder / runs.BEST)
    return {key: clip.network.state_dict()[key].cpu().clone() for key in tuned}, tuned
