"""A whole window with a real engine process on the tiny CLIP, closed after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.application import open_window
from app.main_window import MainWindow
from app.options import Options
from app.preferences import Preferences
from engine.protocol import EngineConfig
from engine.store import Writer

NO_MODEL = "local-dir:/nowhere"  # told at once, without importing torch

OpenWindow = Callable[..., MainWindow]


@pytest.fixture(autouse=True)
def engines_begin_in_a_moment(forked_engines: None) -> None:
    """Every window's engine is forked."""


@pytest.fixture(autouse=True, scope="session")
def nothing_is_left_to_paste(qapp: QApplication) -> Iterator[None]:
    """The offscreen clipboard is destroyed after the interpreter, and a Python object in it does not survive that."""
    yield
    qapp.clipboard().clear()


@pytest.fixture
def open_main(qtbot: QtBot, qapp: QApplication, tmp_path: Path, tiny_model: str) -> Iterator[OpenWindow]:
    """Opens the program's window as `app.application.run` does; folders to add may be given.

    The library is there already, and empty: into a new one the window puts the sample library.
    """
    opened: list[MainWindow] = []

    def open_(*folders: Path, library: str = "test.pairlens", model: str = tiny_model, new: bool = False) -> MainWindow:
        if not new and not (tmp_path / library).exists():
            Writer(tmp_path / library).close()
        config = EngineConfig(str(tmp_path / library), str(tmp_path), model, "cpu")
        options = Options(tuple(bytes(folder) for folder in folders), tmp_path / library, model, "cpu")
        window = open_window(qapp, options, Preferences(), config)
        opened.append(window)
        qtbot.waitUntil(lambda: window.pages.count() > 0)
        return window

    yield open_
    for window in opened:
        window.close()
        window.deleteLater()
