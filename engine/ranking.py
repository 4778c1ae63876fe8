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
    return Ranking(best_first(scores, table.ids), scores, *trust(table.matrix, direction))


def trust(matrix: np.ndarray, direction: Direction) -> tuple[float | None, str]:
    """Agreement and verdict of a direction on the images ``matrix`` (N, D), see `Ranking`."""
    agreement = agree(matrix, direction)
    levels = SEVERAL_WORDS if len(np.unique(direction.words)) > 1 else ONE_WORD
    return agreement, verdict(agreement, levels)


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
    scores = direction.members[telling] @ sample.T  # (K, S)
    others = np.where(words[:, None] != words, weights, 0)  # (K, K): what the members of other words say together
    each = _correlations(_ranks(scores), _ranks(others @ scores))
    return float(np.average(each, weights=weights)) * direction.known


def verdict(agreement: float | None, levels: tuple[tuple[float, str], ...] = SEVERAL_WORDS) -> str:
    """The agreement in one word."""
    if agreement is None:
        return ""
    return next((word for lowest, word in levels if agreement >= lowest), "none")


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Rank correlation of two (N,) arrays, ties averaged; 0 where one of them is constant."""
    return float(_correlations(_ranks(first[None]), _ranks(second[None]))[0])


def _correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Row by row, (K, N) with (K, N): (K,)."""
    first = first - first.mean(1, keepdims=True)
    second = second - second.mean(1, keepdims=True)
    spread = np.sqrt((first**2).sum(1) * (second**2).sum(1))
    return np.divide((first * second).sum(1), spread, out=np.zeros(len(first)), where=spread > 0)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks within each row of (K, N), from 0, as float64; equal values share the mean of theirs."""
    order = np.argsort(values, axis=1)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, np.arange(values.shape[1], dtype=float)[None], axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    for row in np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1)):
        _, inverse, counts = np.unique(values[row], return_inverse=True, return_counts=True)
        ranks[row] = (np.cumsum(counts) - (counts + 1) / 2)[inverse]
    return ranks


def best_first(scores: np.ndarray, ids: np.ndarray, top: int | None = None) -> np.ndarray:
    """Rows by falling score, then rising id; with ``top`` only the first of them.

    Score and place are sorted as one integer: the bits of a float, those below its sign turned round where it is
    negative, have the order of the floats. That takes half the time of an argsort and leaves no ties to put right.
    """
    if top is not None and top < len(scores):
        enough = np.flatnonzero(scores >= -np.partition(-scores, top - 1)[top - 1])
        return enough[best_first(scores[enough], ids[enough])[:top]]
    rising = len(ids) < 2 or bool((ids[1:] > ids[:-1]).all())
    rows = np.arange(len(ids)) if rising else np.argsort(ids)
    bits = (scores[rows] if not rising else scores).astype(np.float32) + np.float32(0)  # -0 is 0
    bits = bits.view(np.int32)
    keys = (~(bits ^ ((bits >> 31) & 0x7FFFFFFF))).astype(np.int64) << 32
    keys |= np.arange(len(ids))
    keys.sort()
    keys &= 0xFFFFFFFF
    return keys if rising else rows[keys]
