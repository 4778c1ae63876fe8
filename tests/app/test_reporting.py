"""What a crash of the window leaves, and what the next window says about it; in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.settings import log_dir
from tests.app.conftest import NO_MODEL, OpenWindow

START = "from app.reporting import start_logging; print(start_logging())"


def start(code: str = START) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_native_crash_is_told_once_by_the_next_start() -> None:
    assert start().stdout.strip() == "None"
    assert start(f"{START}; import faulthandler; faulthandler._sigsegv()").returncode != 0
    told = start().stdout.strip()
    assert Path(told).parent == log_dir()
    assert "Segmentation fault" in Path(told).read_text()
    assert start().stdout.strip() == "None"
    assert "Segmentation fault" in Path(told).read_text()  # kept for a report


def test_the_window_tells_where_it_happened(qtbot: QtBot, open_main: OpenWindow, tmp_path: Path) -> None:
    window = open_main(model=NO_MODEL)
    window.reports.tell_of_crash(tmp_path / "stack.log")
    assert window.notice.isVisible()
    assert any("stack.log" in label.text() for label in window.notice.findChildren(QLabel))
