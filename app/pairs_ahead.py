"""The pictures of the pairs that come next, read before they are needed: the next pair is painted in the next frame.

Made by the judge page, which says which pairs are in hand (`hold`); the pictures come from the pictures process.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject

from app.pair_picture import PairPicture
from app.pictures_client import PicturesClient
from engine.errors import LibraryError
from engine.judging_messages import PairToJudge
from engine.store.library import Library

Two = tuple[PairPicture, PairPicture]


class PairsAhead:
    """As many pictures as pairs in hand at most, used again for the pairs after them."""

    def __init__(self, library: Path, pictures: PicturesClient, parent: QObject) -> None:
        self._library = library
        self._pictures = pictures
        self._parent = parent
        self._held: dict[PairToJudge, Two] = {}
        self._free: list[Two] = []

    def hold(self, pairs: Sequence[PairToJudge], side: float) -> None:
        """These are the pairs in hand, the first in front; each picture is shown ``side`` device pixels large."""
        for pair in [pair for pair in self._held if pair not in pairs]:
            self._free.append(self._held.pop(pair))
        with suppress(LibraryError), Library(self._library) as library:
            for pair in pairs:
                if pair not in self._held:
                    self._held[pair] = self._read(library, pair, side)
        for two in self._free:
            for picture in two:
                picture.show(b"", None)

    def nothing(self) -> Two:
        """Two pictures of nothing, until there is a pair."""
        return self._new(), self._new()

    def pictures(self, pair: PairToJudge) -> Two | None:
        """The pictures of a pair in hand."""
        return self._held.get(pair)

    def _read(self, library: Library, pair: PairToJudge, side: float) -> Two:
        two = self._free.pop() if self._free else (self._new(), self._new())
        for picture, file_id in zip(two, (pair.first_file, pair.second_file), strict=True):
            file = library.file(file_id)
            picture.show(file.path if file is not None else b"", file)
            picture.need(side)
        return two

    def _new(self) -> PairPicture:
        return PairPicture(self._pictures, self._parent)
