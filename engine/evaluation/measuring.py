"""All that a task asks, about all models, as one job: the pairs are drawn once, and every model answers the same.

Called by `pairlens evaluate` and by the engine process; ends with a `TaskResult`, which is all that reports need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.classify.prompts import class_vectors
from engine.evaluation import comparing, geometry, layouts, statistics
from engine.evaluation.asking import by_rule
from engine.evaluation.errors import TooFewLabelled
from engine.evaluation.geometry import Aligned, Said
from engine.evaluation.layouts import Labelled
from engine.evaluation.naming import Named, Prompted, class_set, named, prompted
from engine.evaluation.pairing import Pairing, pairings
from engine.evaluation.rules import RULES
from engine.evaluation.subjects import Subject, encoders
from engine.evaluation.tasks import Task
from engine.evaluation.vectors import embed
from engine.jobs import JobContext

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.training.evaluation import Encoder

ZERO_SHOT = "zero-shot"


@dataclass(frozen=True)
class Stray:
    """How far answers to unrelated questions stray from .50, see `engine.evaluation.comparing`."""

    model: str
    comparison: str
    stray: float


@dataclass(frozen=True)
class Test:
    """A model against the first one on the same pairs or images: ``difference`` of the accuracies, its standard error,
    two-sided ``p`` (bootstrap over images; McNemar's exact test for zero-shot).
    """

    model: str
    against: str
    comparison: str
    rule: str
    difference: float
    standard_error: float
    p: float


@dataclass
class TaskResult:
    """Everything measured on one task."""

    task: str
    note: str
    images: int
    unusable: int
    classes: int
    seeds: int
    subjects: list[Subject] = field(default_factory=list)
    figures: list[comparing.Figure] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    zero_shot: list[Named] = field(default_factory=list)
    comparative_prompting: list[Prompted] = field(default_factory=list)
    geometry: list[Aligned] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For files and people: four decimals, None where there is no number."""
        return _rounded(asdict(self))


@dataclass(frozen=True)
class _Asked:
    """What every model is asked: the usable images, the pairs, the statements about classes."""

    labelled: Labelled
    usable: np.ndarray  # rows of the task's images
    pairings: list[Pairing]
    said: list[Said]


class Measurement:
    """One task under way."""

    def __init__(self, task: Task, root: Path, context: JobContext) -> None:
        self._task = task
        self._context = context
        self._labelled = layouts.read(task, root)
        self._asked: _Asked | None = None
        self._right: dict[tuple[str, str], np.ndarray] = {}  # of the first model, by comparison and rule
        self._against = ""
        self.result = TaskResult(
            task.name, task.note, len(self._labelled.labels), 0, len(self._labelled.classes), task.seeds
        )

    def take(self, subject: Subject, clip: Clip, encoder: Encoder) -> None:
        """Measure one model."""
        asked, vectors = self._images(clip)
        self.result.subjects.append(subject)
        self._against = self._against or subject.title
        unrelated = comparing.Unrelated(encoder, self._context) if asked.pairings else None
        for place, pairing in enumerate(asked.pairings):
            self._context.progress(f"Measuring {subject.title}", place, len(asked.pairings), unit="comparisons")
            self._context.breathe()
            self._compare(subject.title, encoder, vectors, pairing)
            if unrelated:
                stray = unrelated.stray(vectors, pairing)
                self.result.strays.append(Stray(subject.title, pairing.comparison, stray))
        if self._task.zero_shot or asked.said:
            self._name(subject.title, encoder, vectors, asked, clip.logit_scale)

    def _images(self, clip: Clip) -> tuple[_Asked, np.ndarray]:
        """What is asked, and the vectors of the usable images; the first model decides which are usable."""
        whole = embed(clip, self._labelled.images, self._context)
        if self._asked is None:
            usable = np.flatnonzero(np.isfinite(whole).all(1))
            if not len(usable):
                raise TooFewLabelled(f"None of the {len(whole):,} images of {self._task.name} can be read.")
            labelled = self._labelled.take(usable)
            pairs = pairings(self._task, labelled)
            self._asked = _Asked(labelled, usable, pairs, geometry.said(self._task, labelled, pairs))
            self.result.images = len(usable)
            self.result.unusable = len(whole) - len(usable)
        return self._asked, np.nan_to_num(whole[self._asked.usable])

    def _compare(self, model: str, encoder: Encoder, vectors: np.ndarray, pairing: Pairing) -> None:
        directions = by_rule(encoder, pairing.sayings, self._context)
        for rule in RULES:
            figure, right = comparing.figure(model, rule, vectors, pairing, directions[rule])
            self.result.figures.append(figure)
            before = self._right.setdefault((pairing.comparison, rule), right)
            if model != self._against:
                test = statistics.paired(before, right, pairing.ends)
                self.result.tests.append(Test(model, self._against, pairing.comparison, rule, *test))

    def _name(self, model: str, encoder: Encoder, vectors: np.ndarray, asked: _Asked, scale: float) -> None:
        labelled = asked.labelled
        chosen = class_set(self._task, labelled.classes)
        classes = class_vectors(encoder, chosen, self._context)
        means = geometry.class_means(vectors, labelled)
        for each in asked.said:
            self.result.geometry += geometry.aligned(model, encoder, each, classes, means, self._context)
        if self._task.zero_shot is None:
            return
        known = labelled.labels >= 0
        if not known.any():
            raise TooFewLabelled(f"None of the images of {self._task.name} that can be read has a class.")
        images, labels = vectors[known], labelled.labels[known]
        figure, right = named(model, images, labels, classes)
        self.result.zero_shot.append(figure)
        if chosen.comparatives:
            self.result.comparative_prompting += prompted(model, encoder, chosen, images, labels, scale, self._context)
        before = self._right.setdefault((ZERO_SHOT, ""), right)
        if model != self._against:
            change = right.astype(float) - before
            error = float(change.std()) / len(change) ** 0.5
            p = statistics.mcnemar(before, right)
            self.result.tests.append(Test(model, self._against, ZERO_SHOT, "", float(change.mean()), error, p))


def measure(
    tasks: Sequence[tuple[Task, Path]], chosen: Sequence[Subject], device: str, context: JobContext
) -> list[TaskResult]:
    """Measure every model on every task, whose root folders are given.

    Raises `TaskUnfit`, `TaskDataUnfit`, `TooFewLabelled`, `PromptTooLong`, `JobCancelled`, and what loading
    models raises.
    """
    under_way = [Measurement(task, root, context) for task, root in tasks]
    for subject, clip, encoder in encoders(chosen, device):
        for measurement in under_way:
            measurement.take(subject, clip, encoder)
    return [measurement.result for measurement in under_way]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4) if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list | tuple) else value
