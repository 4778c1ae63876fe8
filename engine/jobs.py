"""Jobs: what a job tells and asks while it runs (`JobContext`), and the queue that they wait in (`JobQueue`).

The engine runs one job at a time on its main thread. Two classes of jobs share it: long ones (indexing, downloads) run
in the order they came; questions (ranking, similar) are answered first. A question need not wait for the end of a long
job either: a long job calls `JobContext.breathe` between two batches, and waiting questions are run right there, inside
that call. So a ranking asked for while 100,000 images are indexed is answered within one batch, and without a second
thread computing.

A job can be held (`Pause`): one that computes stops inside `breathe`, where questions are still answered; one that
waits for servers finishes what it has asked and asks nothing new (`in_flight`). Held time counts as no work.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from engine.errors import JobCancelled
from engine.protocol import Command, Progress

if TYPE_CHECKING:
    from asyncio import Future

T = TypeVar("T")
Item = TypeVar("Item")

PROGRESS_INTERVAL = 0.05  # seconds between two messages of one job
CHANGE_INTERVAL = 0.25  # seconds between two LibraryChanged
PACE_WINDOW = 20.0  # seconds of work that the rate is taken over
PACE_MINIMUM = 0.5  # seconds of work before a rate is told


class Taken(NamedTuple):
    """A command to run, and the events that cancel and hold it."""

    command: Command
    cancelled: threading.Event
    paused: threading.Event


class Pace:
    """Items a second over the last `PACE_WINDOW` seconds of work; pauses do not count as work.

    What was already done when the count began (an import that goes on after a restart) is no speed either: the first
    call sets the base.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paused = 0.0
        self._samples: deque[tuple[float, int]] = deque()  # (seconds of work, items done)

    def pause(self, seconds: float) -> None:
        """Take ``seconds`` that have just passed out of the count."""
        self._paused += seconds

    def rate(self, done: int) -> float | None:
        """Note that ``done`` items are finished; returns items a second, or None while that cannot be told."""
        now = self._clock() - self._paused
        self._samples.append((now, done))
        while len(self._samples) > 2 and self._samples[1][0] <= now - PACE_WINDOW:
            self._samples.popleft()
        since, base = self._samples[0]
        if now - since < PACE_MINIMUM or done <= base:
            return None
        return (done - base) / (now - since)


