"""Captions as they lie on disk: CSV, JSON Lines, COCO JSON, sidecar files, descriptions inside the images.

Each reader yields `Found` rows in the order of the file, and `Unfit` for a row that cannot be one; what a row is worth
is judged by `engine.captions`, which starts them. Paths are taken as they are written. Nothing here writes.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from engine.errors import FileUnfit
from engine.tables import LOOKED_AT, as_text, decoded

SIDECAR_ENDINGS = (".txt", ".caption")
PATH_COLUMNS = ("path", "image", "file", "file_name", "filename", "image_path", "image_name", "filepath")
TEXT_COLUMNS = ("caption", "text", "description", "comment", "sentence")
_ENDINGS = ".csv, .tsv, .jsonl, .json (COCO), .txt or .caption"


@dataclass(frozen=True)
class Found:
    """A caption in a file: ``path`` as written there, ``where`` names the row for a person."""

    where: str
    path: bytes
    text: str
    source: str


@dataclass(frozen=True)
class Unfit:
    """A row that holds no caption, and why."""

    where: str
    reason: str


Row = Found | Unfit


def read_rows(file: Path) -> Iterator[Row]:
    """The captions in a file, whose ending chooses the format; a table may also be named .txt (as Flickr8k's is).

    Raises FileUnfit (not the format; before or between rows), OSError.
    """
    ending = file.suffix.lower()
    if ending == ".jsonl":
        return _json_lines(file)
    if ending == ".json":
        return _coco(file)
    if ending in (".csv", ".tsv") or (ending == ".txt" and _begins_as_table(file)):
        return _table(file)
    if ending in SIDECAR_ENDINGS:
        return iter([Unfit(file.name, "No image of this name lies beside it.")])
    raise FileUnfit(f"{str(file)!r} should be a folder or end in {_ENDINGS}; the ending chooses the format.")


def read_sidecar(file: Path, image: bytes) -> Iterator[Found]:
    """The captions of one image in a text file beside it, a line each. Raises OSError."""
    for number, line in enumerate(decoded(file.read_bytes()).split("\n"), 1):
        if line.strip():
            yield Found(f"{file.name}, line {number}", image, as_text(line), "sidecar")


def sidecars(image: bytes) -> list[Path]:
    """The text files that lie beside an image and bear its name, with or without its ending."""
    path = Path(os.fsdecode(image))
    names = [path.with_suffix(ending) for ending in SIDECAR_ENDINGS]
    names += [path.with_name(path.name + ending) for ending in SIDECAR_ENDINGS]
    return [name for name in names if name.is_file()]


# ---- tables ---------------------------------------------------------------------------------------------


def _begins_as_table(file: Path) -> bool:
    with file.open("rb") as stream:
        return _columns(decoded(stream.read(LOOKED_AT)).split("\n", 1)[0]) is not None


def _columns(header: str) -> tuple[str, int, int] | None:
    """(Delimiter, column of the path, column of the text) of a table that begins with this line."""
    for delimiter in (",", "\t", ";"):
        names = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
        path = next((names.index(name) for name in PATH_COLUMNS if name in names), None)
        text = next((names.index(name) for name in TEXT_COLUMNS if name in names), None)
        if path is not None and text is not None:
            return delimiter, path, text
    return None


def _table(file: Path) -> Iterator[Row]:
    stream = StringIO(decoded(file.read_bytes()), newline="")
    columns = _columns(stream.readline())
    if columns is None:
        raise FileUnfit(f"{str(file)!r} should begin with a line that names the columns, such as path,caption.")
    delimiter, path, text = columns
    rows = csv.reader(stream, delimiter=delimiter, quoting=csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL)
    try:
        for row in rows:
            where = f"line {rows.line_num + 1}"
            if len(row) > max(path, text):
                yield Found(where, os.fsencode(row[path].strip()), as_text(row[text]), "csv")
            elif row:
                yield Unfit(where, f"It has {len(row)} columns; the path and the caption are not both there.")
    except csv.Error as error:
        raise FileUnfit(f"{str(file)!r} cannot be read after line {rows.line_num + 1}: {error}.") from error


# ---- JSON -----------------------------------------------------------------------------------------------


def _json_lines(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig", errors="surrogateescape") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield from _json_row(f"line {number}", line)


def _json_row(where: str, line: str) -> Iterator[Row]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        yield Unfit(where, "It is not JSON.")
        return
    texts = list(_texts(row)) if isinstance(row, dict) else []
    path = next((row[name] for name in PATH_COLUMNS if isinstance(row.get(name), str)), None) if texts else None
    if not path:
        yield Unfit(where, 'It should hold a path and a caption: {"path": ..., "caption": ...}.')
        return
    source = row.get("source")
    for text in texts:
        yield Found(where, _path_bytes(path), text, source if isinstance(source, str) and source else "jsonl")


def _texts(row: dict[str, Any]) -> Iterator[str]:
    for name in (*TEXT_COLUMNS, "captions"):
        value = row.get(name)
        values = value if isinstance(value, list) else [value]
        yield from (text for text in values if isinstance(text, str))


def _path_bytes(path: str) -> bytes:
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:  # half a surrogate pair in JSON; no file has such a name
        return path.encode("utf-8", "replace")


def _coco(file: Path) -> Iterator[Row]:
    try:
        content = json.loads(file.read_bytes())
        names = {image["id"]: image["file_name"] for image in content["images"]}
        annotations: Iterable[Any] = list(content["annotations"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        sentence = f'{str(file)!r} is no COCO file of captions: it should hold "images" and "annotations".'
        raise FileUnfit(sentence, details=f"{type(error).__name__}: {error}") from error
    for number, note in enumerate(annotations, 1):
        where = f"annotation {number}"
        if not (isinstance(note, dict) and isinstance(note.get("caption"), str)):
            yield Unfit(where, "It holds no caption.")
        elif not isinstance(name := names.get(_key(note.get("image_id"))), str):
            yield Unfit(where, f"The file has no image {note.get('image_id')!r}.")
        else:
            yield Found(where, _path_bytes(name), note["caption"], "coco")


def _key(value: object) -> object:
    return value if isinstance(value, (int, str)) else None
