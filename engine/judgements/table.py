"""Judgements as CSV: columns first, second, answer (first, second, equal, unsure), the images by path.

An import takes what it can and names the lines it cannot take; `engine.tables` says what the file may be. Every line is
one answer, and what the attribute has already is known: importing a file twice counts its answers once.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.replacing import replacing
from engine.store import Library, Writer, judging
from engine.store.rows import Attribute
from engine.tables import ImagesByPath, Rejected, read_table

COLUMNS = ("first", "second", "answer")


@dataclass(frozen=True)
class Imported:
    """What an import did: answers ``taken`` and ``known`` before, and the lines ``rejected``."""

    taken: int
    known: int
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True)
class Line:
    """A line as it stands in the file."""

    number: int
    first: str
    second: str
    answer: str


def import_judgements(
    writer: Writer, library: Library, attribute: Attribute, file: Path, *, again: bool = False
) -> Imported:
    """Record the answers of a file, all those taken in one transaction.

    Relative paths start at the file's folder. ``again``: answers count that the attribute has already, such as those of
    another person. Raises `FileUnfit` where the columns are not there, OSError.
    """
    images = ImagesByPath(library, file.resolve().parent)
    fit: list[tuple[int, int, str]] = []
    rejected: list[Rejected] = []
    for line in read_lines(file):
        first, second = images.at(line.first), images.at(line.second)
        reason = _why_not(line, first, second)
        if reason or first is None or second is None:
            rejected.append(Rejected(line.number, reason))
        else:
            fit.append((first, second, line.answer))
    taken = writer.call(lambda db: judging.import_judgements(db, attribute.id, fit, again=again))
    return Imported(taken, len(fit) - taken, tuple(rejected))


def export_judgements(file: Path, library: Library, attribute: Attribute) -> int:
    """Write the attribute's answers; returns the rows written. Skipped pairs are no answers and are left out.

    Names that are no valid text keep their bytes. Raises ExchangeError.
    """
    paths = library.paths_of_images()
    rows = [
        (os.fsdecode(paths[said.first_image]), os.fsdecode(paths[said.second_image]), said.answer)
        for said in judging.judgements(library, attribute.id)
        if said.answer in judging.ANSWERS and said.first_image in paths and said.second_image in paths
    ]
    with (
        replacing(file) as part,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream,
    ):
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        table.writerows(rows)
    return len(rows)


def read_lines(file: Path) -> Iterator[Line]:
    """The lines below the header. Raises `FileUnfit` where the columns are not there or it is no table, OSError."""
    for number, (first, second, answer) in read_table(file, COLUMNS):
        yield Line(number, first, second, answer.lower())


def _why_not(line: Line, first: int | None, second: int | None) -> str:
    """Why a line is not taken, as a sentence; "" when it is."""
    if line.answer not in judging.ANSWERS:
        return f"The answer {_readable(line.answer)!r} is none of {', '.join(judging.ANSWERS)}."
    for path, image in ((line.first, first), (line.second, second)):
        if image is None:
            if not path:
                return "A path is missing."
            return f"The library has no image {_readable(path)!r}; index its folder first."
    return "An image cannot be compared with itself." if first == second else ""


def _readable(cell: str) -> str:
    """A cell for a sentence: bytes that are no text are replaced."""
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