class JobContext:
    """What a job function is given: it reports progress and asks whether to go on.

    ``JobContext()`` alone reports to nobody and is never cancelled; the command line passes ``report`` (called with
    `Progress`) and sets ``cancelled`` on Ctrl-C. A context belongs to the thread that runs the job; only the events
    ``cancelled`` and ``paused`` are shared. ``can_pause``: the job breathes often enough to be held.
    """

    def __init__(
        self,
        job: int = 0,
        *,
        report: Callable[[Progress], None] | None = None,
        cancelled: threading.Event | None = None,
        paused: threading.Event | None = None,
        can_pause: bool = False,
        let_others: Callable[[], None] | None = None,
        on_change: Callable[[frozenset[str]], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.job = job
        self.cancelled = cancelled or threading.Event()
        self.paused = paused or threading.Event()
        self._can_pause = can_pause
        self._held_since: float | None = None
        self._last: Progress | None = None
        self._sent: Progress | None = None
        self._report = report
        self._let_others = let_others
        self._on_change = on_change
        self._clock = clock
        self._pace = Pace(clock)
        self._title: str | None = None
        self._sent_at = -math.inf
        self._changes: set[str] = set()
        self._changes_sent_at = -math.inf

    def progress(self, title: str, done: int, total: int | None, unit: str = "images") -> None:
        """Say how far the job is. The first, the last (``done == total``) and each new title are always sent."""
        now = self._clock()
        new_title = title != self._title
        if new_title:
            self._title, self._pace = title, Pace(self._clock)
        rate = self._pace.rate(done)
        left = (total - done) / rate if rate and total is not None else None
        held = self._held_since is not None
        self._last = Progress(self.job, title, done, total, rate, left, unit, can_pause=self._can_pause, paused=held)
        if new_title or done == total or now - self._sent_at >= PROGRESS_INTERVAL:
            self._send(now)

    def _send(self, now: float) -> None:
        if self._report is not None and self._last is not None and self._last is not self._sent:
            self._sent, self._sent_at = self._last, now
            self._report(self._last)

    def check_cancelled(self) -> None:
        """Raise JobCancelled if the person asked for it. A long job calls this at least once a batch."""
        if self.cancelled.is_set():
            raise JobCancelled("Cancelled; what was finished is kept.")

    def breathe(self) -> None:
        """Between two batches, with nothing half done: `check_cancelled`, then let waiting questions be answered.

        While the job is held, this goes on until it is let go.
        """
        self.glance()
        while self.paused.is_set():
            self.cancelled.wait(PROGRESS_INTERVAL)
            self.glance()

    def glance(self) -> None:
        """What `breathe` does once, for a job that may not be stopped where it stands: `run_async` calls it."""
        self.check_cancelled()
        began = self._clock()
        if self._let_others is not None:
            self._let_others()
        now = self._clock()
        self._pace.pause(now - (began if self._held_since is None else self._held_since))
        paused = self.paused.is_set()
        changed = paused == (self._held_since is None)
        self._held_since = now if paused else None
        if changed:
            self.flush_changes()
            if self._last is not None:
                self._last = replace(self._last, rate=None, seconds_left=None, paused=paused)
        if changed or now - self._sent_at >= PROGRESS_INTERVAL:
            self._send(now)  # also what was held back, where nothing new comes for a while

    def wait(self, event: threading.Event) -> None:
        """Wait for ``event`` as long as the job is not cancelled, answering questions meanwhile."""
        self.flush_changes()  # the window shows what there is so far
        while not event.wait(PROGRESS_INTERVAL):
            self.breathe()

    def changed(self, *what: str) -> None:
        """Say, after a commit, that "folders", "files" or "vectors" changed; told to the window 4 times a second."""
        self._changes.update(what)
        if self._clock() - self._changes_sent_at >= CHANGE_INTERVAL:
            self.flush_changes()

    def flush_changes(self) -> None:
        """Tell the changes that were held back; the engine does so at the end of every job."""
        if self._changes and self._on_change is not None:
            self._on_change(frozenset(self._changes))
        self._changes.clear()
        self._changes_sent_at = self._clock()


def run_async(context: JobContext, work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end; meanwhile questions are answered, and a cancelled job ends at once (JobCancelled).

    A job that waits for others (a server) is written as a coroutine: what it waits for can then be let go of.
    """
    import asyncio

    async def watched() -> T:
        task = asyncio.ensure_future(work)
        while not (await asyncio.wait([task], timeout=2 * PROGRESS_INTERVAL))[0]:
            context.glance()  # what it raises ends this coroutine, and `asyncio.run` then cancels the task
        return task.result()

    return asyncio.run(watched())


async def in_flight(
    parallel: int,
    ask: Callable[[Item], Coroutine[Any, Any, T]],
    items: Iterable[Item],
    held: Callable[[], bool] = lambda: False,
) -> AsyncGenerator[tuple[Item, Future[T]], None]:
    """Ask about every item, ``parallel`` at a time; each comes with its answer as soon as that is there.

    Items are taken only when they can be asked about, so there may be any number; while ``held`` says so, none is
    taken. Close it (``aclosing``) to let go of what is still asked.
    """
    import asyncio

    waiting: dict[Future[T], Item] = {}
    answered: list[tuple[Item, Future[T]]] = []
    source = iter(items)

    async def refill() -> None:
        while held() and not waiting:
            await asyncio.sleep(PROGRESS_INTERVAL)
        for item in islice(source, 0 if held() else parallel - len(waiting)):
            waiting[asyncio.ensure_future(ask(item))] = item

    try:
        await refill()
        while waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            answered = [(waiting.pop(task), task) for task in done]
            if not held():
                await refill()  # the next are asked before the answers are looked at
            for item, task in answered:
                yield item, task
            if not waiting:
                await refill()
    finally:
        for task in waiting:
            task.cancel()
        unheard = (task for _, task in answered)  # asyncio prints the traceback of an error that nobody has looked at
        await asyncio.gather(*waiting, *unheard, return_exceptions=True)


class JobQueue:
    """Waiting commands, and the cancel events of those that run. Filled by one thread and emptied by another."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._questions: deque[Command] = deque()
        self._long: deque[Command] = deque()
        self._running: dict[int, Taken] = {}
        self._closed = False

    def put(self, command: Command, *, question: bool) -> None:
        """Add a command; a question is taken before long jobs."""
        with self._condition:
            (self._questions if question else self._long).append(command)
            self._condition.notify()

    def take(self) -> Taken | None:
        """The next command, waiting for one; None once the queue is closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._questions or self._long)
            if self._closed:
                return None
            return self._begin(self._questions.popleft() if self._questions else self._long.popleft())

    def take_question(self) -> Taken | None:
        """The next waiting question, if there is one; does not wait."""
        with self._condition:
            return self._begin(self._questions.popleft()) if self._questions else None

    def _begin(self, command: Command) -> Taken:
        taken = self._running[command.job] = Taken(command, threading.Event(), threading.Event())
        return taken

    def put_back(self, command: Command) -> bool:
        """Queue a taken command up again, as a long job; False when it was cancelled meanwhile."""
        with self._condition:
            if self._running.pop(command.job).cancelled.is_set():
                return False
            self._long.append(command)
            self._condition.notify()
            return True

    def end(self, job: int) -> None:
        """Note that a taken job has ended."""
        with self._condition:
            self._running.pop(job, None)

    def cancel(self, job: int) -> bool:
        """Cancel ``job``. True: it was waiting and is dropped. A running job is told, an unknown one ignored."""
        with self._condition:
            for waiting in (self._questions, self._long):
                for command in waiting:
                    if command.job == job:
                        waiting.remove(command)
                        return True
            if job in self._running:
                self._running[job].cancelled.set()
            return False

    def pause(self, job: int, paused: bool) -> None:
        """Hold a running job, or let it go on; one that is not running is left alone."""
        with self._condition:
            if job in self._running:
                (self._running[job].paused.set if paused else self._running[job].paused.clear)()

    def begin(self, command: Command) -> Taken:
        """Register a command that is run elsewhere than from this queue, so that `cancel` reaches it."""
        with self._condition:
            return self._begin(command)

    def waits(self, like: Callable[[Command], bool]) -> bool:
        """Whether a long job that ``like`` accepts is waiting."""
        with self._condition:
            return any(like(command) for command in self._long)

    def close(self) -> None:
        """Drop what waits, cancel what runs, and let `take` return None."""
        with self._condition:
            self._closed = True
            self._questions.clear()
            self._long.clear()
            for taken in self._running.values():
                taken.cancelled.set()
            self._condition.notify_all()
