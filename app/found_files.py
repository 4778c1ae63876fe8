"""The head of an order that the engine wrote into a file, as rows of the library. Used by the pages that show a few."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import LibraryError
from engine.store.library import Library
from engine.store.rows import File


def head_of(ranking: str, count: int) -> NDArray[Any]:
    """The first ``count`` rows of a ranking's file, with all its fields; none where the file is gone."""
    with suppress(FileNotFoundError):
        return np.array(np.load(ranking, mmap_mode="r")[:count])
    return np.empty(0, [("file", "<i8"), ("score", "<f4")])


class FoundFiles:
    """Files by id, read from the library as they are needed and kept until `forget`."""

    def __init__(self, library: Path) -> None:
        self._library = library
        self._known: dict[int, File] = {}

    def forget(self) -> None:
        """The library changed."""
        self._known.clear()

    def of(self, file_ids: Sequence[int]) -> dict[int, File]:
        """The files with these ids, those that are still there."""
        if any(i not in self._known for i in file_ids):
            with suppress(LibraryError), Library(self._library) as library:
                self._known |= library.files_with(i for i in file_ids if i not in self._known)
        return {i: self._known[i] for i in file_ids if i in self._known}

    def at(self, path: bytes) -> File | None:
        """What the library knows of the file at this path."""
        with suppress(LibraryError), Library(self._library) as library:
            return library.file_at(path) if path else None
        return None
