"""Reads the library away from the GUI thread, one reading at a time; whoever shows a table of its rows makes one.

`read` asks; every reading ends in `finished` or `failed`, delivered on the GUI thread. Requests that come while a
reading is under way become one more reading, of what was asked last; only where that is something else, what was being
read is not delivered. `close` ends the thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal

from engine.errors import PairLensError
from engine.store import Library

REST = 4.0
"""After a reading, rest this many times as long as it took, unless a person waits: while indexing changes the library
many times a second, reading it again takes a fifth of a core at most."""

Reading = Callable[[Library], object]
"""What is read; called in the thread."""


class BackgroundReader(QObject):
    """One thread, with a library connection of its own for each reading.

    Signals:
        finished(object): what the last reading asked for returned.
        failed(Problem): the library could not be read.
    """

    finished = Signal(object)
    failed = Signal(object)
    _read = Signal(object, object, float)  # the reading, its outcome, seconds: from the thread

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library: Path | None = None
        self._wanted: Reading | None = None
        self._reading = False
        self._thread = QThreadPool(self)
        self._thread.setMaxThreadCount(1)
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._begin)
        self._read.connect(self._take)

    @property
    def is_idle(self) -> bool:
        """Whether everything asked for has been read."""
        return self._wanted is None and not self._reading

    def read(self, library: Path, reading: Reading, *, at_once: bool) -> None:
        """Read ``reading`` of ``library``; ``at_once``: a person waits, so there is no rest before it.

        To read the same again is to pass the same object again.
        """
        self._library, self._wanted = library, reading
        if at_once:
            self._rest.stop()
        if not self._reading and not self._rest.isActive():
            self._begin()

    def close(self) -> None:
        """Wait for the reading under way; nothing is delivered afterwards."""
        self._library = self._wanted = None
        self._rest.stop()
        self._thread.waitForDone()

    def _begin(self) -> None:
        if self._library is None or self._wanted is None:
            return
        library, reading = self._library, self._wanted
        self._reading, self._wanted = True, None
        self._thread.start(lambda: self._read.emit(reading, *_outcome(library, reading)))

    def _take(self, reading: Reading, outcome: object, seconds: float) -> None:
        self._reading = False
        if self._library is None:
            return
        if isinstance(outcome, PairLensError):
            self.failed.emit(outcome.problem())
        elif self._wanted is None or self._wanted is reading:
            self.finished.emit(outcome)
        other = self._wanted is not None and self._wanted is not reading
        self._rest.start(0 if other else int(1000 * REST * seconds))


def _outcome(library: Path, reading: Reading) -> tuple[object, float]:
    begun = time.perf_counter()
    try:
        with Library(library) as opened:
            outcome = reading(opened)
    except PairLensError as error:
        return error, 0.0
    return outcome, time.perf_counter() - begun
