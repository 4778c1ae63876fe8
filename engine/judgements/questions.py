"""The next pairs to ask: those whose answers are expected to make the ranking surest.

An answer about one pair tells something about every image that varies with it. A question is worth how much it is
expected to narrow the ranks of all images: their scores, each weighted by how many others are close to it, since there
a small step of the score is a large step of the rank. (Choosing by information about the model's parameters, BALD,
asks about outliers first: on 1,119 street photographs it needed more answers than pairs at random, and this a third
fewer.) `Question` tells the information as well.

All pairs of a pool of images are looked at, since the belief about a pool is one covariance matrix. Several questions
are chosen one after another, each as if those before it had been answered: a batch does not ask one thing many times.
Many are chosen from several pools.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from engine.judgements.likelihood import curvature, probabilities
from engine.judgements.posterior import Belief, Posterior

POOL = 96  # images that the pairs are taken from; twice as many needed an eighth more answers, for no reason we know
AT_ONCE = POOL // 2  # questions about one pool
NEAR = 0.1  # distance of unit vectors below which two images are near-duplicates (cosine above .995)
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Question:
    """A pair of rows; ``probability`` that the first is chosen (of the two), ``information`` expected, in bits."""

    first: int
    second: int
    probability: float
    information: float


def next_questions(
    posterior: Posterior,
    images: np.ndarray,
    count: int,
    asked: Collection[tuple[int, int]],
    rng: np.random.Generator,
    waiting: Collection[tuple[int, int]] = (),
) -> list[Question]:
    """Up to ``count`` pairs of ``images`` (rows); fewer where nothing is left to ask.

    ``asked`` are pairs (lower row first) not to ask again; those ``waiting`` will be answered before the new ones. The
    pool is drawn by ``rng``, evenly over the images, and another one for every `AT_ONCE` questions: the time for each
    does not grow with their number.
    """
    picks: list[_Pick] = []
    while len(picks) < count:
        wanted = min(AT_ONCE, count - len(picks))
        some = _of_a_pool(
            posterior, rng.choice(images, min(len(images), POOL), replace=False), wanted, asked, rng, waiting, picks
        )
        if not some:
            break
        picks += some
    return [pick.question for pick in picks]


@dataclass(frozen=True)
class _Pick:
    """A question that was chosen, and how much its answer is expected to weigh."""

    question: Question
    weight: float

    @property
    def rows(self) -> tuple[int, int]:
        """Lower one first."""
        return min(self.question.first, self.question.second), max(self.question.first, self.question.second)


def _of_a_pool(
    posterior: Posterior,
    drawn: np.ndarray,
    count: int,
    asked: Collection[tuple[int, int]],
    rng: np.random.Generator,
    waiting: Collection[tuple[int, int]],
    before: Sequence[_Pick],
) -> list[_Pick]:
    """Questions about images of one pool, after those ``waiting`` and those picked ``before``."""
    told = [pick.rows for pick in before]
    elsewhere = np.setdiff1d(np.array([*waiting, *told], np.int64).reshape(-1), drawn)
    rows = np.concatenate([drawn, elsewhere])
    belief = posterior.over(rows)
    ties = posterior.scales.ties
    place = {int(row): number for number, row in enumerate(rows)}
    for a, b in waiting:
        belief = _as_if_answered(belief, place[a], place[b], ties)
    firsts, seconds = (np.array([place[pair[end]] for pair in told], np.int64) for end in (0, 1))
    belief = belief.given_all(firsts, seconds, np.array([pick.weight for pick in before]), len(drawn))
    open_pairs = _open_pairs(posterior.space.vectors[drawn], drawn, {*asked, *waiting, *told})
    first, second = np.nonzero(np.triu(open_pairs, 1))
    chosen: list[_Pick] = []
    while len(first) and len(chosen) < count:
        mean, variance = _differences(belief, first, second)
        weight = _expected_curvature(mean, variance, ties)
        best = int(np.argmax(_narrowing(belief, first, second) / (variance + 1 / weight)))
        a, b = int(first[best]), int(second[best])
        question = _question(int(rows[a]), int(rows[b]), float(mean[best]), float(variance[best]), ties, rng)
        chosen.append(_Pick(question, float(weight[best])))
        belief = belief.given(a, b, float(weight[best]))
        first, second = np.delete(first, best), np.delete(second, best)
    return chosen


def _as_if_answered(belief: Belief, a: int, b: int, ties: float) -> Belief:
    mean, variance = _differences(belief, np.array([a]), np.array([b]))
    return belief.given(a, b, float(_expected_curvature(mean, variance, ties)[0]))


def _differences(belief: Belief, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances of the differences of these pairs."""
    spread = np.diag(belief.covariance)
    variance = spread[first] + spread[second] - 2 * belief.covariance[first, second]
    return belief.mean[first] - belief.mean[second], np.maximum(variance, 0)


