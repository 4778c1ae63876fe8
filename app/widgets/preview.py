"""A picture on neutral ground, as wide as its panel; a click opens it. In the details panel and beside texts."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.tokens import GRID, RADIUS
from app.widgets.tile import fitted


class Preview(QWidget):
    """The picture.

    Signals:
        pressed(): the person clicked it.
    """

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self.setAccessibleName("Preview")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(28 * GRID)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_image(self, image: QImage | None) -> None:
        """Another picture, or none."""
        self._image = image
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The click is meant for this."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the picture."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The whole picture in the middle."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.tokens().window))
        painter.drawRoundedRect(self.rect(), RADIUS, RADIUS)
        if self._image is not None:
            inset = GRID / 2
            painter.drawImage(
                fitted(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), self._image), self._image
            )
