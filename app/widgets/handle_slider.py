"""A slider with a chart behind it: a handle that the mouse takes anywhere along the width.

Base of `histogram` and `alpha_curve`, which paint it. It is a slider to Qt, hence to the keyboard and to
screen readers.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from app.tokens import GRID


class HandleSlider(QAbstractSlider):
    """Values from 0 at the left to ``steps`` at the right, `GRID` pixels within the widget's edges."""

    def __init__(self, steps: int, page: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(0, steps)
        self.setSingleStep(1)
        self.setPageStep(page)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle to the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._go_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it along."""
        if self.isSliderDown():
            self._go_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let it go."""
        self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling past changes nothing."""
        event.ignore()

    def _go_to(self, x: float) -> None:
        self.setValue(round((x - GRID) / max(1, self.width() - 2 * GRID) * self.maximum()))
