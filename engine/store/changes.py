"""The changes a `Writer` runs: small functions that take the database first; each is one transaction.

    writer.call(lambda db: changes.hide_files(db, ids, True))

Nothing here deletes what a person said: folders are flagged as removed, files as missing or hidden. The exception is
the row of a file that was moved, which is dropped once its content was found under the new name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
from sqlite_utils import Database

from engine.store.rows import Embedded, Failure, Seen

CHUNK = 500  # values in one statement; SQLite's oldest limit is 999


def checksum(vector: bytes) -> bytes:
    """The 16 bytes stored beside a vector: SQLite's own checks do not see a flipped bit inside a BLOB."""
    return blake2b(vector, digest_size=16).digest()


def path_range(folder: bytes) -> tuple[bytes, bytes]:
    """The half-open range of paths that lie below ``folder``."""
    separator = os.fsencode(os.sep)
    stem = folder.rstrip(separator)
    return stem + separator, stem + bytes([separator[0] + 1])


# ---- folders --------------------------------------------------------------------------------------------


def add_folder(db: Database, path: bytes) -> int:
    """Add a folder, or bring a removed one back; returns its id."""
    start, end = path_range(path)
    path = start[:-1] or start
    row = db.execute(
        "INSERT INTO folder (path, range_start, range_end) VALUES (?, ?, ?)"
        " ON CONFLICT (path) DO UPDATE SET removed = 0, online = 1 RETURNING id",
        (path, start, end),
    ).fetchone()
    _claim(db, row[0])
    return row[0]


def remove_folder(db: Database, folder_id: int) -> None:
    """Take a folder out of the library; its files and what was said about them wait for `restore_folder`."""
    db.execute("UPDATE folder SET removed = 1 WHERE id = ?", (folder_id,))
    outer = db.execute(
        "SELECT outer.id FROM folder AS outer JOIN folder AS inner ON inner.id = ?"
        " WHERE NOT outer.removed AND inner.path >= outer.range_start AND inner.path < outer.range_end"
        " ORDER BY length(outer.path) DESC LIMIT 1",
        (folder_id,),
    ).fetchone()
    if outer is not None:
        db.execute("UPDATE file SET folder_id = ? WHERE folder_id = ?", (outer[0], folder_id))


def restore_folder(db: Database, folder_id: int) -> None:
    """Undo `remove_folder`."""
    db.execute("UPDATE folder SET removed = 0 WHERE id = ?", (folder_id,))
    _claim(db, folder_id)


def set_online(db: Database, folder_id: int, online: bool) -> None:
    """Remember whether the folder's drive is there; its files are not touched."""
    db.execute("UPDATE folder SET online = ? WHERE id = ?", (online, folder_id))


def _claim(db: Database, folder_id: int) -> None:
    """Give the folder the files below it that no deeper folder of the library holds."""
    db.execute(
        "UPDATE file SET folder_id = mine.id FROM folder AS mine"
        " WHERE mine.id = ? AND file.path >= mine.range_start AND file.path < mine.range_end AND file.folder_id IN"
        " (SELECT other.id FROM folder AS other WHERE other.removed OR length(other.path) < length(mine.path))",
        (folder_id,),
    )


# ---- files ----------------------------------------------------------------------------------------------


def note_files(db: Database, folder_id: int, seen: Sequence[Seen]) -> list[int]:
    """Write what a scan of the folder found; returns the file ids in the order of ``seen``.

    A new file, and one whose size or time differs, has no image until `record` gives it one. A file that was missing
    and is back unchanged has its image at once.
    """
    nested = db.execute(
        "SELECT inner.range_start, inner.range_end, inner.id FROM folder AS inner JOIN folder AS outer ON outer.id = ?"
        " WHERE NOT inner.removed AND inner.path >= outer.range_start AND inner.path < outer.range_end"
        " ORDER BY length(inner.path) DESC",
        (folder_id,),
    ).fetchall()

    def owner(path: bytes) -> int:
        return next((inner for start, end, inner in nested if start <= path < end), folder_id)

    db.conn.executemany(
        "INSERT INTO file (folder_id, path, size, mtime_ns) VALUES (?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
        " image_id = CASE WHEN size = excluded.size AND mtime_ns = excluded.mtime_ns THEN image_id END,"
        " size = excluded.size, mtime_ns = excluded.mtime_ns, missing = 0",
        ((owner(file.path), file.path, file.size, file.mtime_ns) for file in seen),
    )
    return _ids_at(db, [file.path for file in seen])


