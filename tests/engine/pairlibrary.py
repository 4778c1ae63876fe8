"""A library of given vectors and an encoder that knows some words: for tests of pairs, analogies and contrasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.store import Writer, changes
from engine.store.rows import Embedded, Seen
from tests.engine.wordclip import DIM, WordClip

KEY = "encoder"


@dataclass
class PairClip(WordClip):
    """A `WordClip` that names the image encoder of `fill`."""

    encoder_key: str = KEY
    title: str = "words"


def fill(writer: Writer, vectors: Mapping[str, np.ndarray], folder: bytes = b"/a") -> None:
    """Files of ``folder`` by name, each with a content and a unit vector (DIM,) of its own."""

    def change(db: changes.Database) -> None:
        changes.ensure_encoder(db, KEY, "words", DIM)
        folder_id = changes.add_folder(db, folder)
        seen = [Seen(folder + b"/" + name.encode(), 1, 1) for name in vectors]
        rows = [
            Embedded(file, name.encode().ljust(16), 1, 1, 8, 8, "JPEG", (v / np.linalg.norm(v)).astype(np.float32))
            for file, (name, v) in zip(changes.note_files(db, folder_id, seen), vectors.items(), strict=True)
        ]
        changes.record(db, KEY, rows)

    writer.call(change)
