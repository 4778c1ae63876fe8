"""Ollama in the settings and in the panels that write: every state with the button that helps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.engine_client import EngineClient
from app.ollama import Ollama
from app.widgets.ollama_panel import OllamaPanel
from app.widgets.write_panel import WriteCaptionsPanel, WriteDifferencesPanel
from engine.errors import Problem
from engine.protocol import Command
from engine.store import Writer, changes
from engine.text_messages import (
    HOSTS_SETTING,
    HostState,
    HostStates,
    LookAtHosts,
    PullModel,
    SetHosts,
    WriteCaptions,
    WriteDifferences,
)
from tests.app.lone import surroundings

URL = "http://127.0.0.1:11434"
AWAY = HostState(URL, "not installed", "Ollama is not installed on this machine.", "Get it from ollama.com.")
STOPPED = HostState(URL, "not running", f"No Ollama answers at {URL}.", "Start it: `ollama serve`.")
EMPTY = HostState(URL, "model missing", f"Ollama runs at {URL} and has no model yet.", "`pairlens differences pull`")
READY = HostState(URL, "idle", "Ollama runs.", models=("llava:7b", "qwen3:4b"))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Command]:
    """What is asked of an engine that is not started."""
    commands: list[Command] = []
    monkeypatch.setattr(EngineClient, "ask", lambda self, command, **answers: commands.append(command) or 1)
    return commands


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    made = QMainWindow()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def ollama(tmp_path: Path, window: QMainWindow, sent: list[Command]) -> Iterator[Ollama]:
    Writer(tmp_path / "a.pairlens").close()
    with surroundings(tmp_path, window) as around:
        yield Ollama(around.client, window)


def see(ollama: Ollama, *hosts: HostState, problem: Problem | None = None) -> None:
    ollama.states = HostStates(hosts, problem)
    ollama.changed.emit()
    QApplication.processEvents()  # a layout shows what is added to it in its own time


def says(widget: QWidget, words: str) -> bool:
    return any(words in label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def buttons(widget: QWidget) -> list[str]:
    return [b.text() for b in widget.findChildren(QPushButton) if b.isVisibleTo(widget)]


def press(widget: QWidget, text: str) -> None:
    next(b for b in widget.findChildren(QPushButton) if b.text() == text and b.isVisibleTo(widget)).click()


def test_each_state_has_its_remedy_as_a_button(
    qtbot: QtBot, ollama: Ollama, sent: list[Command], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = OllamaPanel(ollama)
    qtbot.addWidget(panel)
    panel.show()
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True)
    see(ollama, AWAY)
    assert says(panel, "is not installed")
    press(panel, "Open ollama.com")
    assert opened == ["https://ollama.com/download"]

    monkeypatch.setattr(Ollama, "start", lambda self: opened.append("started") or True)
    see(ollama, STOPPED)
    press(panel, "Start Ollama")
    assert opened[-1] == "started"
    assert not says(panel, "`ollama serve`"), "no commands to type"

    see(ollama, EMPTY)
    press(panel, "Get qwen3:4b")
    assert sent == [PullModel(0, "qwen3:4b")]
    see(ollama, READY, STOPPED)
    assert says(panel, "ready; loads its model with the first question")
    assert "Start Ollama" in buttons(panel)
    press(panel, "Look again")
    assert sent[-1] == LookAtHosts(0)


def test_addresses_and_the_permission_to_ask_others_are_settings(
    qtbot: QtBot, ollama: Ollama, sent: list[Command], tmp_path: Path
) -> None:
    with Writer(tmp_path / "a.pairlens") as writer:
        writer.call(lambda db: changes.put_setting(db, HOSTS_SETTING, "http://127.0.0.1:1 http://127.0.0.1:2"))
    panel = OllamaPanel(ollama)
    qtbot.addWidget(panel)
    panel.refresh()
    assert panel.hosts.text() == "http://127.0.0.1:1 http://127.0.0.1:2"
    assert not panel.remote.isChecked()
    panel.hosts.editingFinished.emit()
    assert sent == [LookAtHosts(0)], "nothing was changed"
    panel.hosts.setText("localhost, 192.168.1.7")
    panel.hosts.editingFinished.emit()
    panel.remote.click()
    assert sent[1:] == [
        SetHosts(0, ("localhost", "192.168.1.7"), False),
        SetHosts(0, ("localhost", "192.168.1.7"), True),
    ]
    panel.model.setText(" llava ")
    panel.get.click()
    assert sent[-1] == PullModel(0, "llava")


def test_differences_can_be_written_without_ollama_and_captions_cannot(qtbot: QtBot, ollama: Ollama) -> None:
    pairs, images = WriteDifferencesPanel(ollama), WriteCaptionsPanel(ollama)
    for panel in (pairs, images):
        qtbot.addWidget(panel)
        panel.show()
    see(ollama, AWAY)
    assert pairs.write.isEnabled()
    assert not images.write.isEnabled()
    for panel in (pairs, images):
        assert says(panel, "is not installed")
        with qtbot.waitSignal(panel.writer.settings_wanted):
            press(panel, "Set up Ollama…")
    with qtbot.waitSignal(pairs.wanted) as wanted:
        pairs.write.click()
    assert wanted.args == [WriteDifferences(0, 500)]


def test_what_is_wanted_is_what_the_panel_says(qtbot: QtBot, ollama: Ollama) -> None:
    pairs, images = WriteDifferencesPanel(ollama), WriteCaptionsPanel(ollama)
    for panel in (pairs, images):
        qtbot.addWidget(panel)
        panel.show()
    see(ollama, READY)
    pairs.choice.setCurrentIndex(pairs.choice.findData("along"))
    assert not pairs.write.isEnabled(), "along what?"
    pairs.along.setText("brighter")
    pairs.writer.box.setCurrentIndex(pairs.writer.box.findData("ollama:qwen3:4b"))
    pairs.look.setChecked(True)
    pairs.instructions.setPlainText("Be short.")
    pairs.seconds.set_value(60)
    with qtbot.waitSignal(pairs.wanted) as wanted:
        pairs.write.click()
    whole = WriteDifferences(0, 500, "ollama:qwen3:4b", "along", "brighter", True, "Be short.", 60.0)
    assert wanted.args == [whole]
    press(pairs, "Back to PairLens's words")
    with qtbot.waitSignal(pairs.wanted) as wanted:
        pairs.write.click()
    assert wanted.args is not None
    assert wanted.args[0].instructions == ""
    see(ollama, READY)
    assert pairs.writer.writer == "ollama:qwen3:4b", "what was chosen stays chosen"

    images.images.set_value(10)
    with qtbot.waitSignal(images.wanted) as described:
        images.write.click()
    assert described.args == [WriteCaptions(0, "ollama:llava:7b", 10)]
