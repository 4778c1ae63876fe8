"""The two questions of the map: each axis is a `Rank` of the library; both answers laid over each other are its points.

Made by `app.pages.map_page`. An axis that stays is not asked again; a new question takes the place of one under way.
While images are still being indexed, both are asked again now and then, so that they find their place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.asking import AGAIN_MS
from app.engine_client import NEW, EngineClient
from app.map_points import Points
from engine.errors import Problem
from engine.protocol import Rank, RankingResult

Question = tuple[str, str]
_NOTHING: Question = ("", "")


@dataclass
class _Asked:
    """One axis: what was asked, and what came back."""

    question: Question = _NOTHING
    job: int | None = None
    answered: Question = _NOTHING  # what `result` and `ranking` answer
    result: RankingResult | None = None
    ranking: NDArray[Any] | None = None

    def stop(self) -> None:
        """What was asked is not answered: back to what was before it."""
        self.job, self.question = None, self.answered


class MapAxes(QObject):
    """Asks, and holds the answers.

    Signals:
        answered(): both axes have an answer; see `points` and `results`.
        failed(Problem): an axis cannot be answered; what was there before stays.
        stopped(): no answer is to come any more, for whatever reason.
    """

    answered = Signal()
    failed = Signal(object)
    stopped = Signal()

    def __init__(self, client: EngineClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._axes = (_Asked(), _Asked())  # across, up
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._ask_again)
        self.points = Points()
        client.model_ready.connect(lambda model: self._ask_again())
        client.library_changed.connect(self._library_changed)

    @property
    def results(self) -> tuple[RankingResult, RankingResult] | None:
        """What across and up were answered with; None while one of them is not."""
        across, up = (axis.result for axis in self._axes)
        return None if across is None or up is None else (across, up)

    @property
    def is_asking(self) -> bool:
        """Whether an answer is still to come."""
        return any(axis.job is not None for axis in self._axes)

    def ask(self, across: Question, up: Question) -> None:
        """Ask for both axes; `answered` or `failed` follows."""
        wanted = (across, up)
        if wanted == tuple(reversed(self.questions)):
            self.swap()
        for axis, question in zip(self._axes, wanted, strict=True):
            if question != axis.question or (axis.result is None and axis.job is None):
                self._ask(axis, question)
        if not self.is_asking:
            self.answered.emit()

    @property
    def questions(self) -> tuple[Question, Question]:
        """What was asked last."""
        across, up = self._axes
        return across.question, up.question

    def swap(self) -> None:
        """Across becomes up, without asking."""
        self._axes = self._axes[1], self._axes[0]
        self.points = self.points.swapped()

    def _ask(self, axis: _Asked, question: Question) -> None:
        if axis.job is not None:
            self._client.cancel(axis.job)
        axis.question = question

        def if_current(take: Callable[[Any], None]) -> Callable[[object], None]:
            def taken(answer: object) -> None:
                if axis.job == job:
                    axis.job = None
                    take(answer)

            return taken

        job = self._client.ask(
            Rank(NEW, *question),
            done=if_current(lambda result: self._take(axis, result)),
            failed=if_current(lambda problem: self._fail(axis, problem)),
            ended=lambda: self._end(axis, job),
        )
        axis.job = job

    def _take(self, axis: _Asked, result: object) -> None:
        if isinstance(result, RankingResult):
            axis.answered, axis.result, axis.ranking = axis.question, result, np.load(result.file)
            across, up = (each.ranking for each in self._axes)
            if not self.is_asking and across is not None and up is not None:
                self.points = Points.of(across, up)
                self.answered.emit()

    def _fail(self, axis: _Asked, problem: Problem) -> None:
        axis.stop()
        for each in self._axes:
            if each.job is not None:
                self._client.cancel(each.job)
                each.stop()
        self.failed.emit(problem)

    def _end(self, axis: _Asked, job: int) -> None:
        """The engine died under it, or it was cancelled in the job strip."""
        if axis.job == job:
            axis.stop()
        if not self.is_asking:
            self.stopped.emit()

    def _library_changed(self, what: frozenset[str]) -> None:
        pending = any(result.pending for result in self.results or ())
        if "vectors" in what and pending and not self._again.isActive():
            self._again.start()

    def _ask_again(self) -> None:
        """The same questions, of a library that has grown or a model that was changed."""
        if self.results is not None and not self.is_asking:
            for axis in self._axes:
                self._ask(axis, axis.question)
