"""Captions come into the library and go out of it: several for an image, each with its source.

Called by `pairlens captions` and by the engine's jobs. A folder is imported by its sidecar files and by what its
images say about themselves; a file by its format (`engine.caption_files`). A row is matched to an image by its path,
relative ones starting at the file's folder, or else by a file name that only one image of the library bears.
"""

from __future__ import annotations

import csv
import json
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.caption_files import Found, Row, Unfit, read_rows, read_sidecar, sidecars
from engine.embedded_captions import descriptions
from engine.errors import FolderMissing, ImageError
from engine.exchange import display, require_ending
from engine.jobs import JobContext
from engine.replacing import replacing
from engine.store import Library, Writer, texts

MAX_CHARACTERS = 2000  # of one caption; more is an article, not a caption
BATCH = 1000  # captions a transaction
REFUSALS_KEPT = 1000  # of a report; all are counted

_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_SHOWN = ("Cc", "Cf")  # control and format characters; the joiner of emoji stays

NOT_THERE = "The library has no such image; index its folder first."


@dataclass
class TextReport:
    """What an import of texts did: so many ``found``, ``imported`` (new), on ``images`` images; which were refused."""

    found: int = 0
    imported: int = 0
    images: int = 0
    rejected_count: int = 0
    rejected: list[Unfit] = field(default_factory=list)  # at most `REFUSALS_KEPT`

    def refuse(self, where: str, reason: str) -> None:
        """Count a text that is not taken."""
        self.rejected_count += 1
        if len(self.rejected) < REFUSALS_KEPT:
            self.rejected.append(Unfit(where, reason))


class Shelf:
    """The library's images by path, and by file name where one image alone bears it."""

    def __init__(self, library: Library) -> None:
        self._images: dict[bytes, int | None] = {}
        self._named: dict[bytes, set[int]] = defaultdict(set)
        for file in [*library.files(), *library.hidden_files()]:
            self._images[file.path] = file.image_id
            if file.image_id is not None:
                self._named[os.path.basename(file.path)].add(file.image_id)

    def find(self, path: bytes, folder: bytes) -> int | str:
        """The id of the image at ``path`` (relative: to ``folder``), or why there is none, as a sentence."""
        whole = os.path.normpath(os.path.join(folder, path))
        if whole in self._images:
            return self._images[whole] or "The image's content has not been read yet; index its folder first."
        named = self._named.get(os.path.basename(path), set())
        if len(named) > 1:
            return f"{len(named)} images of the library have this name; write the whole path."
        return next(iter(named), NOT_THERE)


def import_captions(writer: Writer, library: Library, source: Path, context: JobContext) -> TextReport:
    """Read captions from a file, or from a folder whose images are in the library, and keep what is new.

    Raises FileUnfit, FolderMissing, OSError, JobCancelled (what was imported stays).
    """
    if source.is_dir():
        return _import_rows(writer, library, _folder_rows(library, source), source, context)
    if not source.exists():
        raise FolderMissing(f"There is no file or folder {source}.")
    image = _image_beside(library, source)
    rows = read_sidecar(source, image) if image else read_rows(source)
    return _import_rows(writer, library, rows, source.parent, context)


def _image_beside(library: Library, sidecar: Path) -> bytes | None:
    """The image that a text file belongs to, when it is a sidecar of one."""
    folder = os.fsencode(sidecar.resolve().parent)
    beside = (file.path for file in library.files() if os.path.dirname(file.path) == folder)
    return next((path for path in beside if sidecar.resolve() in sidecars(path)), None)


def _folder_rows(library: Library, folder: Path) -> Iterator[Row]:
    """The sidecars of the library's images below the folder, and what the images say about themselves."""
    start = os.path.join(os.fsencode(folder.resolve()), b"")
    for file in [file for file in library.files() if file.path.startswith(start)]:
        for sidecar in sidecars(file.path):
            yield from read_sidecar(sidecar, file.path)
        try:
            for text, source in descriptions(file.path):
                yield Found(f"{file.name} ({source})", file.path, text, source)
        except ImageError as error:
            yield Unfit(file.name, error.sentence)


def _import_rows(
    writer: Writer, library: Library, rows: Iterable[Row], folder: Path, context: JobContext
) -> TextReport:
    shelf, report, images = Shelf(library), TextReport(), set[int]()
    base = os.fsencode(folder.resolve())
    batch: list[tuple[int, str, str]] = []

    def flush() -> None:
        report.imported += writer.call(lambda db: texts.record_captions(db, batch))
        batch.clear()
        context.progress("Importing captions", report.found, None, "captions")
        context.breathe()

    for row in rows:
        report.found += 1
        taken = _judge(row, shelf, base)
        if isinstance(taken, Unfit):
            report.refuse(taken.where, taken.reason)
        else:
            batch.append(taken)
            images.add(taken[0])
        if report.found % BATCH == 0:
            flush()
    flush()
    report.images = len(images)
    context.changed("captions")
    return report


def _judge(row: Row, shelf: Shelf, folder: bytes) -> tuple[int, str, str] | Unfit:
    """(Image id, text, source) to be written, or why not."""
    if isinstance(row, Unfit):
        return row
    text = clean(row.text)
    if not any(character.isalnum() for character in text):
        return Unfit(row.where, "The caption is empty.")
    if len(text) > MAX_CHARACTERS:
        return Unfit(row.where, f"The caption has {len(text):,} characters; at most {MAX_CHARACTERS:,} are taken.")
    image = shelf.find(row.path, folder)
    if isinstance(image, str):
        return Unfit(row.where, f"{os.path.basename(row.path).decode('utf-8', 'replace')}: {image}")
    return image, text, row.source


def clean(text: str) -> str:
    """A text on one line: white space and control characters become one space, undecodable bytes U+FFFD."""
    spaced = "".join(" " if unicodedata.category(c) in _NOT_SHOWN and c != "\u200d" else c for c in text)
    return unicodedata.normalize("NFC", " ".join(_SURROGATE.sub("\ufffd", spaced).split()))


# ---- export ---------------------------------------------------------------------------------------------


def export_captions(file: Path, library: Library) -> int:
    """Write every caption: JSON Lines or CSV with path, caption, source, or COCO JSON; returns how many.

    The ending chooses the format; an existing file is replaced. Raises FileUnfit, ExchangeError.
    """
    ending = require_ending(file, ".jsonl", ".csv", ".json")
    paths = {image: display(path) for image, path in library.paths_of_images().items()}
    rows = ((paths[c.image_id], c) for c in texts.all_captions(library) if c.image_id in paths)
    written = 0
    with replacing(file) as part, part.open("w", encoding="utf-8", newline="") as stream:
        if ending == ".json":
            content = _coco_content([(path, caption.image_id, caption.text) for path, caption in rows])
            json.dump(content, stream, ensure_ascii=False, indent=1)
            return len(content["annotations"])
        table = csv.writer(stream)
        if ending == ".csv":
            table.writerow(["path", "caption", "source"])
        for path, caption in rows:
            if ending == ".csv":
                table.writerow([path, caption.text, caption.source])
            else:
                row = {"path": path, "caption": caption.text, "source": caption.source}
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            written += 1
    return written


def _coco_content(rows: list[tuple[str, int, str]]) -> dict[str, list[dict[str, object]]]:
    names = {image: path for path, image, _ in rows}
    return {
        "images": [{"id": image, "file_name": path} for image, path in names.items()],
        "annotations": [{"id": n, "image_id": image, "caption": text} for n, (_, image, text) in enumerate(rows, 1)],
    }
