"""The dots of the map as one picture: 100,000 of them in a few milliseconds, where painting each takes ten times that.

NumPy only. Every point is written into an array of bytes, one a pixel, and the array is then spread by the shape of a
dot, so that the time depends on the size of the picture and hardly on the number of points. The bytes are numbers of
colours; `app.widgets.map_view` holds the colours and paints.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.map_points import Floats

Picture = NDArray[np.uint8]
Shades = NDArray[np.uint8]

CROWDS = (3, 9, 27)  # points in a square of `_SQUARE` pixels, from more than which on a dot is a shade stronger
CHOSEN = len(CROWDS) + 2  # the shade of chosen points, above all others; 1 = a point that stands alone
_SQUARE = 8


def dots(size: tuple[int, int], x: Floats, y: Floats, shades: Shades, radius: float) -> Picture:
    """A picture (height, width) of ``size`` (width, height) with a dot at each pixel (x, y) (N,) inside of it.

    A dot of shade ``s`` has the value ``2 s``, at its edge ``2 s - 1``; 0 = no dot. Higher shades are above lower ones.
    """
    width, height = size
    picture = np.zeros((height, width), np.uint8)
    inside = within(size, x, y)
    at = y[inside].astype(np.int64) * width + x[inside].astype(np.int64)
    kinds, flat = shades[inside], picture.reshape(-1)
    for shade in range(1, CHOSEN + 1):
        flat[at[kinds == shade]] = 2 * shade
    return _spread(picture, radius)


def crowds(size: tuple[int, int], x: Floats, y: Floats, ratio: float = 1.0) -> Shades:
    """The shade (N,) of dots at (x, y), by how many share their surroundings: 1 to ``len(CROWDS) + 1``.

    ``ratio``: pixels of the picture for one of the screen's own. Dots outside of the picture count as alone.
    """
    shades = np.ones(len(x), np.uint8)
    inside = np.flatnonzero(within(size, x, y))
    side = np.float32(_SQUARE * ratio)
    across = int(size[0] // side) + 1
    square = (y[inside] / side).astype(np.int64) * across + (x[inside] / side).astype(np.int64)
    shades[inside] += np.searchsorted(CROWDS, np.bincount(square)).astype(np.uint8)[square]
    return shades


def within(size: tuple[int, int], x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Which of the points (N,) are inside of the picture."""
    return (x >= 0) & (x < size[0]) & (y >= 0) & (y < size[1])


def _spread(picture: Picture, radius: float) -> Picture:
    """Each pixel becomes a disc of its value, one less at its edge; where discs overlap the higher value stays."""
    wide = _widened(picture, int(radius + 0.5))
    edge = _disc(wide, radius + 0.5)
    edge -= (edge > 0).view(np.uint8)
    return np.maximum(edge, _disc(wide, radius - 0.5), out=edge)


def _widened(picture: Picture, reach: int) -> list[Picture]:
    """The picture with each pixel 0, 1, ... ``reach`` pixels wider to both sides."""
    wide = [picture]
    for step in range(1, reach + 1):
        grown = wide[-1].copy()
        np.maximum(grown[:, step:], picture[:, :-step], out=grown[:, step:])
        np.maximum(grown[:, :-step], picture[:, step:], out=grown[:, :-step])
        wide.append(grown)
    return wide


def _disc(wide: list[Picture], radius: float) -> Picture:
    whole = wide[int(radius)].copy()
    for down in range(1, int(radius) + 1):
        line = wide[int(np.sqrt(radius**2 - down**2))]
        np.maximum(whole[down:], line[:-down], out=whole[down:])
        np.maximum(whole[:-down], line[down:], out=whole[:-down])
    return whole
