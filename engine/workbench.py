"""What the engine process lends to whoever performs a job: library, writer, model, and what is kept between jobs.

A family of commands brings a messages module (`engine.protocol.JobCommand`) and a module with
``perform(command, workbench) -> result``; `engine.work` makes a workbench for each job and calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from engine.ask import Answer, Shelf
from engine.errors import ModelError, Problem
from engine.jobs import JobContext
from engine.protocol import RankingResult
from engine.results import write_ranking
from engine.store import Library, Writer

if TYPE_CHECKING:
    from engine.clip import Clip

T = TypeVar("T")


class NoModel(ModelError):
    """There is no model to answer with; carries the problem that its loading ended in."""

    code = "model-none"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence, details=problem.details)
        self._problem = problem

    def problem(self) -> Problem:
        """Why there is none, with the code and the remedy of that."""
        return self._problem


@dataclass(frozen=True)
class Workbench:
    """The means of one job. Used on the thread that runs it; ``library`` belongs to the main thread, so a job aside
    (`engine.protocol.JobCommand`) opens its own.

    ``clip()`` waits for the first model and raises `NoModel` where none could be loaded; ``use_model(name)`` puts
    another in its place. ``encoder()``: key and name of the image encoder in use, for questions that read no words;
    while there is no model it is one that the library has vectors of, and only where it has none it is waited for as
    in ``clip()``. ``session`` is the folder of result files.
    """

    job: int
    library: Library
    writer: Writer
    shelf: Shelf
    context: JobContext
    session: Path
    clip: Callable[[], Clip]
    encoder: Callable[[], tuple[str, str]]
    use_model: Callable[[str], None]
    _kept: dict[type, Any]

    def kept(self, kind: type[T], make: Callable[[], T]) -> T:
        """The one object of this kind that the engine keeps between jobs; made by the first that asks for it."""
        if kind not in self._kept:
            self._kept.setdefault(kind, make())  # jobs aside may ask at the same time: all get the first one made
        return self._kept[kind]

    def write(self, answer: Answer, **more: np.ndarray) -> str:
        """Write an order into the session folder, with ``more`` fields (F,) float32; returns the file."""
        return write_ranking(self.session, self.job, answer.files, answer.scores, **more)

    def ranking(self, prompt: str, answer: Answer, model: str, **more: np.ndarray) -> RankingResult:
        """An answer of this model in a file, with ``more`` fields as in `write`, and what is said of it."""
        toward = answer.direction
        return RankingResult(
            file=self.write(answer, **more),
            count=len(answer.files),
            prompt=prompt,
            reverse=toward.reverse if toward else "",
            reverse_is_automatic=toward.reverse_is_automatic if toward else False,
            model=model,
            agreement=answer.agreement,
            verdict=answer.verdict,
            explanation=tuple(toward.explanation) if toward else (),
            pending=answer.pending,
        )
