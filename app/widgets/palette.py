"""Ctrl+K: every action by a few letters of its name, run with Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QWidget

from app.actions import Actions, ActionSpec
from app.widgets.parts import Label, column, row

_ROWS = 10
_ROW_HEIGHT = 32


def matches(letters: str, text: str) -> bool:
    """Whether every word of ``letters`` occurs in ``text``, in any order and case."""
    folded = text.casefold()
    return all(word in folded for word in letters.casefold().split())


class Palette(QDialog):
    """A field and the actions that match it; closes when one was chosen, on Escape, or on a click elsewhere."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("kind", "popover")
        self.setWindowTitle("Find an action")
        self._entries = [(spec, action) for spec, action in actions.all() if spec.name != "palette"]
        self._field = QLineEdit()
        self._field.setAccessibleName("Find an action")
        self._field.setPlaceholderText("Find an action…")
        self._list = QListWidget()
        self._list.setAccessibleName("Actions")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._nothing = Label("No action has these letters in its name.", "quiet")
        self._nothing.setContentsMargins(8, 8, 8, 8)
        self._list.itemClicked.connect(self._run)
        self._field.textChanged.connect(self._filter)
        self._field.installEventFilter(self)
        self.setLayout(column(self._field, self._nothing, self._list, margins=(8, 8, 8, 8)))
        self._filter("")
        self.resize(480, (_ROWS + 1) * _ROW_HEIGHT + 32)

    def open_over(self, window: QWidget) -> None:
        """Show it in the upper middle of ``window``."""
        self.move(window.mapToGlobal(QPoint((window.width() - self.width()) // 2, 72)))
        self.show()
        self._field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down and Enter belong to the list while the field is typed in."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if step is not None and self._list.count():
                self._list.setCurrentRow((self._list.currentRow() + step) % self._list.count())
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _filter(self, letters: str) -> None:
        self._list.clear()
        for spec, action in self._entries:
            if action.isEnabled() and action.isVisible() and matches(letters, f"{spec.menu} {spec.text}"):
                self._add(spec, action)
        self._list.setCurrentRow(0)
        self._nothing.setVisible(not self._list.count())

    def _add(self, spec: ActionSpec, action: QAction) -> None:
        item = QListWidgetItem(self._list)
        item.setData(Qt.ItemDataRole.UserRole, action)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, action.text())
        line = QWidget()
        keys = QKeySequence(spec.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if spec.keys else ""
        line.setLayout(
            row(Label(action.text()), Label(spec.menu, "quiet"), 1, Label(keys, "quiet"), margins=(8, 0, 8, 0))
        )
        item.setSizeHint(QSize(0, _ROW_HEIGHT))
        self._list.setItemWidget(item, line)

    def _run(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            action = item.data(Qt.ItemDataRole.UserRole)
            self.close()
            action.trigger()
