"""Starts that crashed are counted, and after two of them the safe mode is offered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from app.options import parse
from app.preferences import Preferences
from app.starts import TOO_MANY, Starts
from app.widgets.dialogs import SafeModeDialog
from engine.settings import log_dir
from tests.app.test_application import PATIENCE, start

TELL = """
from app.widgets import dialogs
dialogs.SafeModeDialog.exec = lambda self: print("offered") or dialogs.QDialog.DialogCode.Accepted

def act(window):
    print(window.client.config.model, window.client.config.catch_up, flush=True)
    QTimer.singleShot(0, window.close)
"""


def test_only_starts_that_did_not_come_through_count(tmp_path: Path) -> None:
    starts = Starts(tmp_path / "starts")
    assert [starts.begin(), starts.begin(), starts.begin()] == [0, 1, 2]
    starts.came_through()
    starts.came_through()
    assert starts.begin() == 0
    assert Starts(tmp_path / "no" / "folder").begin() == 0


def test_the_safe_mode_restores_no_layout_and_forgets_nothing(tmp_path: Path) -> None:
    usual = Preferences(tmp_path / "window.ini")
    usual.columns = 7
    usual.set_layout("window", QByteArray(b"crashes"))
    usual.save()
    safe = Preferences(tmp_path / "window.ini", safe=True)
    assert (safe.columns, safe.layout("window")) == (0, QByteArray())
    assert Preferences(tmp_path / "window.ini").layout("window") == b"crashes"
    assert parse(["--safe"]).safe


@pytest.mark.parametrize(
    ("words", "result"),
    [("Start in safe mode", QDialog.DialogCode.Accepted), ("Start as usual", QDialog.DialogCode.Rejected)],
)
def test_the_person_chooses(qtbot: QtBot, words: str, result: QDialog.DialogCode) -> None:
    dialog = SafeModeDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    next(button for button in dialog.findChildren(QPushButton) if button.text() == words).click()
    assert dialog.result() == result.value


def test_after_two_crashes_the_safe_mode_is_offered_and_a_start_that_ends_well_settles_it(tmp_path: Path) -> None:
    log_dir().mkdir(parents=True)
    before = Starts(log_dir() / "window-starts.log")
    for _ in range(TOO_MANY):
        before.begin()
    program = start(tmp_path, "--model", "", act=TELL)
    out, err = program.communicate(timeout=PATIENCE)
    assert program.returncode == 0, err
    assert out.splitlines() == ["offered", "starter False"]
    assert before.begin() == 0
