"""A direction applied to vectors: scores, order, and whether the order is worth anything.

Pure NumPy; called by the ranking job of the engine process and by the command line.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from engine.directions import Direction
    from engine.store.matrix import VectorTable

SAMPLE = 2_000  # images that the agreement is measured on: its standard error is then below .03
MANY = 20_000  # rows from which several threads pay
THREADS = min(4, os.cpu_count() or 1)
# Lowest agreement of each verdict, measured on real photographs with a small CLIP (tests/engine/test_ranking.py and
# packaging/measure_rankings.py): members of a phrase the encoder knows agree at .8 and above, members made of words
# that have nothing to do with each other stay below .3 in 95 of 100 cases.
VERDICTS = ((0.75, "strong"), (0.5, "fair"), (0.25, "weak"))


@dataclass(frozen=True)
class Ranking:
    """``order`` (N,): rows of the table, best first; ``scores`` (N,) float32, in the order of the table.

    ``agreement`` in -1..1: mean rank correlation of the direction's members with the whole, times the share of the
    prompt's words that the text encoder knows; None for a single statement. ``verdict``: "strong", "fair", "weak",
    "none", or "" where nothing can be said.
    """

    order: np.ndarray
    scores: np.ndarray
    agreement: float | None
    verdict: str


def rank(table: VectorTable, direction: Direction) -> Ranking:
    """Order the images of ``table`` by ``direction``, highest score first; equal scores by image id."""
    scores = score(table.matrix, direction.vector)
    agreement = agree(table.matrix, direction)
    return Ranking(best_first(scores, table.ids), scores, agreement, verdict(agreement))


def score(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Dot product of each row (N, D) with ``vector`` (D,): (N,) float32.

    `np.vecdot` computes every row in the same way, where a matrix product depends on the row's place in a block: equal
    images get equal scores to the last bit. Both are as fast as memory is.
    """
    vector = np.ascontiguousarray(vector, np.float32)
    scores = np.empty(len(matrix), np.float32)
    if len(matrix) < MANY:
        return np.vecdot(matrix, vector, out=scores)
    edges = np.linspace(0, len(matrix), THREADS + 1).astype(int)
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [
            pool.submit(np.vecdot, matrix[start:end], vector, out=scores[start:end]) for start, end in pairwise(edges)
        ]:
            done.result()
    return scores


def agree(matrix: np.ndarray, direction: Direction) -> float | None:
    """Agreement of the members, see `Ranking`; None for a single member or fewer than three images."""
    if len(direction.members) < 2 or len(matrix) < 3:
        return None
    sample = matrix[np.unique(np.linspace(0, len(matrix) - 1, SAMPLE).astype(int))]
    whole = score(sample, direction.vector)
    each = [spearman(score(sample, member), whole) for member in direction.members]
    return float(np.average(each, weights=direction.weights)) * direction.known


def verdict(agreement: float | None) -> str:
    """The agreement in one word."""
    if agreement is None:
        return ""
    return next((word for lowest, word in VERDICTS if agreement >= lowest), "none")


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Rank correlation of two (N,) arrays, ties averaged; 0 where one of them is constant."""
    a, b = _ranks(first), _ranks(second)
    spread = a.std() * b.std()
    return float(((a - a.mean()) * (b - b.mean())).mean() / spread) if spread > 0 else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[inverse]


def best_first(scores: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Rows by falling score, then rising id. Plain argsort is several times faster than a stable one; ties are rare
    and put right afterwards.
    """
    order = np.argsort(-scores)
    ordered = scores[order]
    tied = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(tied):
        starts = tied[np.r_[True, np.diff(tied) > 1]]
        ends = tied[np.r_[np.diff(tied) > 1, True]] + 2
        for start, end in zip(starts, ends, strict=True):
            run = order[start:end]
            order[start:end] = run[np.argsort(ids[run])]
    return order
