"""How much the words, the vectors and each image's own share may say, by evidence.

Each scale is the standard deviation, in logits, that one source alone would give the difference of two random images.
The words' scale is that of a single number (how strongly, and in which sense, the prompt's direction counts), whose
posterior follows like that of everything else: the first few dozen answers set a useless prompt to about 0. The other
two decide how far few answers reach; those are taken under which the answers are most probable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.judgements.evidence import evidence
from engine.judgements.likelihood import EQUAL, most_likely_ties

FEWEST = 20  # answers before the scales are moved
MOST = 500  # answers that the scales are chosen on: those on the images judged most often
FACTOR = 1.5  # between two neighbouring scales
# How far from the defaults they are believed to be: standard deviations of the logarithms of the common size of the two
# and of their ratio. Few answers tell the ratio badly, and questions that were chosen tell it wrongly.
SIZE_SPREAD = 1.0
RATIO_SPREAD = 0.4
ROUNDS = 12


@dataclass(frozen=True)
class Scales:
    """Prior standard deviations in logits of the difference of two random images, and the tie parameter.

    ``words`` is also the mean of how strongly the prompt counts: before any answer the order is that of the words.
    """

    words: float = 1.5
    vectors: float = 2.0
    own: float = 1.4
    ties: float = 0.0


@dataclass(frozen=True)
class Kernels:
    """Covariances (n, n) of n answers' differences that each source gives at scale 1, and J start (n,) of the words."""

    words: np.ndarray
    vectors: np.ndarray
    own: np.ndarray
    prior: np.ndarray

    def under(self, scales: Scales) -> np.ndarray:
        """The covariance (n, n) with these scales."""
        return scales.words**2 * self.words + scales.vectors**2 * self.vectors + scales.own**2 * self.own


def choose(kernels: Kernels, answer: np.ndarray, scales: Scales) -> Scales:
    """Climb from ``scales`` to more probable ones, a factor at a time; answers are 1, 0, -1 (n,)."""
    if len(answer) < FEWEST:
        return scales
    known: dict[tuple[float, float], tuple[float, Scales]] = {}

    def judge(tried: Scales) -> tuple[float, Scales]:
        """Log probability of ``tried``, and ``tried`` with the tie parameter that suits it."""
        key = (round(np.log(tried.vectors), 3), round(np.log(tried.own), 3))
        if key not in known:
            ties = tried.ties or float(np.any(answer == EQUAL))
            found = evidence(kernels.under(tried), tried.words * kernels.prior, answer, ties)
            ties = most_likely_ties(answer, found.differences)
            known[key] = found.log_probability + _belief(tried), replace(tried, ties=ties)
        return known[key]

    best, scales = judge(scales)
    for _ in range(ROUNDS):
        moves = [
            replace(scales, vectors=scales.vectors * more, own=scales.own * own)
            for more, own in ((FACTOR, FACTOR), (1 / FACTOR, 1 / FACTOR), (1, FACTOR), (1, 1 / FACTOR))
        ]
        reached, better = max((judge(move) for move in moves), key=lambda found: found[0])
        if reached <= best:
            break
        best, scales = reached, better
    return scales


def _belief(scales: Scales) -> float:
    usual = Scales()
    size = np.log(np.hypot(scales.vectors, scales.own) / np.hypot(usual.vectors, usual.own))
    ratio = np.log(scales.own / scales.vectors) - np.log(usual.own / usual.vectors)
    return -float((size / SIZE_SPREAD) ** 2 + (ratio / RATIO_SPREAD) ** 2) / 2
