"""Real libraries for the grid's tests: files on disk, rows written by the Writer, rankings as the engine's files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.protocol import RankingResult
from engine.store import Library, Writer, changes
from engine.store.rows import Embedded, Failure, Seen
from tests.engine.store.samples import unit


def note_folder(library: Path, folder: Path) -> list[int]:
    """Add ``folder`` and its image files (one level) to ``library``; their file ids, by path."""
    entries = sorted((entry for entry in os.scandir(os.fsencode(folder)) if entry.is_file()), key=lambda e: e.path)
    seen = [Seen(entry.path, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in entries]
    with Writer(library) as writer:
        folder_id = writer.call(lambda db: changes.add_folder(db, os.fsencode(folder)))
        return writer.call(lambda db: changes.note_files(db, folder_id, seen))


def record_all(library: Path, *, copies: Sequence[int] = (), size: tuple[int, int] = (64, 48)) -> None:
    """Give every file an image of its own, as if it had been read and embedded; those in ``copies`` share one."""
    with Library(library) as opened:
        files = opened.files()
    contents = [0 if file.id in copies else file.id for file in files]
    rows = [
        Embedded(file.id, content.to_bytes(16, "big"), file.size, file.mtime_ns, *size, "JPEG", unit(content, 4))
        for file, content in zip(files, contents, strict=True)
    ]
    with Writer(library) as writer:
        writer.call(lambda db: changes.ensure_encoder(db, "key", "tiny", 4))
        writer.call(lambda db: changes.record(db, "key", rows))


def fail(library: Path, file_id: int, sentence: str) -> None:
    """Record that a file could not be read."""
    with Library(library) as opened:
        file = opened.file(file_id)
    assert file is not None
    failure = Failure(file.id, file.path, file.size, file.mtime_ns, "image-unreadable", sentence)
    with Writer(library) as writer:
        writer.call(lambda db: changes.record_failures(db, [failure]))


def forget(library: Path, file_ids: Sequence[int]) -> None:
    """Say that files are gone from the disk."""
    with Writer(library) as writer:
        writer.call(lambda db: changes.mark_missing(db, list(file_ids)))


def ranking(folder: Path, pairs: Sequence[tuple[int, float]], prompt: str = "brighter") -> RankingResult:
    """A finished ranking of (file id, score), best first."""
    table = np.array(list(pairs), dtype=[("file", "<i8"), ("score", "<f4")])
    file = folder / f"{prompt}.npy"
    np.save(file, table)
    return RankingResult(str(file), len(table), prompt, "darker", True, "tiny", 0.8, "strong")
