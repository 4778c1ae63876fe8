"""What the map page shows before anything was asked: what it is for, and axes to begin with, each one button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.widgets.parts import Label, button, column, row

TITLE = "Lay your pictures out on two axes."
LINE = "Type one comparison for across and one for up, or begin with:"
SUGGESTIONS = (("brighter", "more colourful"), ("larger", "more cheerful"))


class MapInvitation(QWidget):
    """Lines in the middle of the page, and a button for each of `SUGGESTIONS`.

    Signals:
        chosen(str, str): draw these prompts across and up.
    """

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        title, line = Label(TITLE, "title"), Label(LINE, "lead", wrap=True)
        for label in (title, line):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = [self._button(*axes, kind) for axes, kind in zip(SUGGESTIONS, ("primary", ""), strict=True)]
        box = column(1, title, line, spacing=8)
        box.addSpacing(16)
        box.addLayout(row(1, *buttons, 1))
        box.addStretch(1)
        box.setContentsMargins(32, 32, 32, 32)
        self.setLayout(box)

    def _button(self, across: str, up: str, kind: str) -> QWidget:
        made = button(f"{across}  ×  {up}", lambda: self.chosen.emit(across, up), kind=kind)
        made.setAccessibleName(f"Across: {across}, up: {up}")
        made.setMinimumWidth(144)
        return made
