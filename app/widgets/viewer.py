"""One picture as large as the window: zoom at the pointer, pan, next and previous, back with Escape.

The window places it over the page and calls `open_row`; `closed` says when to take it away. It shows the grid's
thumbnail at once, then asks `PicturesClient` for as many pixels as the zoom can show: first what fits, half or all of
them when looked at closer. Nothing here waits for a picture.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app import theme
from app.image_cache import key_of
from app.library_model import Tile
from app.pictures_client import PicturesClient
from app.tokens import GRID
from app.widgets.parts import ElidedLabel, Label, button, row
from app.widgets.zoom import Zoom
from engine.errors import Problem
from engine.store.rows import File

ZOOM_STEP = 1.25  # for a key or a notch of the wheel
PAN = 64.0  # device-independent pixels
PANS: dict[int, QPointF] = {
    Qt.Key.Key_Left: QPointF(PAN, 0),
    Qt.Key.Key_Right: QPointF(-PAN, 0),
    Qt.Key.Key_Up: QPointF(0, PAN),
    Qt.Key.Key_Down: QPointF(0, -PAN),
}
STEPS: dict[int, int] = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageUp: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageDown: 1,
}
BAR = 48  # height of the line on top


class Pictures(Protocol):
    """What the viewer goes through: rows of pictures in an order."""

    def tile(self, row: int, /) -> Tile:
        """The picture in ``row``."""
        ...

    def row_of(self, file_id: int, /) -> int | None:
        """The row of this file; None where it is not shown."""
        ...

    def rowCount(self) -> int:
        """How many there are."""
        ...


class Canvas(QWidget):
    """The picture itself. It knows pixels and zoom; which file it is, `Viewer` knows."""

    zoomed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Picture")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.zoom = Zoom(1, 1, 1, 1)
        self._image: QImage | None = None
        self._words = ""
        self._held: QPointF | None = None

    @property
    def image_side(self) -> int:
        """Pixels of the longest side of the image at hand; 0 = none."""
        return 0 if self._image is None else max(self._image.width(), self._image.height())

    @property
    def words(self) -> str:
        """What is said instead of a picture; empty while there is one."""
        return self._words

    def show_picture(self, width: int, height: int, image: QImage | None) -> None:
        """Another picture of ``width`` x ``height`` pixels, whole; ``image`` may be a smaller stand-in."""
        self._image, self._words = image, ""
        self.zoom = Zoom(max(1, width), max(1, height), *self._view()).fitted()
        self.update()

    def set_image(self, image: QImage) -> None:
        """More pixels of the same picture."""
        self._image = image
        self.update()

    def set_words(self, words: str) -> None:
        """Say this instead of showing a picture."""
        self._words, self._image = words, None
        self.update()

    def set_zoom(self, zoom: Zoom) -> None:
        """Look at it like this."""
        self.zoom = zoom
        self.update()
        self.zoomed.emit()

    def scale_by(self, factor: float, at: QPointF | None = None) -> None:
        """Closer or further away, around a point (the middle by default)."""
        point = (at or QPointF(self.rect().center())) * self.devicePixelRatioF()
        self.set_zoom(self.zoom.scaled(self.zoom.shown_scale * factor, point.x(), point.y()))

    def toggle(self, at: QPointF | None = None) -> None:
        """All pixels, or the whole picture."""
        if self.zoom.is_fit:
            self.scale_by(1 / self.zoom.shown_scale, at)
        else:
            self.set_zoom(self.zoom.fitted())

    def pan(self, by: QPointF) -> None:
        """Move the picture, in device-independent pixels."""
        by = by * self.devicePixelRatioF()
        self.set_zoom(self.zoom.moved(by.x(), by.y()))

    def _view(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A picture that fits goes on fitting."""
        self.set_zoom(self.zoom.resized(*self._view()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        self.scale_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag."""
        if self._held is not None:
            self.pan(event.position() - self._held)
            self._held = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._held = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """All pixels, or the whole picture."""
        self.toggle(event.position())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the part of the picture that is visible."""
        painter = QPainter(self)
        colours = theme.tokens()
        painter.fillRect(self.rect(), QColor(colours.window))
        if self._image is None:
            painter.setPen(QColor(colours.quiet))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(GRID, GRID, -GRID, -GRID), flags, self._words)
            return
        ratio, scale = self.devicePixelRatioF(), self.zoom.shown_scale
        left, top = self.zoom.origin()
        target = QRectF(left / ratio, top / ratio, self.zoom.width * scale / ratio, self.zoom.height * scale / ratio)
        # From twice the size on single pixels are what one wants to see.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 2 or self.image_side < self._longest())
        painter.drawImage(target, self._image)

    def _longest(self) -> int:
        return max(self.zoom.width, self.zoom.height)


class Viewer(QWidget):
    """A `Canvas` below a line that says which picture it is."""

    closed = Signal()
    moved = Signal(int)  # row: another picture is shown

    def __init__(self, model: Pictures, pictures: PicturesClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self._pictures = pictures
        self._file: File | None = None
        self._request: int | None = None
        self._sized = False  # the canvas knows the picture's own size
        self._asked = 0  # the longest side asked for so far
        self.canvas = Canvas(self)
        self._name = ElidedLabel("", "strong")
        self._place = Label("", "quiet")
        self._scale = Label("", "quiet")
        self.setProperty("kind", "page")
        self.setAccessibleName("Viewer")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._bar = QWidget(self)
        self._bar.setProperty("kind", "bar")
        self._bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        controls = [
            button("Back", self.leave),
            self._name,
            self._place,
            1,
            self._scale,
            button("Fit", lambda: self.canvas.set_zoom(self.canvas.zoom.fitted())),
            button("100 %", self._all_pixels),
            button("Previous", lambda: self.step(-1)),
            button("Next", lambda: self.step(1)),
        ]
        for control in controls:
            if isinstance(control, QWidget):
                control.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys belong to the picture
        self._bar.setLayout(row(*controls, margins=(GRID, GRID, GRID, GRID)))
        self.canvas.zoomed.connect(self._zoomed)
        pictures.preview_ready.connect(self._take)
        pictures.preview_refused.connect(self._refused)

    @property
    def file(self) -> File | None:
        """The file shown."""
        return self._file

    def open_row(self, index: int) -> None:
        """Show the picture of this row of the model."""
        tile = self.model.tile(index)
        self._withdraw()
        file = self._file = tile.file
        self._asked = 0
        place = "" if tile.rank in (None, index + 1) else f"  #{tile.rank:,}"
        self._name.set_whole(file.name)
        self._place.setText(f"{index + 1:,} of {self.model.rowCount():,}{place}")
        image = self._pictures.thumbnail(key_of(file))
        self._sized = file.width is not None and file.height is not None
        stand_in = image or QImage(1, 1, QImage.Format.Format_RGB32)
        self.canvas.show_picture(file.width or stand_in.width(), file.height or stand_in.height(), image)
        self._zoomed()
        self.moved.emit(index)

    def step(self, by: int) -> None:
        """Go to a neighbour in the order shown."""
        here = None if self._file is None else self.model.row_of(self._file.id)
        if here is not None and 0 <= here + by < self.model.rowCount():
            self.open_row(here + by)

    def leave(self) -> None:
        """Ask to be taken away."""
        self._withdraw()
        self._file = None
        self.closed.emit()

    # ---- pixels ------------------------------------------------------------------------------------------

    def _side_needed(self) -> int:
        """The longest side that the zoom can show: what fits, half of the pixels, or all."""
        zoom = self.canvas.zoom
        longest = max(zoom.width, zoom.height)
        sides = (round(longest * zoom.fit), longest // 2)
        return next((side for side in sides if longest * zoom.shown_scale <= side + 1 < longest), longest)

    def _zoomed(self) -> None:
        self._scale.setText(f"{self.canvas.zoom.shown_scale:.0%}" if self._sized else "")
        if self._file is None or self._request is not None:
            return
        side = self._side_needed() if self._sized else 0
        if not self._sized or side > self._asked:
            longest = max(self.canvas.zoom.width, self.canvas.zoom.height)
            self._asked = side
            self._request = self._pictures.preview(self._file.path, side if 0 < side < longest else None)

    def _take(self, request: int, image: QImage) -> None:
        if request != self._request:
            return
        self._request = None
        if not self._sized:
            self._sized, self._asked = True, max(image.width(), image.height())
            self.canvas.show_picture(image.width(), image.height(), image)
        else:
            self.canvas.set_image(image)
        self._zoomed()

    def _refused(self, request: int, problem: Problem) -> None:
        if request == self._request:
            self._request = None
            self.canvas.set_words(str(problem))
            self._scale.setText("")

    def _withdraw(self) -> None:
        if self._request is not None:
            self._pictures.forget_preview(self._request)
            self._request = None

    def _all_pixels(self) -> None:
        self.canvas.scale_by(1 / self.canvas.zoom.shown_scale)

    # ---- places and keys ---------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The line on top, the picture below."""
        self._bar.setGeometry(0, 0, self.width(), BAR)
        self.canvas.setGeometry(0, BAR, self.width(), self.height() - BAR)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """+ - 0 1 zoom, arrows step (with Shift they pan), Escape, Space and Enter go back."""
        key, canvas = event.key(), self.canvas
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and key in PANS:
            canvas.pan(PANS[key])
        elif key in STEPS:
            self.step(STEPS[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            canvas.scale_by(ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            canvas.scale_by(1 / ZOOM_STEP)
        elif key == Qt.Key.Key_0:
            canvas.set_zoom(canvas.zoom.fitted())
        elif key == Qt.Key.Key_1:
            self._all_pixels()
        elif key in (Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.leave()
        else:
            super().keyPressEvent(event)
