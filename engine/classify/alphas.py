"""The labels that several versions of the same change give, in one pass: alpha from 0 to 1, or other words for it.

Only the columns of the classes that move are computed again for each version, so a curve costs little more than one
classification.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.classify import figures
from engine.classify.comparing import Moved
from engine.classify.figures import Point
from engine.jobs import JobContext

CELLS = 2_000_000  # images x classes of a block
ALPHAS = tuple(round(1 - step / 20, 2) for step in range(21))  # 1, .95 ... 0


@dataclass(frozen=True)
class Versions:
    """Versions of one change: all move the classes ``places`` (K,), each to ``vectors`` (V, K, D).

    ``close`` and ``pairs`` as in `engine.classify.scoring.Change`.
    """

    places: np.ndarray
    vectors: np.ndarray
    close: float = 1.0
    pairs: Iterable[tuple[int, int]] = ()


def labels_of(
    images: np.ndarray, classes: np.ndarray, scale: float, versions: Versions, *, context: JobContext | None = None
) -> np.ndarray:
    """The likeliest class of images (N, D) under each version of the change to ``classes`` (C, D): (V, N) int64.

    Raises JobCancelled.
    """
    context = context or JobContext()
    width, places = len(classes), versions.places
    pairs = np.array(sorted(low * width + high for low, high in versions.pairs), np.int64)
    made = np.empty((len(versions.vectors), len(images)), np.int64)
    rows = max(16, CELLS // width)
    for start in range(0, len(images), rows):
        context.breathe()
        context.progress("Trying other words", start, len(images))
        block = images[start : start + rows].astype(np.float32, copy=False)
        scores = block @ classes.T
        labels = scores.argmax(axis=1)
        counts = (
            _near(scores, labels, scale, versions.close, pairs) if versions.close < 1 else np.ones(len(block), bool)
        )
        scores[:, places] = -np.inf
        others = scores.argmax(axis=1)
        best_other = np.take_along_axis(scores, others[:, None], 1)[:, 0]
        for version, vectors in enumerate(versions.vectors):
            columns = block @ vectors.T
            best = columns.argmax(axis=1)
            wins = np.take_along_axis(columns, best[:, None], 1)[:, 0] > best_other
            made[version, start : start + rows] = np.where(counts, np.where(wins, places[best], others), labels)
    return made


def _near(scores: np.ndarray, labels: np.ndarray, scale: float, close: float, pairs: np.ndarray) -> np.ndarray:
    """The images (N,) whose two likeliest classes are a pair and closer than ``close`` in probability."""
    rows = np.arange(len(scores))
    top = scores[rows, labels]
    rest = scores.copy()
    rest[rows, labels] = -np.inf
    second = rest.argmax(axis=1)
    total = np.exp(np.float32(scale) * (scores - top[:, None])).sum(axis=1)
    margin = (1 - np.exp(np.float32(scale) * (rest[rows, second] - top))) / total
    pair = np.minimum(labels, second) * scores.shape[1] + np.maximum(labels, second)
    return (margin < close) & np.isin(pair, pairs)


def along(
    moved: Moved, close: float = 1.0, pairs: Iterable[tuple[int, int]] = (), alphas: Sequence[float] = ALPHAS
) -> Versions:
    """A change at several alphas."""
    return Versions(moved.places, np.stack([moved.at(alpha) for alpha in alphas]), close, pairs)


def curve(
    labels: np.ndarray, before: np.ndarray, true: np.ndarray | None, alphas: Sequence[float] = ALPHAS
) -> list[Point]:
    """The figures of labels (V, F) at each alpha, against zero-shot ones (F,) and what is known (F,) of the files."""
    points = []
    for alpha, found in zip(alphas, labels, strict=True):
        now = before if alpha == 1 else found
        right = figures.accuracy(now, true) if true is not None else None
        gain = figures.gained(before, now, true) if true is not None else None
        points.append(Point(alpha, int((now != before).sum()), right, gain))
    return points
