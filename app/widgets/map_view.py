"""The map: every image at its place on two axes, as a picture where there is room and as a dot where there is none.

Fed by `app.pages.map_page`; it decides nothing about axes. What mouse and keys do is in `app.widgets.map_hand`. Signals
say what the person did; images are named by file id outside and by their number among the points inside.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app import theme
from app.image_cache import Key, key_of
from app.map_frame import Frame
from app.map_layout import GAP, PICTURE, Layout
from app.map_points import Flags, Floats, Ints, Points, nearest
from app.pictures_client import PicturesClient
from app.tokens import GRID
from app.widgets.map_hand import MapHand
from app.widgets.map_layers import AxisWords, DotLayer, PictureStock, paint_axis
from engine.store.rows import File

AXIS = 4 * GRID  # room for the words of an axis
ZOOM_STEP = 1.25  # for a key or a notch of the wheel
NEAR = 12.0  # pixels from a dot that still mean it
SETTLE_MS = 40  # after the last movement, until pictures are asked for

FileOf = Callable[[int], File | None]


class MapView(QWidget):
    """The map itself.

    Signals:
        opened(int): look closer at this file: double click, Enter or Space.
        chosen_changed(): the person chose other images.
        current_changed(object): file id | None: the keyboard is at another image.
        pointed(object): file id | None: the pointer is over another image.
    """

    opened = Signal(int)
    chosen_changed = Signal()
    current_changed = Signal(object)
    pointed = Signal(object)

    def __init__(self, pictures: PicturesClient, file_of: FileOf) -> None:
        super().__init__()
        self._pictures = pictures
        self._file_of = file_of
        self.frame = Frame(1, 1, edge=PICTURE / 2 + GAP)
        self.points = Points()
        self.chosen: Flags = np.empty(0, bool)  # (N,)
        self.spot_x: Floats = np.empty(0, np.float32)  # (N,) pixels of `area`
        self.spot_y: Floats = self.spot_x
        self.current: int | None = None
        self.hand = MapHand(self)
        self._hovered: int | None = None
        self._words = (AxisWords(), AxisWords())
        self._layout = Layout()
        self._dots = DotLayer()
        self._stock = PictureStock()
        self._files: dict[int, File | None] = {}  # of points, as they were looked up
        self._shown: list[tuple[int, Key]] = []  # points shown as pictures
        self._asked: set[Key] = set()
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._ask_pictures)
        self.setAccessibleName("Map")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        pictures.arrived.connect(self._arrived)

    # ---- what is shown -----------------------------------------------------------------------------------

    def show_points(self, points: Points, across: AxisWords, up: AxisWords) -> None:
        """Show these; chosen and current images stay so by file id, and one goes on looking at the same place."""
        chosen, current = self.chosen_ids(), self.current_id()
        self.points, self._words = points, (across, up)
        self._files = {}
        self._hovered = None
        self.current = self._index(current)
        self._moved()
        self.choose(chosen)

    def chosen_ids(self) -> Ints:
        """File ids of the chosen images."""
        return self.points.ids[self.chosen]

    def choose(self, ids: Ints) -> None:
        """Choose these files, as far as they are on the map; it is not announced."""
        self.chosen = np.zeros(len(self.points), bool)
        self.chosen[self.points.find(ids)] = True
        self.update()

    def set_chosen(self, which: Flags) -> None:
        """Choose these points (N,), as the person wants it."""
        self.chosen = which
        self.update()
        self.chosen_changed.emit()

    def choose_visible(self) -> None:
        """Choose every image in view."""
        area = self.area
        self.set_chosen(
            (self.spot_x >= 0) & (self.spot_x < area.width()) & (self.spot_y >= 0) & (self.spot_y < area.height())
        )

    def choose_all(self) -> None:
        """Choose every image on the map."""
        self.set_chosen(np.ones(len(self.points), bool))

    def choose_none(self) -> None:
        """Choose nothing, and let go of a lasso."""
        self.hand.let_go()
        self.set_chosen(np.zeros(len(self.points), bool))

    def current_id(self) -> int | None:
        """The file that the keyboard is at."""
        return None if self.current is None else int(self.points.ids[self.current])

    def set_current(self, index: int) -> None:
        """Put the keyboard at this point, as the person wants it."""
        self.current = index
        self._settle.start()
        self.update()
        self.current_changed.emit(self.current_id())

    def go_to(self, file_id: int | None) -> None:
        """Put the keyboard at this file and bring it into view; it is not announced."""
        self.current = self._index(file_id)
        if self.current is not None:
            axes = self.points.across, self.points.up
            self._look(self.frame.showing(*(float(axis.places[self.current]) for axis in axes)))
        self.update()

    def hover(self, index: int | None) -> None:
        """Light up this point."""
        if index != self._hovered:
            self._hovered = index
            self._settle.start()
            self.update()
            self.pointed.emit(None if index is None else int(self.points.ids[index]))

    def _index(self, file_id: int | None) -> int | None:
        found = self.points.find([] if file_id is None else [file_id])
        return int(found[0]) if len(found) else None

    # ---- where one looks ---------------------------------------------------------------------------------

    @property
    def area(self) -> QRectF:
        """Where the images are; the axes are left of it and below."""
        return QRectF(AXIS, 0, max(1, self.width() - AXIS), max(1, self.height() - AXIS))

    def scale_by(self, factor: float, at: QPointF | None = None) -> None:
        """Closer or further away, around a point of the widget (by default the current image, else the middle)."""
        if at is None:
            here = None if self.current is None else self._point(self.current)
            at = here if here is not None and self.area.contains(here) else self.area.center()
        at = at - self.area.topLeft()
        self._look(self.frame.scaled(factor, at.x(), at.y()))

    def show_whole(self) -> None:
        """Everything."""
        self._look(self.frame.whole())

    def pan(self, dx: float, dy: float) -> None:
        """Move the map by pixels."""
        self._look(self.frame.moved(dx, dy))

    def at(self, position: QPointF) -> int | None:
        """The point under the pointer: a picture, or the nearest dot."""
        here = position - self.area.topLeft()
        for index, key in self._shown:
            image = self._pictures.thumbnail(key) if self._is_near(index, here) else None
            if image is not None and _fits(self.spot_x[index], self.spot_y[index], image).contains(here):
                return index
        return nearest(self.spot_x, self.spot_y, (here.x(), here.y()), NEAR) if self.area.contains(position) else None

    def _look(self, frame: Frame) -> None:
        if frame != self.frame:
            self.frame = frame
            self._moved()

    def _moved(self) -> None:
        self.spot_x, self.spot_y = self.frame.pixels(self.points.across.places, self.points.up.places)
        pictures = self._layout.pictures(self.points, self.frame)
        x, y, out = self.spot_x[pictures], self.spot_y[pictures], PICTURE
        seen = (x > -out) & (x < self.frame.width + out) & (y > -out) & (y < self.frame.height + out)
        files = ((index, self._file(index)) for index in pictures[seen].tolist())
        self._shown = [(index, key_of(file)) for index, file in files if file is not None]
        self._settle.start()
        self.update()

    def _file(self, index: int) -> File | None:
        if index not in self._files:
            self._files[index] = self._file_of(int(self.points.ids[index]))
        return self._files[index]

    def _is_near(self, index: int, here: QPointF) -> bool:
        return abs(self.spot_x[index] - here.x()) <= PICTURE and abs(self.spot_y[index] - here.y()) <= PICTURE

    def _point(self, index: int) -> QPointF:
        """Where a point is in the widget."""
        return QPointF(float(self.spot_x[index]), float(self.spot_y[index])) + self.area.topLeft()

    # ---- pictures ----------------------------------------------------------------------------------------

    def _ask_pictures(self) -> None:
        if self.isVisible():
            marked = [index for index in (self._hovered, self.current) if index is not None]
            files = map(self._file, (*marked, *(index for index, _ in self._shown)))
            wanted = {key_of(file): file for file in files if file is not None}
            self._asked = set(wanted)
            self._pictures.show(list(wanted.values()), round(PICTURE * self.devicePixelRatioF()))

    def _arrived(self, key: Key) -> None:
        if key in self._asked:
            self.update()

    # ---- painting ----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dots, pictures, axes, and what is being drawn."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.tokens().window))
        painter.save()
        painter.setClipRect(self.area)
        painter.translate(self.area.topLeft())
        self._paint_middle(painter)
        ratio = self.devicePixelRatioF()
        painter.drawImage(QPointF(0, 0), self._dots.image(self.frame, self.spot_x, self.spot_y, self.chosen, ratio))
        self._stock.begin()
        for index, key in self._shown:
            self._paint_picture(painter, index, key)
        self._paint_marked(painter, self.current, theme.tokens().accent if self.hasFocus() else theme.tokens().quiet)
        self._paint_marked(painter, self._hovered, theme.tokens().text)
        painter.restore()
        self._paint_axes(painter)
        self._paint_drawn(painter)
        if self._stock.incomplete:
            QTimer.singleShot(0, self, self.update)

    def _paint_middle(self, painter: QPainter) -> None:
        """A line on each axis with half of the images on either side of it."""
        if len(self.points):
            middle = (np.array([axis.middle], np.float32) for axis in (self.points.across, self.points.up))
            x, y = (round(float(place[0])) for place in self.frame.pixels(*middle))
            painter.setPen(QColor(theme.tokens().line))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.frame.height))
            painter.drawLine(QPointF(0, y), QPointF(self.frame.width, y))

    def _paint_picture(self, painter: QPainter, index: int, key: Key) -> QRectF:
        """The picture of a point, or the ground of its dot where there is none yet; returns where."""
        image = self._pictures.thumbnail(key)
        scaled = None if image is None else self._stock.get(key, image, self.devicePixelRatioF())
        x, y = float(self.spot_x[index]), float(self.spot_y[index])
        if scaled is None:
            return QRectF(x - GRID / 2, y - GRID / 2, GRID, GRID)
        place = _fits(x, y, scaled)
        painter.drawImage(place.topLeft(), scaled)
        if self.chosen[index]:
            _paint_ring(painter, place, theme.tokens().accent, 2)
        return place

    def _paint_marked(self, painter: QPainter, index: int | None, colour: str) -> None:
        """The current image or the one under the pointer: always as a picture, above the others."""
        file = None if index is None else self._file(index)
        if index is not None and file is not None:
            place = self._paint_picture(painter, index, key_of(file))
            _paint_ring(painter, place.adjusted(-2, -2, 2, 2), colour, 1)

    def _paint_axes(self, painter: QPainter) -> None:
        area = self.area
        painter.setPen(QColor(theme.tokens().line))
        painter.drawLine(area.topLeft(), area.bottomLeft())
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        across, up = self._words
        paint_axis(painter, QRectF(area.left() + GRID, area.bottom(), area.width() - 2 * GRID, AXIS), across)
        painter.save()
        painter.translate(0, area.height())
        painter.rotate(-90)
        paint_axis(painter, QRectF(GRID, 0, area.height() - 2 * GRID, AXIS), up)
        painter.restore()

    def _paint_drawn(self, painter: QPainter) -> None:
        if not self.hand.drawn.isEmpty():
            colour = QColor(theme.tokens().accent)
            painter.setPen(colour)
            colour.setAlpha(40)
            painter.setBrush(colour)
            painter.drawPolygon(self.hand.drawn)

    # ---- what Qt calls -----------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The places follow."""
        self._look(self.frame.resized(self.area.width(), self.area.height()))

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the pictures in view; another page asked for others."""
        super().showEvent(event)
        self._settle.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        self.scale_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold."""
        self.hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, draw or point."""
        self.hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self.hand.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Look closer at an image."""
        index = self.at(event.position())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(int(self.points.ids[index]))

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone."""
        self.hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See `MapHand.press_key`."""
        if not self.hand.press_key(event):
            super().keyPressEvent(event)


def _fits(x: float, y: float, image: QImage) -> QRectF:
    """Where a picture is painted whose middle is at a point; its longest side is at most `PICTURE`."""
    size = image.deviceIndependentSize()
    factor = min(1.0, PICTURE / max(size.width(), size.height(), 1.0))
    width, height = max(1, round(size.width() * factor)), max(1, round(size.height() * factor))
    return QRectF(round(x - width / 2), round(y - height / 2), width, height)


def _paint_ring(painter: QPainter, place: QRectF, colour: str, width: int) -> None:
    painter.setPen(QPen(QColor(colour), width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place)
