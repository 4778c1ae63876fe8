"""How a tile is painted, and the line above a section. `app.widgets.grid` puts both to use.

A tile is a square of neutral ground with the whole picture in it, and a caption below: rank and score bar when
something is asked, then the file's name. Captions give way as tiles get smaller.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QMargins, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen, QTextOption

from app import theme
from app.library_model import Section, Tile
from app.tokens import GRID, RADIUS
from app.widgets.tile_geometry import BAR, LINE, NAMED, RANKED, Geometry

EXPLAINED = 112  # from this side on a problem is written out


@dataclass(frozen=True)
class Look:
    """How a tile is seen apart from its content."""

    selected: bool = False
    current: bool = False  # the keyboard is here
    hovered: bool = False


class TilePainter:
    """Paints tiles of one geometry; made anew for every paint event, so that it follows the theme."""

    def __init__(self, painter: QPainter, geometry: Geometry) -> None:
        colours = theme.tokens()
        self._painter = painter
        self._geometry = geometry
        self._ground = QColor(colours.panel)
        self._raised = QColor(colours.raised)
        self._line = QColor(colours.line)
        self._text = QColor(colours.text)
        self._quiet = QColor(colours.quiet)
        self._accent = QColor(colours.accent)
        self._margins = QMargins(*[geometry.inset] * 4)
        self._radius = min(RADIUS, geometry.side // 8)
        self._metrics = QFontMetrics(painter.font())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)

    def paint(self, rect: QRect, tile: Tile, image: QImage | None, problem: str | None, look: Look) -> None:
        """Paint ``tile`` into ``rect``; ``problem`` stands where there can be no picture."""
        square = QRect(rect.left(), rect.top(), self._geometry.side, self._geometry.side)
        self._fill(square, self._raised if look.hovered or look.selected else self._ground, self._radius)
        if image is not None:
            self._painter.drawImage(fitted(QRectF(square.marginsRemoved(self._margins)), image), image)
        elif problem is not None:
            self._paint_problem(square, problem)
        if look.selected or look.current:
            self._paint_ring(square, look)
        self._paint_caption(rect, tile)

    def _paint_ring(self, square: QRect, look: Look) -> None:
        width = 2 if look.selected else 1
        self._painter.setPen(QPen(self._accent, width))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        inset = width / 2
        if self._geometry.side < RANKED:
            self._painter.drawRect(QRectF(square).adjusted(inset, inset, -inset, -inset))
            return
        self._painter.drawRoundedRect(QRectF(square).adjusted(inset, inset, -inset, -inset), self._radius, self._radius)

    def _paint_problem(self, square: QRect, problem: str) -> None:
        self._painter.setPen(self._quiet)
        if square.width() < EXPLAINED:
            self._painter.drawText(square, Qt.AlignmentFlag.AlignCenter, "!")
            return
        option = QTextOption(Qt.AlignmentFlag.AlignCenter)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._painter.drawText(QRectF(square.adjusted(GRID, GRID, -GRID, -GRID)), problem, option)

    def _paint_caption(self, rect: QRect, tile: Tile) -> None:
        top = rect.top() + self._geometry.side
        if self._geometry.asked:
            ranked = self._geometry.side >= RANKED
            line = QRect(rect.left(), top, rect.width(), LINE if ranked else BAR)
            if ranked:
                self._paint_rank(line, tile)
            else:
                self._paint_bar(line, tile)
            top = line.bottom() + 1
        if self._geometry.side >= NAMED:
            self._painter.setPen(self._quiet if self._geometry.asked else self._text)
            self._write(QRect(rect.left(), top, rect.width(), LINE), tile.file.name)

    def _paint_rank(self, line: QRect, tile: Tile) -> None:
        words = tile.words or ("…" if tile.pending else "" if tile.rank is None else f"#{tile.rank:,}")
        width = self._metrics.horizontalAdvance(words)
        self._painter.setPen(self._quiet if tile.pending else self._text)
        self._write(line, words)
        if line.width() - width >= 2 * GRID:
            self._paint_bar(line.adjusted(width + GRID, 0, 0, 0), tile)

    def _paint_bar(self, line: QRect, tile: Tile) -> None:
        if tile.place is None:
            return
        height = min(BAR, line.height() // 2)
        bar = QRect(line.left(), line.center().y() - height // 2 + 1, line.width(), height)
        self._fill(bar, self._line, height // 2)
        bar.setWidth(max(height, round(bar.width() * tile.place)))
        self._fill(bar, self._quiet, height // 2)

    def _fill(self, rect: QRect, colour: QColor, radius: int) -> None:
        if self._geometry.side < RANKED:  # a thousand small tiles are painted; corners would cost half of it
            self._painter.fillRect(rect, colour)
            return
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(colour)
        self._painter.drawRoundedRect(rect, radius, radius)

    def _write(self, line: QRect, words: str) -> None:
        shown = self._metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, line.width())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        self._painter.drawText(line, flags, shown)


def paint_header(painter: QPainter, line: QRect, section: Section) -> None:
    """What a section holds, and of how many pictures, at the left of ``line``."""
    colours, flags = theme.tokens(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    count = f"{section.count:,}"
    before = painter.font()
    painter.setFont(theme.font(strong=True))
    metrics = painter.fontMetrics()
    room = line.width() - metrics.horizontalAdvance(count) - GRID
    title = metrics.elidedText(section.title, Qt.TextElideMode.ElideMiddle, room)
    painter.setPen(QColor(colours.text))
    painter.drawText(line, flags | Qt.TextFlag.TextSingleLine, title)
    painter.setFont(before)
    painter.setPen(QColor(colours.quiet))
    painter.drawText(line.adjusted(metrics.horizontalAdvance(title) + GRID, 0, 0, 0), flags, count)


def fitted(space: QRectF, image: QImage) -> QRectF:
    """The largest rectangle of the image's shape in the middle of ``space``, at least one pixel wide and high."""
    size = QSizeF(image.size()).scaled(space.size(), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSizeF(1, 1))
    corner = space.center() - QPointF(size.width() / 2, size.height() / 2)
    return QRectF(QPointF(corner.toPoint()), size)


def paint_band(painter: QPainter, band: QRect) -> None:
    """The rubber band."""
    colour = QColor(theme.tokens().accent)
    painter.setPen(colour)
    colour.setAlpha(40)
    painter.setBrush(colour)
    painter.drawRect(band.adjusted(0, 0, -1, -1))
