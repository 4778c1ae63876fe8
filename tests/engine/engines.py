"""A real engine process for tests, with its events to wait for."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from engine.process import EngineProcess
from engine.protocol import (
    Cancelled,
    Command,
    Crashed,
    Done,
    EngineConfig,
    Event,
    Failed,
    ModelProblem,
    ModelReady,
    Ready,
)

PATIENCE = 60.0  # seconds: for a machine that is busy with other things
NO_MODEL = "local-dir:/nowhere"  # told at once, without importing torch

E = TypeVar("E", bound=Event)


class Engine(EngineProcess):
    """An `EngineProcess` that remembers its events; ``wait`` takes them in order."""

    def __init__(self, folder: Path, *, model: str = NO_MODEL) -> None:
        self.library = folder / "library.pairlens"
        self.events: list[Event] = []
        self._arrived = threading.Condition()
        self._taken = 0  # events that `wait` has passed
        super().__init__(EngineConfig(str(self.library), str(folder / "session"), model), self._note)

    def _note(self, event: Event) -> None:
        with self._arrived:
            self.events.append(event)
            self._arrived.notify_all()

    def wait(self, kind: type[E], accept: Callable[[E], bool] = lambda event: True) -> E:
        """The next event of this kind; those before it are passed over (and stay in ``events``)."""
        event = self.soon(kind, accept, PATIENCE)
        assert event is not None, f"no {kind.__name__} came; the last events were {self.events[-5:]}"
        return event

    def soon(self, kind: type[E], accept: Callable[[E], bool], seconds: float) -> E | None:
        """The same; None once no event has come for ``seconds``."""
        with self._arrived:
            while self._arrived.wait_for(lambda: len(self.events) > self._taken, seconds):
                event = self.events[self._taken]
                self._taken += 1
                if isinstance(event, kind) and accept(event):
                    return event
        return None

    def ask(self, command: Callable[[int], Command]) -> int:
        """Send a command under a new number."""
        job = self.next_job()
        self.send(command(job))
        return job

    def answer(self, job: int) -> Event:
        """The event that ends this job, now or earlier."""
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: self.endings(job), PATIENCE)
            assert arrived, f"job {job} was not answered; the last events were {self.events[-5:]}"
            return self.endings(job)[0]

    def endings(self, job: int) -> list[Event]:
        """Every event so far that ended this job: never more than one."""
        return [e for e in self.events if isinstance(e, Done | Failed | Cancelled | Crashed) and e.job == job]

    def until_ready(self) -> int:
        """Wait for `Ready`; returns the engine's process id."""
        return self.wait(Ready).pid

    def until_settled(self) -> ModelReady | ModelProblem:
        """Wait until a model is loaded or known to be missing."""
        return self.wait(Event, lambda event: isinstance(event, ModelReady | ModelProblem))  # type: ignore[return-value]


def freeze(pid: int) -> None:
    """Stop a child and wait until it stands still."""
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)


def has_ended(pid: int, seconds: float = 20.0) -> bool:
    """Whether the process, a child of ours or not, ends within ``seconds``."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)
