"""The two questions of the map: each axis is a `Rank` of the library; both answers laid over each other are its points.

Made by `app.pages.map_page`. An axis that stays is not asked again; a new question takes the place of one under way.
While images are still being indexed, both are asked again now and then, so that they find their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.asking import AGAIN_MS
from app.engine_client import NEW, EngineClient
from app.library_reading import table_of
from app.map_points import Points
from app.question import Question
from engine.errors import FileUnfit, Problem
from engine.protocol import Rank, RankingResult

Words = tuple[str, str]
"""A prompt and its reverse."""
_NOTHING: Words = ("", "")


@dataclass
class _Axis:
    """One axis: what was asked, and what came back."""

    question: Question
    words: Words = _NOTHING
    answered: Words = _NOTHING  # what `result` and `ranking` answer
    result: RankingResult | None = None
    ranking: NDArray[Any] | None = None

    def stop(self) -> None:
        """What was asked is not answered: back to what was before it."""
        self.question.cancel()
        self.words = self.answered


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
        self._axes = (_Axis(Question(client)), _Axis(Question(client)))  # across, up
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
        return any(axis.question.is_open for axis in self._axes)

    def ask(self, across: Words, up: Words) -> None:
        """Ask for both axes; `answered` or `failed` follows."""
        wanted = (across, up)
        if wanted == tuple(reversed(self.questions)):
            self.swap()
        for axis, words in zip(self._axes, wanted, strict=True):
            if words != axis.words or (axis.result is None and not axis.question.is_open):
                self._ask(axis, words)
        if not self.is_asking:
            self.answered.emit()

    @property
    def questions(self) -> tuple[Words, Words]:
        """What was asked last."""
        across, up = self._axes
        return across.words, up.words

    def swap(self) -> None:
        """Across becomes up, without asking."""
        self._axes = self._axes[1], self._axes[0]
        self.points = self.points.swapped()

    def _ask(self, axis: _Axis, words: Words) -> None:
        axis.words = words
        axis.question.ask(
            Rank(NEW, *words),
            partial(self._take, axis),
            self._fail,
            ended=partial(self._end, axis),
        )

    def _take(self, axis: _Axis, result: object) -> None:
        if not isinstance(result, RankingResult):
            return
        try:
            table = table_of(result)
        except FileUnfit as error:
            self._fail(error.problem())
            return
        axis.answered, axis.result, axis.ranking = axis.words, result, table
        across, up = (each.ranking for each in self._axes)
        if not self.is_asking and across is not None and up is not None:
            self.points = Points.of(across, up)
            self.answered.emit()

    def _fail(self, problem: Problem) -> None:
        for axis in self._axes:
            if axis.words != axis.answered or axis.question.is_open:
                axis.stop()
        self.failed.emit(problem)

    def _end(self, axis: _Axis) -> None:
        """Also where the engine died under it, or it was cancelled in the job strip."""
        if not axis.question.is_open:
            axis.words = axis.answered
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
                self._ask(axis, axis.words)
