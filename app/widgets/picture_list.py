"""A short list of pictures with words under each: what an analogy found, examples of a difference.

A few hundred rows at most; the whole library is `app.widgets.grid`'s. The page that holds it puts rows in and asks the
pictures client for thumbnails (`visible_files`), as one page may hold several lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app import theme
from app.dragdrop import drag_out
from app.image_cache import Key, key_of
from app.library_model import Tile
from app.pictures_client import PicturesClient
from app.tokens import GRID, RADIUS
from app.widgets.parts import plain_tooltip
from app.widgets.tile import LINE, fitted
from engine.store.rows import File

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


@dataclass(frozen=True)
class Found:
    """A picture of the list: its ``rank`` from 1 (None: it has none), and what is said of it in a few words."""

    file: File
    rank: int | None = None
    words: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.file.name, f"number {self.rank}" if self.rank else "", self.words)))


class FoundModel(QAbstractListModel):
    """The rows, for the list and for the viewer."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Found, ...] = ()

    def put(self, rows: Sequence[Found]) -> None:
        """Show these; where only the words or a few places are others, selection and scroll position stay."""
        if len(rows) == len(self._rows):
            self._rows = tuple(rows)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def found(self, row: int) -> Found:
        """The picture in ``row``."""
        return self._rows[row]

    def tile(self, row: int) -> Tile:
        """The same as the viewer takes it."""
        found = self._rows[row]
        return Tile(found.file, found.rank)

    def row_of(self, file_id: int) -> int | None:
        """The row of this file; None where it is not among them."""
        return next((row for row, found in enumerate(self._rows) if found.file.id == file_id), None)

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """How many there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The name, and the whole for screen readers and tooltips."""
        if not 0 <= index.row() < len(self._rows):
            return None
        found = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return found.file.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return str(found)
        return plain_tooltip(str(found)) if role == Qt.ItemDataRole.ToolTipRole else None


class PictureList(QListView):
    """The list: as many columns as fit, keys as in any list; pictures can be dragged out.

    Signals:
        opened(int): look closer at this row (double click, Enter, Space).
        wanted(): other pictures are visible; ask for their thumbnails.
    """

    opened = Signal(int)
    wanted = Signal()

    def __init__(self, pictures: PicturesClient, name: str, *, side: int = 144) -> None:
        super().__init__()
        self._pictures = pictures
        self.side = side
        self.found = FoundModel()
        self.setModel(self.found)
        self.setItemDelegate(_Painter(self, pictures))
        self.setAccessibleName(name)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSpacing(GRID // 2)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.verticalScrollBar().valueChanged.connect(lambda value: self.wanted.emit())
        pictures.arrived.connect(self._arrived)

    def show_found(self, rows: Sequence[Found]) -> None:
        """Show these pictures."""
        self.found.put(rows)
        self.wanted.emit()

    def visible_files(self) -> list[File]:
        """The files of the tiles in view, and of as many below."""
        if not self.isVisible():
            return []
        height = self.viewport().height()
        rows = range(self.found.rowCount())
        rects = ((row, self.visualRect(self.found.index(row))) for row in rows)
        return [self.found.found(row).file for row, rect in rects if rect.bottom() >= 0 and rect.top() < 2 * height]

    def chosen(self) -> list[File]:
        """The selected files in their order, else the current one."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        if not rows and self.currentIndex().isValid():
            rows = [self.currentIndex().row()]
        return [self.found.found(row).file for row in rows]

    # ---- what Qt calls -----------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Its pictures are visible now."""
        super().showEvent(event)
        self.wanted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer of them are."""
        super().resizeEvent(event)
        self.wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open; the rest is Qt's."""
        row = self.currentIndex().row()
        if row >= 0 and event.key() in OPENING and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.opened.emit(row)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the picture."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(index.row())

    def keyboardSearch(self, search: str) -> None:
        """Letters do not jump about: they are shortcuts of the window."""

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Drag the selected files out; they can only be copied."""
        if files := self.chosen():
            drag_out(self, [file.path for file in files], self._pictures.thumbnail(key_of(files[0])))

    def _arrived(self, key: Key) -> None:
        if self.isVisible() and any(key_of(found.file) == key for found in map(self.found.found, self._rows_in_view())):
            self.viewport().update()

    def _rows_in_view(self) -> range:
        top, bottom = (self.indexAt(corner) for corner in (self.rect().topLeft(), self.rect().bottomRight()))
        last = bottom.row() if bottom.isValid() else self.found.rowCount() - 1
        return range(max(0, top.row()), last + 1)


class _Painter(QStyledItemDelegate):
    """A square with the picture, then its rank and words, then its name."""

    def __init__(self, owner: PictureList, pictures: PicturesClient) -> None:
        super().__init__(owner)
        self._list = owner
        self._pictures = pictures

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The same for all."""
        return QSize(self._list.side, self._list.side + 2 * LINE + GRID // 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one tile."""
        found, colours = self._list.found.found(index.row()), theme.tokens()
        rect, side = QRect(option.rect), self._list.side
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        square = QRect(rect.left(), rect.top(), side, side)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(
            QColor(colours.raised if chosen or state & QStyle.StateFlag.State_MouseOver else colours.panel)
        )
        painter.drawRoundedRect(square, RADIUS, RADIUS)
        self._paint_picture(painter, square, found)
        if chosen or (state & QStyle.StateFlag.State_HasFocus and self._list.hasFocus()):
            _ring(painter, square, 2 if chosen else 1)
        self._write(painter, QRect(rect.left(), square.bottom() + 3, side, LINE), found)
        painter.restore()

    def _paint_picture(self, painter: QPainter, square: QRect, found: Found) -> None:
        key = key_of(found.file)
        image, problem = self._pictures.thumbnail(key), self._pictures.problem(key)
        inner = square.adjusted(GRID // 2, GRID // 2, -GRID // 2, -GRID // 2)
        if image is not None:
            painter.drawImage(fitted(QRectF(inner), image), image)
        elif problem is not None:
            painter.setPen(QColor(theme.tokens().quiet))
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), problem.sentence)

    def _write(self, painter: QPainter, line: QRect, found: Found) -> None:
        colours, metrics = theme.tokens(), painter.fontMetrics()
        first = "  ".join(filter(None, (f"#{found.rank}" if found.rank else "", found.words)))
        lines = [(first, colours.text)] if first else []
        for words, colour in (*lines, (found.file.name, colours.quiet)):
            painter.setPen(QColor(colour))
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, line.width())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
            line = line.translated(0, LINE)


def _ring(painter: QPainter, square: QRect, width: int) -> None:
    painter.setPen(QPen(QColor(theme.tokens().accent), width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inset = width / 2
    painter.drawRoundedRect(QRectF(square).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
