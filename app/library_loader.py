"""Reads the library and the ranking for `app.library_model`, away from the GUI thread.

`LibraryModel` makes it and asks with `load`; every reading ends in `loaded` or `failed`, delivered on the GUI thread.
Requests that come while a reading is under way become one more reading. `close` ends the thread.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal

from app.library_rows import Rows, Scores
from engine.errors import FileUnfit, PairLensError
from engine.protocol import RankingResult
from engine.store import Library
from engine.store.rows import Folder

REST = 4.0
"""After a reading, rest this many times as long as it took: while indexing changes the library many times a second,
reading it again takes a fifth of a core at most."""


@dataclass(frozen=True)
class Ranked:
    """A finished ranking with the table that its file held (fields "file" and "score", best first)."""

    result: RankingResult
    table: NDArray[Any]


@dataclass(frozen=True)
class Loaded:
    """One reading of the library, with the ranking laid over it."""

    rows: Rows = field(default_factory=Rows)
    folders: tuple[Folder, ...] = ()
    ranked: Ranked | None = None
    scores: Scores | None = None
    seconds: float = 0.0


class LibraryLoader(QObject):
    """One thread with its own read-only connection for as long as a reading takes."""

    loaded = Signal(object)  # Loaded
    failed = Signal(object)  # Problem
    _read = Signal(object)  # Loaded | PairLensError, from the thread

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library: Path | None = None
        self._asked: RankingResult | None = None
        self._last: Ranked | None = None
        self._reading = False
        self._wanted = False
        self._thread = QThreadPool(self)
        self._thread.setMaxThreadCount(1)
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._begin)
        self._read.connect(self._take)

    def load(self, library: Path, asked: RankingResult | None, *, at_once: bool) -> None:
        """Read ``library`` and the ranking ``asked``; ``at_once``: a person waits, so there is no rest before it."""
        self._library, self._asked = library, asked
        self._wanted = True
        if at_once:
            self._rest.stop()
        if not self._reading and not self._rest.isActive():
            self._begin()

    def close(self) -> None:
        """Wait for the reading under way; nothing is delivered afterwards."""
        self._library = None
        self._rest.stop()
        self._thread.waitForDone()

    def _begin(self) -> None:
        if self._library is None or not self._wanted:
            return
        self._reading, self._wanted = True, False
        library, asked, last = self._library, self._asked, self._last
        self._thread.start(lambda: self._read.emit(_read(library, asked, last)))

    def _take(self, outcome: Loaded | PairLensError) -> None:
        self._reading = False
        if self._library is None:
            return
        if isinstance(outcome, PairLensError):
            self._rest.start(1000)
            self.failed.emit(outcome.problem())
            return
        # A ranking asked for in the meantime is waited for by a person: no rest.
        waited_for = self._asked is not (outcome.ranked and outcome.ranked.result)
        self._rest.start(0 if waited_for else int(1000 * REST * outcome.seconds))
        self._last = outcome.ranked
        self.loaded.emit(outcome)


def _read(library: Path, asked: RankingResult | None, last: Ranked | None) -> Loaded | PairLensError:
    """Runs in the thread. ``last`` spares reading the ranking's file again when only the rows changed."""
    begun = time.perf_counter()
    try:
        if asked is None:
            ranked = None
        else:
            ranked = last if last is not None and last.result is asked else Ranked(asked, _table(Path(asked.file)))
        with Library(library) as opened:
            folders = tuple(opened.folders())
            rows = Rows.of(opened.file_rows(), opened.failures(), folders)
    except PairLensError as error:
        return error
    scores = None if ranked is None else Scores.over(rows, ranked.table)
    return Loaded(rows, folders, ranked, scores, time.perf_counter() - begun)


def _table(file: Path) -> NDArray[Any]:
    try:
        return np.load(file, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise FileUnfit(f"The result of this comparison could not be read from {file}.", details=str(error)) from error
