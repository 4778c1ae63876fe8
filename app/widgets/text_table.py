"""A table of texts that one reads row by row and types into: J and K move, sentences are wrapped, rows are alike.

The page of captions and differences makes one for each of its two tables; what the rows are is `app.texts_model`'s.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPlainTextEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app import theme
from app.differences_model import STATUS
from app.icons import pixmap
from app.texts_model import TextsModel
from app.tokens import GRID

Index = QModelIndex | QPersistentModelIndex

ROW_HEIGHT = 7 * GRID  # three lines of words
ICON = 16
STATUS_ICONS = {"new": "status-new", "accepted": "check", "edited": "edit", "rejected": "close"}


class TextDelegate(QStyledItemDelegate):
    """Paints words on up to three lines, with the status as an icon in its colour; edits in a wrapped field.

    Signals:
        entered(): what was typed was committed by Enter, and the field is closed.
    """

    entered = Signal()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell."""
        colours = theme.tokens()
        state = option.state
        rect: QRect = option.rect
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(colours.raised))
        words = index.data()
        if words is None:
            return
        status = index.data(STATUS)
        space = rect.adjusted(GRID, GRID // 2, -GRID, -GRID // 2)
        painter.save()
        painter.setPen(QColor(colours.quiet if status == "rejected" or not self._is_text(index) else colours.text))
        if status is not None and index.column() == 0:
            mark = pixmap(STATUS_ICONS[status], ICON, status_colour(status), painter.device().devicePixelRatio())
            painter.drawPixmap(space.left(), space.center().y() - ICON // 2 + 1, mark)
            space.setLeft(space.left() + ICON + GRID // 2)
            painter.setPen(QColor(status_colour(status)))
        _write(painter, space, str(words))
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A field over the cell."""
        editor = QPlainTextEdit(parent)
        editor.setTabChangesFocus(True)
        editor.setAccessibleName(str(index.model().headerData(index.column(), Qt.Orientation.Horizontal)))
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """All the words, chosen."""
        if isinstance(editor, QPlainTextEdit):
            editor.setPlainText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """What was typed."""
        if isinstance(editor, QPlainTextEdit):
            model.setData(index, editor.toPlainText())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Over the cell, and a little taller where the words need it."""
        rect = QRect(option.rect)
        rect.setHeight(rect.height() + 3 * GRID)
        parent = editor.parentWidget()
        if parent is not None and rect.bottom() > parent.height():
            rect.moveBottom(parent.height())
        editor.setGeometry(rect)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter commits: a sentence is one line."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and isinstance(watched, QPlainTextEdit)
        ):
            self.commitData.emit(watched)
            self.closeEditor.emit(watched)
            self.entered.emit()
            return True
        return super().eventFilter(watched, event)

    @staticmethod
    def _is_text(index: Index) -> bool:
        return bool(index.flags() & Qt.ItemFlag.ItemIsEditable)


class TextTable(QTableView):
    """The view.

    Signals:
        current(int): the keyboard or the mouse is at this row; -1 = at none.
        entered(): what was typed into the current row was committed by Enter.
    """

    current = Signal(int)
    entered = Signal()

    def __init__(self, model: TextsModel[object], name: str, widths: tuple[int, ...], text_column: int) -> None:
        super().__init__()
        self._texts = model
        self._text_column = text_column
        self._kept: int | None = None  # the id of the current row, over a reset of the model
        self.setModel(model)
        delegate = TextDelegate(self)
        delegate.entered.connect(self.entered)
        self.setItemDelegate(delegate)
        self.setAccessibleName(name)
        self.setProperty("kind", "texts")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.verticalHeader().setAccessibleName("Rows")
        header = self.horizontalHeader()
        header.setAccessibleName("Columns")
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate(widths):
            stretch = QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive if width else stretch)
            header.resizeSection(column, width)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._bring_back)
        model.rowsInserted.connect(lambda *_: self._start())

    # ---- where the person is -----------------------------------------------------------------------------

    @property
    def row(self) -> int:
        """The current row; -1 = there is none."""
        return self.currentIndex().row()

    def rows(self) -> list[int]:
        """The selected rows, else the current one, from the top."""
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        return chosen or ([self.row] if self.row >= 0 else [])

    def go_to(self, row: int) -> None:
        """Make this row the current one."""
        if self._texts.rowCount():
            index = self._texts.index(min(max(row, 0), self._texts.rowCount() - 1), self._text_column)
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def step(self, by: int) -> None:
        """The row so many further down."""
        self.go_to(self.row + by)

    def edit_text(self) -> None:
        """Type into the text of the current row."""
        if self.row >= 0:
            self.edit(self._texts.index(self.row, self._text_column))

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell which row it is."""
        super().currentChanged(current, previous)
        if current.row() != previous.row():
            self.current.emit(current.row())

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here."""

    # ---- over a reset ------------------------------------------------------------------------------------

    def _keep(self) -> None:
        row = self.row
        self._kept = int(self._texts.ids[row]) if row >= 0 else None

    def _bring_back(self) -> None:
        row = self._texts.row_of(self._kept) if self._kept is not None else None
        self.go_to(row or 0)
        self.current.emit(self.row)

    def _start(self) -> None:
        if self.row < 0:
            self.go_to(0)


def status_colour(status: str) -> str:
    """The colour of a status, in the theme in use."""
    colours = theme.tokens()
    return {"accepted": colours.good, "edited": colours.accent, "rejected": colours.problem}.get(status, colours.quiet)


def _write(painter: QPainter, space: QRect, words: str) -> None:
    """Words wrapped into ``space``, in the middle of its height; what does not fit ends in an ellipsis."""
    metrics = painter.fontMetrics()
    most = max(1, space.height() // metrics.lineSpacing())
    lines = _lines(words, painter.font(), space.width(), most)
    rest = words[lines[-1][0] :] if lines else ""
    top = space.top() + (space.height() - len(lines) * metrics.lineSpacing()) // 2 + metrics.ascent()
    for number, (start, length) in enumerate(lines):
        shown = words[start : start + length].strip()
        if number == most - 1:
            shown = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, space.width())
        painter.drawText(QPoint(space.left(), top + number * metrics.lineSpacing()), shown)


def _lines(words: str, font: QFont, width: int, most: int) -> list[tuple[int, int]]:
    """(Start, length) of the lines, at most so many, that the words take in this width."""
    layout = QTextLayout(words, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    found: list[tuple[int, int]] = []
    layout.beginLayout()
    while len(found) < most and (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        found.append((line.textStart(), line.textLength()))
    layout.endLayout()
    return found
