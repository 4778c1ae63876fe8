"""The files that could not be read, one a line with the reason. Opened from the line above the pictures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app import reveal
from app.widgets.parts import Label, button, column, plain_tooltip, row
from engine.store.rows import Failure

_FAILURE = Qt.ItemDataRole.UserRole


class FailuresDialog(QDialog):
    """A table of `Failure`; it stays as it was when it was opened, and blocks nothing."""

    def __init__(self, failures: Sequence[Failure], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Files that could not be read")
        self._failures = failures
        self._table = QTreeWidget()
        self._table.setAccessibleName("Files that could not be read")
        self._table.setHeaderLabels(["File", "Reason"])
        self._table.setRootIsDecorated(False)
        self._table.setUniformRowHeights(True)
        self._table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self._table.header().setAccessibleName("Columns")
        self._table.header().resizeSection(0, 220)
        lines = [_line(failure) for failure in failures]
        self._table.addTopLevelItems(lines)
        if lines:
            self._table.setCurrentItem(lines[0])
        self._table.itemActivated.connect(lambda item: self._reveal())
        close = button("Close", self.close, kind="primary")
        close.setDefault(True)
        buttons = row(button("Show in file manager", self._reveal), button("Copy list", self._copy), 1, close)
        words = "PairLens left these files as they are; the other images are not affected. Replaced or repaired files "
        head = Label(f"{words}are read again by themselves.", wrap=True)
        box = column(head, self._table, margins=(16, 16, 16, 16), spacing=12)
        box.addLayout(buttons)
        self.setLayout(box)
        self.resize(760, 440)

    def _reveal(self) -> None:
        if (item := self._table.currentItem()) is not None:
            reveal.show_in_file_manager(item.data(0, _FAILURE).path)

    def _copy(self) -> None:
        lines = [f"{failure.path.decode('utf-8', 'replace')}\t{failure.sentence}" for failure in self._failures]
        QGuiApplication.clipboard().setText("\n".join(lines))


def _line(failure: Failure) -> QTreeWidgetItem:
    path = failure.path.decode("utf-8", "replace")
    made = QTreeWidgetItem([path.rpartition("/")[2], failure.sentence])
    made.setData(0, _FAILURE, failure)
    for part, text in enumerate((path, failure.sentence)):
        made.setToolTip(part, plain_tooltip(text))
    return made