def _narrowing(belief: Belief, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Summed squared covariance of each pair's difference with the expected ranks of all images."""
    centred = belief.covariance - belief.covariance.mean(axis=0)
    ranks = _crowding(belief)[:, None] * centred
    gram = ranks.T @ ranks
    spread = np.diag(gram)
    return spread[first] + spread[second] - 2 * gram[first, second]


def _crowding(belief: Belief) -> np.ndarray:
    """How fast each image's expected rank changes with its score (P,): the density of the others at its place."""
    spread = np.maximum(np.diag(belief.covariance), 1e-12)
    scale = np.sqrt(spread[:, None] + spread)
    apart = (belief.mean[:, None] - belief.mean) / scale
    return np.mean(np.exp(-(apart**2) / 2) / scale, axis=1)


def _expected_curvature(mean: np.ndarray, variance: np.ndarray, ties: float) -> np.ndarray:
    """How much an answer is expected to weigh."""
    nodes = mean + np.sqrt(variance) * _NODES[:, None]
    return np.maximum(_WEIGHTS @ curvature(nodes, ties), 1e-9)


def information(mean: np.ndarray, variance: np.ndarray, ties: float) -> np.ndarray:
    """Bits that the answer about a difference ~ N(mean, variance) is expected to tell; never negative."""
    nodes = mean.astype(np.float32) + np.sqrt(variance).astype(np.float32) * _NODES.astype(np.float32)[:, None]
    each = np.stack(probabilities(nodes, ties))  # (answer, node, pair)
    whole = np.einsum("anp,n->ap", each, _WEIGHTS.astype(np.float32))
    remaining = np.einsum("np,n->p", _entropy(each), _WEIGHTS.astype(np.float32))
    return np.maximum(_entropy(whole) - remaining, 0)


def _entropy(p: np.ndarray) -> np.ndarray:
    """Bits, along the first axis."""
    return -np.sum(p * np.log2(np.maximum(p, 1e-30)), axis=0)


def chance(mean: float, variance: float) -> float:
    """Probability that the first is chosen, of the two, when the difference is ~ N(mean, variance)."""
    return float(1 / (1 + np.exp(-mean / np.sqrt(1 + np.pi * variance / 8))))


def _open_pairs(vectors: np.ndarray, rows: np.ndarray, asked: Collection[tuple[int, int]]) -> np.ndarray:
    """Which pairs may be asked, (P, P): neither asked before nor of near-duplicates."""
    far = vectors @ vectors.T < 1 - NEAR**2 / 2
    place = {int(row): number for number, row in enumerate(rows)}
    for first, second in asked:
        if first in place and second in place:
            far[place[first], place[second]] = far[place[second], place[first]] = False
    return far


def _question(a: int, b: int, mean: float, variance: float, ties: float, rng: np.random.Generator) -> Question:
    """The pair in random order on the screen: people favour a side."""
    if rng.random() < 0.5:
        a, b, mean = b, a, -mean
    gain = information(np.array([mean]), np.array([variance]), ties)[0]
    return Question(a, b, chance(mean, variance), float(gain))
