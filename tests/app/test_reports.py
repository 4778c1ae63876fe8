"""A damaged library is put back from its backup while the window goes on answering."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from app.engine_client import EngineClient
from app.pages.page import Surroundings
from app.reports import Reports
from app.widgets.notices import Banner, Notice
from engine.errors import LibraryDamaged
from engine.store import Library, Writer, health
from tests.app import lone


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    made = QMainWindow()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def around(window: QMainWindow, tmp_path: Path) -> Iterator[Surroundings]:
    with lone.surroundings(tmp_path, window) as made:
        Writer(made.library).close()
        yield made


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(EngineClient, "start", lambda self: calls.append("started"))
    return calls


def made(around: Surroundings, window: QMainWindow) -> tuple[Reports, Banner, Notice]:
    banner, notice = Banner(), Notice()
    for part in (banner, notice):
        part.setParent(window)
    reports = Reports(around.client, around.actions, banner, notice, window)
    around.client.down.emit(LibraryDamaged("The library is damaged.").problem())
    return reports, banner, notice


def says(widget: Banner | Notice, words: str) -> bool:
    return any(words in label.text() for label in widget.findChildren(QLabel))


def test_the_newest_backup_is_restored_beside_the_window(
    qtbot: QtBot, window: QMainWindow, around: Surroundings, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    health.backup(around.library)
    around.library.write_bytes(b"\0" * 100 + around.library.read_bytes()[100:])
    may_go_on, restored, real = threading.Event(), threading.Event(), health.restore

    def slow(path: Path) -> health.Restored:
        may_go_on.wait(5)
        done = real(path)
        restored.set()
        return done

    monkeypatch.setattr(health, "restore", slow)
    reports, _, notice = made(around, window)
    around.actions["restore_backup"].trigger()
    assert not restored.is_set(), "the window would have waited"
    assert says(notice, "Restoring")
    assert not around.actions["restore_backup"].isEnabled()
    assert not around.actions["restart_engine"].isEnabled()
    may_go_on.set()
    qtbot.waitUntil(lambda: bool(started))
    assert says(notice, "The library was restored from")
    Library(around.library).close()
    reports.close()


def test_without_a_backup_the_reason_is_told_and_another_try_is_possible(
    qtbot: QtBot, window: QMainWindow, around: Surroundings, started: list[str]
) -> None:
    reports, banner, _ = made(around, window)
    around.actions["restore_backup"].trigger()
    qtbot.waitUntil(lambda: says(banner, "There is no sound backup"))
    assert around.actions["restore_backup"].isEnabled()
    assert not started
    reports.close()
