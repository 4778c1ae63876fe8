"""What is known of the images' classes: from the names of folders, from a table, from corrections by hand.

A label names a class of the list in any spelling (case, spaces, underscores and hyphens do not count).
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.classify.errors import LabelsUnfit
from engine.classify.sets import key
from engine.exchange import require_ending
from engine.replacing import replacing
from engine.store import Library
from engine.tables import ImagesByPath, Rejected, read_table

FOLDER = "folder"  # the label is the name of the folder that holds the file
COLUMNS = ("path", "label")

NameOf = Callable[[bytes, int], str]  # path and image id of a file -> its label, "" for none


@dataclass(frozen=True)
class Known:
    """``true`` (F,) int64: the place of each file's class, -1 where nothing is known.

    ``strange``: labels that are no class of the list, with the number of their files. ``rejected``: lines of the table
    that were not taken.
    """

    true: np.ndarray
    strange: dict[str, int]
    rejected: tuple[Rejected, ...] = ()

    @property
    def count(self) -> int:
        """How many files something is known of."""
        return int((self.true >= 0).sum())


@dataclass(frozen=True)
class Labels:
    """Where labels come from: ``name_of`` gives that of a file, ``rejected`` are lines of a table not taken."""

    name_of: NameOf
    rejected: tuple[Rejected, ...] = ()


def labels_of(library: Library, source: str) -> Labels:
    """The labels that ``source`` names: "folder", a folder whose direct subfolders are the classes, or a CSV file with
    the columns path,label.

    Raises LabelsUnfit, FileUnfit, OSError.
    """
    if source == FOLDER:
        return Labels(_parent)
    path = Path(source)
    if path.is_dir():
        return Labels(_subfolder(os.fsencode(os.path.abspath(path))))
    if not path.exists():
        raise LabelsUnfit(f"There are no labels at {source!r}: no such folder or file, and not the word 'folder'.")
    images, rejected = _table(library, path)
    return Labels(lambda _path, image: images.get(image, ""), tuple(rejected))


def known(names: Sequence[str], labels: Labels, paths: Sequence[bytes], images: np.ndarray) -> Known:
    """The labels of files at ``paths`` (F) with the image ids ``images`` (F,) as classes of the list."""
    place = {key(name): number for number, name in enumerate(names)}
    said = [labels.name_of(path, int(image)) for path, image in zip(paths, images, strict=True)]
    true = np.array([place.get(key(name), -1) if name else -1 for name in said], np.int64)
    strange = Counter(name for name, found in zip(said, true.tolist(), strict=True) if name and found < 0)
    return Known(true, dict(strange.most_common()), labels.rejected)


def names_in(labels: Labels, paths: Sequence[bytes], images: np.ndarray) -> tuple[str, ...]:
    """The classes that the labels name, by the alphabet: each in its first spelling, underscores as spaces."""
    found: dict[str, str] = {}
    for path, image in zip(paths, images, strict=True):
        name = labels.name_of(path, int(image))
        if name:
            found.setdefault(key(name), " ".join(name.replace("_", " ").split()))
    return tuple(found[each] for each in sorted(found))


def write_labels(file: Path, rows: Iterable[tuple[bytes, str, float, float]]) -> int:
    """Write (path, label, probability, margin) rows as CSV; returns how many. Names that are no valid text keep their
    bytes. Raises FileUnfit, ExchangeError.
    """
    require_ending(file, ".csv")
    written = 0
    with replacing(file) as part, part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        table = csv.writer(stream)
        table.writerow([*COLUMNS, "probability", "margin"])
        for path, *others in rows:
            table.writerow([os.fsdecode(path), *others])
            written += 1
    return written


def _parent(path: bytes, _image: int) -> str:
    return os.path.basename(os.path.dirname(path)).decode("utf-8", "replace")


def _subfolder(folder: bytes) -> NameOf:
    separator = os.fsencode(os.sep)
    prefix = folder.rstrip(separator) + separator

    def name_of(path: bytes, _image: int) -> str:
        inside = path.removeprefix(prefix) if path.startswith(prefix) else b""
        first, *rest = inside.split(separator)
        return first.decode("utf-8", "replace") if rest else ""

    return name_of


def _table(library: Library, file: Path) -> tuple[dict[int, str], list[Rejected]]:
    """Image id -> label; of lines that contradict each other the first is taken."""
    where = ImagesByPath(library, file.resolve().parent)
    taken: dict[int, str] = {}
    rejected: list[Rejected] = []
    for number, (path, label) in read_table(file, COLUMNS):
        image = where.at(path)
        if image is None:
            reason = f"The library has no image {path!r}; index its folder first." if path else "A path is missing."
        elif not label:
            reason = f"{path!r} has no label."
        elif key(taken.get(image, label)) != key(label):
            reason = f"{path!r} has two labels, {taken[image]!r} and {label!r}."
        else:
            taken[image] = label
            continue
        rejected.append(Rejected(number, reason))
    return taken, rejected
