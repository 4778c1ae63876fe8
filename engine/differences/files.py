"""Differences go out of the library and come back: JSON Lines, a sentence a line.

    {"first": PATH, "second": PATH, "text": TEXT, "reverse": TEXT, "writer": NAME, "status": STATUS, "version": ...}

Called by `pairlens differences export` and `import`. ``first``, ``second`` and ``text`` are enough for an import; what
cannot be taken is refused by line and reason.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ValidationError

from engine.captions import Shelf, TextReport, clean
from engine.errors import FileUnfit
from engine.exchange import display, require_ending
from engine.jobs import JobContext
from engine.replacing import replacing
from engine.store import Library, Writer, texts
from engine.store.rows import Difference

BATCH = 1000
MAX_CHARACTERS = 2000


class _Line(BaseModel):
    """One line of a file of differences."""

    first: str
    second: str
    text: str
    reverse: str = ""
    writer: str = "imported"
    status: str = texts.NEW
    version: str = ""
    written: datetime | None = None


def export_differences(file: Path, library: Library, *, status: str = "", writer: str = "") -> int:
    """Write differences, of one status or writer where named; returns how many. Raises FileUnfit, ExchangeError."""
    require_ending(file, ".jsonl")
    paths = {image: display(path) for image, path in library.paths_of_images().items()}
    written = 0
    with replacing(file) as part, part.open("w", encoding="utf-8") as stream:
        for row in texts.all_differences(library, status=status, writer=writer):
            if row.first_id in paths and row.second_id in paths:
                stream.write(json.dumps(_as_line(row, paths), ensure_ascii=False) + "\n")
                written += 1
    return written


def _as_line(row: Difference, paths: dict[int, str]) -> dict[str, str]:
    return {
        "first": paths[row.first_id],
        "second": paths[row.second_id],
        "text": row.text,
        "reverse": row.reverse,
        "writer": row.writer,
        "status": row.status,
        "version": row.version,
        "written": datetime.fromtimestamp(row.created, UTC).isoformat(),
    }


def import_differences(writer: Writer, library: Library, file: Path, context: JobContext) -> TextReport:
    """Read a file as `export_differences` writes it; what is there already stays as it is, review and all.

    Raises FileUnfit, OSError, JobCancelled (what was imported stays).
    """
    require_ending(file, ".jsonl")
    report, shelf, images = TextReport(), Shelf(library), set[int]()
    folder = os.fsencode(file.resolve().parent)
    with file.open(encoding="utf-8-sig", errors="replace") as stream:
        lines = ((number, line) for number, line in enumerate(stream, 1) if line.strip())
        while batch := list(islice(lines, BATCH)):
            rows = list(_rows(batch, shelf, folder, report))
            images.update(image for row in rows for image in (row.first_id, row.second_id))
            report.found += len(batch)
            report.imported += writer.call(lambda db, rows=rows: texts.record_differences(db, rows))
            context.progress("Importing differences", report.found, None, "sentences")
            context.breathe()
    report.images = len(images)
    context.changed("differences")
    return report


def _rows(lines: list[tuple[int, str]], shelf: Shelf, folder: bytes, report: TextReport) -> Iterator[Difference]:
    for number, line in lines:
        try:
            yield _row(_Line.model_validate_json(line), shelf, folder)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            report.refuse(f"line {number}", f"{'.'.join(map(str, first['loc'])) or 'The line'}: {first['msg']}.")
        except FileUnfit as error:
            report.refuse(f"line {number}", error.sentence)


def _row(line: _Line, shelf: Shelf, folder: bytes) -> Difference:
    """The line as a row. Raises FileUnfit with the reason why it is none."""
    text, reverse = clean(line.text), clean(line.reverse)
    if not text or max(len(text), len(reverse)) > MAX_CHARACTERS:
        raise FileUnfit(f"The text has {len(line.text):,} characters; it should have 1 to {MAX_CHARACTERS:,}.")
    if line.status not in texts.STATUSES:
        raise FileUnfit(f"The status {line.status!r} is none of {', '.join(texts.STATUSES)}.")
    found = [shelf.find(os.fsencode(path), folder) for path in (line.first, line.second)]
    for path, image in zip((line.first, line.second), found, strict=True):
        if isinstance(image, str):
            raise FileUnfit(f"{os.path.basename(path)}: {image}")
    first, second = (image for image in found if isinstance(image, int))
    if first == second:
        raise FileUnfit("Both images are one.")
    made = line.written or datetime.now(UTC)
    return Difference(
        0,
        first,
        second,
        text,
        reverse,
        clean(line.writer) or "imported",
        line.version,
        int(made.timestamp()),
        line.status,
    )
