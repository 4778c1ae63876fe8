"""The grid's rows as arrays, without Qt: the files of a library, a ranking laid over them, the order shown.

Everything here is frozen and built on the loading thread of `app.library_model`, then swapped in whole; at 100,000
files only `arrange` (a few milliseconds of NumPy) runs on the GUI thread, so that more/less flips at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from engine.store.changes import path_range
from engine.store.rows import Failure, File, FileRow, Folder, file_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


class Files(Sequence[File]):
    """Files that are made when one is looked at: 100,000 objects at once would hold up every thread of the program."""

    def __init__(self, rows: Sequence[FileRow] = ()) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[File]: ...
    def __getitem__(self, index: int | slice) -> File | Sequence[File]:
        return Files(self._rows[index]) if isinstance(index, slice) else file_of(self._rows[index])

    def at(self, positions: Ints) -> Files:
        """The files at these positions (K,), in their order."""
        return Files([self._rows[position] for position in positions.tolist()])

    def position(self, path: bytes) -> int:
        """Where ``path`` is or would be in the order."""
        return bisect_left(self._rows, path, key=itemgetter(3))


@dataclass(frozen=True)
class Rows:
    """The files of a library by path, N of them, and those of them that could not be read."""

    files: Files = field(default_factory=Files)
    ids: Ints = field(default_factory=lambda: np.empty(0, np.int64))  # (N,) file ids
    images: Ints = field(default_factory=lambda: np.empty(0, np.int64))  # (N,) image ids, -1 = not read yet
    by_id: Ints = field(default_factory=lambda: np.empty(0, np.int64))  # (N,) positions in order of file id
    failures: Mapping[int, Failure] = field(default_factory=dict)  # by file id
    folders: Mapping[int, bytes] = field(default_factory=dict)  # folder id -> path

    @staticmethod
    def of(files: Sequence[FileRow], failures: Sequence[Failure] = (), folders: Sequence[Folder] = ()) -> Rows:
        """Rows of ``files``, which are given by path."""
        ids = np.fromiter(map(itemgetter(0), files), np.int64, len(files))
        return Rows(
            files=Files(files),
            ids=ids,
            images=np.fromiter((-1 if row[2] is None else row[2] for row in files), np.int64, len(files)),
            by_id=np.argsort(ids, kind="stable"),
            failures={failure.file_id: failure for failure in failures},
            folders={folder.id: folder.path for folder in folders},
        )

    def find(self, ids: Ints) -> Ints:
        """Positions of file ``ids``, shape (K,) -> (K,); -1 where there is no such file."""
        if not len(self.ids):
            return np.full(len(ids), -1, np.int64)
        at = np.searchsorted(self.ids, ids, sorter=self.by_id)
        found = self.by_id[np.minimum(at, len(self.ids) - 1)]
        return np.where(self.ids[found] == ids, found, -1)

    @cached_property
    def unread(self) -> int:
        """How many files are still to be read for the first time."""
        waiting = self.ids[self.images < 0]
        return int(np.count_nonzero(~np.isin(waiting, np.fromiter(self.failures, np.int64, len(self.failures)))))

    def below(self, folder_id: int) -> slice:
        """The positions of the files in a folder and in its subfolders; an empty slice where it is not known."""
        if folder_id not in self.folders:
            return slice(0, 0)
        inside, after = path_range(self.folders[folder_id])
        return slice(self.files.position(inside), self.files.position(after))

    def copies(self, position: int) -> list[File]:
        """The other files that hold the same image as the file at ``position``."""
        image = self.images[position]
        if image < 0:
            return []
        return [self.files[int(other)] for other in np.flatnonzero(self.images == image) if other != position]


@dataclass(frozen=True)
class Scores:
    """A ranking laid over `Rows`: M of the N files have a score, the others are pending."""

    scores: Floats  # (N,) NaN where pending
    ranks: Ints  # (N,) 1 = most of what was asked, 0 where pending
    best_first: Ints  # (M,) positions
    between: Ints | None = None  # (N, 2) first and last place that each has with 90 %, where the ranking tells

    @staticmethod
    def over(rows: Rows, ranking: NDArray[Any]) -> Scores:
        """Lay ``ranking`` (fields "file" and "score", best first) over ``rows``; files not among them are left out."""
        positions = rows.find(ranking["file"])
        known = positions >= 0
        best_first = positions[known]
        scores = np.full(len(rows.ids), np.nan, np.float32)
        scores[best_first] = ranking["score"][known]
        ranks = np.zeros(len(rows.ids), np.int64)
        ranks[best_first] = np.arange(1, len(best_first) + 1)
        between = None
        if "first_place" in (ranking.dtype.names or ()):
            between = np.zeros((len(rows.ids), 2), np.int64)
            between[best_first, 0], between[best_first, 1] = ranking["first_place"][known], ranking["last_place"][known]
        return Scores(scores, ranks, best_first, between)

    @property
    def count(self) -> int:
        """M, the number of files with a score."""
        return len(self.best_first)

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest score; (0, 0) without any."""
        if not self.count:
            return 0.0, 0.0
        present = self.scores[self.best_first]
        return float(present.min()), float(present.max())

    def rank(self, position: int, *, flipped: bool = False) -> int | None:
        """1 = most of what was asked (least when ``flipped``); None while pending."""
        rank = int(self.ranks[position])
        if not rank:
            return None
        return self.count + 1 - rank if flipped else rank

    def places(self, position: int, *, flipped: bool = False) -> tuple[int, int] | None:
        """First and last rank that it has with 90 %; None while pending, and where the ranking does not tell."""
        if self.between is None or not self.ranks[position]:
            return None
        first, last = self.between[position].tolist()
        return (self.count + 1 - last, self.count + 1 - first) if flipped else (first, last)

    def place(self, position: int, *, flipped: bool = False) -> float | None:
        """Where the score lies in the library's own range, 0..1 toward what was asked; None while pending."""
        if not self.ranks[position]:
            return None
        low, high = self.limits
        share = (float(self.scores[position]) - low) / (high - low) if high > low else 0.5
        return 1.0 - share if flipped else share

    def share_below(self, position: int, *, flipped: bool = False) -> float | None:
        """The share of the library that has less of what was asked (0..1); None while pending."""
        rank = self.rank(position, flipped=flipped)
        return None if rank is None else (self.count - rank) / self.count


def arrange(
    rows: Rows,
    scores: Scores | None,
    *,
    folder_id: int | None = None,
    flipped: bool = False,
    cutoff: float | None = None,
) -> Ints:
    """The positions to show, in order.

    Without scores: by path. With scores: best first (worst first when ``flipped``), then what is pending, by path.
    ``cutoff`` is a score: only files with at least that much are kept (at most, when flipped), nothing pending.
    """
    if scores is None:
        order = np.arange(len(rows.ids))
    else:
        order = scores.best_first[::-1] if flipped else scores.best_first
        if cutoff is not None:
            kept = scores.scores[order] <= cutoff if flipped else scores.scores[order] >= cutoff
            order = order[kept]
        else:
            order = np.concatenate([order, np.flatnonzero(scores.ranks == 0)])
    if folder_id is None:
        return order
    below = rows.below(folder_id)
    return order[(order >= below.start) & (order < below.stop)]
