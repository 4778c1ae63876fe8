"""The pictures of the compare page, two to six: which they are and in what places. The first two are A and B."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from app.pair_picture import PairPicture
from app.pictures_client import PicturesClient
from engine.store.rows import File

MOST = 6


class ComparedPictures(QObject):
    """Pictures in places; another one is compared by changing places with A or B.

    Signals:
        changed(): other pictures, or in other places.
        known(): more pixels of one, or something about its file.
    """

    changed = Signal()
    known = Signal()

    def __init__(self, pictures: PicturesClient, file_at: Callable[[bytes], File | None], parent: QObject) -> None:
        super().__init__(parent)
        self._file_at = file_at
        self._count = 2
        self.left_out = 0
        """How many there was no room for."""
        self.every = [PairPicture(pictures, self) for _ in range(MOST)]
        for picture in self.every:
            picture.changed.connect(self.known)

    @property
    def shown(self) -> tuple[PairPicture, ...]:
        """Those that are looked at, two to six; one or both of two may be empty."""
        return tuple(self.every[: self._count])

    @property
    def pair(self) -> tuple[PairPicture, PairPicture]:
        """The two that are compared."""
        return self.every[0], self.every[1]

    @property
    def paths(self) -> list[bytes]:
        """The files of those that there are, in their places."""
        return [picture.path for picture in self.shown if picture.path]

    def put(self, files: Sequence[bytes], place: int | None = None) -> None:
        """Several files, up to six, take the place of all; one goes to ``place``, or to where there is none, else to
        B.
        """
        if len(files) > 1:
            self._hold(files)
        elif files:
            held = [picture.path for picture in self.shown]
            free = next((at for at, path in enumerate(held[:2]) if not path), 1)
            held[free if place is None else place] = files[0]
            self._hold(held)

    def add(self, files: Sequence[bytes]) -> None:
        """Look at these too, as far as there is room."""
        self._hold(list(dict.fromkeys([*self.paths, *files])))

    def exchange(self, first: int = 0, second: int = 1) -> None:
        """The pictures in two places change them."""
        held = self.every
        held[first], held[second] = held[second], held[first]
        self.changed.emit()

    def turn(self, place: int) -> None:
        """The next of the other pictures becomes A (0) or B (1)."""
        if self._count > 2:
            following, *others = self.every[2 : self._count]
            self.every[2 : self._count] = [*others, self.every[place]]
            self.every[place] = following
            self.changed.emit()

    def take_away(self, place: int = 1) -> None:
        """Look at this one no more."""
        self.left_out = 0
        self.every[place].show(b"", None)
        if self._count > 2:
            self.every.append(self.every.pop(place))
            self._count -= 1
        self.changed.emit()

    def _hold(self, paths: Sequence[bytes]) -> None:
        self.left_out = max(0, len(paths) - MOST)
        self._count = min(max(2, len(paths)), MOST)
        for place, picture in enumerate(self.every):
            path = paths[place] if place < len(paths) else b""
            if path != picture.path:
                picture.show(path, self._file_at(path))
        self.changed.emit()


def files_among(paths: Sequence[bytes]) -> list[bytes]:
    """Those of the paths that are no folders."""
    return [path for path in paths if not os.path.isdir(path)]
