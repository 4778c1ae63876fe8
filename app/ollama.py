"""The window's knowledge of the user's Ollama: which servers, in what state, with which models.

Made by `app.pages.making`; the settings page and the panels that start writing read it. Looking and getting a model are
jobs of the engine, which the strip shows; nothing here opens a connection.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from app.engine_client import NEW, EngineClient
from engine.errors import LibraryError, Problem
from engine.store import Library
from engine.text_messages import (
    DEFAULT_HOST,
    HOSTS_SETTING,
    REMOTE_SETTING,
    HostState,
    HostStates,
    LookAtHosts,
    PullModel,
    SetHosts,
)

STARTING_MS = 2000  # a server that was started is looked at again after this
HERE = ("127.0.0.1", "localhost", "::1")


class Ollama(QObject):
    """``states``: as last seen; None = not looked at yet.

    Signals:
        changed(): the states were seen anew, or they are being looked at.
    """

    changed = Signal()

    def __init__(self, client: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self.states: HostStates | None = None
        self._client = client
        self._looking: int | None = None

    @property
    def is_looking(self) -> bool:
        """Whether the servers are being looked at."""
        return self._looking is not None

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were seen."""
        return self.states.models if self.states is not None else ()

    def settings(self) -> tuple[list[str], bool]:
        """The servers' addresses, and whether other machines and cloud models are allowed."""
        with suppress(LibraryError), Library(Path(self._client.config.library)) as library:
            hosts = library.setting(HOSTS_SETTING).split() or [DEFAULT_HOST]
            return hosts, library.setting(REMOTE_SETTING) == "1"
        return [DEFAULT_HOST], False

    def look(self) -> None:
        """See what state the servers are in, unless that is being done already."""
        if self._looking is None:
            self._looking = self._client.ask(LookAtHosts(NEW), done=self._take, failed=self._fail, ended=self._end)
            self.changed.emit()

    def set_hosts(self, hosts: list[str], *, remote: bool) -> None:
        """Ask other servers from now on; an address that may not be asked is told as a problem."""
        self._client.ask(SetHosts(NEW, tuple(hosts), remote), done=lambda _: self.look())

    def pull(self, model: str) -> None:
        """Have the servers get a model; the strip shows how far that is, and cancels it."""
        self._client.ask(PullModel(NEW, model), ended=self.look)

    def start(self) -> bool:
        """Start the server of this machine; False where that cannot be done."""
        address = next((host for host in self.settings()[0] if urlsplit(host).hostname in HERE), DEFAULT_HOST)
        program = shutil.which("ollama")
        if program is None:
            return False
        process = QProcess()
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("OLLAMA_HOST", urlsplit(address).netloc)
        process.setProcessEnvironment(environment)
        process.setProgram(program)
        process.setArguments(["serve"])
        process.setStandardOutputFile(os.devnull)
        process.setStandardErrorFile(os.devnull)
        started = process.startDetached()[0]
        if started:
            QTimer.singleShot(STARTING_MS, self, self.look)
        return started

    def _take(self, result: object) -> None:
        if isinstance(result, HostStates):
            self.states = result

    def _fail(self, problem: Problem) -> None:
        self.states = HostStates((), problem)

    def _end(self) -> None:
        self._looking = None
        self.changed.emit()


def state_in_words(states: HostStates | None) -> str:
    """What a person has to know before choosing a model of Ollama, in a sentence or two; "" = all is well."""
    if states is None:
        return ""
    if states.problem is not None:
        return states.problem.sentence
    if any(host.models for host in states.hosts):
        return ""
    return states.hosts[0].sentence if states.hosts else ""


def remedy_of(host: HostState) -> str:
    """What to do about a server's state, in the words of the window."""
    return {
        "not installed": "Get it from ollama.com, then look again.",
        "not running": "Start it, then look again.",
        "model missing": "Get a model below.",
        "not Ollama": "Look at what uses this port, or give Ollama's own address.",
    }.get(host.state, "")
