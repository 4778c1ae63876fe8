"""The library as a Qt list model: one row a file, in path order or in the order of what was asked.

The library page makes it and calls `open`, then `refresh` after each LibraryChanged and `show_ranking` after each
answer. Rows are read in a thread (`app.library_reading`) and swapped in whole; when other rows are shown afterwards
(or the same in another order) the model resets, and views keep selection and scroll position by file id. `close` ends
the thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.background_reader import BackgroundReader
from app.library_reading import LibraryReading, Loaded
from app.library_rows import Floats, Ints, arrange
from engine.protocol import RankingResult
from engine.store.rows import Failure, File, Folder

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class Role(IntEnum):
    """What `LibraryModel.data` gives beside the name (DisplayRole)."""

    FILE = Qt.ItemDataRole.UserRole + 1  # File
    PATH = FILE + 1  # bytes
    RANK = FILE + 2  # int, 1 = first; None: nothing asked, or pending
    SCORE = FILE + 3  # float, None likewise
    PLACE = FILE + 4  # float 0..1: the score within the library's own range
    SHARE = FILE + 5  # float 0..1: the share of the library that has less of what was asked
    PENDING = FILE + 6  # bool: something is asked and this file has no vector yet
    PROBLEM = FILE + 7  # str, a whole sentence; None: the file is fine


@dataclass(frozen=True)
class Tile:
    """All that one row shows; the numbers follow more or less of what was asked (see `Role`)."""

    file: File
    rank: int | None = None
    score: float | None = None
    place: float | None = None
    share: float | None = None
    between: tuple[int, int] | None = None  # ranks that it lies between with 90 %
    pending: bool = False
    problem: str | None = None
    words: str = ""  # in place of the rank

    def __str__(self) -> str:
        if self.problem is not None:
            return f"{self.file.name}, {self.problem}"
        if self.words:
            return f"{self.file.name}, {self.words}"
        if self.rank is not None:
            between = f", between {self.between[0]} and {self.between[1]}" if self.between is not None else ""
            return f"{self.file.name}, number {self.rank}{between}"
        return f"{self.file.name}, not compared yet" if self.pending else self.file.name


@dataclass(frozen=True)
class Section:
    """A run of rows that belong together: it begins with row ``first`` and holds ``count``."""

    first: int
    count: int
    title: str


class LibraryModel(QAbstractListModel):
    """One row a file. `tile` is what the grid paints from; `data` offers the same to Qt."""

    loaded = Signal()  # the library or a ranking was read
    reordered = Signal()  # the person asked for another order or other files: look at the first ones
    failed = Signal(object)  # Problem: it could not be read; what is shown stays

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library: Path | None = None
        self._reading = LibraryReading(None)
        self._held = Loaded()
        self._order: Ints = np.empty(0, np.int64)  # positions in _held.rows, in the order shown
        self._shown: Ints = np.empty(0, np.int64)  # the file ids there
        self._row_of: Ints = np.empty(0, np.int64)  # position -> row, -1 = not shown
        self.sections: tuple[Section, ...] = ()  # all rows are in one, or there is none
        self._folder_id: int | None = None
        self._flipped = False
        self._cutoff: float | None = None
        self._reader = BackgroundReader(self)
        self._reader.finished.connect(self._take)
        self._reader.failed.connect(self.failed)

    # ---- what to show ------------------------------------------------------------------------------------

    def open(self, library: Path) -> None:
        """Show this library; `loaded` or `failed` follows."""
        self._library = library
        self.show_ranking(None)

    def refresh(self) -> None:
        """The library changed: read it again soon. Cheap to call many times a second."""
        if self._library is not None:
            self._reader.read(self._library, self._reading, at_once=False)

    def show_ranking(self, result: RankingResult | None) -> None:
        """Order by ``result``, or by path with None; `loaded` or `failed` follows."""
        self._reading = LibraryReading(result)
        if self._library is not None:
            self._reader.read(self._library, self._reading, at_once=True)

    def close(self) -> None:
        """Wait for the thread and read nothing more."""
        self._library = None
        self._reader.close()

    def set_flipped(self, flipped: bool) -> None:
        """Least of what was asked first. A cut-off is taken back: it would keep the other end."""
        if flipped != self._flipped:
            self._flipped, self._cutoff = flipped, None
            self._arrange()
            self.reordered.emit()

    def set_folder(self, folder_id: int | None) -> None:
        """Show one folder only; None = all."""
        if folder_id != self._folder_id:
            self._folder_id = folder_id
            self._arrange()
            self.reordered.emit()

    def set_cutoff(self, score: float | None) -> None:
        """Show only files with at least this score (at most, when flipped); None = all."""
        if score != self._cutoff:
            self._cutoff = score
            self._arrange()

    @property
    def flipped(self) -> bool:
        """Whether least comes first."""
        return self._flipped

    @property
    def folders(self) -> tuple[Folder, ...]:
        """The library's folders, as last read."""
        return self._held.folders

    @property
    def folder_id(self) -> int | None:
        """The only folder shown; None = all."""
        return self._folder_id

    @property
    def cutoff(self) -> float | None:
        """The score of the cut-off; None = there is none."""
        return self._cutoff

    @property
    def result(self) -> RankingResult | None:
        """The ranking whose order the rows have; None = by path."""
        return self._held.ranked and self._held.ranked.result

    @property
    def asked(self) -> bool:
        """Whether tiles say more than a name: they then have a line for it."""
        return self.result is not None

    @property
    def total(self) -> int:
        """Files of the library, shown or not."""
        return len(self._held.rows.ids)

    @property
    def unread(self) -> int:
        """How many files of the library are still to be read for the first time."""
        return self._held.rows.unread

    def failures(self) -> list[Failure]:
        """The files of the library that could not be read, by path, each with its reason."""
        return sorted(self._held.rows.failures.values(), key=lambda failure: failure.path)

    def scores(self) -> Floats:
        """The scores of all files that have one, best first, shape (M,): what the histogram shows."""
        scores = self._held.scores
        return np.empty(0, np.float32) if scores is None else scores.scores[scores.best_first]

    # ---- rows --------------------------------------------------------------------------------------------

    def file(self, row: int) -> File:
        """The file in ``row``."""
        return self._held.rows.files[self._order[row]]

    def files(self, rows: Ints) -> Sequence[File]:
        """The files in these rows (K,), in their order; each is made when it is looked at."""
        return self._held.rows.files.at(self._order[rows])

    def tile(self, row: int) -> Tile:
        """All that ``row`` shows."""
        position = int(self._order[row])
        file = self._held.rows.files[position]
        failure = self._held.rows.failures.get(file.id)
        problem = None if failure is None else failure.sentence
        scores = self._held.scores
        rank = None if scores is None else scores.rank(position, flipped=self._flipped)
        if scores is None or rank is None:
            return Tile(file, pending=scores is not None and problem is None, problem=problem)
        return Tile(
            file,
            rank,
            score=float(scores.scores[position]),
            place=scores.place(position, flipped=self._flipped),
            share=scores.share_below(position, flipped=self._flipped),
            between=scores.places(position, flipped=self._flipped),
            problem=problem,
        )

    def ids(self, first: int = 0, last: int | None = None) -> Ints:
        """File ids of rows ``first`` to ``last`` (included), in the order shown."""
        return self._shown[first : None if last is None else last + 1]

    def files_read(self) -> Iterator[File]:
        """The files shown whose content was read at least once, in the order shown."""
        rows, order = self._held.rows, self._order
        return (rows.files[position] for position in order[rows.images[order] >= 0])

    def row_of(self, file_id: int) -> int | None:
        """The row of this file; None where it is not shown."""
        row = int(self.rows_of(np.array([file_id], np.int64))[0])
        return None if row < 0 else row

    def rows_of(self, file_ids: Ints) -> Ints:
        """The rows of these files, shape (K,) -> (K,); -1 where not shown."""
        positions = self._held.rows.find(file_ids)
        return np.where(positions >= 0, self._row_of[positions], -1) if self.total else positions

    def copies(self, row: int) -> list[File]:
        """The other files of the library that hold the same image as ``row``."""
        return self._held.rows.copies(int(self._order[row]))

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many files are shown."""
        return 0 if parent.isValid() else len(self._order)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's door to `tile`: the name, the text for screen readers, and `Role`."""
        if not 0 <= index.row() < len(self._order):
            return None
        tile = self.tile(index.row())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return tile.file.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return str(tile)
            case Role.FILE:
                return tile.file
            case Role.PATH:
                return tile.file.path
            case Role.RANK | Role.SCORE | Role.PLACE | Role.SHARE | Role.PENDING | Role.PROBLEM:
                return getattr(tile, Role(role).name.lower())
        return None

    # ---- changes -----------------------------------------------------------------------------------------

    def _take(self, loaded: Loaded) -> None:
        other = loaded.ranked is not self._held.ranked
        if other:
            self._cutoff = None  # it was a score of another comparison
        self._held = loaded
        self._arrange()
        if other:
            self.reordered.emit()
        self.loaded.emit()

    def _arrange(self) -> None:
        rows, order = self._held.rows, self._in_order()
        shown = rows.ids[order]
        row_of = np.full(len(rows.ids), -1, np.int64)
        row_of[order] = np.arange(len(order))
        sections = self._in_sections(order)
        same = np.array_equal(shown, self._shown) and sections == self.sections
        if not same:
            self.beginResetModel()
        self._order, self._shown, self._row_of, self.sections = order, shown, row_of, sections
        if not same:
            self.endResetModel()
        elif len(order):
            self.dataChanged.emit(self.index(0), self.index(len(order) - 1))

    def _in_order(self) -> Ints:
        """The positions of the files to show, in order."""
        return arrange(
            self._held.rows,
            self._held.scores,
            folder_id=self._folder_id,
            flipped=self._flipped,
            cutoff=self._cutoff,
        )

    def _in_sections(self, order: Ints) -> tuple[Section, ...]:
        """What belongs together of the rows that show the positions ``order``; here, nothing does."""
        return ()
