"""The folders below which the library has images, with those inside them; read on a thread, as there may be many."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, Signal

from engine.errors import LibraryError
from engine.store.library import Library


@dataclass(frozen=True)
class Branch:
    """A folder: ``depth`` is 0 for a folder of the library; ``files`` are the images below it."""

    path: bytes
    depth: int
    files: int

    @property
    def name(self) -> str:
        """Its last part, for people."""
        return os.path.basename(self.path.rstrip(os.fsencode(os.sep))).decode("utf-8", "replace") or "/"


def branches(roots: Sequence[bytes], files: Iterable[bytes]) -> list[Branch]:
    """The ``roots`` and every folder inside them that holds ``files`` (paths), each before what is inside it."""
    outer = sorted(root for root in roots if not any(_is_in(root, other) and root != other for other in roots))
    below: Counter[bytes] = Counter(dict.fromkeys(outer, 0))
    for folder, count in Counter(os.path.dirname(path) for path in files).items():
        root = next((root for root in outer if _is_in(folder, root)), None)
        for _ in range(1 + len(_parts(folder)) - len(_parts(root)) if root is not None else 0):
            below[folder] += count
            folder = os.path.dirname(folder)
    found = []
    for root in outer:
        inside = sorted((folder for folder in below if _is_in(folder, root)), key=_parts)
        found += [Branch(folder, len(_parts(folder)) - len(_parts(root)), below[folder]) for folder in inside]
    return found


def _parts(folder: bytes) -> list[bytes]:
    return [part for part in folder.split(os.fsencode(os.sep)) if part]


def _is_in(folder: bytes, root: bytes) -> bool:
    return _parts(folder)[: len(_parts(root))] == _parts(root)


class FolderTree(QObject):
    """Reads the folders of one library.

    Signals:
        read(list): the `Branch` rows, after each `refresh`.
    """

    read = Signal(list)

    def __init__(self, library: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._library = library
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def refresh(self) -> None:
        """Read them; `read` follows, unless the library cannot be read now."""
        self._pool.start(self._read)

    def close(self) -> None:
        """Wait for the thread."""
        self._pool.clear()
        self._pool.waitForDone()

    def _read(self) -> None:
        with suppress(LibraryError), Library(self._library) as library:
            roots = [folder.path for folder in library.folders()]
            self.read.emit(branches(roots, (row[3] for row in library.file_rows())))
