"""How good labels are: accuracy with its interval, the figures of each class, confusions, and what a change gained.

True classes come as places (N,) int64, -1 where nothing is known; those images count nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Z = 1.959964  # of a 95 % interval
MOST_CELLS = 50  # confusions that are named


@dataclass(frozen=True)
class Accuracy:
    """``right`` of ``images``; ``low`` and ``high`` are Wilson's 95 % interval of the share."""

    right: int
    images: int
    low: float
    high: float

    @classmethod
    def of(cls, right: int, images: int) -> Accuracy:
        """From counts."""
        return cls(right, images, *wilson(right, images))

    @property
    def share(self) -> float:
        """The accuracy, 0 without images."""
        return self.right / self.images if self.images else 0.0


@dataclass(frozen=True)
class ClassFigures:
    """Of one class: ``images`` known to be of it, ``recall`` the share of them with its label, ``labelled`` images with
    its label that something is known of, ``precision`` the share of these that are of it. None of nothing.
    """

    images: int
    recall: float | None
    labelled: int
    precision: float | None


@dataclass(frozen=True)
class Gain:
    """What a change did to known images: ``put_right`` and ``put_wrong`` of ``images``.

    ``gain`` is the difference of the two accuracies and ``error`` its standard error; both are of the same images, so
    only those that changed sides count (McNemar).
    """

    put_right: int
    put_wrong: int
    images: int

    @property
    def gain(self) -> float:
        """Accuracy after minus before."""
        return (self.put_right - self.put_wrong) / self.images if self.images else 0.0

    @property
    def error(self) -> float:
        """The standard error of the gain."""
        if not self.images:
            return 0.0
        changed = self.put_right + self.put_wrong
        spread = changed - (self.put_right - self.put_wrong) ** 2 / self.images
        return math.sqrt(max(spread, 0.0)) / self.images


@dataclass(frozen=True)
class Point:
    """The figures at one ``alpha``: how many files have another label than zero-shot, and where labels are known the
    ``accuracy`` and what it ``gained``.
    """

    alpha: float
    switched: int
    accuracy: Accuracy | None
    gained: Gain | None


@dataclass(frozen=True)
class Control:
    """What random texts gained: the accuracy's change in each of the draws, sorted.

    ``as_good``: how many of them gained at least as much as the comparatives did.
    """

    gains: tuple[float, ...]
    as_good: int

    @property
    def mean(self) -> float:
        """What random texts gain on average."""
        return sum(self.gains) / len(self.gains) if self.gains else 0.0

    @property
    def chance(self) -> float:
        """How probable it is that random texts gain as much: (as good + 1) / (draws + 1)."""
        return (self.as_good + 1) / (len(self.gains) + 1)


def accuracy(label: np.ndarray, true: np.ndarray) -> Accuracy:
    """The share of the known images that have their class as label."""
    known = true >= 0
    return Accuracy.of(int((label[known] == true[known]).sum()), int(known.sum()))


def wilson(right: int, images: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share: it stays within 0..1 and holds for small numbers."""
    if not images:
        return 0.0, 1.0
    share, z2 = right / images, Z * Z
    middle = (share + z2 / (2 * images)) / (1 + z2 / images)
    half = Z / (1 + z2 / images) * math.sqrt(share * (1 - share) / images + z2 / (4 * images * images))
    low = 0.0 if right == 0 else max(0.0, middle - half)
    high = 1.0 if right == images else min(1.0, middle + half)
    return low, high


def gained(before: np.ndarray, after: np.ndarray, true: np.ndarray) -> Gain:
    """What the labels ``after`` gained over ``before``."""
    known = true >= 0
    was, now = before[known] == true[known], after[known] == true[known]
    return Gain(int((now & ~was).sum()), int((was & ~now).sum()), int(known.sum()))


def confusion(label: np.ndarray, true: np.ndarray, classes: int) -> np.ndarray:
    """Counts (C, C) int64: row the true class, column the label."""
    known = true >= 0
    return np.bincount(true[known] * classes + label[known], minlength=classes * classes).reshape(classes, classes)


def confused(label: np.ndarray, true: np.ndarray, classes: int) -> list[tuple[int, int, int]]:
    """(true class, label, images) of the `MOST_CELLS` commonest mistakes, without a whole matrix."""
    wrong = (true >= 0) & (label != true)
    keys, counts = np.unique(true[wrong] * classes + label[wrong], return_counts=True)
    order = np.lexsort((keys, -counts))[:MOST_CELLS]
    return [(*divmod(int(keys[k]), classes), int(counts[k])) for k in order.tolist()]


def by_class(label: np.ndarray, true: np.ndarray, classes: int) -> list[ClassFigures]:
    """The figures of every class."""
    known = true >= 0
    images = np.bincount(true[known], minlength=classes)
    labelled = np.bincount(label[known], minlength=classes)
    right = np.bincount(true[known & (label == true)], minlength=classes)
    return [
        ClassFigures(int(n), r / n if n else None, int(m), r / m if m else None)
        for n, m, r in zip(images.tolist(), labelled.tolist(), right.tolist(), strict=True)
    ]


def chosen(points: Sequence[Point]) -> float:
    """The alpha with the most labels right; of equally good ones the one that changes least (the largest)."""
    best = max((point for point in points if point.accuracy), key=_goodness, default=None)
    return best.alpha if best else 1.0


def _goodness(point: Point) -> tuple[int, float]:
    return (point.accuracy.right if point.accuracy else 0), point.alpha