def _ids_at(db: Database, paths: Sequence[bytes]) -> list[int]:
    ids: dict[bytes, int] = {}
    for start in range(0, len(paths), CHUNK):
        chunk = paths[start : start + CHUNK]
        ids.update(db.conn.execute(f"SELECT path, id FROM file WHERE path IN ({','.join('?' * len(chunk))})", chunk))
    return [ids[path] for path in paths]


def mark_missing(db: Database, file_ids: Iterable[int]) -> None:
    """Flag files that are gone from the disk: they leave grid and rankings, and keep image and vectors."""
    db.conn.executemany("UPDATE file SET missing = 1 WHERE id = ?", ((i,) for i in file_ids))


def hide_files(db: Database, file_ids: Iterable[int], hidden: bool) -> None:
    """Hide files from grid and rankings, or show them again."""
    db.conn.executemany("UPDATE file SET hidden = ? WHERE id = ?", ((hidden, i) for i in file_ids))


def record_failures(db: Database, failures: Iterable[Failure]) -> None:
    """Remember files that could not be read; they are tried again when their size or time changes."""
    _write_failures(db, 0, failures)


def _write_failures(db: Database, encoder_id: int, failures: Iterable[Failure]) -> None:
    db.conn.executemany(
        "INSERT OR REPLACE INTO failure (file_id, encoder_id, size, mtime_ns, code, sentence)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        ((f.file_id, encoder_id, f.size, f.mtime_ns, f.code, f.sentence) for f in failures),
    )


# ---- images and vectors ---------------------------------------------------------------------------------


def ensure_encoder(db: Database, key: str, name: str, dim: int) -> int:
    """The id of the image encoder ``key``, made if it is new; ``dim`` is the length of its vectors."""
    row = db.execute(
        "INSERT INTO encoder (key, name, dim) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET name = excluded.name"
        " RETURNING id",
        (key, name, dim),
    ).fetchone()
    return row[0]


def record(db: Database, encoder_key: str, rows: Sequence[Embedded]) -> int:
    """Write one batch of pictures read and encoded; returns how many vectors were usable or needed none.

    A vector that is not finite or not of unit length is not written: its file gets a failure under this encoder, so
    it is reported, and tried again only when the file changes or another encoder is used.
    """
    encoder_id, dim = _encoder(db, encoder_key)
    images = [_record_image(db, row) for row in rows]
    unfit = [row for row in rows if row.vector is not None and not _is_unit(row.vector, dim)]
    _write_failures(db, encoder_id, (_unfit_failure(db, row) for row in unfit))
    refused = {row.file_id for row in unfit}
    kept = [(image_id, row.vector) for image_id, row in zip(images, rows, strict=True) if row.file_id not in refused]
    _write_vectors(db, encoder_id, ((image_id, vector) for image_id, vector in kept if vector is not None))
    return len(kept)


def record_vectors(db: Database, encoder_key: str, vectors: Sequence[tuple[int, np.ndarray]]) -> None:
    """Write (image id, unit vector) pairs made elsewhere; a vector that is there already stays.

    Raises ValueError, and nothing is written, when one is not finite, not of unit length or of another dimension.
    """
    encoder_id, dim = _encoder(db, encoder_key)
    if not all(_is_unit(vector, dim) for _, vector in vectors):
        raise ValueError(f"not all vectors are unit vectors of {dim} numbers")
    _write_vectors(db, encoder_id, vectors)


