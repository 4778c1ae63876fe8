"""One table of actions: menus, shortcuts dialog and palette agree with it, and no two actions share a key."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QMainWindow
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS, MENUS, Actions
from app.remedies import REMEDIES, remedies_for, remedy_in_words
from app.widgets.dialogs import ShortcutsDialog
from app.widgets.palette import Palette, matches
from engine import errors, ollama_errors
from engine.classify import errors as class_errors
from engine.evaluation import errors as evaluation_errors

# What is wrong with one image or one exported file, and what only the command line does: it has no button to offer.
OF_FILES = ("image", "not-an", "exchange", "file", "cancelled")
OF_THE_COMMAND_LINE = (
    "answer-unfit",  # of one pair: counted, never told
)
MENDED_OUTSIDE = (*OF_FILES, *OF_THE_COMMAND_LINE)


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    made = QMainWindow()
    qtbot.addWidget(made)
    return made


def test_every_action_is_in_its_menu_with_its_shortcut(window: QMainWindow) -> None:
    Actions(window)
    menus = {action.text(): action.menu() for action in window.menuBar().actions()}
    assert list(menus) == list(MENUS)
    for spec in ACTIONS:
        action = next(a for a in menus[spec.menu].actions() if a.objectName() == spec.name)
        assert action.text() == spec.text
        assert [key.toString() for key in action.shortcuts()] == [QKeySequence(key).toString() for key in spec.keys]


def test_no_two_actions_share_a_key_in_one_place() -> None:
    everywhere = [spec for spec in ACTIONS if not spec.local]
    for menu in MENUS:  # the local ones of a menu belong to one page
        keys = Counter(
            QKeySequence(key).toString()
            for spec in (*everywhere, *(spec for spec in ACTIONS if spec.local and spec.menu == menu))
            for key in spec.keys
        )
        assert [key for key, times in keys.items() if times > 1] == [], menu
        assert "" not in keys


def test_the_shortcuts_dialog_names_every_action_with_a_key(qtbot: QtBot, window: QMainWindow) -> None:
    dialog = ShortcutsDialog(Actions(window), window)
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    for spec in ACTIONS:
        for key in spec.keys:
            assert {spec.text, QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)} <= shown


def test_the_palette_finds_and_runs(qtbot: QtBot, window: QMainWindow) -> None:
    actions = Actions(window)
    window.show()
    palette = Palette(actions, window)
    palette.open_over(window)
    field = palette.findChild(QLineEdit)
    found = palette.findChild(QListWidget)
    assert field is not None
    assert found is not None
    assert found.count() == len(ACTIONS) - 1  # itself
    qtbot.keyClicks(field, "turn less")
    assert found.count() == 1
    with qtbot.waitSignal(actions["flip"].triggered):
        qtbot.keyClick(field, Qt.Key.Key_Return)


def test_the_palette_leaves_out_what_cannot_be_done_now(qtbot: QtBot, window: QMainWindow) -> None:
    actions = Actions(window)
    actions["undo"].setEnabled(False)
    palette = Palette(actions, window)
    qtbot.addWidget(palette)
    field = palette.findChild(QLineEdit)
    found = palette.findChild(QListWidget)
    assert field is not None
    assert found is not None
    field.setText("undo")
    assert found.count() == 0
    assert any("No action" in label.text() and not label.isHidden() for label in palette.findChildren(QLabel))
    qtbot.keyClick(field, Qt.Key.Key_Return)  # nothing to run
    qtbot.keyClick(field, Qt.Key.Key_Down)


@pytest.mark.parametrize(
    ("letters", "text", "found"),
    [("", "Undo", True), ("FOLD add", "File Add folder…", True), ("addx", "File Add folder…", False)],
)
def test_matching(letters: str, text: str, found: bool) -> None:
    assert matches(letters, text) is found


def errors_of_both_faces() -> list[type[errors.PairLensError]]:
    """The trees of `engine.errors`, Ollama, classes, evaluation; rooms of the command line alone have their own."""
    classes = [errors.PairLensError]
    for cls in classes:
        classes.extend(cls.__subclasses__())
    rooms = {room.__name__ for room in (errors, ollama_errors, class_errors, evaluation_errors)}
    return [cls for cls in classes if cls.__module__ in rooms]


def test_every_remedy_is_an_action_and_every_kind_of_error_has_one() -> None:
    names = {spec.name for spec in ACTIONS}
    assert {name for remedies in REMEDIES.values() for name in remedies} <= names
    without = {cls.code for cls in errors_of_both_faces() if not remedies_for(cls.code)}
    assert all(code.startswith(MENDED_OUTSIDE) for code in without), without


def test_the_window_never_tells_a_person_to_type_a_command() -> None:
    for family in errors_of_both_faces():
        if not family.code.startswith(OF_THE_COMMAND_LINE):
            words = remedy_in_words(family("Something went wrong.").problem())
            assert "--" not in words, family
            assert "`pairlens" not in words, family
