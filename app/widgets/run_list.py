"""The list of training runs at the left of the train page: a line each with its name and where it stands.

Fed by the train page. The first line is the new run; the others may be renamed in place (F2). Several can be chosen, to
compare them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app import theme
from app.run_words import state_words
from app.tokens import GRID, RADIUS
from engine.training_messages import RunInfo

NEW_RUN = "New run"
WORDS = Qt.ItemDataRole.UserRole
SHARE = Qt.ItemDataRole.UserRole + 1
LINE = 48
Index = QModelIndex | QPersistentModelIndex


class RunList(QListWidget):
    """Signals:
    picked(str): the run of this name is to be shown; "" = a new one.
    renamed(str, str): a run is to be called something else.
    """

    picked = Signal(str)
    renamed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "panel")
        self.setAccessibleName("Training runs")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_Lines(self._rename, self))
        self._names: list[str] = []
        self._put(0, NEW_RUN, "", 0.0, editable=False)
        self.currentItemChanged.connect(lambda item, previous: self.picked.emit(self._name_of(item)))
        self.pick("")

    @property
    def chosen(self) -> list[str]:
        """The names of the chosen runs, from above."""
        rows = sorted(self.row(item) for item in self.selectedItems())
        return [self._names[row - 1] for row in rows if row > 0]

    @property
    def current(self) -> str:
        """The run that is shown; "" = the new one."""
        return self._name_of(self.currentItem())

    def show_runs(self, runs: Sequence[RunInfo], seconds: Callable[[RunInfo], float | None]) -> None:
        """All runs, the newest first; what is chosen stays."""
        shown, chosen = self.current, set(self.chosen)
        names = [run.name for run in runs]
        with QSignalBlocker(self):
            if names != self._names:
                while self.count() > 1:
                    self.takeItem(1)
                self._names = []
            for row, run in enumerate(runs, 1):
                share = run.step / run.steps if run.steps and run.state != "done" else 0.0
                self._put(row, run.name, state_words(run, seconds(run)), share, editable=True)
            if names != self._names:
                self._names = names
                for row, name in enumerate(names, 1):
                    self.item(row).setSelected(name in chosen)
        if shown and shown not in names:
            self.pick("")
        elif shown and shown != self._name_of(self.currentItem()):
            self.pick(shown)

    def pick(self, name: str) -> None:
        """Show this run; "" = the new one."""
        row = self._names.index(name) + 1 if name in self._names else 0
        self.setCurrentRow(row, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def edit_name(self) -> None:
        """Let the person type another name for the run that is shown."""
        if self.currentRow() > 0:
            self.editItem(self.currentItem())

    def _name_of(self, item: QListWidgetItem | None) -> str:
        row = self.row(item) if item is not None else 0
        return self._names[row - 1] if 0 < row <= len(self._names) else ""

    def _put(self, row: int, name: str, words: str, share: float, *, editable: bool) -> None:
        if row >= self.count():
            self.addItem(QListWidgetItem())
        item = self.item(row)
        item.setText(name)
        item.setData(WORDS, words)
        item.setData(SHARE, share)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {words}" if words else name)
        flags = item.flags()
        edit = Qt.ItemFlag.ItemIsEditable
        item.setFlags(flags | edit if editable else flags & ~edit)

    def _rename(self, row: int, name: str) -> None:
        old = self._names[row - 1]
        if name.strip() and name.strip() != old:
            self.renamed.emit(old, name.strip())


class _Lines(QStyledItemDelegate):
    """Two lines of words, and a thin bar while a run is on its way."""

    def __init__(self, rename: Callable[[int, str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._rename = rename

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, LINE if index.row() else 36)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours, state = theme.tokens(), option.state
        area = option.rect.adjusted(4, 2, -4, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(colours.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, RADIUS, RADIUS)
        inside = area.adjusted(GRID, 4, -GRID, -4)
        words, share = index.data(WORDS), index.data(SHARE)
        painter.setFont(theme.font(strong=not index.row()))
        painter.setPen(QColor(colours.text))
        first = QRect(inside.left(), inside.top(), inside.width(), inside.height() if not words else 18)
        self._line(painter, first, index.data(Qt.ItemDataRole.DisplayRole))
        painter.setFont(theme.font(11))
        painter.setPen(QColor(colours.quiet))
        self._line(painter, QRect(inside.left(), inside.top() + 18, inside.width(), 16), words)
        if share:
            painter.fillRect(QRect(inside.left(), area.bottom() - 3, round(inside.width() * share), 2), colours.accent)
        painter.restore()

    def setModelData(self, editor: QWidget, model: object, index: Index) -> None:
        """The name changes when the engine says so."""
        if isinstance(editor, QLineEdit):
            self._rename(index.row(), editor.text())

    @staticmethod
    def _line(painter: QPainter, area: QRect, words: str) -> None:
        fitted = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, fitted)
