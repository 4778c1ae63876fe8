"""The differences of a library as a table: status, sentence, reverse, writer. See `app.texts_model`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from PySide6.QtCore import Qt

from app.texts_model import Ints, TextsModel
from engine.store import Library, reviewing, texts
from engine.store.reviewing import Unfinished, Wanted
from engine.store.rows import Difference

STATUS = Qt.ItemDataRole.UserRole + 1
"""The role under which a cell gives its row's status."""

STATUS_WORDS = {"new": "New", "accepted": "Accepted", "edited": "Edited", "rejected": "Rejected"}


class Column(IntEnum):
    """The columns."""

    STATUS = 0
    SENTENCE = 1
    REVERSE = 2
    WRITER = 3


@dataclass(frozen=True)
class Standing:
    """What the page says beside the rows: how many of each writer and status, what fell, and what could be done."""

    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    fell: tuple[tuple[str, int], ...] = ()
    unfinished: Unfinished | None = None
    captioned: int = 0
    images: int = 0

    @property
    def sentences(self) -> int:
        """All of them."""
        return sum(self.counts.values())


class DifferencesModel(TextsModel[Difference]):
    """One row a difference. ``standing`` is that of the last reading."""

    titles = ("Status", "Sentence: A, then B", "Reverse: B, then A", "Writer")
    editable = frozenset({Column.SENTENCE, Column.REVERSE})
    standing = Standing()

    def read_ids(self, library: Library, wanted: Wanted) -> tuple[Ints, Standing]:
        """The ids in the order of writing, and the standing."""
        shown = np.unique(library.files_of_images()[1])
        standing = Standing(
            texts.difference_counts(library),
            tuple(texts.rejection_counts(library).most_common()),
            reviewing.unfinished(library),
            len(texts.captioned_images(library)),
            len(shown),
        )
        return reviewing.difference_ids(library, wanted), standing

    def read_rows(self, library: Library, ids: list[int]) -> dict[int, Difference]:
        """By id."""
        return reviewing.differences_at(library, ids)

    def take_more(self, more: Standing) -> None:
        """Keep the standing."""
        self.standing = more

    def _with_those_in_view(self, ids: Ints) -> Ints:
        return np.union1d(ids, self.ids)  # none is ever deleted

    def cell(self, row: Difference, column: int, role: int) -> Any:
        """The words of a cell, or the status of its row."""
        if role == STATUS:
            return row.status
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        match column:
            case Column.STATUS:
                return STATUS_WORDS[row.status]
            case Column.SENTENCE:
                return row.text
            case Column.REVERSE:
                return row.reverse
        return row.writer
