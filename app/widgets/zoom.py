"""How a picture lies in the viewer: scale and centre as plain numbers, without Qt.

Lengths of the view are in device pixels, so that scale 1 shows one pixel of the picture on one of the screen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

LARGEST_SCALE = 32.0
LARGEST_FIT = 2.0
"""A small picture is enlarged at most this much to fill the view."""


@dataclass(frozen=True)
class Zoom:
    """A picture of ``width`` x ``height`` pixels in a view. ``x``, ``y``: the picture's point at the view's centre."""

    width: int
    height: int
    view_width: int
    view_height: int
    scale: float = 0.0  # 0 = fit
    x: float = 0.0
    y: float = 0.0

    @property
    def fit(self) -> float:
        """The scale that shows the whole picture."""
        return min(self.view_width / self.width, self.view_height / self.height, LARGEST_FIT)

    @property
    def shown_scale(self) -> float:
        """Device pixels for one pixel of the picture."""
        return self.scale or self.fit

    @property
    def is_fit(self) -> bool:
        """Whether the whole picture follows the size of the view."""
        return self.scale == 0.0

    def origin(self) -> tuple[float, float]:
        """Where the picture's top left corner is in the view."""
        scale = self.shown_scale
        return self.view_width / 2 - self.x * scale, self.view_height / 2 - self.y * scale

    def fitted(self) -> Zoom:
        """The whole picture."""
        return replace(self, scale=0.0)._clamped()

    def resized(self, view_width: int, view_height: int) -> Zoom:
        """In a view of another size."""
        return replace(self, view_width=max(1, view_width), view_height=max(1, view_height))._clamped()

    def scaled(self, scale: float, at_x: float, at_y: float) -> Zoom:
        """At another scale; what is at (``at_x``, ``at_y``) of the view stays there where the edges allow it."""
        old, left, top = self.shown_scale, *self.origin()
        new = min(max(scale, min(self.fit, 1.0)), LARGEST_SCALE)
        return replace(
            self,
            scale=new,
            x=(at_x - left) / old - (at_x - self.view_width / 2) / new,
            y=(at_y - top) / old - (at_y - self.view_height / 2) / new,
        )._clamped()

    def moved(self, dx: float, dy: float) -> Zoom:
        """Dragged by (``dx``, ``dy``) device pixels."""
        return replace(self, x=self.x - dx / self.shown_scale, y=self.y - dy / self.shown_scale)._clamped()

    def _clamped(self) -> Zoom:
        """No ground is shown beside a picture that is larger than the view; a smaller one stands in the middle."""
        scale = self.shown_scale
        return replace(
            self,
            x=_within(self.x, self.width, self.view_width / scale),
            y=_within(self.y, self.height, self.view_height / scale),
        )


def _within(centre: float, length: float, seen: float) -> float:
    return length / 2 if seen >= length else min(max(centre, seen / 2), length - seen / 2)
