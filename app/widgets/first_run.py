"""What an empty library shows: three lines that say what the program is for, and the button that fills it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.widgets.parts import Label, button, column, row

LINES = ("Drop a folder here.", "Ask which is brighter.", "Or teach it what you mean.")


class EmptyState(QWidget):
    """Lines in the middle of a page, and one button.

    Signals:
        pressed(): the button was pressed.
    """

    pressed = Signal()

    def __init__(self, lines: tuple[str, ...], words: str, *, icon: str = "", hint: str = "") -> None:
        super().__init__()
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._hint = Label(hint, "quiet", wrap=True)
        labels = [Label(lines[0], "title"), *(Label(line, "lead") for line in lines[1:]), self._hint]
        for label in labels:
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        act = button(words, self.pressed.emit, kind="primary", icon="")
        act.setMinimumWidth(144)
        box = column(1, *labels, spacing=8)
        box.addSpacing(16)
        box.addLayout(row(1, act, 1))
        box.addStretch(1)
        box.setContentsMargins(32, 32, 32, 32)
        self.setLayout(box)

    def say(self, hint: str) -> None:
        """Another line below the others."""
        self._hint.setText(hint)


def not_open() -> EmptyState:
    """What is shown in the place of a library that cannot be opened; `EmptyState.say` says why."""
    return EmptyState(("This library cannot be opened.",), "Open another library…")


def first_run() -> EmptyState:
    """The first-run page."""
    return EmptyState(
        LINES, "Add folder…", hint="Pictures stay where they are; nothing is uploaded. Folders are read, never written."
    )
