"""Mouse and keys on the map: dragging, drawing a lasso or a rectangle, clicking, stepping. `app.widgets.map_view` has
one and hands it its events; it tells the view what to show and whom to choose.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPolygonF

from app.map_points import nearest, neighbour
from app.tokens import GRID
from app.widgets.map_layers import inside

if TYPE_CHECKING:
    from app.widgets.map_view import MapView

PAN = 8.0 * GRID  # for an arrow key
CLICK = 4.0  # pixels that the pointer may move in a click
ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_ADDING = Qt.KeyboardModifier.ControlModifier
_ALSO = Qt.KeyboardModifier.ShiftModifier


class Tool(Enum):
    """What dragging with the mouse does; with Shift it always draws a lasso."""

    MOVE = "Move"
    LASSO = "Lasso"
    RECTANGLE = "Rectangle"


class MapHand:
    """What the hand holds at the moment."""

    def __init__(self, view: MapView) -> None:
        self.tool = Tool.MOVE
        self.drawn = QPolygonF()  # the lasso or the rectangle, in pixels of the widget
        self._view = view
        self._pressed: QPointF | None = None
        self._dragged = False

    def press(self, event: QMouseEvent) -> None:
        """Take hold of the map, or begin to draw."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def move(self, event: QMouseEvent) -> None:
        """Drag the map or draw; without a button, light up what is under the pointer."""
        here, start = event.position(), self._pressed
        if start is None:
            self._view.hover(self._view.at(here))
        elif self._dragged:
            self._drag(start, here)
        elif (here - start).manhattanLength() >= CLICK:
            self._dragged = True
            self._view.hover(None)
            if self.tool is not Tool.MOVE or event.modifiers() & _ALSO:
                self.drawn = QPolygonF([start])
            else:
                self._view.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._drag(start, here)

    def release(self, event: QMouseEvent) -> None:
        """Let go: choose what was drawn around, or what was clicked."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        start, self._pressed = self._pressed, None
        self._view.unsetCursor()
        adding = bool(event.modifiers() & _ADDING)
        if not self.drawn.isEmpty():
            view, drawn, self.drawn = self._view, self.drawn, QPolygonF()
            which = inside(drawn.translated(-view.area.topLeft()), view.spot_x, view.spot_y)
            view.set_chosen(view.chosen | which if adding else which)
        elif not self._dragged:
            self._click(self._view.at(start), adding=adding)

    def let_go(self) -> None:
        """Draw no more."""
        self._pressed, self.drawn = None, QPolygonF()

    def press_key(self, event: QKeyEvent) -> bool:
        """Arrows pan, with Ctrl they go to the next image; Space and Enter open.

        Returns whether the key meant something.
        """
        key, view = event.key(), self._view
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in ARROWS and event.modifiers() & _ADDING:
            self._step(ARROWS[key], adding=bool(event.modifiers() & _ALSO))
        elif key in ARROWS and plain:
            view.pan(-PAN * ARROWS[key][0], -PAN * ARROWS[key][1])
        elif key in OPENING and plain and (current := view.current_id()) is not None:
            view.opened.emit(current)
        else:
            return False
        return True

    def _drag(self, start: QPointF, here: QPointF) -> None:
        if self.drawn.isEmpty():
            self._view.pan(here.x() - start.x(), here.y() - start.y())
            self._pressed = here
        elif self.tool is Tool.RECTANGLE:
            self.drawn = QPolygonF(QRectF(start, here).normalized())
        else:
            self.drawn.append(here)
        self._view.update()

    def _click(self, index: int | None, *, adding: bool) -> None:
        view = self._view
        which = np.zeros(len(view.points), bool)
        if index is not None:
            which[index] = True
            view.set_current(index)
        view.set_chosen(view.chosen ^ which if adding else which)

    def _step(self, step: tuple[int, int], *, adding: bool) -> None:
        """To the next image that way; the first step goes to the middle of the view."""
        view, current = self._view, self._view.current
        if current is None:
            following = nearest(view.spot_x, view.spot_y, (view.frame.width / 2, view.frame.height / 2), float("inf"))
        else:
            following = neighbour(view.spot_x, view.spot_y, current, step)
        if following is not None:
            which = view.chosen.copy() if adding else np.zeros(len(view.points), bool)
            which[following] = True
            view.set_current(following)
            view.set_chosen(which)
            view.go_to(view.current_id())
