"""Geometry: does the difference of two classes, in words and in pictures, lie along what is said of it?

In words: cos( f(p_a) - f(p_b), q ) with the class prompts p; in pictures: cos( mean u_a - mean u_b, q ). The paper's
distance is one minus the first for q = f(T); its reverse is two minus that, and tells nothing new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.directions import TextEncoder
from engine.evaluation import statistics
from engine.evaluation.asking import by_rule
from engine.evaluation.layouts import Labelled
from engine.evaluation.pairing import ATTRIBUTES, Pairing, Saying
from engine.evaluation.tasks import Task
from engine.jobs import JobContext

COMPARATIVES = "comparatives"


@dataclass(frozen=True)
class Aligned:
    """One model, one source of statements, one rule: mean cosines with class differences, and their standard errors
    over the ``differences`` (NaN for a single one).
    """

    model: str
    source: str
    rule: str
    words: float
    words_error: float
    pictures: float
    pictures_error: float
    differences: int


@dataclass(frozen=True)
class Said:
    """What is said of classes ``ends`` (P, 2): one saying a row."""

    source: str
    ends: np.ndarray
    sayings: tuple[Saying, ...]


def said(task: Task, labelled: Labelled, pairings: Sequence[Pairing]) -> list[Said]:
    """Every source of statements about two classes."""
    found = []
    for pairing in pairings:
        if pairing.comparison == ATTRIBUTES:
            found.append(_of_attributes(labelled, pairing))
    for comparison, pairing in zip(task.comparisons, pairings, strict=False):
        if comparison.high:
            number = labelled.classes.index
            ends = [(number(high), number(low)) for high in comparison.high for low in comparison.low]
            found.append(Said(comparison.name, np.array(ends), (pairing.sayings[0],) * len(ends)))
    if task.comparatives:
        ends = [[labelled.classes.index(name) for name in (each.first, each.second)] for each in task.comparatives]
        sayings = tuple(Saying(((each.text, each.swapped),)) for each in task.comparatives)
        found.append(Said(COMPARATIVES, np.array(ends), sayings))
    return found


def _of_attributes(labelled: Labelled, pairing: Pairing) -> Said:
    """The sayings of a pairing by attributes, each with the classes that it was made for."""
    sayings, rows = np.unique(pairing.rows[:, 2], return_index=True)
    ends = labelled.labels[pairing.rows[rows][:, :2]]
    return Said(ATTRIBUTES, ends, tuple(pairing.sayings[number] for number in sayings))


def aligned(
    model: str, encoder: TextEncoder, each: Said, classes: np.ndarray, means: np.ndarray, context: JobContext
) -> list[Aligned]:
    """The figures of one source. ``classes`` (K, D): class prompts; ``means`` (K, D): mean image vectors."""
    by = by_rule(encoder, each.sayings, context)
    rules = ("single", "reversed") if each.source == COMPARATIVES else ("single", "reversed", "ensemble")
    first, second = each.ends.T
    figures = []
    for rule in rules:
        words = _cosines(classes[first] - classes[second], by[rule])
        pictures = _cosines(means[first] - means[second], by[rule])
        figures.append(
            Aligned(
                model, each.source, rule, *statistics.mean_and_error(words.tolist()),
                *statistics.mean_and_error(pictures.tolist()), len(words),
            )
        )  # fmt: skip
    return figures


def class_means(vectors: np.ndarray, labelled: Labelled) -> np.ndarray:
    """Mean image vector of each class (K, D); 0 for a class without images."""
    means = np.zeros((len(labelled.classes), vectors.shape[1]), np.float32)
    for number in np.unique(labelled.labels[labelled.labels >= 0]):
        means[number] = vectors[labelled.labels == number].mean(0)
    return means


def _cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.divide((first * second).sum(1), lengths, out=np.zeros(len(first)), where=lengths > 1e-9)
