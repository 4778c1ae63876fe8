"""The job that writes differences: asks an author about pairs, tests what it says, keeps what passes.

Started by `pairlens differences write` and by the engine; ends when the pairs are done, on cancel, or when the author
cannot go on (its server is gone). Each answer is committed as soon as it is there, together with the fact
that the pair was asked: after a kill the same run goes on and asks no pair twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from engine.differences.authors import Author, Draft
from engine.differences.filters import fault
from engine.errors import AnswerUnfit, JobCancelled, LanguageModelError, OllamaFailed, OllamaTooSlow, Problem
from engine.jobs import JobContext
from engine.store import Library, Writer, texts
from engine.store.rows import Answered

T = TypeVar("T")

BATCH = 256  # pairs looked up at a time, and answers of an author that computes committed at a time
PATIENCE = 5  # answers in a row that may fail for the server's reasons before the run ends
POLL = 0.1  # seconds between two looks at whether the job was cancelled

Pair = tuple[int, int]


@dataclass
class WritingReport:
    """What a run did. ``pairs``: asked now; ``known``: asked in an earlier run; ``written``: sentences kept.

    ``rejected`` counts sentences by the test they failed, ``failed`` pairs that stay unasked because the server
    failed; ``stopped`` is why the run ended before its pairs did.
    """

    pairs: int = 0
    known: int = 0
    written: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    stopped: Problem | None = None


def write_differences(
    writer: Writer, library: Library, author: Author, pairs: Iterable[Pair], total: int, context: JobContext
) -> WritingReport:
    """Ask ``author`` about the first ``total`` of ``pairs``, leaving out those it was asked about before.

    Raises JobCancelled; everything finished by then is kept, as it is on a kill.
    """
    run = _Run(writer, library, author, context, total)
    began = time.monotonic()
    try:
        waiting(context, run.ask_all(islice(pairs, total)))
    except LanguageModelError as error:
        run.report.stopped = error.problem()
    finally:
        run.flush()
    run.report.seconds = time.monotonic() - began
    return run.report


def waiting(context: JobContext, work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end; meanwhile questions are answered, and a cancelled job ends at once (JobCancelled)."""

    async def watched() -> T:
        task = asyncio.ensure_future(work)
        while not (await asyncio.wait([task], timeout=POLL))[0]:
            try:
                context.breathe()
            except JobCancelled:
                task.cancel()
                await asyncio.wait([task])
                raise
        return task.result()

    return asyncio.run(watched())


class _Run:
    """One run: what it asked, what it got, what it still has to write down."""

    def __init__(self, writer: Writer, library: Library, author: Author, context: JobContext, total: int) -> None:
        self.report = WritingReport()
        self._writer = writer
        self._library = library
        self._author = author
        self._context = context
        self._total = total
        self._answers: list[Answered] = []
        self._failures = 0  # in a row

    async def ask_all(self, pairs: Iterator[Pair]) -> None:
        """Ask about every pair that was not asked before, a few at a time."""
        if self._author.parallel == 1:
            for pair in self._new(pairs):
                self._take(pair, await self._author.write(*pair))
                if len(self._answers) >= BATCH:
                    self.flush()
                    self._context.breathe()
            return
        waiting: dict[asyncio.Task[Draft], Pair] = {}
        try:
            for pair in self._new(pairs):
                waiting[asyncio.ensure_future(self._author.write(*pair))] = pair
                if len(waiting) >= self._author.parallel:
                    await self._collect(waiting)
            while waiting:
                await self._collect(waiting)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _collect(self, waiting: dict[asyncio.Task[Draft], Pair]) -> None:
        """Wait for at least one answer, and write down all that are there."""
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        problem: LanguageModelError | None = None
        for task in done:
            try:
                self._settle(waiting.pop(task), task)
            except LanguageModelError as error:
                problem = error
        self.flush()
        if problem:
            raise problem

    def _settle(self, pair: Pair, task: asyncio.Task[Draft]) -> None:
        """Note an answer, or why there is none; raises when going on makes no sense."""
        try:
            self._take(pair, task.result())
        except AnswerUnfit as error:
            self._take(pair, Draft(rejected={error.name: 1}))
        except (OllamaFailed, OllamaTooSlow) as error:
            self.report.failed[error.code] += 1
            self._failures += 1
            if self._failures >= PATIENCE:
                raise
        else:
            self._failures = 0

    def _new(self, pairs: Iterator[Pair]) -> Iterator[Pair]:
        """Those of the pairs that the author was not asked about."""
        while chunk := list(islice(pairs, BATCH)):
            ordered = [(min(pair), max(pair)) for pair in chunk]
            known = texts.asked_among(self._library, self._author.name, self._author.version, ordered)
            self.report.known += len(known)
            yield from (pair for pair, key in zip(chunk, ordered, strict=True) if key not in known)

    def _take(self, pair: Pair, draft: Draft) -> None:
        kept, rejected = sift(draft)
        self._answers.append(Answered(*pair, kept, rejected))
        self.report.pairs += 1
        self.report.written += len(kept)
        self.report.rejected.update(rejected)

    def flush(self) -> None:
        """Commit what was answered."""
        if self._answers:
            name, version, answers = self._author.name, self._author.version, self._answers
            self._writer.call(lambda db: texts.record_answers(db, name, version, answers))
            self._answers = []
            self._context.changed("differences")
        done = self.report.pairs + self.report.known + self.report.failed.total()
        self._context.progress("Writing differences", done, self._total, "pairs")


def sift(draft: Draft) -> tuple[tuple[tuple[str, str], ...], Mapping[str, int]]:
    """(The sentences of a draft that pass every test, how many were rejected by which)."""
    kept: list[tuple[str, str]] = []
    rejected: dict[str, int] = dict(draft.rejected)
    for text, reverse in draft.texts:
        name = fault(text, draft.first, draft.second)
        if reverse and not name and not draft.built:
            name = fault(reverse, draft.second, draft.first)
        if name:
            rejected[name] = rejected.get(name, 0) + 1
        else:
            kept.append((text, reverse))
    return tuple(kept), rejected
