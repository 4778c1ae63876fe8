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

SAMPLE = 1_000  # images that the agreement is measured on: its standard error is then about .03
MANY = 20_000  # rows from which several threads pay
THREADS = min(4, os.cpu_count() or 1)
# Lowest agreement of each verdict. Where the members are made of different words: words that have nothing to do with
# each other agree at .33 or less in 95 of 100 draws, at .39 in 99 (1,000 photographs, a small CLIP). Where all are made
# of one word, the templates nearly always agree, also about a word that the encoder half knows: never "strong".
SEVERAL_WORDS = ((0.55, "strong"), (0.35, "fair"), (0.15, "weak"))
ONE_WORD = ((0.75, "fair"), (0.4, "weak"))


@dataclass(frozen=True)
class Ranking:
    """``order`` (N,): rows of the table, best first; ``scores`` (N,) float32, in the order of the table.

    ``agreement`` in -1..1: mean rank correlation of each member with the members made of other words (with the other
    templates where all are of one word), times the share of the prompt's words that the text encoder knows; None for a
    single statement. ``verdict``: "strong", "fair", "weak", "none", or "" where nothing can be said.
    """

    order: np.ndarray
    scores: np.ndarray
    agreement: float | None
    verdict: str


def rank(table: VectorTable, direction: Direction) -> Ranking:
    """Order the images of ``table`` by ``direction``, highest score first; equal scores by image id."""
    scores = score(table.matrix, direction.vector)
    agreement = agree(table.matrix, direction)
    levels = SEVERAL_WORDS if len(np.unique(direction.words)) > 1 else ONE_WORD
    return Ranking(best_first(scores, table.ids), scores, agreement, verdict(agreement, levels))


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
    """Agreement of the members, see `Ranking`; None for a single member or fewer than three images.

    A member is held against what the others say without it: correlated with the whole, of which it is a part, even
    unrelated words would agree at .5 to .6.
    """
    if len(direction.members) < 2 or len(matrix) < 3:
        return None
    # Members of words that the encoder takes for the same say nothing, for or against.
    telling = np.linalg.norm(direction.members, axis=1) > 1e-3
    weights = direction.weights[telling]
    words = direction.words[telling] if len(np.unique(direction.words)) > 1 else np.arange(len(weights))
    if len(np.unique(words)) < 2:
        return 0.0
    sample = matrix[:: max(1, len(matrix) // SAMPLE)][:SAMPLE]
    scores = sample @ direction.members[telling].T  # (S, K)
    each = [_correlation(_ranks(scores[:, k]), _rest(scores, weights, words != words[k])) for k in range(len(weights))]
    return float(np.average(each, weights=weights)) * direction.known


def _rest(scores: np.ndarray, weights: np.ndarray, others: np.ndarray) -> np.ndarray:
    return _ranks(scores[:, others] @ weights[others])


def verdict(agreement: float | None, levels: tuple[tuple[float, str], ...] = SEVERAL_WORDS) -> str:
    """The agreement in one word."""
    if agreement is None:
        return ""
    return next((word for lowest, word in levels if agreement >= lowest), "none")


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Rank correlation of two (N,) arrays, ties averaged; 0 where one of them is constant."""
    return _correlation(_ranks(first), _ranks(second))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
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
