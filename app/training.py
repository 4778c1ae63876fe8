"""The window's end of the training runs: all of them as the engine last told, and what each has measured.

Made by the train page, fed by the engine client; the engine's `run_keeper` says by itself what runs do, whoever began
them. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from app.engine_client import NEW, EngineClient
from engine.protocol import Event
from engine.training_messages import (
    Line,
    LookAtRun,
    RunDetails,
    RunGrew,
    RunInfo,
    RunsChanged,
    TrainingLine,
    ValidationLine,
)

AT_WORK = frozenset({"running"})
TO_GO_ON = frozenset({"planned", "paused", "interrupted", "failed"})


class RunLines:
    """What a run has measured, by step: a step that comes again (the run was resumed) takes the place of the first."""

    def __init__(self) -> None:
        self._training: dict[int, TrainingLine] = {}
        self._validation: dict[int, ValidationLine] = {}

    def add(self, lines: Iterable[Line]) -> None:
        """Take in more lines."""
        for line in lines:
            if isinstance(line, TrainingLine):
                self._training[line.step] = line
            else:
                self._validation[line.step] = line

    @property
    def training(self) -> list[TrainingLine]:
        """By step."""
        return [self._training[step] for step in sorted(self._training)]

    @property
    def validation(self) -> list[ValidationLine]:
        """By step."""
        return [self._validation[step] for step in sorted(self._validation)]


class Training(QObject):
    """Signals:
    changed(): a run came, went, or stands elsewhere.
    grew(str): the run of this name has measured more.
    details(RunDetails): everything about a run that was asked for with `look_at`.
    """

    changed = Signal()
    grew = Signal(str)
    details = Signal(object)

    def __init__(self, client: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self.runs: tuple[RunInfo, ...] = ()
        self._lines: dict[str, RunLines] = {}
        client.told.connect(self._take)

    def named(self, name: str) -> RunInfo | None:
        """The run of this name."""
        return next((run for run in self.runs if run.name == name), None)

    @property
    def at_work(self) -> RunInfo | None:
        """The run whose process is at work now."""
        return next((run for run in self.runs if run.state in AT_WORK), None)

    def lines(self, name: str) -> RunLines:
        """What is known so far of what a run has measured."""
        return self._lines.setdefault(name, RunLines())

    def look_at(self, name: str) -> None:
        """Ask for everything about a run; `details` and `grew` follow."""
        self._client.ask(LookAtRun(NEW, name), done=self._take_details, failed=lambda problem: None)

    def _take(self, event: Event) -> None:
        match event:
            case RunsChanged(runs=runs):
                self.runs = runs
                self.changed.emit()
            case RunGrew(run=name, lines=lines):
                self.lines(name).add(lines)
                self.grew.emit(name)

    def _take_details(self, result: object) -> None:
        if isinstance(result, RunDetails):
            self.lines(result.info.name).add(result.lines)
            self.details.emit(result)
            self.grew.emit(result.info.name)


def seconds_left(run: RunInfo, lines: RunLines) -> float | None:
    """How long a run at work still takes, by its own speed; None while that cannot be told."""
    measured = lines.training
    if run.state not in AT_WORK or not measured or not measured[-1].pairs_per_second:
        return None
    return max(0, run.steps - run.step) * run.batch / measured[-1].pairs_per_second
