"""How two pictures of a pair are looked at together: as fractions of a picture, so that sizes need not be the same."""

from __future__ import annotations

from dataclasses import dataclass

from app.widgets.zoom import LARGEST_SCALE, Zoom


@dataclass(frozen=True)
class Look:
    """``closer``: how many times larger than the whole picture fits; ``x``, ``y`` in 0..1: its point at the centre."""

    closer: float = 1.0
    x: float = 0.5
    y: float = 0.5

    def zoom(self, width: int, height: int, view_width: int, view_height: int) -> Zoom:
        """This look at a picture of ``width`` x ``height`` pixels in a view in device pixels."""
        whole = Zoom(width, height, view_width, view_height).fitted()
        if self.closer <= 1.0:
            return whole
        scale = min(whole.fit * self.closer, LARGEST_SCALE)
        return Zoom(width, height, view_width, view_height, scale, self.x * width, self.y * height).moved(0, 0)


WHOLE = Look()
"""The whole picture."""


def look_of(zoom: Zoom) -> Look:
    """What ``zoom`` shows, whatever the size of its picture."""
    closer = zoom.shown_scale / zoom.fit
    return WHOLE if zoom.is_fit or closer <= 1.0 else Look(closer, zoom.x / zoom.width, zoom.y / zoom.height)


def follow(other: Look, before: Look, after: Look) -> Look:
    """How the other picture is looked at when the one is moved from ``before`` to ``after``.

    Pictures that were looked at alike stay so; what a person set apart on purpose stays as far apart.
    """
    if other == before or after == WHOLE:
        return after
    closer = max(1.0, other.closer * after.closer / before.closer)
    return Look(closer, _inside(other.x + after.x - before.x), _inside(other.y + after.y - before.y))


def _inside(fraction: float) -> float:
    return min(max(fraction, 0.0), 1.0)
