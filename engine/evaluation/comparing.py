"""Difference-based classification: of how many pairs is the true statement right, by every rule, and is that more than
nothing? Two controls go with each figure:

* *shuffled*: every pair gets the statement of another pair. .50 within its error, or the pairs give themselves away.
* *swapped*: the images change places and the statement stays. One minus the accuracy, to the last tie, or the rule
  looks at something besides the two vectors.

And for the comparison as a whole *stray*: how far from .50 questions about something else come out (95 % of them are
nearer). A figure that is nearer to .50 than that proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.directions import TextEncoder, direction
from engine.errors import PromptError
from engine.evaluation import statistics
from engine.evaluation.pairing import Pairing
from engine.jobs import JobContext
from engine.phrases import PhraseBank

UNRELATED = 24  # phrases of the bank that are asked for `stray`


@dataclass(frozen=True)
class Figure:
    """One model, one comparison, one rule: means over seeds, in 0..1, with their standard errors over seeds (over draws
    of the images where there is one seed).
    """

    model: str
    comparison: str
    rule: str
    accuracy: float
    standard_error: float
    pairs: int
    shuffled: float
    shuffled_error: float
    swapped: float


def right(vectors: np.ndarray, pairing: Pairing, directions: np.ndarray) -> np.ndarray:
    """Which pairs (P,) their directions put in the right order: 1, 0, or .5 where both images score the same."""
    asked = directions[pairing.rows[:, 2]]
    margins = ((vectors[pairing.rows[:, 0]] - vectors[pairing.rows[:, 1]]) * asked).sum(1)
    return (margins > 0) + 0.5 * (margins == 0)


def figure(
    model: str, rule: str, vectors: np.ndarray, pairing: Pairing, directions: np.ndarray
) -> tuple[Figure, np.ndarray]:
    """The figure of one rule, and which pairs it was right about (P,)."""
    found = right(vectors, pairing, directions)
    accuracy, error = _over_seeds(found, pairing)
    shuffled, shuffled_error = _over_seeds(right(vectors, _shuffled(pairing), directions), pairing)
    swapped = right(vectors, _swapped(pairing), directions)
    made = Figure(
        model, pairing.comparison, rule, accuracy, error, len(found), shuffled, shuffled_error, float(swapped.mean())
    )
    return made, found


class Unrelated:
    """Questions from all over the phrase bank under one encoder, those whose words it knows; each asked once."""

    def __init__(self, encoder: TextEncoder, context: JobContext) -> None:
        self._bank = PhraseBank.load()
        self._asked: list[tuple[str, np.ndarray]] = []  # the phrase's group, its direction
        for phrase in self._bank.phrases[:: max(1, len(self._bank.phrases) // UNRELATED)]:
            context.breathe()
            try:
                found = direction(encoder, phrase.phrase, bank=self._bank)
            except PromptError:  # the encoder reads fewer tokens than the phrase takes
                continue
            if found.known == 1:
                self._asked.append((phrase.group, found.vector))

    def stray(self, vectors: np.ndarray, pairing: Pairing) -> float:
        """How far from .50 the answers to questions of other groups stray, at the 95th percentile; 0 where what classes
        have is compared, as there no question holds for all pairs.
        """
        if not pairing.sayings[0].prompt:
            return 0.0
        match = self._bank.find(pairing.sayings[0].prompt)
        margins = vectors[pairing.rows[:, 0]] - vectors[pairing.rows[:, 1]]
        signs = np.where(pairing.rows[:, 2] == 0, 1, -1)
        others = [asked for group, asked in self._asked if match is None or group != match.phrase.group]
        scores = [margins @ asked * signs for asked in others]
        distances = [abs(((score > 0) + 0.5 * (score == 0)).mean() - 0.5) for score in scores]
        return float(np.quantile(distances, 0.95)) if distances else 0.0


def _over_seeds(found: np.ndarray, pairing: Pairing) -> tuple[float, float]:
    seeds = np.unique(pairing.rows[:, 3])
    if len(seeds) == 1:
        return float(found.mean()), statistics.bootstrap_error(found, pairing.ends)
    return statistics.mean_and_error([float(found[pairing.rows[:, 3] == seed].mean()) for seed in seeds])


def _shuffled(pairing: Pairing) -> Pairing:
    """Within each seed, so that a seed's images stay together."""
    rows = pairing.rows.copy()
    rng = np.random.default_rng(0)
    for seed in np.unique(rows[:, 3]):
        of_seed = np.flatnonzero(rows[:, 3] == seed)
        rows[of_seed, 2] = rows[rng.permutation(of_seed), 2]
    return Pairing(pairing.comparison, pairing.sayings, rows)


def _swapped(pairing: Pairing) -> Pairing:
    return Pairing(pairing.comparison, pairing.sayings, pairing.rows[:, [1, 0, 2, 3]])
