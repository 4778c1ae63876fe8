"""Tables of texts for Qt: one row a difference, or one a caption, read as they come into view.

The page of captions and differences makes one of each, tells what is wanted (`show`) and that the library changed
(`refresh`). Ids are read by a thread and swapped in whole; rows are read by the page of `CHUNK`, which takes a
millisecond, when they are looked at. While the same is wanted, rows stay in view also when they no longer fit the
filter: who accepts a sentence in the list of new ones sees that it is accepted.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.background_reader import BackgroundReader, Reading
from app.widgets.parts import plain_tooltip
from engine.errors import LibraryError
from engine.store import Library

Index = QModelIndex | QPersistentModelIndex
Ints = NDArray[np.int64]
NOWHERE = QModelIndex()
CHUNK = 128  # rows read at a time
CHUNKS_KEPT = 64

Row = TypeVar("Row")


class TextsModel(QAbstractTableModel, Generic[Row]):
    """Rows by id. Subclasses say how ids and rows are read, and what a cell shows.

    Signals:
        loaded(): the ids were read (again).
        failed(Problem): they could not be; what is shown stays.
        typed(object, int, str): a person typed other words into the cell of a row and a column.
    """

    loaded = Signal()
    failed = Signal(object)
    typed = Signal(object, int, str)

    titles: tuple[str, ...] = ()
    editable: frozenset[int] = frozenset()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library: Path | None = None
        self._reading: Reading | None = None  # of what is wanted
        self._asked: Any = None  # what was read last
        self.ids: Ints = np.empty(0, np.int64)
        self._chunks: OrderedDict[int, dict[int, Row]] = OrderedDict()
        self._held: dict[int, tuple[Row, int]] = {}  # what was sent for an id, and how many answers are awaited
        self._reader = BackgroundReader(self)
        self._reader.finished.connect(self._take)
        self._reader.failed.connect(self.failed)

    @abstractmethod
    def read_ids(self, library: Library, wanted: Any) -> tuple[Ints, Any]:
        """The ids of what is ``wanted`` in their order, and whatever else the page tells; runs in a thread."""

    @abstractmethod
    def read_rows(self, library: Library, ids: list[int]) -> dict[int, Row]:
        """Id -> row, of those that there are."""

    @abstractmethod
    def cell(self, row: Row, column: int, role: int) -> Any:
        """What a cell of a row gives for a role."""

    @abstractmethod
    def take_more(self, more: Any) -> None:
        """What else `read_ids` returned."""

    # ---- what to show ------------------------------------------------------------------------------------

    def show(self, library: Path, wanted: Any) -> None:
        """Show what is wanted; `loaded` or `failed` follows."""
        self._library = library
        self._reading = lambda opened: (wanted, self.read_ids(opened, wanted))
        self._reader.read(library, self._reading, at_once=True)

    def refresh(self, *, anew: bool = False) -> None:
        """The library changed: read it again soon. Cheap to call many times a second.

        ``anew``: rows in view that no longer fit go as well (their images may have left the library).
        """
        if anew:
            self._asked = None
        self._look_again()
        if self._library is not None and self._reading is not None:
            self._reader.read(self._library, self._reading, at_once=False)

    def close(self) -> None:
        """Wait for the thread and read nothing more."""
        self._library = None
        self._reader.close()

    @property
    def is_settled(self) -> bool:
        """Whether what is wanted is shown."""
        return self._reader.is_idle

    def _take(self, outcome: tuple[Any, tuple[Ints, Any]]) -> None:
        wanted, (ids, more) = outcome
        if wanted == self._asked:
            ids = self._with_those_in_view(ids)
        self._asked = wanted
        self.take_more(more)
        self._swap(ids)
        self.loaded.emit()

    def _with_those_in_view(self, ids: Ints) -> Ints:
        return ids

    def _swap(self, ids: Ints) -> None:
        before = len(self.ids)
        if len(ids) > before and np.array_equal(ids[:before], self.ids):
            self.beginInsertRows(NOWHERE, before, len(ids) - 1)
            self.ids = ids
            self._chunks.pop(before // CHUNK, None)
            self.endInsertRows()
        elif not np.array_equal(ids, self.ids):
            self.beginResetModel()
            self.ids = ids
            self._chunks.clear()
            self.endResetModel()

    # ---- rows --------------------------------------------------------------------------------------------

    def at(self, row: int) -> Row | None:
        """What is in ``row``; None where it is gone from the library."""
        if not 0 <= row < len(self.ids):
            return None
        number = row // CHUNK
        if number not in self._chunks:
            self._chunks[number] = self._rows(self.ids[number * CHUNK : (number + 1) * CHUNK].tolist())
            if len(self._chunks) > CHUNKS_KEPT:
                self._chunks.popitem(last=False)
        return self._chunks[number].get(int(self.ids[row]))

    def at_rows(self, rows: Sequence[int]) -> list[Row]:
        """What is in many rows, as far as it is there."""
        if len(rows) <= CHUNK:
            found = [self.at(row) for row in rows]
            return [row for row in found if row is not None]
        ids = self.ids[np.array(rows, np.int64)].tolist()
        held = self._rows(ids)
        return [held[i] for i in ids if i in held]

    def _rows(self, ids: list[int]) -> dict[int, Row]:
        held = {i: self._held[i][0] for i in ids if i in self._held}
        with suppress(LibraryError):
            if self._library is not None:
                with Library(self._library) as library:
                    return self.read_rows(library, ids) | held
        return held

    def row_of(self, text_id: int) -> int | None:
        """The row of this id; None where it is not shown."""
        found = np.flatnonzero(self.ids == text_id)
        return int(found[0]) if found.size else None

    def hold(self, rows: Mapping[int, Row]) -> None:
        """Show these rows by id, whatever is read, until each was `let_go` as often as it was held.

        They were sent and may not be written yet: another change that is told meanwhile must not bring back the old.
        """
        for text_id, row in rows.items():
            self._held[text_id] = row, self._held.get(text_id, (row, 0))[1] + 1
        self._look_again()

    def let_go(self, ids: Iterable[int]) -> None:
        """What was sent for these was written or refused: the library is right."""
        for text_id in ids:
            if held := self._held.pop(text_id, None):
                row, awaited = held
                if awaited > 1:
                    self._held[text_id] = row, awaited - 1
        self._look_again()

    def _look_again(self) -> None:
        self._chunks.clear()
        if self.ids.size:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.ids) - 1, len(self.titles) - 1))

    # ---- what Qt asks ------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many texts are shown."""
        return 0 if parent.isValid() else len(self.ids)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """As many as there are titles."""
        return 0 if parent.isValid() else len(self.titles)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The titles of the columns."""
        if way is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.titles[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Every row can be chosen, and some columns typed into."""
        whole = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return whole | Qt.ItemFlag.ItemIsEditable if index.column() in self.editable else whole

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell; its words are its tooltip, and what it is called for screen readers."""
        row = self.at(index.row())
        if row is None:
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(str(self.cell(row, index.column(), Qt.ItemDataRole.DisplayRole)))
        if role == Qt.ItemDataRole.EditRole:
            role = Qt.ItemDataRole.DisplayRole
        return self.cell(row, index.column(), role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """What a person typed: told as `typed` where it says something else than before."""
        row = self.at(index.row())
        text = " ".join(str(value).split())
        if row is None or role != Qt.ItemDataRole.EditRole or not text:
            return False
        if text != self.cell(row, index.column(), Qt.ItemDataRole.DisplayRole):
            self.typed.emit(row, index.column(), text)
        return True
