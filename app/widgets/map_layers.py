"""What `app.widgets.map_view` paints with: the dots as one image, pictures at the size of the map, the axes' words."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPolygonF, qRgba

from app import theme
from app.image_cache import Key
from app.map_dots import CHOSEN, CROWDS, crowds, dots, within
from app.map_frame import Frame
from app.map_layout import PICTURE
from app.map_points import Flags, Floats
from app.tokens import GRID, Tokens

FEW, MANY = 2_000, 20_000  # dots in view: up to FEW are large, from MANY on small
RADII = (3.0, 2.0, 1.5)  # in device-independent pixels
PICTURES_KEPT = 1_000
SCALED_AT_ONCE = 24  # pictures in one paint, so that a frame stays short; the others follow in the next ones
_ALONE = 0.45  # opacity of a dot that stands alone
_DIMMED = 0.6  # of all others while some are chosen


class DotLayer:
    """The dots of one view; made anew only when what they show changes."""

    def __init__(self) -> None:
        self._shows: tuple[Floats, Flags] | None = None
        self._key: tuple[object, ...] = ()
        self._image = QImage()

    def image(self, frame: Frame, x: Floats, y: Floats, chosen: Flags, ratio: float) -> QImage:
        """Dots at (x, y) (N,), device-independent pixels of the view; ``ratio``: device pixels for one of them."""
        colours = theme.tokens()
        key = (frame, ratio, colours.name)
        same = self._shows is not None and self._shows[0] is x and self._shows[1] is chosen
        if not same or key != self._key:
            self._shows, self._key = (x, chosen), key
            self._image = _paint_dots(frame, x, y, chosen, ratio, colours)
        return self._image


def _paint_dots(frame: Frame, x: Floats, y: Floats, chosen: Flags, ratio: float, colours: Tokens) -> QImage:
    size = max(1, round(frame.width * ratio)), max(1, round(frame.height * ratio))
    across, down = x * np.float32(ratio), y * np.float32(ratio)
    shades = crowds(size, across, down, ratio)
    shades[chosen] = CHOSEN
    seen = int(np.count_nonzero(within(size, across, down)))
    radius = RADII[0] if seen <= FEW else RADII[1] if seen <= MANY else RADII[2]
    picture = dots(size, across, down, shades, round(2 * radius * ratio) / 2)
    indexed = QImage(picture.data, *size, size[0], QImage.Format.Format_Indexed8)
    indexed.setColorTable(_colour_table(colours, dimmed=bool(chosen.any())))
    made = indexed.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)  # a copy; the array may go
    made.setDevicePixelRatio(ratio)
    return made


def _colour_table(colours: Tokens, *, dimmed: bool) -> list[int]:
    """The colours that the values of `app.map_dots.dots` stand for."""
    quiet, text, table = _rgb(colours.quiet), _rgb(colours.text), [0]
    for crowd in range(len(CROWDS) + 1):
        share = crowd / len(CROWDS)
        red, green, blue = (round(a + share * (b - a)) for a, b in zip(quiet, text, strict=True))
        opacity = (_ALONE + share * (1 - _ALONE)) * (_DIMMED if dimmed else 1)
        table += [qRgba(red, green, blue, round(255 * opacity * cover)) for cover in (0.5, 1.0)]
    return table + [qRgba(*_rgb(colours.accent), round(255 * cover)) for cover in (0.5, 1.0)]


def _rgb(name: str) -> tuple[int, int, int]:
    colour = QColor(name)
    return colour.red(), colour.green(), colour.blue()


class PictureStock:
    """Pictures scaled once to the size of the map; the ones painted longest ago go first."""

    def __init__(self) -> None:
        self._scaled: OrderedDict[Key, tuple[int, QImage]] = OrderedDict()
        self._left = SCALED_AT_ONCE
        self.incomplete = False  # whether this paint had to leave some out

    def begin(self) -> None:
        """A new paint begins."""
        self._left, self.incomplete = SCALED_AT_ONCE, False

    def get(self, key: Key, image: QImage, ratio: float) -> QImage | None:
        """``image`` at most `PICTURE` large; None where it is left for the next paint."""
        known = self._scaled.get(key)
        if known is None or known[0] != image.cacheKey() or known[1].devicePixelRatio() != ratio:
            if not self._left:
                self.incomplete = True
                return None if known is None else known[1]
            self._left -= 1
            self._scaled[key] = known = image.cacheKey(), _shrunk(image, ratio)
            if len(self._scaled) > PICTURES_KEPT:
                self._scaled.popitem(last=False)
        self._scaled.move_to_end(key)
        return known[1]


def _shrunk(image: QImage, ratio: float) -> QImage:
    side = round(PICTURE * ratio)
    size = image.size().scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
    smooth = Qt.TransformationMode.SmoothTransformation
    made = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
    made = made.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)  # the quickest to paint
    made.setDevicePixelRatio(ratio)
    return made


@dataclass(frozen=True)
class AxisWords:
    """What stands at an axis: at its end, at its beginning, and between them how sure the order is."""

    more: str = ""
    less: str = ""
    agreement: str = ""


def paint_axis(painter: QPainter, line: QRectF, words: AxisWords) -> None:
    """The words of an axis along ``line``, from left to right (an upright axis is painted turned)."""
    colours = theme.tokens()
    middle = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
    tones = (colours.text, colours.quiet, colours.text)
    for shown, side, colour in zip(words_along(painter.fontMetrics(), line.width(), words), sides, tones, strict=True):
        painter.setPen(QColor(colour))
        painter.drawText(line, side | middle, shown)


def words_along(metrics: QFontMetrics, width: float, words: AxisWords) -> tuple[str, str, str]:
    """What is written at the beginning, in the middle and at the end of an axis: each whole where there is room, else
    the ends take a third each.
    """
    less, doubt, more = f"←  {words.less}", words.agreement, f"{words.more}  →"
    before, between, after = (metrics.horizontalAdvance(text) + 2 for text in (less, doubt, more))  # rounded
    side = min(max(before, after), max(width / 3, (width - between) / 2) - GRID)
    rooms = (side, width - 2 * (side + GRID), side)
    less, doubt, more = (
        metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(room))
        for text, room in zip((less, doubt, more), rooms, strict=True)
    )
    return less, doubt, more


def inside(polygon: QPolygonF, x: Floats, y: Floats) -> Flags:
    """Which of the points (x, y) (N,) a lasso encloses: it is filled as a picture, and the points look there."""
    box = polygon.boundingRect()
    left, top = int(box.left()) - 1, int(box.top()) - 1
    width, height = int(box.width()) + 4, int(box.height()) + 4
    mask = QImage(width, height, QImage.Format.Format_Grayscale8)
    mask.fill(0)
    painter = QPainter(mask)
    painter.setPen(Qt.GlobalColor.white)  # its line belongs to it
    painter.setBrush(Qt.GlobalColor.white)
    painter.drawPolygon(polygon.translated(QPointF(-left, -top)))
    painter.end()
    column, row = np.floor(x - left).astype(np.int64), np.floor(y - top).astype(np.int64)
    found = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    pixels = np.frombuffer(mask.constBits(), np.uint8).reshape(height, mask.bytesPerLine())
    found[found] = pixels[row[found], column[found]] > 0
    return found
