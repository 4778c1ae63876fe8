"""The files of a library with their classes: by class, or by how doubtful the label is; all, or some of them.

Made by the classify page; `show_labels` gives it what the engine found. It reads the library's rows itself, as every
`LibraryModel` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.library_model import LibraryModel, Section, Tile
from app.library_rows import Ints


class Sorting(Enum):
    """The order of the pictures."""

    CLASS = "by class, the surest first"
    DOUBT = "the most doubtful first"
    SURE = "the surest first"


@dataclass(frozen=True)
class Filter:
    """Which files to show: by the label, by what they really are (-1 = unknown), those that comparatives switched."""

    label: int | None = None
    true: int | None = None
    switched: bool = False

    def keeps(self, labels: NDArray[Any]) -> NDArray[np.bool_]:
        """Which rows (F,) of labels are shown."""
        kept = np.ones(len(labels), bool)
        if self.label is not None:
            kept &= labels["label"] == self.label
        if self.true is not None:
            kept &= labels["true"] == self.true
        if self.switched:
            kept &= labels["label"] != labels["zero_shot"]
        return kept


class ClassModel(LibraryModel):
    """`LibraryModel` in the order of classes. ``labels`` are the rows of `engine.classify.answers`, (F,)."""

    def __init__(self) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()
        self.labels: NDArray[Any] | None = None
        self._filter = Filter()
        self._sorting = Sorting.CLASS
        self._label_at: Ints = np.empty(0, np.int64)  # position in the library's rows -> row of labels, -1 = none

    def show_labels(self, names: tuple[str, ...], labels: NDArray[Any] | None) -> None:
        """Show these labels; None = the files as they are."""
        self.names, self.labels = names, labels
        self._arrange()
        if len(self._shown):
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def set_filter(self, wanted: Filter) -> None:
        """Show only these files."""
        self._filter = wanted
        self._arrange()
        self.reordered.emit()

    def set_sorting(self, sorting: Sorting) -> None:
        """Show them in this order."""
        self._sorting = sorting
        self._arrange()
        self.reordered.emit()

    @property
    def filter(self) -> Filter:
        """Which files are shown."""
        return self._filter

    @property
    def asked(self) -> bool:
        """There are labels to show below the pictures."""
        return self.labels is not None

    def images(self, file_ids: Ints) -> Ints:
        """The image ids of those of the files that have a label, each once."""
        if self.labels is None:
            return np.empty(0, np.int64)
        return np.unique(self.labels["image"][np.isin(self.labels["file"], file_ids)])

    def tile(self, row: int) -> Tile:
        """All that ``row`` shows: the class, how probable it is, and what it really is where that is something else."""
        made = super().tile(row)
        at = self._label_at[self._order[row]] if self.labels is not None else -1
        if self.labels is None or at < 0:
            return Tile(made.file, pending=self.labels is not None and made.problem is None, problem=made.problem)
        found = self.labels[at]
        words = f"{self.names[found['label']]} {found['probability']:.0%}"
        if found["true"] >= 0 and found["true"] != found["label"]:
            words += f", is {self.names[found['true']]}"
        return Tile(made.file, place=float(found["probability"]), problem=made.problem, words=words)

    def _in_order(self) -> Ints:
        rows = self._held.rows
        if self.labels is None:
            return np.arange(len(rows.ids))
        positions = rows.find(self.labels["file"])
        self._label_at = np.full(len(rows.ids), -1, np.int64)
        self._label_at[positions[positions >= 0]] = np.flatnonzero(positions >= 0)
        kept = np.flatnonzero(self._filter.keeps(self.labels) & (positions >= 0))
        found = self.labels[kept]
        match self._sorting:
            case Sorting.CLASS:
                order = np.lexsort((-found["probability"], found["label"]))
            case Sorting.DOUBT:
                order = np.argsort(found["margin"], kind="stable")
            case Sorting.SURE:
                order = np.argsort(-found["margin"], kind="stable")
        return positions[kept[order]]

    def _in_sections(self, order: Ints) -> tuple[Section, ...]:
        """A section a class, where pictures are sorted by that."""
        if self.labels is None or self._sorting is not Sorting.CLASS:
            return ()
        places = self.labels["label"][self._label_at[order]]
        firsts = np.flatnonzero(np.diff(places, prepend=-1)).tolist()
        ends = [*firsts[1:], len(places)]
        return tuple(
            Section(first, end - first, self.names[places[first]]) for first, end in zip(firsts, ends, strict=False)
        )
