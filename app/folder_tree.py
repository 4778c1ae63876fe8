"""The folders below which the library has images, with those inside them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


def folders_of(library: Library) -> list[Branch]:
    """The folders of a library; for an `app.background_reader`, as there may be many."""
    roots = [folder.path for folder in library.folders()]
    return branches(roots, (row[3] for row in library.file_rows()))


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
