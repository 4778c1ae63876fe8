"""A library of real little picture files, each with a random unit vector in place of a model's; no torch needed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

from engine.store import Library, Writer, changes
from engine.store.rows import Embedded, Seen
from tests.conftest import write_photo
from tests.engine.store.samples import DIM, KEY, unit


def shelve(writer: Writer, folder: Path, names: Sequence[str]) -> list[int]:
    """Write a picture a name below ``folder`` and put it into the library; returns the image ids in that order."""
    files = [write_photo(folder / name, crc32(str(folder / name).encode())) for name in names]
    stats = [file.stat() for file in files]
    seen = [Seen(bytes(file), stat.st_size, stat.st_mtime_ns) for file, stat in zip(files, stats, strict=True)]
    folder_id = writer.call(lambda db: changes.add_folder(db, bytes(folder)))
    ids = writer.call(lambda db: changes.note_files(db, folder_id, seen))
    writer.call(lambda db: changes.ensure_encoder(db, KEY, "test", DIM))
    rows = [
        Embedded(i, blake2b(f.read_bytes(), digest_size=16).digest(), s.size, s.mtime_ns, 64, 48, "JPEG", unit(n))
        for n, (i, f, s) in enumerate(zip(ids, files, seen, strict=True))
    ]
    writer.call(lambda db: changes.record(db, KEY, rows))
    with Library(writer.path) as library:
        image_of = {file.id: file.image_id or 0 for file in library.files()}
    return [image_of[i] for i in ids]
