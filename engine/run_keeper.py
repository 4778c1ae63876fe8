"""The thread of the engine process that keeps the training runs: it starts, follows and changes them.

Begun and ended by `engine.server`. It looks at the runs twice a second, tells the window what changed
(`RunsChanged`, `RunGrew`), and starts the next of the queue when no run is at work. Runs that were begun by an engine
before this one, or on the command line, are found in their folders like all others; a run outlives this process.
Only files are touched, so nothing here waits for the model or for jobs.
"""

from __future__ import annotations

import logging
import queue as queues
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from engine.boundary import attempt
from engine.errors import PairLensError, Problem
from engine.protocol import Done, Event, Failed
from engine.training_messages import (
    LookAtRun,
    PauseRun,
    Presets,
    RemoveRun,
    RenameRun,
    ResumeRun,
    RunCommand,
    RunGrew,
    RunInfo,
    RunsChanged,
    StopRun,
)

if TYPE_CHECKING:
    from engine.training.following import Follower

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5  # seconds
END_PATIENCE = 2.0  # seconds
RUNS_ACROSS = 200  # of a message, the newest


class RunKeeper:
    """Give it commands with `put`, from any thread."""

    def __init__(self, send: Callable[[Event], None], device: Callable[[], str]) -> None:
        self._send = send
        self._device = device  # what runs are started on
        self._commands: queues.SimpleQueue[RunCommand | None] = queues.SimpleQueue()  # None: end
        self._thread = threading.Thread(target=self._keep, name="runs", daemon=True)
        self._told: tuple[RunInfo, ...] | None = None
        self._followers: dict[str, Follower] = {}
        self._children: list[subprocess.Popen[bytes]] = []

    def begin(self) -> None:
        """Start the thread."""
        self._thread.start()

    def end(self) -> None:
        """Carry out the commands that wait, then end the thread. Runs go on."""
        self._commands.put(None)
        self._thread.join(END_PATIENCE)

    def put(self, command: RunCommand) -> None:
        """Answer a command soon."""
        self._commands.put(command)

    # ---- the thread --------------------------------------------------------------------------------------

    def _keep(self) -> None:
        from engine.training import keeping

        with suppress(OSError):
            keeping.sweep()
        while True:
            try:
                self._look()
            except (PairLensError, OSError) as error:
                log.warning("Looking at the runs failed: %s", error)
            with suppress(queues.Empty):
                command = self._commands.get(timeout=LOOK_EVERY)
                if command is None:
                    return
                self._answer(command)

    def _look(self) -> None:
        """Start the next run, and tell what changed."""
        from engine.training import following, keeping

        if (started := keeping.start_next()) is not None:
            self._children.append(started[1])
        self._children = [child for child in self._children if child.poll() is None]  # collects those that ended
        infos = tuple(following.look_at_all()[:RUNS_ACROSS])
        for info in infos:
            self._follow(info)
        if infos != self._told:
            self._told = infos
            self._send(RunsChanged(infos))

    def _follow(self, info: RunInfo) -> None:
        """Tell what a run at work has measured, until everything was told after its end."""
        from engine.training import following, runs

        followed = self._followers.get(info.name)
        if followed is None and info.state == runs.RUNNING:
            followed = self._followers[info.name] = following.Follower(runs.find(info.name))
        if followed is None:
            return
        if lines := followed.new():
            for start in range(0, len(lines), following.LINES_ACROSS):
                self._send(RunGrew(info.name, lines[start : start + following.LINES_ACROSS]))
        if info.state != runs.RUNNING:
            del self._followers[info.name]

    def _answer(self, command: RunCommand) -> None:
        outcome = attempt(f"What was asked of the run {command.run}", lambda: self._carry_out(command))
        failed = isinstance(outcome, Problem)
        self._send(Failed(command.job, outcome) if failed else Done(command.job, outcome))

    def _carry_out(self, command: RunCommand) -> object:
        try:
            return self._perform(command)
        except OSError as error:
            sentence = f"The files of the run {command.run} could not be changed: {error.strerror or error}."
            raise PairLensError(sentence, details=repr(error)) from error

    def _perform(self, command: RunCommand) -> object:
        from engine.training import following, keeping, recipes, runs

        match command:
            case Presets():
                return tuple((name, recipes.write(recipe)) for name, recipe in recipes.PRESETS.items())
            case RemoveRun(removed=False):
                keeping.restore(command.run)
                return None
        run = runs.find(command.run)
        match command:
            case LookAtRun():
                return following.details(run)
            case PauseRun():
                keeping.dequeue(run)
                if run.alive():
                    run.wish(runs.PAUSE)
            case ResumeRun():
                keeping.enqueue(run, self._device())
            case StopRun():
                run.wish(runs.STOP) if run.alive() else keeping.enqueue(run, self._device(), runs.STOP)
            case RenameRun(name=name):
                keeping.rename(run, name.strip())
            case RemoveRun():
                keeping.remove(run)
        return None
