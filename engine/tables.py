"""Tables that people bring along, with images by their paths: read whatever program wrote them.

The file may be UTF-8, UTF-16 or an old Western code page, with or without its mark, with commas, semicolons or tabs;
further columns are ignored.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import FileUnfit
from engine.store import Library

OLD_CODE_PAGE = "cp1252"  # what a byte that is no UTF-8 most likely is
LOOKED_AT = 4096  # bytes that tell UTF-16 without its mark


@dataclass(frozen=True)
class Rejected:
    """A line of the file (from 1, the header's) that was not taken, and why, in a sentence."""

    line: int
    reason: str


def read_table(file: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Line number and the cells of these columns, stripped, of every line below the header that is not empty.

    Raises `FileUnfit` where the columns are not there or it is no table, OSError.
    """
    text = decoded(file.read_bytes())
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [name.strip().lower() for name in next(rows, [])]
        if missing := [column for column in columns if column not in names]:
            raise FileUnfit(
                f"{str(file)!r} has no column {', '.join(missing)}; it should begin with {','.join(columns)}."
            )
        places = [names.index(column) for column in columns]
        number = rows.line_num + 1
        for row in rows:
            if row:
                yield number, [row[place].strip() if place < len(row) else "" for place in places]
            number = rows.line_num + 1
    except csv.Error as error:
        raise FileUnfit(f"Line {rows.line_num} of {str(file)!r} is no line of a table: {error}.") from error


def decoded(content: bytes) -> str:
    """The text, with bytes that are no UTF-8 kept as surrogates: they may be part of a file's name."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    if half := _utf16_without_mark(content[:LOOKED_AT]):
        return content.decode(half, "replace")
    return content.decode("utf-8-sig", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")


def as_text(words: str) -> str:
    """Words of a `decoded` file for people to read: bytes that are no UTF-8 are taken to be of the old code page."""
    raw = words.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(OLD_CODE_PAGE, "replace")


def _utf16_without_mark(start: bytes) -> str:
    """Which UTF-16 a file that begins so is, "" = none: nearly every other byte of Western text in it is zero."""
    zeros = [part.count(0) / max(1, len(part)) for part in (start[1::2], start[::2])]
    return next((name for name, share in zip(("utf-16-le", "utf-16-be"), zeros, strict=True) if share > 0.6), "")


class ImagesByPath:
    """Image ids by the paths in a file; relative paths start at ``folder``."""

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
