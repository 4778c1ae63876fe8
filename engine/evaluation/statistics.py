"""How sure a figure is: standard errors over draws of images, and tests between two models on the same pairs.

Pairs share images, so thousands of pairs of a hundred images say no more than a hundred images do: the errors are
those of drawing the *images* again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

DRAWS = 200  # of the images


def bootstrap_error(values: np.ndarray, ends: np.ndarray) -> float:
    """Standard error of the mean of ``values`` (P,), one a pair of the images ``ends`` (P, 2), over draws of the
    images: a pair counts as often as both of its images were drawn. 0 where there is nothing to draw.
    """
    images, places = np.unique(ends, return_inverse=True)
    places = places.reshape(ends.shape)
    draws = np.random.default_rng(0).multinomial(len(images), np.full(len(images), 1 / len(images)), DRAWS)
    weights = draws[:, places[:, 0]] * draws[:, places[:, 1]]
    totals = weights.sum(1)
    if not totals.any():
        return 0.0
    return float(np.std((weights @ values)[totals > 0] / totals[totals > 0]))


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """Mean over seeds, and its standard error (sample deviation over the root of the count; NaN for a single seed)."""
    count = len(values)
    error = float(np.std(values, ddof=1)) / math.sqrt(count) if count > 1 else math.nan
    return float(np.mean(values)), error


def two_sided(z: float) -> float:
    """Two-sided p of a standard normal value."""
    return math.erfc(abs(z) / math.sqrt(2))


def paired(before: np.ndarray, after: np.ndarray, ends: np.ndarray) -> tuple[float, float, float]:
    """How much more often ``after`` is right than ``before`` on the same pairs (P,): difference, its standard error
    over draws of the images ``ends`` (P, 2), two-sided p (1 where the two never differ).
    """
    differences = after - before
    found, error = float(differences.mean()), bootstrap_error(differences, ends)
    if error == 0:
        return found, error, 1.0 if found == 0 else 0.0
    return found, error, two_sided(found / error)


def mcnemar(before: np.ndarray, after: np.ndarray) -> float:
    """Exact two-sided p of McNemar's test: were as many images lost as won? ``before``, ``after`` (N,) bool."""
    won, lost = int((after & ~before).sum()), int((before & ~after).sum())
    count = won + lost
    if count == 0:
        return 1.0
    logs = [math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1) for k in range(min(won, lost) + 1)]
    tail = sum(math.exp(each - count * math.log(2)) for each in logs)
    return min(1.0, 2 * tail)


def share_error(right: np.ndarray) -> float:
    """Standard error of a share of independent cases (N,), by Wilson's midpoint: also for 0 and 1 not 0."""
    count = len(right)
    share = (float(right.sum()) + 2) / (count + 4)
    return math.sqrt(share * (1 - share) / (count + 4))
