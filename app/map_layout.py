"""Which images of the map are shown as pictures: where there is room, and always the same ones. NumPy only.

A picture stands at its own place and never on another. Of the images that crowd a place, the first of
`app.map_points.Points` is shown; the others are dots until one comes closer. What is chosen depends on the level of
zoom and a little ground around the view, not on how far one has panned, so that nothing flickers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from app.map_frame import Frame
from app.map_points import Ints, Points

PICTURE = 72  # longest side, in device-independent pixels
GAP = 8  # between pictures, and the grain of the ground on which they are laid out
_CELL = 20  # of a crowd, the first image of each square of this side may be shown
_CROWD = 4_000  # from so many images on the ground on; of fewer, each may be shown
_STEP = 16 * _CELL  # the ground moves in steps of this, so that small pans change nothing
_REACH = (PICTURE + GAP) // GAP  # grains that another picture's centre must be away


@dataclass
class Layout:
    """The pictures to show; worked out anew only when the level of zoom or the ground changes."""

    _points: Points | None = None
    _key: tuple[object, ...] = ()
    _chosen: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def pictures(self, points: Points, frame: Frame) -> Ints:
        """Indices of the points to show as pictures, some of them just outside of the view."""
        base = frame.at_level()
        across, up = base.spans
        left, top = base.x * across - base.width / 2, (1 - base.y) * up - base.height / 2
        first = (int(left // _STEP) - 1) * _STEP, (int(top // _STEP) - 1) * _STEP
        size = (_ground(base.width), _ground(base.height))
        key = (base.level, first, size, across, up)
        if points is not self._points or key != self._key:
            x = points.across.places * across - first[0]
            y = (1 - points.up.places) * up - first[1]
            self._points, self._key, self._chosen = points, key, _spaced(x, y, *size)
        return self._chosen


def _ground(length: float) -> int:
    return (int(length // _STEP) + 4) * _STEP


def _spaced(x: np.ndarray, y: np.ndarray, width: int, height: int) -> Ints:
    """Those of the points (N,) on the ground that stand too close to no earlier one."""
    candidates = np.flatnonzero((x >= 0) & (x < width) & (y >= 0) & (y < height))
    if len(candidates) > _CROWD:
        candidates = _thinned(candidates, x, y, width, height)
    taken = np.zeros((height // GAP + 1, width // GAP + 1), bool)
    rows, columns = (y[candidates] // GAP).astype(int).tolist(), (x[candidates] // GAP).astype(int).tolist()
    chosen = []
    for place, (row, column) in enumerate(zip(rows, columns, strict=True)):
        if not taken[row, column]:
            chosen.append(place)
            near = slice(max(0, row - _REACH), row + _REACH + 1), slice(max(0, column - _REACH), column + _REACH + 1)
            taken[near] = True
    return candidates[chosen]


def _thinned(candidates: Ints, x: np.ndarray, y: np.ndarray, width: int, height: int) -> Ints:
    """The first candidate of each cell of the ground."""
    across = width // _CELL
    cells = (y[candidates] // _CELL).astype(np.int64) * across + (x[candidates] // _CELL).astype(np.int64)
    first = np.full(across * (height // _CELL), -1, np.int64)
    first[cells[::-1]] = candidates[::-1]  # of several the last assignment stays, which is the first point
    return np.sort(first[first >= 0])
