"""One reading of the library with a ranking laid over it, as `app.library_model` has it made in a thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.library_rows import Rows, Scores
from engine.errors import FileUnfit
from engine.protocol import RankingResult
from engine.store import Library
from engine.store.rows import Folder


@dataclass(frozen=True)
class Ranked:
    """A finished ranking with the table that its file held (fields "file" and "score", best first)."""

    result: RankingResult
    table: NDArray[Any]


@dataclass(frozen=True)
class Loaded:
    """The library as it was read, with the ranking laid over it."""

    rows: Rows = field(default_factory=Rows)
    folders: tuple[Folder, ...] = ()
    ranked: Ranked | None = None
    scores: Scores | None = None


class LibraryReading:
    """Reads the library in the order of a ranking, or by path with None; for an `app.background_reader`.

    Called again when the rows changed, it does not read the ranking's file again.
    """

    def __init__(self, asked: RankingResult | None) -> None:
        self._asked = asked
        self._ranked: Ranked | None = None

    def __call__(self, library: Library) -> Loaded:
        """Raises LibraryError, and FileUnfit where the ranking's file is gone."""
        if self._asked is not None and self._ranked is None:
            self._ranked = Ranked(self._asked, table_of(self._asked))
        folders = tuple(library.folders())
        rows = Rows.of(library.file_rows(), library.failures(), folders)
        return Loaded(rows, folders, self._ranked, Scores.over(rows, self._ranked.table) if self._ranked else None)


def table_of(result: RankingResult) -> NDArray[Any]:
    """What the file of a ranking holds: fields "file" and "score", best first. Raises FileUnfit where it is gone."""
    try:
        return np.load(result.file, allow_pickle=False)
    except (OSError, ValueError) as error:
        sentence = f"The result of this comparison could not be read from {result.file}."
        raise FileUnfit(sentence, details=str(error)) from error
