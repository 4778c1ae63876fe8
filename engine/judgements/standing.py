"""Where a judged ranking stands: how sure its leading images are, what more answers would do, cycles, and sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.judgements.likelihood import curvature
from engine.judgements.posterior import Belief, Posterior
from engine.judgements.space import Answers

SHOWN = 10  # leading images that the meter is about
CONTENDERS = 100  # images that may belong to them
DRAWS = 2000
ENOUGH = 0.9  # of the shown ones right: more answers hardly help
MOST_MORE = 200  # answers that are looked ahead
CYCLES_NAMED = 50


@dataclass(frozen=True)
class Leaders:
    """How sure the leading images are.

    ``rows``: the contenders, best first; the first `SHOWN` are the shown ones. ``right``: the share of the shown ones
    expected to belong there; ``all_right``: probability that they are exactly the leading ones. ``more``: answers
    after which ``right`` is expected to reach `ENOUGH`, 0 where it has, None where `MOST_MORE` would not do.
    """

    rows: np.ndarray
    right: float
    all_right: float
    more: int | None


@dataclass(frozen=True)
class Consistency:
    """Cycles among the answers: ``cycles`` names up to `CYCLES_NAMED` as rows (a over b over c over a) of ``found``.

    ``triples``: threes of which all pairs were decided; a quarter of them would be cycles if answers were coin flips.
    ``contradicted``: pairs answered both ways.
    """

    cycles: Sequence[tuple[int, ...]]
    found: int
    triples: int
    contradicted: int


def leaders(posterior: Posterior, images: np.ndarray, scores: np.ndarray, rng: np.random.Generator) -> Leaders:
    """How sure the leading ones of ``images`` (rows, N) with ``scores`` (N,) are, by draws of `CONTENDERS` together."""
    rows = images[highest(scores, CONTENDERS)]
    if len(rows) <= SHOWN:
        return Leaders(rows, 1.0, 1.0, 0)
    belief = posterior.over(rows)
    noise = rng.standard_normal((DRAWS, len(rows)))
    right, all_right = _sure(belief, belief, noise, rng)
    return Leaders(rows, right, all_right, _more(posterior, belief, right, noise, rng))


def highest(scores: np.ndarray, count: int) -> np.ndarray:
    """Places of the highest scores, best first. Deviations differ little, so the mean alone decides who contends."""
    count = min(count, len(scores))
    best = np.argpartition(-scores, count - 1)[:count] if count else np.empty(0, np.int64)
    return best[np.lexsort((best, -scores[best]))]


def _more(posterior: Posterior, now: Belief, right: float, noise: np.ndarray, rng: np.random.Generator) -> int | None:
    """How many answers about the contenders bring ``right`` to `ENOUGH`, asked where they tell most."""
    later, ties = now, posterior.scales.ties
    first, second = np.triu_indices(len(now.mean), 1)
    mean = now.mean[first] - now.mean[second]
    weight = curvature(mean, ties)
    for asked in range(MOST_MORE + 1):
        if asked in (0, 5, 10, 20, 30, 50, 75, 100, 150, 200):
            if asked:
                right = _sure(now, later, noise, rng)[0]
            if right >= ENOUGH:
                return asked
        spread = np.diag(later.covariance)
        variance = np.maximum(spread[first] + spread[second] - 2 * later.covariance[first, second], 0)
        best = int(np.argmax(weight * variance))
        later = later.given(int(first[best]), int(second[best]), float(weight[best]))
    return None


def _sure(now: Belief, later: Belief, noise: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """(``right``, ``all_right``) once the belief ``now`` has narrowed to ``later``, over draws of both.

    The mean of then is N(mean, covariance now - covariance then), the truth is N(mean of then, covariance then).
    """
    shown = now.mean + noise @ _root(now.covariance - later.covariance)
    truth = shown + rng.standard_normal(noise.shape) @ _root(later.covariance)
    both = np.zeros((2, *noise.shape), bool)
    for mask, values in zip(both, (shown, truth), strict=True):
        np.put_along_axis(mask, np.argpartition(-values, SHOWN - 1, axis=1)[:, :SHOWN], True, axis=1)
    common = np.sum(both[0] & both[1], axis=1)
    return float(np.mean(common)) / SHOWN, float(np.mean(common == SHOWN))


def _root(covariance: np.ndarray) -> np.ndarray:
    """A matrix R with R' R = covariance, whatever rounding did to its small eigenvalues."""
    values, vectors = np.linalg.eigh(covariance)
    return np.sqrt(np.maximum(values, 0))[:, None] * vectors.T


def words_share(words: np.ndarray, scores: np.ndarray) -> float:
    """The share of ``scores`` (N,), 0 to 1, that the part ``words`` (N,) accounts for; the rest is of the answers."""
    variance = float(np.var(scores)) if len(scores) else 0.0
    if variance <= 0:
        return 0.0
    covariance = float(np.mean((words - words.mean()) * (scores - scores.mean())))
    return float(np.clip(covariance / variance, 0, 1))


def consistency(answers: Answers) -> Consistency:
    """Find the cycles of three; a pair counts as decided where more answers say one than the other."""
    net: dict[tuple[int, int], int] = defaultdict(int)
    signs: dict[tuple[int, int], set[int]] = defaultdict(set)
    for a, b, said in answers.oriented():
        net[a, b] += said
        signs[a, b].add(said)
    over: dict[int, set[int]] = defaultdict(set)
    beside: dict[int, set[int]] = defaultdict(set)
    for (a, b), lead in net.items():
        if lead:
            over[a if lead > 0 else b].add(b if lead > 0 else a)
            beside[a].add(b)
            beside[b].add(a)
    cycles: list[tuple[int, ...]] = []
    found = triples = 0
    for (a, b), lead in net.items():
        if not lead:
            continue
        triples += sum(1 for c in beside[a] & beside[b] if c > b)
        high, low = (a, b) if lead > 0 else (b, a)
        for third in over[low]:
            if high in over[third] and min(high, low, third) == high:
                found += 1
                if len(cycles) < CYCLES_NAMED:
                    cycles.append((high, low, third))
    return Consistency(cycles, found, triples, sum({1, -1} <= said for said in signs.values()))