def _encoder(db: Database, key: str) -> tuple[int, int]:
    """(id, dimension) of an encoder that `ensure_encoder` made."""
    found = db.execute("SELECT id, dim FROM encoder WHERE key = ?", (key,)).fetchone()
    if found is None:
        raise ValueError(f"no encoder {key!r}: call ensure_encoder first")
    return found


def _write_vectors(db: Database, encoder_id: int, vectors: Iterable[tuple[int, np.ndarray]]) -> None:
    db.conn.executemany(
        "INSERT INTO vector (encoder_id, image_id, checksum, vector) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (encoder_id, image_id) DO NOTHING",
        (
            (encoder_id, image_id, checksum(blob), blob)
            for image_id, vector in vectors
            for blob in (vector.astype("<f2").tobytes(),)
        ),
    )


def _record_image(db: Database, row: Embedded) -> int:
    """The id of the row's image, made if it is new; links the file to it."""
    image_id = db.execute(
        "INSERT INTO image (content_hash, width, height, format) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (content_hash) DO UPDATE SET format = excluded.format RETURNING id",
        (row.content_hash, row.width, row.height, row.format),
    ).fetchone()[0]
    old = db.execute("SELECT image_id FROM file WHERE id = ?", (row.file_id,)).fetchone()
    db.execute(
        "UPDATE file SET image_id = ?, size = ?, mtime_ns = ? WHERE id = ?",
        (image_id, row.size, row.mtime_ns, row.file_id),
    )
    if old is not None and old[0] is None:
        _take_over(db, row.file_id, image_id)
    return image_id


def _take_over(db: Database, file_id: int, image_id: int) -> None:
    """Treat a file whose content was last seen under a name that is now missing as that file, moved."""
    gone = db.execute(
        "SELECT id, hidden FROM file WHERE image_id = ? AND missing AND id <> ? ORDER BY id LIMIT 1",
        (image_id, file_id),
    ).fetchone()
    if gone is None:
        return
    db.execute("UPDATE file SET hidden = hidden OR ? WHERE id = ?", (gone[1], file_id))
    db.execute("DELETE FROM failure WHERE file_id = ?", (gone[0],))
    db.execute("DELETE FROM file WHERE id = ?", (gone[0],))


def _is_unit(vector: np.ndarray, dim: int) -> bool:
    # NaN and infinity fail the comparison too; in float64 no float32 overflows when squared
    return vector.shape == (dim,) and bool(abs(np.linalg.norm(vector.astype(np.float64)) - 1.0) < 0.01)


def _unfit_failure(db: Database, row: Embedded) -> Failure:
    found = db.execute("SELECT path FROM file WHERE id = ?", (row.file_id,)).fetchone()
    path = found[0] if found else b""
    name = os.path.basename(path).decode("utf-8", "replace")
    sentence = f"The model gave no usable vector for {name} (its numbers are not finite or not of unit length)."
    return Failure(row.file_id, path, row.size, row.mtime_ns, "vector-unfit", sentence)


def drop_vectors(db: Database, encoder_key: str, image_ids: Iterable[int]) -> None:
    """Delete vectors that fail their checksum, so that their images are pending again."""
    ids = [(encoder_key, i) for i in image_ids]
    db.conn.executemany(
        "DELETE FROM vector WHERE encoder_id = (SELECT id FROM encoder WHERE key = ?) AND image_id = ?", ids
    )
    db.execute("UPDATE encoder SET removals = removals + ? WHERE key = ?", (len(ids), encoder_key))


# ---- small things ---------------------------------------------------------------------------------------


def remember_prompt(db: Database, prompt: str, reverse: str) -> None:
    """Put a prompt at the top of the history."""
    db.execute("DELETE FROM prompt WHERE prompt = ? AND reverse = ?", (prompt, reverse))
    db.execute("INSERT INTO prompt (prompt, reverse) VALUES (?, ?)", (prompt, reverse))


def put_setting(db: Database, key: str, value: str) -> None:
    """Write one of the library's own settings, e.g. "model"."""
    db.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", (key, value))
