"""Between which places of the order an image lies: the ends of its credible interval, from orders drawn together.

The ends of the scores' intervals do not tell: errors of a direction move images of one kind together, and an image
among many others passes more of them by the same step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from engine.judgements.posterior import Posterior

LEVEL = 0.9  # of the credible intervals
DRAWS = 200
FEWER_DRAWS = 100  # for more than MANY images, where each costs a sort of all
MANY = 20_000
TOGETHER = 25  # draws held as scores at once


def rank_bounds(
    posterior: Posterior, rows: np.ndarray, weights: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """First and last place of each of ``rows`` (P,) with probability `LEVEL`, (P,) int64 each, 1 = the highest score.

    A row takes ``weights`` (P,) places in the order, one for each file that holds the image; its place is the first of
    them.
    """
    draws = DRAWS if len(rows) <= MANY else FEWER_DRAWS
    places = np.empty((draws, len(rows)), np.int32)
    for start in range(0, draws, TOGETHER):
        for number, scores in enumerate(posterior.draws(rows, min(TOGETHER, draws - start), rng), start):
            order = np.argsort(-scores)
            ends = np.cumsum(weights[order])
            places[number, order] = ends - weights[order] + 1
    outside = (1 - LEVEL) / 2
    ends = [round(outside * (draws - 1)), round((1 - outside) * (draws - 1))]
    places.partition(ends, axis=0)
    return places[ends[0]].astype(np.int64), places[ends[1]].astype(np.int64)
