"""The models page: which device is chosen, what has to be known to import a file, and what is sent to the engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from app.engine_client import EngineClient
from app.ollama import Ollama
from app.pages.models_page import ModelsPage
from app.widgets.import_model import ImportModelDialog
from engine.protocol import Command, ImportModel, ModelReady, UseModel
from tests.app.lone import surroundings

READY = ModelReady("starter", "CUDA: Card", "key", 32, (("cuda:0", "CUDA: Card"), ("cpu", "CPU")), "cuda:0")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Command]:
    """What the page asks of an engine that is not started."""
    commands: list[Command] = []
    monkeypatch.setattr(EngineClient, "ask", lambda self, command, **answers: commands.append(command) or 1)
    return commands


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path, sent: list[Command]) -> Iterator[ModelsPage]:
    window = QMainWindow()
    qtbot.addWidget(window)
    with surroundings(tmp_path, window) as around:
        made = ModelsPage(around, Ollama(around.client, window))
        window.setCentralWidget(made)
        window.show()
        yield made
        window.close()


def test_the_devices_of_this_machine_can_be_chosen(page: ModelsPage, sent: list[Command]) -> None:
    assert not page.device_box.isEnabled()  # nothing is known yet
    page.show_model(READY)
    words = [page.device_box.itemText(row) for row in range(page.device_box.count())]
    assert words == ["Automatic (CUDA: Card)", "CUDA: Card", "CPU"]
    assert page.device_box.currentText() == "CUDA: Card"
    page.device_box.setCurrentIndex(2)
    page.device_box.activated.emit(2)
    assert sent == [UseModel(0, "starter", "cpu")]


def test_a_file_is_imported_under_a_name_and_an_architecture(
    qtbot: QtBot, page: ModelsPage, sent: list[Command], tmp_path: Path
) -> None:
    file = str(tmp_path / "Größe.safetensors")
    page.ask_about(file)
    dialog = page.findChild(ImportModelDialog)
    assert dialog is not None
    assert dialog.name.text() == "Größe"
    dialog.architecture.clear()
    assert not dialog.import_button.isEnabled()
    QTest.keyClicks(dialog.architecture, " ViT-B-16 ")
    dialog.import_button.click()
    assert sent == [ImportModel(0, os.fsencode(file), "ViT-B-16", "Größe")]
