"""A trained encoder tried out before it is put to use: at any strength, on the library, beside what was before.

Kept by the engine process for the run that was looked at last. The weights of the model in use are changed for the
time of a question and put back; where another model is in use, the run's own is loaded beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from engine import models
from engine.ask import Shelf
from engine.clip import Clip, Network, load, text_key
from engine.ranking import Ranking, rank
from engine.retuning import tensors_of
from engine.store import Library
from engine.training import checkpoints, towers
from engine.training.errors import RunDamaged
from engine.training.evaluation import Encoder
from engine.training.runs import BEST, Plan, Run
from engine.training_messages import BeforeAfter, BeforeAfterResult


@dataclass(frozen=True)
class Trial:
    """``clip`` lends its network, which holds ``present`` and gets it back. ``before`` and ``tuned``: the tensors that
    the run changed, from before and after it. ``key`` names the weights: a run that went on has others.
    """

    run: Run
    clip: Clip
    present: dict[str, Tensor]
    before: dict[str, Tensor]
    tuned: dict[str, Tensor]
    key: str

    @classmethod
    def of(cls, run: Run, in_use: Clip | None = None) -> Trial:
        """Load what the run learned, and its model unless the one in use does. Raises `RunDamaged`, `ModelError`."""
        plan = run.plan()
        tuned, state = checkpoints.load(run.folder / BEST)
        clip, before = _lent(plan, in_use, list(tuned)) or _loaded(plan, in_use, list(tuned))
        present = _tensors(clip, tuned)
        return cls(run, clip, present, before, tuned, f"{plan.data}:{plan.text_key}:{state['step']}")

    def fits(self, run: Run, in_use: Clip) -> bool:
        """Whether it can answer about this run again: the run is as it was, and the network holds what it did."""
        if self.run != run or (self.clip.network is in_use.network and self.clip is not in_use):
            return False
        plan, step = run.plan(), checkpoints.load(run.folder / BEST)[1]["step"]
        return self.key == f"{plan.data}:{plan.text_key}:{step}"

    @contextmanager
    def at(self, strength: float) -> Iterator[Network]:
        """The network with the weights at a strength, for the time of the block."""
        towers.put(self.clip.network, towers.blend(self.before, self.tuned, strength))
        try:
            yield self.clip.network
        finally:
            towers.put(self.clip.network, self.present)

    def answer(self, question: BeforeAfter, library: Library, shelf: Shelf) -> BeforeAfterResult:
        """The first files of both orders, and how alike the two are. Raises `PromptError`, `LibraryError`."""
        selection = shelf.selection(library, self.clip.encoder_key)
        found, reverse, orders = [], question.reverse, []
        for strength in (0.0, question.strength):
            encoder = Encoder(self.clip, f"{self.key}:{strength}")
            with self.at(strength):
                toward = shelf.direction(encoder, question.prompt, question.reverse)
            ranking = rank(selection.table, toward) if len(selection.files) else None
            files = selection.in_order(ranking.order, ranking.scores)[0] if ranking else np.empty(0, np.int64)
            found.append((tuple(files[: question.count].tolist()), ranking.verdict if ranking else ""))
            orders.append(ranking)
            reverse = toward.reverse
        (before, trust_before), (after, trust_after) = found
        return BeforeAfterResult(
            question.prompt, reverse, question.strength, before, after, trust_before, trust_after,
            _correlation(*orders),
        )  # fmt: skip


def _lent(plan: Plan, in_use: Clip | None, names: list[str]) -> tuple[Clip, dict[str, Tensor]] | None:
    """The model in use, if it differs from the run's only in what the run changed: itself, or what was made of it."""
    if in_use is None or in_use.encoder_key != plan.encoder_key:
        return None
    if in_use.text_key == plan.text_key:
        return in_use, _tensors(in_use, names)
    if in_use.files.note.get("base_text_key") != plan.text_key:
        return None
    before = tensors_of(models.resolve(plan.model), in_use.network, names)
    if before is None or text_key({**in_use.network.state_dict(), **before}, in_use.files) != plan.text_key:
        return None  # made by another run, of other parts
    return in_use, before


def _loaded(plan: Plan, in_use: Clip | None, names: list[str]) -> tuple[Clip, dict[str, Tensor]]:
    clip = load(plan.model, str(in_use.torch_device) if in_use else "cpu")
    if clip.text_key != plan.text_key:
        raise RunDamaged(f"The model {plan.model} is not the one that the run {plan.name} learned on any more.")
    return clip, _tensors(clip, names)


def _tensors(clip: Clip, names: Iterable[str]) -> dict[str, Tensor]:
    state = clip.network.state_dict()
    return {name: state[name].cpu().clone() for name in names}


def _correlation(first: Ranking | None, second: Ranking | None) -> float:
    """Spearman's, of two orders of the same rows; 1 where there are too few."""
    if first is None or second is None or len(first.order) < 2:
        return 1.0
    places = [np.argsort(ranking.order) for ranking in (first, second)]
    return float(np.corrcoef(places[0], places[1])[0, 1])
