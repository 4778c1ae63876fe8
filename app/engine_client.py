"""The window's end of the engine: one door for commands, Qt signals for what comes back.

Made by `app.application`, started after the first paint, closed with the window. `engine.process.EngineProcess` calls
back on its reader thread; the private signal carries each event over to the GUI thread, where everything here runs.
A command's answer goes to the callbacks given with it; what belongs to no command goes out as signals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.errors import Problem
from engine.process import EngineProcess
from engine.protocol import (
    Cancelled,
    Command,
    Crashed,
    Done,
    EngineConfig,
    EngineProblem,
    Event,
    Failed,
    JobCommand,
    JobEvent,
    LibraryChanged,
    ModelProblem,
    ModelReady,
    Progress,
    Ready,
)

NEW = 0
"""The job number to write in a command given to `EngineClient.ask`, which puts the real one."""

CANCEL_PATIENCE_MS = 5000


@dataclass
class _Waiting:
    """Who waits for a job's end."""

    done: Callable[[object], None] | None
    failed: Callable[[Problem], None] | None
    ended: Callable[[], object] | None
    told: bool = True


class EngineClient(QObject):
    """Sends commands to the engine process and says what it answers.

    Signals:
        ready(): the engine takes commands (again).
        model_ready(ModelReady), model_problem(Problem): prompts can be answered, or why they cannot.
        told(Event): what belongs to no job and is none of these, such as what training runs say.
        library_changed(frozenset): rows changed; see `engine.protocol.LibraryChanged`.
        progressed(Progress): how far a job is that is told of.
        ended(int): the job with this number is over, in whatever way.
        cancel_overdue(int): a cancelled job has not ended after five seconds.
        problem(Problem): a job failed and nobody else took its problem.
        lost(Problem): the engine died and is being started again.
        down(Problem): the engine cannot work with this library, or died too often; `start` tries again.
    """

    ready = Signal()
    model_ready = Signal(object)
    model_problem = Signal(object)
    told = Signal(object)
    library_changed = Signal(object)
    progressed = Signal(object)
    ended = Signal(int)
    cancel_overdue = Signal(int)
    problem = Signal(object)
    lost = Signal(object)
    down = Signal(object)
    _arrived = Signal(object)

    def __init__(self, config: EngineConfig, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.config = config
        self._process = EngineProcess(config, self._arrived.emit)
        self._waiting: dict[int, _Waiting] = {}
        # Queued also from the GUI thread: a command refused at once is answered after `ask` has returned.
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Start the engine process; `ready` follows within a moment, `model_ready` after torch was imported."""
        self._process.start()

    @property
    def pid(self) -> int | None:
        """The process id of the running engine."""
        return self._process.pid

    def close(self, timeout: float = 3.0) -> None:
        """End the engine: nicely, and after ``timeout`` seconds without asking."""
        self._process.close(timeout)

    def ask(
        self,
        command: Command,
        *,
        done: Callable[[object], None] | None = None,
        failed: Callable[[Problem], None] | None = None,
        ended: Callable[[], object] | None = None,
    ) -> int:
        """Send ``command`` under a new job number, which is returned.

        ``done`` gets the result, ``failed`` the problem (without it, `problem` is emitted), ``ended`` is called last
        however the job ended, also when it was cancelled or the engine died.
        """
        job = self._process.next_job()
        self._waiting[job] = _Waiting(done, failed, ended, not isinstance(command, JobCommand) or command.is_told)
        self._process.send(replace(command, job=job))
        return job

    def cancel(self, job: int) -> None:
        """Cancel a job; `cancel_overdue` follows if that takes more than five seconds."""
        self._process.cancel(job)
        QTimer.singleShot(CANCEL_PATIENCE_MS, self, lambda: self._check_overdue(job))

    def pause(self, job: int, paused: bool) -> None:
        """Hold a job, or let it go on; its progress says when it is held."""
        self._process.pause(job, paused)

    def stop_now(self) -> None:
        """Kill the engine and start it again: safe, because nothing it writes is ever half there."""
        self._process.stop_now()

    def _check_overdue(self, job: int) -> None:
        if job in self._waiting:
            self.cancel_overdue.emit(job)

    def _take(self, event: Event) -> None:
        match event:
            case Progress():
                waiting = self._waiting.get(event.job)
                if waiting is None or waiting.told:
                    self.progressed.emit(event)
            case JobEvent():
                self._end(event)
            case Ready():
                self.ready.emit()
            case ModelReady():
                self.model_ready.emit(event)
            case ModelProblem():
                self.model_problem.emit(event.problem)
            case EngineProblem():
                (self.lost if event.restarting else self.down).emit(event.problem)
            case LibraryChanged():
                self.library_changed.emit(event.what)
            case _:
                self.told.emit(event)

    def _end(self, event: JobEvent) -> None:
        waiting = self._waiting.pop(event.job, _Waiting(None, None, None))
        match event:
            case Done():
                if waiting.done:
                    waiting.done(event.result)
            case Failed():
                (waiting.failed or self.problem.emit)(event.problem)
            case Cancelled() | Crashed():
                pass  # `lost` tells about a crash, once for all its jobs
        self.ended.emit(event.job)
        if waiting.ended:
            waiting.ended()
