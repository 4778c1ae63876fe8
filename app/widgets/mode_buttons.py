"""Buttons for checkable actions of which one is on: the ways to look at a pair, the tools of the map."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QPushButton

from app.widgets.parts import button


def mode_buttons(owner: QObject, modes: Mapping[str, tuple[QAction, Callable[[], object]]]) -> list[QPushButton]:
    """A button for each mode (words, action, effect), pressed while its action is on; they exclude each other."""
    group = QActionGroup(owner)
    return [_mode_button(group, words, *mode) for words, mode in modes.items()]


def _mode_button(group: QActionGroup, words: str, action: QAction, effect: Callable[[], object]) -> QPushButton:
    group.addAction(action)
    action.triggered.connect(lambda _=False: effect())
    made = button(words, action.trigger)
    made.setCheckable(True)
    made.setChecked(action.isChecked())
    made.setToolTip(f"{action.text()}  {action.shortcut().toString()}")
    action.toggled.connect(made.setChecked)
    made.clicked.connect(lambda _=False: made.setChecked(action.isChecked()))
    return made
