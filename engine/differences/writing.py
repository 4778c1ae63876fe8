"""The job that writes differences: asks an author about pairs, tests what it says, keeps what passes.

Started by `pairlens differences write` and by the engine; ends when the pairs are done, on cancel, or when the author
cannot go on (its server is gone). What a model answered is committed within a moment, what is computed a batch at a
time, each answer together with the fact that the pair was asked: after a kill the same run goes on and asks no pair
twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import aclosing
from itertools import islice

from engine.differences.authors import Author, Draft
from engine.differences.filters import fault
from engine.jobs import JobContext, in_flight, run_async
from engine.ollama_errors import AnswerUnfit, LanguageModelError
from engine.store import Library, Writer, texts
from engine.store.rows import Answered
from engine.writing_prompts import OLLAMA
from engine.writing_report import WritingReport, keep_failure

BATCH = 1000  # pairs looked up at a time, and answers of an author that computes committed at a time
TOGETHER_SECONDS = 0.05  # answers that come within it are committed at a time, when the next have been asked
Pair = tuple[int, int]


def write_differences(
    writer: Writer,
    library: Library,
    author: Author,
    pairs: Iterable[Pair],
    total: int,
    context: JobContext,
    *,
    more: bool = False,
) -> WritingReport:
    """Ask ``author`` about the first ``total`` of ``pairs``, leaving out those it was asked about before.

    With ``more``, those do not count: ``total`` others are asked about, as far as there are so many.
    Raises JobCancelled; everything finished by then is kept, as it is on a kill.
    """
    run = _Run(writer, library, author, context, total, more=more)
    began = time.monotonic()
    try:
        run_async(context, run.ask_all(iter(pairs)))
    except LanguageModelError as error:
        run.report.stopped = error.problem()
    finally:
        run.finish()
    run.report.end(time.monotonic() - began)
    if author.name.startswith(OLLAMA):
        keep_failure(writer, run.report)
    return run.report


class _Run:
    """One run: what it asked, what it got, what it still has to write down."""

    def __init__(
        self, writer: Writer, library: Library, author: Author, context: JobContext, total: int, *, more: bool
    ) -> None:
        self.report = WritingReport()
        self._writer = writer
        self._library = library
        self._author = author
        self._context = context
        self._total = total
        self._more = more
        self._answers: list[Answered] = []  # not yet submitted
        self._submitted: Future[None] | None = None  # the last that were; they are committed in this order
        self._committing: asyncio.Task[None] | None = None

    async def ask_all(self, pairs: Iterator[Pair]) -> None:
        """Ask about every pair that was not asked before, a few at a time."""
        wanted = islice(self._new(pairs), self._total) if self._more else self._new(islice(pairs, self._total))
        async with self._author.session():
            await (self._ask_one_by_one(wanted) if self._author.parallel == 1 else self._ask_several(wanted))

    async def _ask_one_by_one(self, wanted: Iterator[Pair]) -> None:
        """Each batch is committed while the next is made."""
        for pair in wanted:
            self._take(pair, await self._author.write(*pair))
            if len(self._answers) >= BATCH:
                await self._until_committed()
                self._submit()
                self._tell()
                self._context.breathe()

    async def _ask_several(self, wanted: Iterator[Pair]) -> None:
        """Answers are committed beside the asking; a pair is asked as soon as there is room for it."""
        author, held = self._author, self._context.paused.is_set
        # A title of its own: what the server takes to load the model says nothing about the time left.
        self._context.progress(f"Waiting for {author.name.removeprefix(OLLAMA)}", 0, self._total, "pairs")
        async with aclosing(in_flight(author.parallel, self._ask, wanted, held)) as answers:
            async for pair, answer in answers:
                self._settle(pair, answer)
                if self._committing is None or self._committing.done():
                    if self._committing:
                        self._committing.result()  # raises what came in its way
                    self._committing = asyncio.create_task(self._commit_all())
        if self._committing:
            await self._committing

    async def _ask(self, pair: Pair) -> Draft:
        return await self._author.write(*pair)

    def _settle(self, pair: Pair, answer: asyncio.Future[Draft]) -> None:
        """Note an answer, or why there is none; raises when going on makes no sense."""
        try:
            self._take(pair, answer.result())
        except AnswerUnfit as error:
            self._take(pair, Draft(rejected={error.name: 1}))
        except LanguageModelError as error:
            self.report.bear(error)
        else:
            self.report.answered()

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
        self.report.asked += 1
        self.report.written += len(kept)
        if rejected:
            self.report.rejected.update(rejected)

    async def _commit_all(self) -> None:
        while self._answers:
            await asyncio.sleep(TOGETHER_SECONDS)
            self._submit()
            await self._until_committed()
            self._tell()

    async def _until_committed(self) -> None:
        """Wait for what was submitted last; a cancel does not stop it."""
        if self._submitted:
            await asyncio.shield(asyncio.wrap_future(self._submitted))

    def finish(self) -> None:
        """Commit what is left, and say how far the run came."""
        self._submit()
        if self._submitted:
            self._submitted.result()
        self._tell()

    def _tell(self) -> None:
        done = self.report.done - (self.report.known if self._more else 0)
        self._context.progress("Writing differences", done, self._total, "pairs")

    def _submit(self) -> None:
        if self._answers:
            name, version, answers = self._author.name, self._author.version, self._answers
            self._answers = []
            self._context.changed("differences")
            self._submitted = self._writer.submit(lambda db: texts.record_answers(db, name, version, answers))


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
