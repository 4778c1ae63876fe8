"""The answers as a row of buttons, each with its key; while a picture is flagged, the choice which of the two."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QPushButton, QStackedWidget, QWidget

from app import theme
from app.actions import Actions
from app.icons import dot
from app.widgets.parts import Label, button, plain_tooltip, row

ANSWERS = ("answer_first", "answer_equal", "answer_second", "answer_unsure", "answer_skip", "flag_image", "take_back")
SHORT = {
    "answer_first": "First",
    "answer_equal": "About equal",
    "answer_second": "Second",
    "answer_unsure": "Can't tell",
    "answer_skip": "Skip",
    "flag_image": "Flag",
    "take_back": "Undo",
}
SIDES = {"answer_first": 0, "answer_second": 1}
DOT = 10


class JudgeKeys(QStackedWidget):
    """Buttons for the actions of judging; ``flagging`` is the second row."""

    def __init__(self, actions: Actions, leave: QAction) -> None:
        super().__init__()
        self._buttons = {name: self._button(actions[name], SHORT[name], SIDES.get(name)) for name in ANSWERS}
        self._which = [
            self._button(actions["answer_first"], "Hide the first", 0),
            self._button(actions["answer_second"], "Hide the second", 1),
            self._button(leave, "Neither", None),
        ]
        self.addWidget(_line(list(self._buttons.values())))
        self.addWidget(_line(self._which, "Which picture is not to be asked about and not ranked?"))
        self.setFixedHeight(48)

    @property
    def flagging(self) -> bool:
        """Whether the choice of a picture to hide is shown."""
        return self.currentIndex() == 1

    def set_flagging(self, on: bool) -> None:
        """Show the choice of a picture to hide, or the answers."""
        self.setCurrentIndex(int(on))

    def show_theme(self) -> None:
        """The marks of the sides are painted for one scale of the screen."""
        for made in (*self._buttons.values(), *self._which):
            side = made.property("side")
            if side is not None:
                made.setIcon(side_icon(side, self.devicePixelRatioF()))

    def _button(self, action: QAction, words: str, side: int | None) -> QPushButton:
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        made = button(f"{'' if side is None else ' '}{words}   {key}", action.trigger)
        made.setIconSize(QSize(DOT, DOT))
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys where they are
        made.setAccessibleName(action.text())
        keys = ", ".join(each.toString(QKeySequence.SequenceFormat.NativeText) for each in action.shortcuts())
        made.setToolTip(plain_tooltip(f"{action.text()}  {keys}"))
        made.setProperty("side", side)
        if side is not None:
            made.setIcon(side_icon(side, self.devicePixelRatioF()))
        action.enabledChanged.connect(made.setEnabled)
        made.setEnabled(action.isEnabled())
        return made


def side_icon(side: int, ratio: float) -> QIcon:
    """The colour of the first or the second picture."""
    colours = theme.tokens()
    return dot((colours.first, colours.second)[side], DOT, ratio)


def _line(buttons: Sequence[QWidget], words: str = "") -> QWidget:
    line = QWidget()
    parts = [Label(words), *buttons] if words else list(buttons)
    line.setLayout(row(1, *parts, 1, margins=(16, 8, 16, 8)))
    return line
