"""The commands for other programs: lists of arguments, every byte of a name kept; and that they are run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.reveal import open_commands, open_externally, reveal_commands, show_in_file_manager

NASTY = b'/photos/a "b", $(c); \xff.jpg'


def test_linux_marks_the_file_and_falls_back_to_its_folder() -> None:
    first, second = reveal_commands(NASTY, "linux")
    assert first[0] == "dbus-send"
    assert b"array:string:file:///photos/a%20%22b%22%2C%20%24%28c%29%3B%20%FF.jpg" in first
    assert second == ["xdg-open", b"/photos"]
    assert open_commands(NASTY, "linux") == [["xdg-open", NASTY]]


def test_other_systems() -> None:
    assert reveal_commands(b"/a/b.jpg", "darwin") == [["open", "-R", b"/a/b.jpg"]]
    assert reveal_commands(b"C:\\a\\b.jpg", "win32") == [["explorer.exe", "/select,C:\\a\\b.jpg"]]
    assert open_commands(b"/a/b.jpg", "darwin") == [["open", b"/a/b.jpg"]]


@pytest.fixture
def launchers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Launchers that write down what they were given; the message bus has no file manager."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, script in (
        ("dbus-send", "exit 1"),
        ("xdg-open", f'printf %s "$1" > "{tmp_path}/part" && mv "{tmp_path}/part" "{tmp_path}/opened"'),
    ):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path / "opened"


def test_the_folder_opens_where_no_file_manager_answers(qtbot: QtBot, launchers: Path) -> None:
    show_in_file_manager(NASTY)
    qtbot.waitUntil(launchers.exists, timeout=10_000)
    assert launchers.read_bytes() == b"/photos"


def test_a_file_opens_with_every_byte_of_its_name(qtbot: QtBot, launchers: Path) -> None:
    open_externally(NASTY)
    qtbot.waitUntil(launchers.exists, timeout=10_000)
    assert launchers.read_bytes() == NASTY
