"""Reading a library: one read-only connection that works while another process writes.

A `Library` belongs to the thread that opened it and is closed by it (context manager). Each method is one query, so
what it returns is one state of the library; no transaction stays open between calls.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from engine.store.changes import CHUNK, checksum
from engine.store.connection import named_errors, open_for_reading
from engine.store.rows import Encoder, Failure, File, FileRow, Folder, VectorState, file_of

T = TypeVar("T")

# A file is shown while a folder that was not removed holds it, whichever folder found it first.
_HELD = "EXISTS (SELECT 1 FROM folder WHERE NOT removed AND file.path >= range_start AND file.path < range_end)"
_SHOWN = f"NOT file.missing AND NOT file.hidden AND {_HELD}"
_BELOW = (
    " AND file.path >= (SELECT range_start FROM folder WHERE id = :folder)"
    " AND file.path < (SELECT range_end FROM folder WHERE id = :folder)"
)
_FILES = (
    "SELECT file.id, file.folder_id, file.image_id, file.path, file.size, file.mtime_ns,"
    " image.width, image.height, image.format FROM file LEFT JOIN image ON image.id = file.image_id"
)
# A failure counts while the file is as it was when it failed.
_FAILED = (
    "EXISTS (SELECT 1 FROM failure WHERE failure.file_id = file.id AND failure.encoder_id = 0"
    " AND failure.size = file.size AND failure.mtime_ns = file.mtime_ns)"
)
# No vector under the encoder :key, and no failure that would come again.
_PENDING = (
    "NOT EXISTS (SELECT 1 FROM vector JOIN encoder ON encoder.id = vector.encoder_id"
    " WHERE encoder.key = :key AND vector.image_id = file.image_id)"
    " AND NOT EXISTS (SELECT 1 FROM failure LEFT JOIN encoder ON encoder.id = failure.encoder_id"
    " WHERE failure.file_id = file.id AND failure.size = file.size AND failure.mtime_ns = file.mtime_ns"
    " AND (failure.encoder_id = 0 OR encoder.key = :key))"
)


class Library:
    """The rows of a library as dataclasses.

    Opening raises LibraryMissing, LibraryForeign, LibraryTooNew, LibraryDamaged or LibraryReadOnly; every method may
    raise LibraryDamaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = open_for_reading(path)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def rows(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[Any]:
        """The rows of one reading statement; for what only one room asks."""
        with named_errors(self.path):
            return self._connection.execute(sql, values).fetchall()

    # ---- folders and files ------------------------------------------------------------------------------

    def folders(self) -> list[Folder]:
        """The folders of the library by path, each with the number of files shown below it."""
        rows = self.rows(
            "SELECT id, path, online, (SELECT count(*) FROM file WHERE file.path >= range_start"
            " AND file.path < range_end AND NOT missing AND NOT hidden) FROM folder WHERE NOT removed ORDER BY path"
        )
        return [Folder(i, path, _display(path), bool(online), files) for i, path, online, files in rows]

    def files(self, *, folder_id: int | None = None) -> list[File]:
        """Files that are present and not hidden, by path; of one folder and what is below it, or of all."""
        below = _BELOW if folder_id is not None else ""
        return self._files(f"WHERE {_SHOWN}{below} ORDER BY file.path", {"folder": folder_id})

    def file_rows(self) -> list[FileRow]:
        """What `files` makes its files from, of the whole library: SQLite and nothing else, in a fifth of the time."""
        return self.rows(f"{_FILES} WHERE {_SHOWN} ORDER BY file.path")

    def file(self, file_id: int) -> File | None:
        """The file with this id, also when it is missing or hidden."""
        return _first(self._files("WHERE file.id = :id", {"id": file_id}))

    def files_with(self, file_ids: Iterable[int]) -> dict[int, File]:
        """Id -> file, of those of these ids that there are, also missing or hidden ones."""
        rows = self._chunked(f"{_FILES} WHERE file.id IN ({{}})", [int(i) for i in file_ids])
        return {row[0]: file_of(row) for row in rows}

    def file_at(self, path: bytes) -> File | None:
        """The file at this path, also when it is missing or hidden."""
        return _first(self._files("WHERE file.path = :path", {"path": path}))

    def files_of_image(self, image_id: int) -> list[File]:
        """The files shown that hold this image, by path."""
        return self._files(f"WHERE file.image_id = :image AND {_SHOWN} ORDER BY file.path", {"image": image_id})

    def hidden_files(self) -> list[File]:
        """Files that the person hid and that are present, by path."""
        return self._files(f"WHERE file.hidden AND NOT file.missing AND {_HELD} ORDER BY file.path")

    def files_of_images(self, *, folder_id: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(file ids, image ids), both int64 (N,), of the files shown whose content was read, by path."""
        below = _BELOW if folder_id is not None else ""
        rows = self.rows(
            f"SELECT id, image_id FROM file WHERE image_id IS NOT NULL AND {_SHOWN}{below} ORDER BY path",
            {"folder": folder_id},
        )
        pairs = np.array(rows, dtype=np.int64).reshape(-1, 2)
        return pairs[:, 0].copy(), pairs[:, 1].copy()

    def known_files(self, folder_id: int) -> dict[bytes, tuple[int, int, int, int | None, bool]]:
        """Path -> (file id, size, mtime_ns, image id, failed) of the folder's present files, hidden ones too.

        Files in a deeper folder of the library are that folder's, not this one's.
        """
        rows = self.rows(
            f"SELECT path, id, size, mtime_ns, image_id, {_FAILED} FROM file"
            f" WHERE folder_id = :folder AND NOT missing{_BELOW}",
            {"folder": folder_id},
        )
        return {path: (i, size, mtime, image, bool(failed)) for path, i, size, mtime, image, failed in rows}

    def pending(self, encoder_key: str) -> list[File]:
        """Present files, hidden ones too, that have no vector under this encoder and did not fail, by path."""
        where = f"WHERE NOT file.missing AND {_HELD} AND {_PENDING} ORDER BY file.path"
        return self._files(where, {"key": encoder_key})

    def pending_count(self, encoder_key: str, *, folder_id: int | None = None) -> int:
        """How many of the files shown have no vector under this encoder and did not fail."""
        below = _BELOW if folder_id is not None else ""
        rows = self.rows(
            f"SELECT count(*) FROM file WHERE {_SHOWN}{below} AND {_PENDING}", {"key": encoder_key, "folder": folder_id}
        )
        return rows[0][0]

    def failures(self) -> list[Failure]:
        """Present files that could not be used, and why, by path."""
        rows = self.rows(
            "SELECT file.id, file.path, failure.size, failure.mtime_ns, failure.code, failure.sentence FROM failure"
            " JOIN file ON file.id = failure.file_id AND file.size = failure.size AND file.mtime_ns = failure.mtime_ns"
            f" WHERE NOT file.missing AND {_HELD} ORDER BY file.path"
        )
        return [Failure(*row) for row in rows]

    def _files(self, where: str, values: dict[str, Any] | None = None) -> list[File]:
        return [file_of(row) for row in self.rows(f"{_FILES} {where}", values or {})]

    # ---- images and vectors -----------------------------------------------------------------------------

    def encoders(self) -> list[Encoder]:
        """The image encoders, each with the number of images that have a vector under it."""
        rows = self.rows(
            "SELECT id, key, name, dim, (SELECT count(*) FROM vector WHERE encoder_id = encoder.id) FROM encoder"
        )
        return [Encoder(*row) for row in rows]

    def encoder(self, key: str) -> Encoder | None:
        """The encoder with this key."""
        return next((encoder for encoder in self.encoders() if encoder.key == key), None)

    def images_by_hash(self, hashes: Sequence[bytes]) -> dict[bytes, int]:
        """Content hash -> image id, for the hashes that the library knows."""
        return dict(self._chunked("SELECT content_hash, id FROM image WHERE content_hash IN ({})", hashes))

    def hashes(self) -> dict[int, bytes]:
        """Image id -> content hash, of all images."""
        return dict(self.rows("SELECT id, content_hash FROM image"))

    def known_image(self, encoder_key: str, content_hash: bytes) -> tuple[int, int, str] | None:
        """Width, height and format of the image with this content, if it has a vector under this encoder."""
        rows = self.rows(
            "SELECT width, height, format FROM image JOIN vector ON vector.image_id = image.id"
            " JOIN encoder ON encoder.id = vector.encoder_id WHERE image.content_hash = ? AND encoder.key = ?",
            (content_hash, encoder_key),
        )
        return rows[0] if rows else None

    def vectors(self, encoder_key: str) -> tuple[np.ndarray, np.ndarray]:
        """Image ids int64 (N,) and their vectors float16 (N, D); vectors that fail their checksum are left out."""
        encoder = self.encoder(encoder_key)
        if encoder is None:
            return np.empty(0, np.int64), np.empty((0, 0), np.float16)
        rows = [(image, blob) for image, expected, blob in self.vector_rows(encoder_key) if checksum(blob) == expected]
        ids = np.array([image for image, _ in rows], dtype=np.int64)
        vectors = np.frombuffer(b"".join(blob for _, blob in rows), dtype="<f2")
        return ids, vectors.reshape(len(rows), encoder.dim)

    def vector(self, encoder_key: str, image_id: int) -> np.ndarray | None:
        """One image's vector, float32 (D,); None where there is none or it fails its checksum."""
        rows = self.rows(
            "SELECT vector, checksum FROM vector WHERE encoder_id = (SELECT id FROM encoder WHERE key = ?)"
            " AND image_id = ?",
            (encoder_key, image_id),
        )
        if not rows or checksum(rows[0][0]) != rows[0][1]:
            return None
        return np.frombuffer(rows[0][0], dtype="<f2").astype(np.float32)

    def vector_rows(
        self, encoder_key: str, after: int = 0, last: int | None = None
    ) -> Iterator[tuple[int, bytes, bytes]]:
        """(image id, checksum, float16 bytes) in the order of writing, of vectors with ``after`` < id <= ``last``."""
        with named_errors(self.path):
            yield from self._connection.execute(
                "SELECT image_id, checksum, vector FROM vector"
                " WHERE +encoder_id = (SELECT id FROM encoder WHERE key = ?) AND id > ? AND id <= ifnull(?, id)"
                " ORDER BY id",
                (encoder_key, after, last),
            )

    def vector_state(self, encoder_key: str, last_id: int | None = None) -> VectorState:
        """Which vectors there are under this encoder, or which of them have an id up to ``last_id``."""
        rows = self.rows(
            "SELECT removals, held.rows, held.last, lower(hex(checksum)) FROM encoder,"
            " (SELECT count(*) AS rows, max(id) AS last FROM vector WHERE encoder_id ="
            " (SELECT id FROM encoder WHERE key = :key) AND id <= ifnull(:last, id)) AS held"
            " JOIN vector ON vector.id = held.last WHERE key = :key",
            {"key": encoder_key, "last": last_id},
        )
        return VectorState(encoder_key, *rows[0]) if rows else VectorState(encoder_key)

    def damaged_vectors(self, encoder_key: str) -> list[int]:
        """Images whose stored vector fails its checksum; reads all vectors (0.3 s for 100,000)."""
        return [image for image, expected, blob in self.vector_rows(encoder_key) if checksum(blob) != expected]

    def paths_of_images(self) -> dict[int, bytes]:
        """Image id -> the path of a file that holds it, best a present one that is shown."""
        rows = self.rows(
            "SELECT image_id, path FROM file WHERE image_id IS NOT NULL ORDER BY missing DESC, hidden DESC, path DESC"
        )
        return dict(rows)

    def name_of_image(self, image_id: int) -> str:
        """The name of a file that holds the image, best a present one."""
        rows = self.rows("SELECT path FROM file WHERE image_id = ? ORDER BY missing, path LIMIT 1", (image_id,))
        return _name(rows[0][0]) if rows else f"image {image_id}"

    def _chunked(self, sql: str, values: Sequence[Any], *first: Any) -> Iterator[Any]:
        for start in range(0, len(values), CHUNK):
            chunk = values[start : start + CHUNK]
            yield from self.rows(sql.format(",".join("?" * len(chunk))), (*first, *chunk))

    # ---- small things -----------------------------------------------------------------------------------

    def prompts(self, limit: int = 50) -> list[tuple[str, str]]:
        """(prompt, reverse), most recent first."""
        return self.rows("SELECT prompt, reverse FROM prompt ORDER BY id DESC LIMIT ?", (limit,))

    def setting(self, key: str, default: str = "") -> str:
        """One of the library's own settings."""
        rows = self.rows("SELECT value FROM setting WHERE key = ?", (key,))
        return rows[0][0] if rows else default

    def data_version(self) -> int:
        """A number that changes when another connection changed the library."""
        return self.rows("PRAGMA data_version")[0][0]


def _first(rows: list[T]) -> T | None:
    return rows[0] if rows else None


def _display(path: bytes) -> str:
    return path.decode("utf-8", "replace")


def _name(path: bytes) -> str:
    return _display(os.path.basename(path))
