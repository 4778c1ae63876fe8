"""How much the words, the vectors and each image's own share may say, found from the answers themselves.

Each scale is the standard deviation, in logits, that one source alone would give the difference of two random images.
The words' scale is that of a single number (how strongly, and in which sense, the prompt's direction counts), whose
posterior follows like that of everything else: the first few dozen answers set a useless prompt to about 0. The other
two decide how far few answers reach, and are those under which each answer is most probable given all the others.
(Laplace's evidence is worse at it: on 500 simulated answers about 1,119 street photographs it put an image's own share,
truly 1.9, at 0.3; leaving answers out found 2.0.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.judgements.laplace import Answered, InAnswers, find_mode, left_out
from engine.judgements.likelihood import most_likely_ties

FEWEST = 20  # answers before the scales are moved
MOST = 500  # answers that the scales are chosen on: those on the images judged most often
FACTOR = 1.5  # between two neighbouring scales
SPREAD = 0.7  # how far from the defaults a scale is believed to be, standard deviation of its logarithm
ROUNDS = 12


@dataclass(frozen=True)
class Scales:
    """Prior standard deviations in logits of the difference of two random images, and the tie parameter.

    ``words`` is also the mean of how strongly the prompt counts: before any answer the order is that of the words.
    """

    words: float = 1.5
    vectors: float = 2.0
    own: float = 1.0
    ties: float = 0.0


@dataclass(frozen=True)
class Kernels:
    """Covariances (n, n) of n answers' differences that each source gives at scale 1, and J start (n,) of the words."""

    words: np.ndarray
    vectors: np.ndarray
    own: np.ndarray
    prior: np.ndarray

    def under(self, scales: Scales) -> InAnswers:
        """The model with these scales."""
        kernel = scales.words**2 * self.words + scales.vectors**2 * self.vectors + scales.own**2 * self.own
        return InAnswers(kernel, scales.words * self.prior)


def choose(kernels: Kernels, answer: np.ndarray, scales: Scales) -> Scales:
    """Climb from ``scales`` to more probable ones, a factor at a time; answers are 1, 0, -1 (n,)."""
    if len(answer) < FEWEST:
        return scales
    known: dict[Scales, tuple[float, Scales]] = {}
    pull = np.zeros(len(answer))

    def judge(tried: Scales) -> tuple[float, Scales]:
        """Log probability of ``tried``, and ``tried`` with the tie parameter that suits it."""
        nonlocal pull
        key = replace(tried, ties=0.0)
        if key not in known:
            form = kernels.under(tried)
            ties = tried.ties or float(np.any(answer == 0))
            pull = find_mode(form, Answered(answer, np.zeros(len(answer)), ties), pull)
            ties = most_likely_ties(answer, form.differences(pull))
            answered = Answered(answer, np.zeros(len(answer)), ties)
            pull = find_mode(form, answered, pull)
            known[key] = left_out(form, answered, pull) + _belief(tried), replace(tried, ties=ties)
        return known[key]

    best, scales = judge(scales)
    for _ in range(ROUNDS):
        moves = [
            replace(scales, **{name: getattr(scales, name) * factor})
            for name in ("vectors", "own")
            for factor in (FACTOR, 1 / FACTOR)
        ]
        reached, better = max((judge(move) for move in moves), key=lambda found: found[0])
        if reached <= best:
            break
        best, scales = reached, better
    return scales


def _belief(scales: Scales) -> float:
    usual = Scales()
    apart = [np.log(scales.vectors / usual.vectors), np.log(scales.own / usual.own)]
    return -float(np.sum(np.square(apart))) / (2 * SPREAD**2)
