"""Judgements as CSV: columns first, second, answer (first, second, equal, unsure), the images by path.

An import takes what it can and names the lines it cannot take. The file may be UTF-8, UTF-16 with its mark, or an old
Western code page, with commas, semicolons or tabs; further columns are ignored. Every line is one answer: importing
a file twice counts its answers twice.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import FileUnfit
from engine.replacing import replacing
from engine.store import Library, Writer, judging
from engine.store.rows import Attribute

COLUMNS = ("first", "second", "answer")
OLD_CODE_PAGE = "cp1252"  # what a byte that is no UTF-8 most likely is


@dataclass(frozen=True)
class Rejected:
    """A line of the file (from 1, the header's) that was not taken, and why, in a sentence."""

    line: int
    reason: str


@dataclass(frozen=True)
class Line:
    """A line as it stands in the file."""

    number: int
    first: str
    second: str
    answer: str


def import_judgements(
    writer: Writer, library: Library, attribute: Attribute, file: Path
) -> tuple[int, tuple[Rejected, ...]]:
    """Record the answers of a file, all those taken in one transaction; returns how many, and the lines rejected.

    Relative paths start at the file's folder. Raises `FileUnfit` where the columns are not there, OSError.
    """
    images = _Images(library, file.resolve().parent)
    taken: list[tuple[int, int, str]] = []
    rejected: list[Rejected] = []
    for line in read_lines(file):
        first, second = images.at(line.first), images.at(line.second)
        reason = _why_not(line, first, second)
        if reason or first is None or second is None:
            rejected.append(Rejected(line.number, reason))
        else:
            taken.append((first, second, line.answer))
    writer.call(lambda db: judging.record_judgements(db, attribute.id, taken))
    return len(taken), tuple(rejected)


def export_judgements(file: Path, library: Library, attribute: Attribute) -> int:
    """Write the attribute's answers; returns the rows written. Skipped pairs are no answers and are left out.

    Names that are no valid text keep their bytes. Raises OSError.
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
    text = _decoded(file.read_bytes())
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        if missing := [column for column in COLUMNS if column not in names]:
            raise FileUnfit(
                f"{str(file)!r} has no column {', '.join(missing)}; it should begin with first,second,answer."
            )
        places = [names.index(column) for column in COLUMNS]
        number = rows.line_num + 1
        for row in rows:
            if row:
                cells = [row[place].strip() if place < len(row) else "" for place in places]
                yield Line(number, cells[0], cells[1], cells[2].lower())
            number = rows.line_num + 1
    except csv.Error as error:
        raise FileUnfit(f"Line {rows.line_num} of {str(file)!r} is no line of a table: {error}.") from error


def _decoded(content: bytes) -> str:
    """The text, with bytes that are no UTF-8 kept as surrogates: they may be part of a file's name."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")


class _Images:
    """Image ids by the paths in a file."""

    def __init__(self, library: Library, folder: Path) -> None:
        self._library = library
        self._folder = os.fsencode(folder)
        self._known: dict[str, int | None] = {}

    def at(self, text: str) -> int | None:
        """The image that the library has at this path, now or when it was last seen there; None where it has none."""
        if text not in self._known:
            self._known[text] = next(filter(None, map(self._find, _spellings(text))), None)
        return self._known[text]

    def _find(self, path: bytes) -> int | None:
        found = self._library.file_at(os.path.normpath(os.path.join(self._folder, path)))
        return found.image_id if found else None


def _spellings(text: str) -> Iterator[bytes]:
    """The names that a cell may mean: its exact bytes, then its bytes read in the old code page."""
    if not text or "\0" in text:
        return
    raw = text.encode("utf-8", "surrogateescape")
    yield raw
    if any("\udc80" <= character <= "\udcff" for character in text):
        yield raw.decode(OLD_CODE_PAGE, "replace").encode()


def _why_not(line: Line, first: int | None, second: int | None) -> str:
    """Why a line is not taken, as a sentence; "" when it is."""
    if line.answer not in judging.ANSWERS:
        return f"The answer {line.answer!r} is none of {', '.join(judging.ANSWERS)}."
    for path, image in ((line.first, first), (line.second, second)):
        if image is None:
            return f"The library has no image {path!r}; index its folder first." if path else "A path is missing."
    return "An image cannot be compared with itself." if first == second else ""
