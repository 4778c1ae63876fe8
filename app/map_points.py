"""The images on two axes as plain numbers: places, shares, who is near what. NumPy only; `app.widgets.map_view` paints.

Two rankings of the same library are laid over each other by file id. A place on an axis is the score within the
library's own range, 0 to 1, x to the right and y upward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

_SPREAD = 2654435761  # an odd number near 2**32 divided by the golden ratio: neighbouring ids end up far apart


def _no_ints() -> Ints:
    return np.empty(0, np.int64)


def _no_floats() -> Floats:
    return np.empty(0, np.float32)


@dataclass(frozen=True)
class Axis:
    """One axis: N places 0..1, the N scores that they come from, and the shares (0..1) that have less of it."""

    places: Floats = field(default_factory=_no_floats)
    scores: Floats = field(default_factory=_no_floats)
    shares: Floats = field(default_factory=_no_floats)

    def of(self, which: Ints | Flags) -> Axis:
        """Some of it, in that order."""
        return Axis(self.places[which], self.scores[which], self.shares[which])

    @cached_property
    def middle(self) -> float:
        """The place with half of the images on either side."""
        return float(np.median(self.places)) if len(self.places) else 0.5


@dataclass(frozen=True)
class Points:
    """N images, each a file id with a place on both axes; sorted so that whoever is shown first comes first.

    That order is a fixed shuffle by file id: the image that stands for its neighbours stays the same while one zooms
    and while others are added.
    """

    ids: Ints = field(default_factory=_no_ints)
    across: Axis = field(default_factory=Axis)
    up: Axis = field(default_factory=Axis)

    def __len__(self) -> int:
        return len(self.ids)

    @staticmethod
    def of(across: NDArray[Any], up: NDArray[Any]) -> Points:
        """The files that two rankings (fields "file" and "score", best first) have in common."""
        ids, first, second = _common(across["file"], up["file"])
        order = np.argsort(ids * _SPREAD % (1 << 32), kind="stable")
        return Points(ids[order], _axis(across, first[order]), _axis(up, second[order]))

    def only(self, which: Flags) -> Points:
        """Those of ``which`` (N,); their places stay those among all."""
        return self if which.all() else Points(self.ids[which], self.across.of(which), self.up.of(which))

    def swapped(self) -> Points:
        """Across becomes up."""
        return Points(self.ids, self.up, self.across)

    @cached_property
    def _by_id(self) -> Ints:
        return np.argsort(self.ids, kind="stable")

    def find(self, ids: Ints | Sequence[int]) -> Ints:
        """Which points are these files, shape (K,) -> (at most K,); files without a place are left out."""
        wanted = np.asarray(ids, np.int64)
        if not len(self.ids):
            return np.empty(0, np.int64)
        at = np.searchsorted(self.ids, wanted, sorter=self._by_id)
        found = self._by_id[np.minimum(at, len(self.ids) - 1)]
        return found[self.ids[found] == wanted]


def _common(first: Ints, second: Ints) -> tuple[Ints, Ints, Ints]:
    """The ids in both, and where in each."""
    one, other = np.argsort(first), np.argsort(second)
    if len(one) == len(other) and np.array_equal(first[one], second[other]):
        return first[one], one, other  # as nearly always: half the time
    return np.intersect1d(first, second, assume_unique=True, return_indices=True)


def _axis(ranking: NDArray[Any], rows: Ints) -> Axis:
    scores = ranking["score"].astype(np.float32)
    low, high = (float(scores.min()), float(scores.max())) if len(scores) else (0.0, 0.0)
    chosen = scores[rows]
    places = (chosen - low) / (high - low) if high > low else np.full(len(chosen), 0.5, np.float32)
    shares = (len(scores) - 1 - rows) / max(1, len(scores))
    return Axis(places.astype(np.float32), chosen, shares.astype(np.float32))


def nearest(x: Floats, y: Floats, at: tuple[float, float], within: float) -> int | None:
    """The point (N,) nearest to ``at``, at most ``within`` away; the first of equals; None where there is none."""
    if not len(x):
        return None
    far = (x - at[0]) ** 2 + (y - at[1]) ** 2
    found = int(np.argmin(far))
    return found if far[found] <= within**2 else None


def neighbour(x: Floats, y: Floats, start: int, step: tuple[int, int]) -> int | None:
    """The next point from ``start`` in the direction ``step`` ((1, 0) = right, (0, 1) = down); None at the edge.

    The nearest of those that lie more along the direction than beside it, else of all that lie that way at all; being
    off the line counts twice.
    """
    dx, dy = x - x[start], y - y[start]
    along, beside = dx * step[0] + dy * step[1], np.abs(dx * step[1] + dy * step[0])
    for ahead in (np.flatnonzero((along > 0) & (beside <= along)), np.flatnonzero(along > 0)):
        if len(ahead):
            return int(ahead[np.argmin(along[ahead] + 2 * beside[ahead])])
    return None
