"""Zero-shot classification and comparative prompting: which class is an image given, and how often rightly?

The comparatives are those of the task, frozen: the same for every model, both ways, and not chosen by mistakes on these
images (the paper chose them per model, from the test images' own confusions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.classify import comparing
from engine.classify.classifying import centres_of
from engine.classify.control import random_texts
from engine.classify.prompts import class_vectors
from engine.classify.sets import AVERAGED, FORMS, ClassSet, Comparative
from engine.evaluation import statistics
from engine.evaluation.tasks import Task, ZeroShot
from engine.jobs import JobContext

if TYPE_CHECKING:
    from engine.directions import TextEncoder

ALPHAS = (0.5, 0.7, 0.9)  # the last is the default of the paper's released code


@dataclass(frozen=True)
class Named:
    """One model's accuracy in 0..1 with its standard error over independent images; ``chance``: one of the classes."""

    model: str
    accuracy: float
    standard_error: float
    images: int
    chance: float


@dataclass(frozen=True)
class Prompted:
    """One model's accuracy with comparatives in one form at one alpha, and what it ``gained`` over zero-shot, with the
    standard error and McNemar's ``p``. ``random_gain``: what random words in their place gain on average. ``confused``,
    ``confused_before``: the accuracies on the images of the compared classes alone, with only these to choose from.
    """

    model: str
    form: str
    alpha: float
    accuracy: float
    gained: float
    gained_error: float
    p: float
    random_gain: float
    confused: float
    confused_before: float
    confused_images: int


def class_set(task: Task, classes: Sequence[str]) -> ClassSet:
    """The classes of a task with their prompts and comparatives. Raises `ClassificationError`."""
    spec = task.zero_shot or ZeroShot()
    prompts = {
        name: tuple(template.replace("{}", class_words(spec, name)) for template in spec.templates) for name in classes
    }
    both = [
        (Comparative(c.first, c.second, c.text), Comparative(c.second, c.first, c.swapped)) for c in task.comparatives
    ]
    said = tuple(each for pair in both for each in pair)
    return ClassSet(tuple(classes), prompts=prompts, comparatives=said)


def class_words(spec: ZeroShot, name: str) -> str:
    """What a class is called in a prompt: "grizzly+bear" -> "grizzly bear"."""
    return spec.names.get(name, name.replace("_", " ").replace("+", " "))


def named(model: str, images: np.ndarray, labels: np.ndarray, classes: np.ndarray) -> tuple[Named, np.ndarray]:
    """The figure for images (N, D) of known labels (N,), and which were named rightly (N,) bool."""
    right = (images @ classes.T).argmax(1) == labels
    error = statistics.share_error(right)
    return Named(model, float(right.mean()), error, len(right), 1 / len(classes)), right


def prompted(
    model: str, encoder: TextEncoder, chosen: ClassSet, images: np.ndarray, labels: np.ndarray, scale: float,
    context: JobContext,
) -> list[Prompted]:  # fmt: skip
    """Comparative prompting in both forms at each of `ALPHAS`. Raises `ClassificationError`, `PromptError`."""
    plain = class_vectors(encoder, chosen, context)
    before = (images @ plain.T).argmax(1) == labels
    found = []
    for form in FORMS:
        context.breathe()
        here = ClassSet(chosen.names, prompts=chosen.prompts, comparatives=chosen.comparatives, form=form)
        said = comparing.as_typed(encoder, here) if form == AVERAGED else comparing.as_directions(encoder, here)
        draws = random_texts(encoder, here, said)
        if form != AVERAGED:
            centres = centres_of(images, plain, scale, said)
            said = comparing.without_shared(said, centres)
            draws = [comparing.without_shared(draw, centres) for draw in draws]
        for alpha in ALPHAS:
            moved = comparing.comparative_prompting(plain, said, alpha, form)
            after = (images @ moved.T).argmax(1) == labels
            others = [comparing.comparative_prompting(plain, draw, alpha, form) for draw in draws]
            random = [float(((images @ other.T).argmax(1) == labels).mean() - before.mean()) for other in others]
            subset = _confused(said, images, labels)
            change = after.astype(float) - before
            found.append(
                Prompted(
                    model, form, alpha, float(after.mean()), float(change.mean()),
                    float(change.std()) / len(change) ** 0.5, statistics.mcnemar(before, after),
                    float(np.mean(random)), _share(subset, moved), _share(subset, plain), len(subset.labels),
                )
            )  # fmt: skip
    return found


@dataclass(frozen=True)
class _Subset:
    """The images of the compared classes, labelled by their place among ``classes``."""

    images: np.ndarray
    labels: np.ndarray
    classes: np.ndarray


def _confused(said: Sequence[comparing.Said], images: np.ndarray, labels: np.ndarray) -> _Subset:
    classes = np.unique([(each.first, each.second) for each in said])
    rows = np.isin(labels, classes)
    return _Subset(images[rows], np.searchsorted(classes, labels[rows]), classes)


def _share(subset: _Subset, vectors: np.ndarray) -> float:
    """The accuracy on a subset; NaN where it has no images."""
    if not len(subset.labels):
        return float("nan")
    return float(((subset.images @ vectors[subset.classes].T).argmax(1) == subset.labels).mean())
