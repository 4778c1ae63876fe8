"""One question at a time, always the newest: for answers that follow a slider or a choice as it is changed.

Asked while another one is under way, a question waits until that has ended, and takes the place of one that waited
already; the one under way is cancelled where it still can be. So every answer that is shown is followed by the answer
to whatever was wanted meanwhile, and a slider that is dragged shows as many as there is time for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.engine_client import EngineClient
from engine.errors import Problem
from engine.protocol import Command


@dataclass(frozen=True)
class _Asked:
    command: Command
    about: object
    done: Callable[[object], None]
    failed: Callable[[Problem], None] | None


class LatestQuestion(QObject):
    """Asks, and hands an answer on while it is still about what was asked last.

    Signals:
        busy_changed(bool): a question is under way, or none is any more.
    """

    busy_changed = Signal(bool)

    def __init__(self, client: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._job: int | None = None
        self._waiting: _Asked | None = None
        self._about: object = None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._job is not None

    def ask(
        self,
        command: Command,
        *,
        about: object = None,
        done: Callable[[object], None],
        failed: Callable[[Problem], None] | None = None,
    ) -> None:
        """Ask ``command``. An answer that comes is handed to ``done`` if ``about`` is still what the newest question
        is about, also when that asks for another amount of it. Without ``failed`` the window tells the problem.
        """
        self._about = about
        asked = _Asked(command, about, done, failed)
        if self._job is None:
            self._send(asked)
        else:
            if self._waiting is None:
                self._client.cancel(self._job)
            self._waiting = asked

    def cancel(self) -> None:
        """Nothing is wanted any more."""
        self._about, self._waiting = object(), None
        if self._job is not None:
            self._client.cancel(self._job)

    def _send(self, asked: _Asked) -> None:
        def take(answer: object) -> None:
            if asked.about == self._about:
                asked.done(answer)

        def refuse(problem: Problem) -> None:
            if asked.about == self._about and self._waiting is None:
                (asked.failed or self._client.problem.emit)(problem)

        self._job = self._client.ask(asked.command, done=take, failed=refuse, ended=self._end)
        self.busy_changed.emit(True)

    def _end(self) -> None:
        self._job = None
        if self._waiting is not None:
            asked, self._waiting = self._waiting, None
            self._send(asked)
        else:
            self.busy_changed.emit(False)
