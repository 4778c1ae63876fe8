"""How likely an answer is, given the difference between two images: Bradley-Terry with ties (Davidson 1970).

With d = f_first - f_second in logits and a tie parameter t >= 0,

    P(first) = e^(d/2) / Z,   P(second) = e^(-d/2) / Z,   P(equal) = t / Z,   Z = e^(d/2) + e^(-d/2) + t,

which is sigma(d) without ties and log-concave in d for every answer. All functions take arrays of one shape.
"""

from __future__ import annotations

import numpy as np

FIRST, EQUAL, SECOND = 1, 0, -1

_MOST = 1e4  # of the tie parameter: hardly anything but ties


def probabilities(difference: np.ndarray, ties: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """P(first), P(equal), P(second) at these differences."""
    half = np.abs(difference) / 2
    rises, falls = np.exp(difference / 2 - half), np.exp(-difference / 2 - half)
    equal = ties * np.exp(-half)
    total = rises + falls + equal
    return rises / total, equal / total, falls / total


def log_likelihood(answer: np.ndarray, difference: np.ndarray, ties: float) -> np.ndarray:
    """log P(answer), each 1 (first), 0 (equal) or -1 (second); equal answers need ``ties`` > 0."""
    half = np.abs(difference) / 2
    log_total = half + np.log1p(np.exp(-2 * half) + ties * np.exp(-half))
    return answer * difference / 2 + np.where(answer == EQUAL, np.log(ties or 1.0), 0.0) - log_total


def slope(answer: np.ndarray, difference: np.ndarray, ties: float) -> np.ndarray:
    """Derivative of `log_likelihood` by the difference."""
    first, _, second = probabilities(difference, ties)
    return (answer - (first - second)) / 2


def curvature(difference: np.ndarray, ties: float) -> np.ndarray:
    """Minus the second derivative of `log_likelihood`, which is the same for every answer and never negative."""
    first, _, second = probabilities(difference, ties)
    return ((first + second) - (first - second) ** 2) / 4


def most_likely_ties(answer: np.ndarray, difference: np.ndarray) -> float:
    """The tie parameter under which as many ties are expected as there are; 0 where nobody answered *equal*.

    One decided answer on two equal images is added, so that ties alone do not drive it to infinity.
    """
    equal = int(np.count_nonzero(answer == EQUAL))
    if not equal:
        return 0.0
    known = np.append(difference, 0.0)
    low, high = 1 / _MOST, _MOST
    while high / low > 1.001:
        middle = float(np.sqrt(low * high))
        if probabilities(known, middle)[1].sum() < equal:
            low = middle
        else:
            high = middle
    return float(np.sqrt(low * high))


def settle(answer: np.ndarray, mean: np.ndarray, variance: np.ndarray, ties: float) -> np.ndarray:
    """The most likely differences when each is N(mean, variance) before its answer; shapes alike, variance >= 0.

    Newton's method for the root of d - mean - variance * slope(d), which rises with d; the middle of what still
    brackets the root is next where a step would leave it or is not half as long as the one before.
    """
    low, high = mean - variance, mean + variance  # the slope lies in -1..1
    d, last = np.clip(0.0, low, high), high - low
    for _ in range(100):
        excess = d - mean - variance * slope(answer, d, ties)
        low, high = np.where(excess > 0, low, d), np.where(excess > 0, d, high)
        newton = d - excess / (1 + variance * curvature(d, ties))
        good = (newton >= low) & (newton <= high) & (np.abs(newton - d) <= last / 2)
        new = np.where(good, newton, (low + high) / 2)
        d, last = new, np.abs(new - d)
        if np.max(last, initial=0.0) < 1e-10:
            break
    return d
