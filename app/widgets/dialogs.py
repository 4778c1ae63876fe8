"""The two dialogs of the Help menu, the one for what nobody foresaw, and the one after crashes. Only the last one is
waited for: there is no window yet. `arrange_form` is how dialogs elsewhere look that ask for something.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)

from app.actions import MENUS, Actions
from app.remedies import remedy_in_words
from app.widgets.parts import Label, button, column, row
from engine.errors import Problem

_ELSEWHERE = (
    ("Recall an earlier prompt", ("Up", "Down")),
    ("More or fewer columns", ("Ctrl+wheel",)),
    ("Zoom in the viewer", ("+", "-", "0", "1")),
    ("Close the viewer, a popover or the palette", ("Esc",)),
)


def arrange_form(dialog: QDialog, words: QWidget, fields: QLayout, confirm: QPushButton) -> None:
    """Lay out a dialog that asks for something: what it is about, the fields, *Cancel* and ``confirm``, which Enter
    presses.
    """
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    confirm.setDefault(True)
    box = column(words, margins=(16, 16, 16, 16), spacing=16)
    box.addLayout(fields)
    box.addStretch(1)
    box.addLayout(row(1, button("Cancel", dialog.close), confirm))
    dialog.setLayout(box)


class ShortcutsDialog(QDialog):
    """Every action with its keys, in the order of the menus."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        table = QGridLayout()
        table.setHorizontalSpacing(32)
        table.setVerticalSpacing(6)
        for menu in MENUS:
            rows = [(spec.text, spec.keys) for spec, _ in actions.all() if spec.menu == menu and spec.keys]
            self._add_section(table, menu, rows)
        self._add_section(table, "In their place", list(_ELSEWHERE))
        inside = QWidget()
        inside.setProperty("kind", "page")
        inside.setLayout(table)
        table.setContentsMargins(8, 0, 16, 8)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setAccessibleName("Keyboard shortcuts")
        self.setLayout(column(scroll, margins=(16, 16, 8, 16)))
        self.resize(520, 640)

    @staticmethod
    def _add_section(table: QGridLayout, title: str, rows: list[tuple[str, tuple[str, ...]]]) -> None:
        line = table.rowCount()
        heading = Label(title, "heading")
        heading.setContentsMargins(0, 12, 0, 4)
        table.addWidget(heading, line, 0, 1, 2)
        for offset, (text, keys) in enumerate(rows, line + 1):
            table.addWidget(Label(text), offset, 0)
            caps = row(*(Label(_native(key), "key") for key in keys), 1, spacing=6)
            table.addLayout(caps, offset, 1)


class TextDialog(QDialog):
    """A sentence, a text to read or copy, and buttons: diagnostics, and unexpected errors."""

    def __init__(self, title: str, sentence: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        view = QPlainTextEdit(text)
        view.setReadOnly(True)
        view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        view.setAccessibleName(title)
        close = button("Close", self.close, kind="primary")
        close.setDefault(True)
        self.copy_button = button("Copy diagnostics", lambda: self._copy(text))
        self.buttons: QHBoxLayout = row(self.copy_button, 1, close)
        box = column(Label(sentence, wrap=True), view, margins=(16, 16, 16, 16), spacing=12)
        box.addLayout(self.buttons)
        self.setLayout(box)
        self.resize(640, 420)

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.copy_button.setText("Copied")


class SafeModeDialog(QDialog):
    """Asked before the window is made, when the last starts crashed; accepted = the safe mode."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("PairLens")
        safe = button("Start in safe mode", self.accept, kind="primary")
        safe.setDefault(True)
        buttons = row(1, button("Start as usual", self.reject), safe)
        box = column(
            Label("PairLens crashed at its last starts.", "heading"),
            Label(
                "In safe mode the window stands as at its first start, the starter model is loaded, and the folders"
                " are not looked through. Your library is not changed.",
                wrap=True,
            ),
            margins=(24, 24, 24, 16),
            spacing=12,
        )
        box.addSpacing(8)
        box.addLayout(buttons)
        self.setLayout(box)
        self.setFixedWidth(480)


def unexpected_dialog(problem: Problem, parent: QWidget) -> TextDialog:
    """The dialog for an exception that nobody handled."""
    sentence = f"{problem.sentence} Your library is safe and PairLens goes on. {remedy_in_words(problem)}"
    return TextDialog("Something went wrong", sentence, problem.details or str(problem), parent)


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) if "wheel" not in key else key
