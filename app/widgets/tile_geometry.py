"""Where tiles are: lines of squares with captions below, in sections that begin with a header.

Everything is computed from a few numbers, so that nothing here grows with the number of files, only with that of the
sections. `app.widgets.grid` and what paints for it use it.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

from PySide6.QtCore import QPoint, QRect

from app.tokens import GRID

LINE = 18  # height of a caption line
BAR = 4  # height of the score bar
HEADER = 4 * GRID  # height of a section's header
NAMED = 80  # from this side on a tile shows its name
RANKED = 48  # from this side on its rank; below, only the bar


@dataclass(frozen=True)
class Geometry:
    """Tiles in a column of ``width`` device-independent pixels; rows count from 0, y from the top of the content.

    ``starts``: the rows that sections begin with, the first 0; each begins a line of its own, below its header. Empty:
    one section without a header. A row beyond the last file is one of the last section.
    """

    width: int
    columns: int
    asked: bool  # there are ranks to show
    starts: tuple[int, ...] = ()

    @cached_property
    def gap(self) -> int:
        """Between tiles; small tiles stand closer."""
        return GRID if self.width // self.columns >= RANKED + GRID else GRID // 4

    @cached_property
    def side(self) -> int:
        """Side of a tile's square."""
        return max(1, (self.width - GRID) // self.columns - self.gap)

    @cached_property
    def inset(self) -> int:
        """Ground left free at each edge of the picture."""
        return self.gap // 2

    @cached_property
    def caption(self) -> int:
        """Height of what is below the square."""
        ranked = (LINE if self.side >= RANKED else BAR) if self.asked else 0
        return ranked + (LINE if self.side >= NAMED else 0)

    @cached_property
    def pitch(self) -> int:
        """From the top of one line of tiles to the next."""
        return self.side + self.caption + self.gap

    def height(self, count: int) -> int:
        """Of ``count`` tiles."""
        return GRID + len(self.starts) * HEADER + self._line_count(count) * self.pitch

    def rect(self, row: int) -> QRect:
        """The tile of ``row``, caption included, gaps not."""
        section = self._section_of(row)
        line, column = divmod(row - self._firsts[section], self.columns)
        return QRect(self._left(column), self._tops[section] + line * self.pitch, self.side, self.side + self.caption)

    def headers(self, top: int, bottom: int) -> Iterator[tuple[int, QRect]]:
        """The sections, by number, whose headers meet the band from ``top`` to ``bottom``, and where those are."""
        for section in range(self._section_at(top), len(self.starts)):
            line = QRect(GRID, self._tops[section] - HEADER, self.width - 2 * GRID, HEADER)
            if line.top() > bottom:
                return
            yield section, line

    def header_above(self, row: int) -> int:
        """The height of the header right above a tile; 0 where there is none."""
        return HEADER if self.starts and row - self._firsts[self._section_of(row)] < self.columns else 0

    def row_at(self, point: QPoint) -> int | None:
        """The row whose tile holds ``point``; None in a gap or a header. It may be beyond the last row."""
        row = self.nearest(point)
        return row if self.rect(row).contains(point) else None

    def nearest(self, point: QPoint) -> int:
        """The row whose tile or gap holds ``point``; points left and right count as the outer columns, a header as the
        line below, what a section's last line leaves free as its last tile.
        """
        column = (point.x() - GRID + self.gap // 2) * self.columns // max(1, self.width - GRID)
        section, line = self._line_at(point.y() + self.gap // 2)
        row = self._firsts[section] + max(line, 0) * self.columns + min(max(column, 0), self.columns - 1)
        return min(row, self._end(section) - 1)

    def below(self, row: int, lines: int, count: int) -> int:
        """The row, of ``count``, so many lines further down in the same column; up for negative ones. It stops at the
        first and the last line.
        """
        section = self._section_of(row)
        line, column = divmod(row - self._firsts[section], self.columns)
        wanted = min(max(self._lines_before[section] + line + lines, 0), self._line_count(count) - 1)
        section = bisect_right(self._lines_before, wanted) - 1
        found = self._firsts[section] + (wanted - self._lines_before[section]) * self.columns + column
        return min(found, self._end(section) - 1, count - 1)

    def rows(self, top: int, bottom: int, count: int) -> range:
        """The rows, of ``count``, whose lines meet the band from ``top`` to ``bottom``."""
        section, line = self._line_at(top)
        first = self._firsts[section] + max(line, 0) * self.columns
        section, line = self._line_at(bottom)
        last = min(self._firsts[section] + max(line + 1, 0) * self.columns, self._end(section))
        return range(min(count, first), min(count, last))

    def spans(self, band: QRect, count: int) -> list[tuple[int, int]]:
        """First and last row of each run of tiles, of ``count``, that ``band`` touches."""
        touched = [
            c for c in range(self.columns) if self._left(c) <= band.right() and band.left() < self._left(c) + self.side
        ]
        rows = self.rows(band.top(), band.bottom(), count)
        lines = [line for line in self._lines(rows) if self.rect(line[0]).bottom() >= band.top()]
        if not touched or not lines:
            return []
        if len(touched) == self.columns:
            return [(lines[0][0], lines[-1][1])]
        return [(row + touched[0], min(row + touched[-1], last)) for row, last in lines if row + touched[0] <= last]

    # ---- sections and lines ------------------------------------------------------------------------------

    @cached_property
    def _firsts(self) -> tuple[int, ...]:
        return self.starts or (0,)

    @cached_property
    def _lines_before(self) -> list[int]:
        """How many lines are above each section."""
        lines = (-(-(after - first) // self.columns) for first, after in pairwise(self._firsts))
        return list(accumulate(lines, initial=0))

    @cached_property
    def _tops(self) -> list[int]:
        """Where the first tiles of each section are."""
        head = HEADER if self.starts else 0
        return [GRID + (at + 1) * head + lines * self.pitch for at, lines in enumerate(self._lines_before)]

    def _line_count(self, count: int) -> int:
        return self._lines_before[-1] + -(-(count - self._firsts[-1]) // self.columns)

    def _section_of(self, row: int) -> int:
        return max(0, bisect_right(self._firsts, row) - 1)

    def _section_at(self, y: int) -> int:
        """The section whose header or tiles are at ``y``."""
        return max(0, bisect_right(self._tops, y + (HEADER if self.starts else 0)) - 1)

    def _line_at(self, y: int) -> tuple[int, int]:
        """Section, and line within it, at ``y``; negative above its tiles."""
        section = self._section_at(y)
        return section, (y - self._tops[section]) // self.pitch

    def _end(self, section: int) -> int:
        """The row after those of a section; of the last one there is none."""
        return self._firsts[section + 1] if section + 1 < len(self._firsts) else sys.maxsize

    def _left(self, column: int) -> int:
        return GRID + column * (self.width - GRID) // self.columns

    def _lines(self, rows: range) -> Iterator[tuple[int, int]]:
        """First and last row of each line of ``rows``, which begin with a line."""
        row = rows.start
        while row < rows.stop:
            after = min(row + self.columns, self._end(self._section_of(row)), rows.stop)
            yield row, after - 1
            row = after
