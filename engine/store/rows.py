"""The rows of the library as frozen dataclasses: what `Library` returns and what changes take.

Paths are bytes (`os.fsencode`): file names need not be UTF-8. ``display`` and ``name`` are for people to read, with
undecodable bytes replaced.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np


@dataclass(frozen=True)
class Folder:
    """A folder of the library; ``online`` is False while its drive is not there (nothing is forgotten then)."""

    id: int
    path: bytes
    display: str
    online: bool
    files: int


@dataclass(frozen=True)
class File:
    """A file as it was last seen. ``image_id`` is None until its content was read (phase two of an import).

    ``width`` and ``height`` are in pixels as shown (after EXIF orientation). Several files may hold one image.
    """

    id: int
    folder_id: int
    image_id: int | None
    path: bytes
    name: str
    size: int
    mtime_ns: int
    width: int | None
    height: int | None
    format: str | None


FileRow: TypeAlias = tuple[int, int, int | None, bytes, int, int, int | None, int | None, str | None]
"""(id, folder_id, image_id, path, size, mtime_ns, width, height, format): a `File` that was not made yet."""


def file_of(row: FileRow) -> File:
    """The `File` of a row."""
    file_id, folder_id, image_id, path, size, mtime_ns, width, height, kind = row
    name = os.path.basename(path).decode("utf-8", "replace")
    return File(file_id, folder_id, image_id, path, name, size, mtime_ns, width, height, kind)


@dataclass(frozen=True)
class Seen:
    """A file that a scan found: what identifies it without reading its content."""

    path: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Embedded:
    """One picture read and encoded, ready to be written: file ``file_id`` holds content ``content_hash``.

    ``vector`` is the unit image vector, shape (D,), float32; None when the image's vector is already stored.
    ``size`` and ``mtime_ns`` are those of the content that was read (checked again after encoding).
    """

    file_id: int
    content_hash: bytes  # blake2b-128 of the whole file
    size: int
    mtime_ns: int
    width: int
    height: int
    format: str
    vector: np.ndarray | None


@dataclass(frozen=True)
class Failure:
    """A file that could not be read as an image, by name and reason."""

    file_id: int
    path: bytes
    size: int
    mtime_ns: int
    code: str
    sentence: str


@dataclass(frozen=True)
class Encoder:
    """An image encoder whose vectors the library holds. ``key`` is a digest of its weights and preprocessing."""

    id: int
    key: str
    name: str
    dim: int
    images: int  # how many images have a vector under it


@dataclass(frozen=True)
class Caption:
    """A text on one image; ``source`` says where it came from, ``created`` is in seconds since 1970 (UTC)."""

    id: int
    image_id: int
    text: str
    source: str
    created: int


@dataclass(frozen=True)
class Difference:
    """A text on an ordered pair of images: what tells the first from the second.

    ``reverse`` says the same of the pair swapped ("" = not known). ``writer`` is "rules", "ollama:MODEL" or the name
    in an imported file; ``version`` is that of its prompt or rules; ``status`` one of `engine.store.texts.STATUSES`.
    """

    id: int
    first_id: int
    second_id: int
    text: str
    reverse: str
    writer: str
    version: str
    created: int
    status: str


@dataclass(frozen=True)
class Answered:
    """What a writer made of one pair: the texts that passed every test, and how many fell at which test."""

    first_id: int
    second_id: int
    texts: tuple[tuple[str, str], ...]  # (text, reverse)
    rejected: Mapping[str, int]


@dataclass(frozen=True)
class Attribute:
    """A named comparison that people judge; ``prompt`` "" = no words, ``judgements``: answers that stand."""

    id: int
    name: str
    prompt: str
    reverse: str
    judgements: int


@dataclass(frozen=True)
class Judgement:
    """One answer about two images: "first", "second", "equal", "unsure" (cannot tell) or "skipped" (no answer)."""

    id: int
    first_image: int
    second_image: int
    answer: str


@dataclass(frozen=True)
class VectorState:
    """Which vectors of an encoder a table holds: all ``rows`` of them up to ``last_id``, after ``removals`` drops.

    Vectors are inserted with rising ids and dropped, never changed; the checksum of the last one tells a restored
    library, whose ids were given twice, from the one before.
    """

    encoder_key: str
    removals: int = 0
    rows: int = 0
    last_id: int = 0
    last_checksum: str = ""  # hexadecimal
