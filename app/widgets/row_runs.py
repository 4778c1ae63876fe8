"""Rows of the grid as runs, (first, last) with both included: selections of 100,000 rows are a few of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QItemSelection

from app.library_model import LibraryModel
from app.library_rows import Ints

Run = tuple[int, int]


def runs_of(model: LibraryModel, file_ids: Ints) -> list[Run]:
    """The runs that files (K,), as far as they are shown, form; in order."""
    rows = np.sort(model.rows_of(file_ids))
    rows = rows[rows >= 0]
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if len(rows) else []
    return [(int(run[0]), int(run[-1])) for run in runs]


def runs_in(selection: QItemSelection) -> list[Run]:
    """The runs of a selection, in order."""
    return sorted((part.top(), part.bottom()) for part in selection.toList())


def selection_of(model: LibraryModel, runs: Sequence[Run]) -> QItemSelection:
    """Runs as Qt selects them."""
    selection = QItemSelection()
    for first, last in runs:
        if first <= last:
            selection.select(model.index(first), model.index(last))
    return selection


def part_in(rows: range, run: Run) -> range:
    """The part of consecutive ``rows`` that lies in a run."""
    return rows[max(0, run[0] - rows.start) : max(0, run[1] + 1 - rows.start)]
