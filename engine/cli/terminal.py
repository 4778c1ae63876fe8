"""A job in a terminal: progress on stderr, and Ctrl-C that lets the running batch finish."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from engine.cli import output
from engine.jobs import JobContext
from engine.protocol import Progress

LINE_INTERVAL = 10.0  # seconds between two lines where stderr is no terminal (a log file)


@contextmanager
def working() -> Iterator[JobContext]:
    """A `JobContext` for one job function: Ctrl-C makes it raise JobCancelled soon, a second Ctrl-C ends at once."""
    cancelled = threading.Event()

    def interrupt(_number: int, _frame: object) -> None:
        if cancelled.is_set():
            raise KeyboardInterrupt
        cancelled.set()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with _bars() if sys.stderr.isatty() else nullcontext(_Lines()) as report:
            yield JobContext(report=report, cancelled=cancelled)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show that something takes seconds (loading a model) where somebody looks."""
    console = Console(stderr=True)
    with console.status(what) if sys.stderr.isatty() else nullcontext():
        yield


def in_words(progress: Progress) -> str:
    """How far a job is: "1,200 of 5,000 images, 45 a second, 1:24 left"."""
    total = f" of {progress.total:,}" if progress.total is not None else ""
    words = f"{progress.done:,}{total} {progress.unit}"
    if progress.unit == "bytes":
        words = f"{progress.done / 1e6:,.0f}{f' of {progress.total / 1e6:,.0f}' if progress.total else ''} MB"
    if progress.rate is not None and progress.unit == "bytes":
        words += f", {progress.rate / 1e6:,.1f} MB a second"
    elif progress.rate is not None:
        words += f", {progress.rate:,.{0 if progress.rate >= 10 else 1}f} a second"
    if progress.seconds_left is not None:
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        words += f", {minutes}:{seconds:02} left"
    return words


@contextmanager
def _bars() -> Iterator[Callable[[Progress], None]]:
    """One bar a title."""
    columns: list[Any] = [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[words]}"),
    ]
    tasks: dict[str, TaskID] = {}
    with Bars(*columns, console=Console(stderr=True)) as bars:

        def report(progress: Progress) -> None:
            title = output.printable(progress.title)
            if title not in tasks:
                tasks[title] = bars.add_task(title, words="")
            bars.update(tasks[title], completed=progress.done, total=progress.total, words=in_words(progress))

        yield report


class _Lines:
    """A line now and then."""

    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() - self._said_at >= LINE_INTERVAL:
            self._said_at = time.monotonic()
            output.say(f"{progress.title}: {in_words(progress)}")
