"""How the map lies in its view: zoom and centre as plain numbers, without Qt, like `app.widgets.zoom` for pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from app.map_points import Floats

LARGEST_ZOOM = 2.0**14
LEVELS = 4  # in a doubling: what is shown as a picture changes in steps, so that panning changes nothing


@dataclass(frozen=True)
class Frame:
    """Places 0..1 on both axes, in a view of ``width`` x ``height`` device-independent pixels.

    ``x``, ``y``: the place at the view's centre. ``edge``: ground around the outermost places, for half a picture.
    """

    width: float
    height: float
    edge: float = 0.0
    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5

    @property
    def spans(self) -> tuple[float, float]:
        """Pixels from place 0 to place 1 on each axis."""
        return self._span(self.width) * self.zoom, self._span(self.height) * self.zoom

    @property
    def is_whole(self) -> bool:
        """Whether everything is seen."""
        return self.zoom == 1.0

    @property
    def level(self) -> int:
        """The step of zoom, rounded down."""
        return math.floor(LEVELS * math.log2(self.zoom) + 1e-9)

    def at_level(self) -> Frame:
        """The same at exactly its `level`."""
        return replace(self, zoom=2.0 ** (self.level / LEVELS))

    def pixels(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Places (N,) to pixels of the view (N,), y downward."""
        across, up = self.spans
        left, top = self.width / 2 - self.x * across, self.height / 2 + self.y * up
        return x * across + left, top - y * up

    def place(self, x: float, y: float) -> tuple[float, float]:
        """The place under a pixel of the view."""
        across, up = self.spans
        return self.x + (x - self.width / 2) / across, self.y - (y - self.height / 2) / up

    def whole(self) -> Frame:
        """Everything."""
        return replace(self, zoom=1.0, x=0.5, y=0.5)

    def resized(self, width: float, height: float) -> Frame:
        """In a view of another size."""
        return replace(self, width=width, height=height)

    def scaled(self, factor: float, x: float, y: float) -> Frame:
        """Closer or further; the place under (``x``, ``y``) stays there where the edges allow it."""
        place = self.place(x, y)
        closer = replace(self, zoom=min(max(self.zoom * factor, 1.0), LARGEST_ZOOM))
        now = closer.place(x, y)
        return replace(closer, x=closer.x + place[0] - now[0], y=closer.y + place[1] - now[1])._clamped()

    def moved(self, dx: float, dy: float) -> Frame:
        """Dragged by pixels of the view."""
        across, up = self.spans
        return replace(self, x=self.x - dx / across, y=self.y + dy / up)._clamped()

    def showing(self, x: float, y: float) -> Frame:
        """Moved only as far as it takes to see a place."""
        across, up = self.spans
        half_x, half_y = (self.width / 2 - self.edge) / across, (self.height / 2 - self.edge) / up
        return replace(
            self,
            x=min(max(self.x, x - half_x), x + half_x),
            y=min(max(self.y, y - half_y), y + half_y),
        )._clamped()

    def _span(self, length: float) -> float:
        return max(length - 2 * self.edge, 1.0)

    def _clamped(self) -> Frame:
        """No more empty ground than the whole map has at its edges."""
        half = 0.5 / self.zoom
        return replace(self, x=min(max(self.x, half), 1 - half), y=min(max(self.y, half), 1 - half))
