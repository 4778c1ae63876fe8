"""Paints the tiles of an area, as many as fit into one frame: what is left is painted in the next one.

A thousand small tiles take longer than a frame on a slow machine, and the window must answer meanwhile. Used by
`app.widgets.grid` in its paint event.
"""

from __future__ import annotations

import time
from collections.abc import Set

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter, QRegion

from app import theme
from app.image_cache import key_of
from app.library_model import LibraryModel
from app.pictures_client import PicturesClient
from app.widgets.tile import Look, TilePainter, paint_header
from app.widgets.tile_geometry import Geometry

FRAME_SECONDS = 0.025
AT_ONCE = 16  # tiles painted between two looks at the clock


class TileField:
    """The tiles of a library's files with their pictures."""

    def __init__(self, files: LibraryModel, pictures: PicturesClient) -> None:
        self._files = files
        self._pictures = pictures

    def paint(
        self,
        painter: QPainter,
        region: QRegion,
        places: Geometry,
        offset: int,
        *,
        selected: Set[int],
        current: int,
        hovered: int | None,
    ) -> QRegion:
        """Paint what ``region`` (of a view scrolled by ``offset`` pixels) touches; returns what there was no time for.

        ``selected``: rows, those outside of the region may lack; ``current`` -1 = none.
        """
        ends = time.perf_counter() + FRAME_SECONDS
        area = region.boundingRect()
        painter.fillRect(area, QColor(theme.tokens().window))
        tiles = TilePainter(painter, places)
        seen = area.translated(0, offset)
        for section, line in places.headers(seen.top(), seen.bottom()):
            paint_header(painter, line.translated(0, -offset), self._files.sections[section])
        rows = places.rows(seen.top(), seen.bottom(), self._files.rowCount())
        for number, row in enumerate(rows):
            if number % AT_ONCE == AT_ONCE - 1 and time.perf_counter() > ends:
                top = places.rect(row).translated(0, -offset).top()
                return region.intersected(QRect(area.left(), top, area.width(), area.bottom() - top + 1))
            rect = places.rect(row).translated(0, -offset)
            if region.intersects(rect):
                look = Look(selected=row in selected, current=row == current, hovered=row == hovered)
                self._paint_tile(tiles, row, rect, look)
        return QRegion()

    def _paint_tile(self, tiles: TilePainter, row: int, rect: QRect, look: Look) -> None:
        tile = self._files.tile(row)
        key = key_of(tile.file)
        image, problem = self._pictures.thumbnail(key), tile.problem
        if image is None and problem is None and (refused := self._pictures.problem(key)) is not None:
            problem = refused.sentence
        tiles.paint(rect, tile, image, problem, look)
