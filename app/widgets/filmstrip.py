"""The order so far as a strip of small pictures: the first ones, and at its end the last ones.

Fed by the judge page with files; a click asks for the whole order.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app import theme
from app.image_cache import Key, key_of
from app.pictures_client import PicturesClient
from app.tokens import GRID, RADIUS
from app.widgets.parts import plain_tooltip
from app.widgets.tile import fitted
from engine.store.rows import File

SIDE = 64
LINE = 16  # the place, below each picture
LAST = 3  # pictures from the end of the order, where it is longer than the strip


class Filmstrip(QWidget):
    """As many pictures of the order as there is room for.

    Signals:
        opened(): show the whole order.
    """

    opened = Signal()

    def __init__(self, pictures: PicturesClient) -> None:
        super().__init__()
        self._pictures = pictures
        self._first: Sequence[File] = ()
        self._last: Sequence[File] = ()
        self._count = 0  # of the whole order
        self.setAccessibleName("The order so far")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(SIDE + LINE + GRID)
        self.setMinimumWidth(4 * SIDE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        pictures.arrived.connect(self._arrived)

    def show_order(self, first: Sequence[File], last: Sequence[File], count: int) -> None:
        """The first and the last files of an order of ``count``."""
        self._first, self._last, self._count = first, last, count
        names = ", ".join(file.name for file in first[:10])
        self.setAccessibleDescription(f"The first of {count:,}: {names}" if names else "")
        self._ask()
        self.update()

    def room(self) -> int:
        """How many pictures there is room for."""
        return max(1, (self.width() + GRID) // (SIDE + GRID))

    def places(self) -> list[tuple[QRect, File, int]]:
        """What is painted where, with its place in the order (from 1)."""
        room = self.room()
        if self._count <= room:
            shown = list(enumerate(self._first, 1))
        else:
            ends = list(enumerate(self._last, self._count - len(self._last) + 1))[-LAST:]
            shown = list(enumerate(self._first, 1))[: room - len(ends)]
            shown += [(place, file) for place, file in ends if not shown or place > shown[-1][0]]
        squares = (QRect(at * (SIDE + GRID), GRID // 2, SIDE, SIDE) for at in range(room))
        return [(square, file, place) for square, (place, file) in zip(squares, shown, strict=False)]

    # ---- what Qt calls -----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The pictures, each with its place below; a line where places are left out."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        colours, before = theme.tokens(), 0
        painter.setFont(theme.font(11))
        for square, file, place in self.places():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.panel))
            painter.drawRoundedRect(square, RADIUS, RADIUS)
            image = self._pictures.thumbnail(key_of(file))
            if image is not None:
                painter.drawImage(fitted(QRectF(square), image), image)
            painter.setPen(QColor(colours.quiet))
            below = QRect(square.left(), square.bottom() + 1, SIDE, LINE)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{place:,}")
            if place != before + 1:
                middle = square.left() - GRID // 2
                painter.fillRect(QRect(middle, square.top(), 1, SIDE), QColor(colours.quiet))
            before = place

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More room needs more pictures."""
        super().resizeEvent(event)
        self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """These are now the visible pictures of the window."""
        super().showEvent(event)
        self._ask()

    def event(self, event: QEvent) -> bool:
        """The name of the file under the pointer."""
        if isinstance(event, QHelpEvent):
            found = next((file.name for square, file, _ in self.places() if square.contains(event.pos())), "")
            QToolTip.showText(event.globalPos(), plain_tooltip(found), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The click is meant for this."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Show the whole order."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit()

    def sizeHint(self) -> QSize:
        """A dozen pictures."""
        return QSize(12 * (SIDE + GRID), self.height())

    def _ask(self) -> None:
        if self.isVisible():
            files = [file for _, file, _ in self.places()]
            self._pictures.show(files, round(SIDE * self.devicePixelRatioF()))

    def _arrived(self, key: Key) -> None:
        if any(key_of(file) == key for _, file, _ in self.places()):
            self.update()
