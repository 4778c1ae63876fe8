"""Pictures that exist only as rows: a path, a content hash and a random unit vector each."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from engine.store import Writer, changes
from engine.store.rows import Embedded, Seen

KEY = "encoder-key"
DIM = 8


def unit(seed: int, dim: int = DIM) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(dim).astype(np.float32)
    return vector / np.linalg.norm(vector)


def seen(*names: str, folder: str = "/photos", time: int = 1) -> list[Seen]:
    return [Seen(f"{folder}/{name}".encode(), 100, time) for name in names]


def embedded(file_id: int, content: int, vector: np.ndarray | None, time: int = 1) -> Embedded:
    digest = blake2b(str(content).encode(), digest_size=16).digest()
    return Embedded(file_id, digest, 100, time, 640, 480, "JPEG", vector)


def fill(writer: Writer, names: Sequence[str], folder: str = "/photos") -> tuple[int, list[int]]:
    """Add ``folder`` with one indexed file a name, contents 0, 1, 2 ...; returns folder id and file ids."""
    folder_id = writer.call(lambda db: changes.add_folder(db, folder.encode()))
    ids = writer.call(lambda db: changes.note_files(db, folder_id, seen(*names, folder=folder)))
    writer.call(lambda db: changes.ensure_encoder(db, KEY, "test", DIM))
    rows = [embedded(file_id, number, unit(number)) for number, file_id in enumerate(ids)]
    writer.call(lambda db: changes.record(db, KEY, rows))
    return folder_id, ids
