"""Pictures to compare by eye: side by side, one in place of the other, split, faded, or as their difference.

Side by side there may be up to six; the other ways look at the first two, A and B. The wheel zooms, dragging pans, all
pictures together by fraction of the picture; with Ctrl held only the one under the pointer. How they are looked at
stays for the next pair. Fed by the compare page and the judge page with a
`PairPicture` each.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.pair_picture import PairPicture
from app.tokens import GRID, RADIUS
from app.widgets.pair_look import WHOLE, Look, follow, look_of
from app.widgets.picture_difference import double, doublings, subtract
from app.widgets.viewer import ZOOM_STEP
from app.widgets.zoom import Zoom

GAP = 2 * GRID
BADGE = 24
CLICK = 4.0  # a press that moves no further is a click
PLACES = "ABCDEF"
"""The letters of the pictures; those that are compared are always A and B."""
MOST = len(PLACES)


class Mode(Enum):
    """The ways to look at a pair; the value is what the person reads."""

    SIDE = "Side by side"
    SWAP = "Swap in place"
    SPLIT = "Split"
    FADE = "Fade"
    DIFFERENCE = "Difference"


class PairView(QWidget):
    """The pictures; which they are, the page knows.

    Signals:
        flickered(): the other picture is shown (`Mode.SWAP`).
        moved(float): the split was dragged to this share of the width.
        picked(int, int): the picture in this place was clicked: it should be in place 0 (A, with Shift) or 1 (B).
        menu_wanted(int, QPoint): the right button was pressed on the picture in this place, there on the screen.
    """

    flickered = Signal()
    moved = Signal(float)
    picked = Signal(int, int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, pictures: Sequence[PairPicture]) -> None:
        super().__init__()
        self.setAccessibleName("The pictures compared")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 160)
        self.sides = tuple(pictures)
        self.looks: list[Look] = [WHOLE] * MOST
        self.mode = Mode.SIDE
        self.share = 0.5  # where the split is, or how far faded to the second
        self.shown = 0  # which one, in `Mode.SWAP`
        self._held: QPointF | None = None
        self._pressed = QPointF()
        self._splitting = False
        for picture in self.sides:
            picture.changed.connect(self._refresh)

    # ---- what is shown -----------------------------------------------------------------------------------

    def show_pictures(self, pictures: Sequence[PairPicture]) -> None:
        """Other pictures, two to `MOST`, or in other places; looked at as those before."""
        for picture in self.sides:
            picture.changed.disconnect(self._refresh)
        self.sides = tuple(pictures)
        for picture in self.sides:
            picture.changed.connect(self._refresh)
        self._refresh()

    def set_mode(self, mode: Mode) -> None:
        """Look at the pair in another way."""
        self.mode = mode
        self._refresh()

    def set_share(self, share: float) -> None:
        """Move the split, or fade."""
        self.share = share
        self.update()

    def flicker(self) -> None:
        """Show the other picture in place of the one."""
        self.shown = 1 - self.shown
        self.update()
        self.flickered.emit()

    def show_whole(self) -> None:
        """All pictures whole again."""
        self.looks = [WHOLE] * MOST
        self._refresh()

    def scale_by(self, factor: float) -> None:
        """All closer or further away, around the middle."""
        side = self._front()
        centre = QPointF(self._pane(side).center())
        self._zoom_at(side, factor, centre, alone=False)

    def words(self) -> str:
        """What has to be said about the way the pictures are shown; empty where nothing has."""
        a, b = self.sides[:2]
        if self.mode is not Mode.DIFFERENCE or a.image is None or b.image is None:
            return ""
        strength = 2 ** doublings(a.image, b.image)
        times = "" if strength == 1 else f"shown {strength} times as strong"
        stretched = (a.width, a.height) != (b.width, b.height)
        frame = "different sizes: B is brought to A's frame, aligned by fraction" if stretched else ""
        return "; ".join(filter(None, (frame, times)))

    # ---- geometry ----------------------------------------------------------------------------------------

    def _pane(self, side: int) -> QRect:
        if self.mode is not Mode.SIDE:
            return self.rect()
        columns, rows = self._tiling()
        width, height = (self.width() - GAP * (columns - 1)) // columns, (self.height() - GAP * (rows - 1)) // rows
        line, column = divmod(side, columns)
        return QRect(column * (self.width() - width) // max(1, columns - 1), line * (height + GAP), width, height)

    def _tiling(self) -> tuple[int, int]:
        """Columns and rows of pictures side by side."""
        count = len(self.sides)
        rows = 1 if count <= 3 else 2
        return -(-count // rows), rows

    def _front(self, at: QPointF | None = None) -> int:
        """The picture under a point; without one, the one that leads."""
        if self.mode is Mode.SIDE:
            columns, rows = self._tiling()
            column = 0 if at is None else int(at.x() * columns / max(1, self.width()))
            line = 0 if at is None else int(at.y() * rows / max(1, self.height()))
            return min(max(line, 0) * columns + min(max(column, 0), columns - 1), len(self.sides) - 1)
        if self.mode is Mode.SPLIT:
            return int(at is not None and at.x() > self.width() * self.share)
        return self.shown if self.mode is Mode.SWAP else 0

    def place_at(self, at: QPoint) -> int:
        """The place of the picture that is meant by something dropped there."""
        return self._front(QPointF(at)) if self.mode is Mode.SIDE else int(at.x() > self.width() / 2)

    def _zoom(self, side: int) -> Zoom:
        picture, pane, ratio = self.sides[side], self._pane(side), self.devicePixelRatioF()
        view = max(1, round(pane.width() * ratio)), max(1, round(pane.height() * ratio))
        return self.looks[side].zoom(max(1, picture.width), max(1, picture.height), *view)

    def _frame(self, side: int) -> QRectF:
        """Where the whole picture lies, in device-independent pixels."""
        zoom, pane, ratio = self._zoom(side), self._pane(side), self.devicePixelRatioF()
        left, top = zoom.origin()
        scale = zoom.shown_scale / ratio
        return QRectF(pane.x() + left / ratio, pane.y() + top / ratio, zoom.width * scale, zoom.height * scale)

    def _look(self, side: int, zoom: Zoom, *, alone: bool) -> None:
        before, after = self.looks[side], look_of(zoom)
        self.looks[side] = after
        for other in range(MOST):
            if other != side and not alone:
                self.looks[other] = follow(self.looks[other], before, after)
        self._refresh()

    def _zoom_at(self, side: int, factor: float, at: QPointF, *, alone: bool) -> None:
        zoom = self._zoom(side)
        point = (at - QPointF(self._pane(side).topLeft())) * self.devicePixelRatioF()
        scale = zoom.shown_scale * factor
        self._look(side, zoom.fitted() if scale <= zoom.fit else zoom.scaled(scale, point.x(), point.y()), alone=alone)

    def _refresh(self) -> None:
        for side, picture in enumerate(self.sides):
            zoom = self._zoom(side)
            picture.need(max(zoom.width, zoom.height) * zoom.shown_scale)
        self.update()

    # ---- mouse -------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        turned = event.angleDelta()
        factor = ZOOM_STEP ** ((turned.y() or turned.x()) / 120)
        self._zoom_at(self._front(event.position()), factor, event.position(), alone=_alone(event))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture, or of the split."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = self._pressed = event.position()
            near = abs(event.position().x() - self.width() * self.share) < GRID
            self._splitting = self.mode is Mode.SPLIT and near

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag it."""
        if self._held is None:
            return
        if self._splitting:
            self.set_share(min(max(event.position().x() / self.width(), 0.0), 1.0))
            self.moved.emit(self.share)
            return
        by = (event.position() - self._held) * self.devicePixelRatioF()
        side = self._front(self._held)
        self._held = event.position()
        self._look(side, self._zoom(side).moved(by.x(), by.y()), alone=_alone(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; a click shows the other one where they swap places."""
        clicked = self._held is not None and (event.position() - self._pressed).manhattanLength() < CLICK
        if clicked and self.mode is Mode.SWAP:
            self.flicker()
        elif clicked and (place := self._front(event.position())) > 1:
            self.picked.emit(place, 0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        self._held, self._splitting = None, False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """All pixels, or the whole picture; where pictures swap places a second click is just one more."""
        if self.mode is Mode.SWAP:
            self.mousePressEvent(event)
            return
        side = self._front(event.position())
        zoom = self._zoom(side)
        factor = 1 / zoom.shown_scale if zoom.is_fit else 0.0
        self._zoom_at(side, factor, event.position(), alone=_alone(event))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Say which picture is meant."""
        self.menu_wanted.emit(self._front(QPointF(event.pos())), event.globalPos())

    # ---- painting ----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the pair in its mode."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.tokens().window))
        {
            Mode.SIDE: self._paint_side_by_side,
            Mode.SWAP: lambda on: self._paint_whole(on, self.shown),
            Mode.SPLIT: self._paint_split,
            Mode.FADE: self._paint_fade,
            Mode.DIFFERENCE: self._paint_difference,
        }[self.mode](painter)

    def _paint_side_by_side(self, painter: QPainter) -> None:
        for side in range(len(self.sides)):
            self._paint_whole(painter, side)

    def _paint_whole(self, painter: QPainter, side: int) -> None:
        self._paint_picture(painter, side, self._pane(side))
        self._paint_badge(painter, side, self._pane(side))

    def _paint_split(self, painter: QPainter) -> None:
        edge = round(self.width() * self.share)
        parts = QRect(0, 0, edge, self.height()), QRect(edge, 0, self.width() - edge, self.height())
        for side, part in enumerate(parts):
            self._paint_picture(painter, side, part)
            self._paint_badge(painter, side, part)
        painter.fillRect(QRect(edge - 1, 0, 2, self.height()), QColor(theme.tokens().text))

    def _paint_fade(self, painter: QPainter) -> None:
        for side, strength in ((0, 1.0), (1, self.share)):
            painter.setOpacity(strength)
            self._paint_picture(painter, side, self.rect())
        painter.setOpacity(1.0)
        self._paint_badge(painter, int(self.share > 0.5), self.rect())

    def _paint_difference(self, painter: QPainter) -> None:
        a, b = (picture.image for picture in self.sides[:2])
        if a is None or b is None:
            self._paint_whole(painter, 0 if a is None else 1)
            return
        ratio = self.devicePixelRatioF()
        made = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        made.setDevicePixelRatio(ratio)
        frame = self._frame(0)
        subtract(made, frame, a, b)
        double(made, doublings(a, b))
        painter.setClipRect(frame)
        painter.drawImage(0, 0, made)
        painter.setClipping(False)

    def _paint_picture(self, painter: QPainter, side: int, part: QRect) -> None:
        picture = self.sides[side]
        painter.setClipRect(part)
        if picture.image is not None:
            painter.drawImage(self._frame(side), picture.image)
        else:
            painter.setPen(QColor(theme.tokens().quiet))
            room = part.adjusted(4 * GRID, 4 * GRID, -4 * GRID, -4 * GRID)
            wrapped = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(room, wrapped, self._instead(side))
        painter.setClipping(False)

    def _instead(self, side: int) -> str:
        picture = self.sides[side]
        if not picture.path:
            return f"Drop or paste {'a' if side == 0 else 'another'} picture here."
        return picture.problem or "Reading…"

    def _paint_badge(self, painter: QPainter, side: int, part: QRect) -> None:
        colours = theme.tokens()
        left = part.left() + GRID if side == 0 or self.mode is Mode.SIDE else part.right() - GRID - BADGE
        ground = (colours.first, colours.second)[side] if side < 2 else colours.raised
        place = QRectF(left, part.top() + GRID, BADGE, BADGE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(place, RADIUS, RADIUS)
        painter.setPen(QColor("#000000" if side < 2 else colours.text))
        painter.setFont(theme.font(strong=True))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), PLACES[side])


def _alone(event: QMouseEvent | QWheelEvent) -> bool:
    """Whether only the picture under the pointer is meant."""
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
