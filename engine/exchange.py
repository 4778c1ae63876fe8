"""Export and import: rankings (CSV), vectors (NPZ, CSV), the library's list of files (JSON Lines, CSV).

Called by `pairlens export` and `pairlens import`. The name's ending chooses the format; an existing file is replaced,
in one step when the new one is complete. Nothing is locked in: what is exported can be read without PairLens.
(Parquet would need pyarrow, 40 MB of dependency for what NPZ does here.)

A path that is not valid UTF-8 is written with U+FFFD for each undecodable byte; NPZ, and the list of files in base64,
hold the exact bytes as well.
"""

from __future__ import annotations

import base64
import csv
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from engine.errors import FileUnfit
from engine.jobs import JobContext
from engine.protocol import Refusal
from engine.replacing import replacing
from engine.store import changes
from engine.store.library import Library
from engine.store.rows import File
from engine.store.writer import Writer

UNIT_TOLERANCE = 1e-2  # float16 rounds a unit vector's length by less than 1e-3
BATCH = 1000  # vectors a transaction


@dataclass(frozen=True)
class RankedFile:
    """One line of a ranking: ``rank`` counts from 1."""

    rank: int
    path: bytes
    score: float


@dataclass(frozen=True)
class VectorFile:
    """What a file of vectors holds: ``paths[i]`` has ``vectors[i]``, (N, D) float32."""

    paths: list[bytes]
    vectors: np.ndarray


@dataclass(frozen=True)
class ImportReport:
    """How many vectors came in, and which did not."""

    rows: int
    rejected: tuple[Refusal, ...]


def display(path: bytes) -> str:
    """A path as text."""
    return path.decode("utf-8", "replace")


# ---- export ---------------------------------------------------------------------------------------------


def export_ranking(file: Path, ranked: Iterable[RankedFile]) -> int:
    """Write rank, path, score as CSV; returns the rows written. Raises `FileUnfit`, `ExchangeError`."""
    require_ending(file, ".csv")
    return _write_csv(file, ["rank", "path", "score"], ((row.rank, display(row.path), row.score) for row in ranked))


def export_vectors(file: Path, library: Library, encoder_key: str) -> int:
    """Write every present file's path and vector under one image encoder; returns the rows written.

    NPZ: ``paths`` (text), ``path_bytes`` (exact), ``vectors`` (N, D) float16 as stored, ``encoder``. CSV: path, v0 ...
    Raises `FileUnfit` (unknown ending, or no vectors), `ExchangeError`.
    """
    ending = require_ending(file, ".npz", ".csv")
    ids, stored = library.vectors(encoder_key)
    row_of = {int(image): row for row, image in enumerate(ids)}
    files = [found for found in library.files() if found.image_id in row_of]
    if not files:
        raise FileUnfit("The library holds no vectors under this model; index a folder with it first.")
    vectors = stored[[row_of[found.image_id] for found in files if found.image_id is not None]]
    paths = [found.path for found in files]
    if ending == ".csv":
        header = ["path", *(f"v{column}" for column in range(vectors.shape[1]))]
        return _write_csv(
            file, header, ((display(path), *row.tolist()) for path, row in zip(paths, vectors, strict=True))
        )
    with replacing(file) as part, part.open("wb") as stream:
        np.savez_compressed(
            stream,
            paths=np.array([display(path) for path in paths]),
            path_bytes=np.array(paths),
            vectors=vectors,
            encoder=np.array(encoder_key),
        )
    return len(paths)


def export_library(file: Path, library: Library) -> int:
    """Write one row a file of the library: where, what, and why it could not be read; returns the rows written.

    Raises `FileUnfit`, `ExchangeError`.
    """
    ending = require_ending(file, ".jsonl", ".csv")
    rows = list(_library_rows(library))
    if ending == ".csv":
        return _write_csv(file, list(LibraryRow.__annotations__), (asdict(row).values() for row in rows))
    with replacing(file) as part, part.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)
    return len(rows)


@dataclass(frozen=True)
class LibraryRow:
    """One file as `export_library` writes it: sizes in bytes and pixels, ``failure`` empty where there is none.

    ``path_bytes`` is the exact path in base64 where ``path`` is not, else empty.
    """

    path: str
    folder: str
    content_hash: str
    size: int
    mtime_ns: int
    width: int | None
    height: int | None
    format: str | None
    hidden: bool
    failure: str
    path_bytes: str


def _library_rows(library: Library) -> Iterator[LibraryRow]:
    folders = {folder.id: display(folder.path) for folder in library.folders()}
    hashes = library.hashes()
    failures = {failure.file_id: failure.sentence for failure in library.failures()}
    hidden = {file.id for file in library.hidden_files()}
    for file in sorted([*library.files(), *library.hidden_files()], key=lambda file: file.path):
        content = hashes.get(file.image_id, b"").hex() if file.image_id is not None else ""
        yield LibraryRow(
            display(file.path),
            folders.get(file.folder_id, ""),
            content,
            file.size,
            file.mtime_ns,
            file.width,
            file.height,
            file.format,
            file.id in hidden,
            failures.get(file.id, ""),
            "" if display(file.path).encode() == file.path else base64.b64encode(file.path).decode(),
        )


def require_ending(file: Path, *endings: str) -> str:
    """The file's ending, lower case; raises `FileUnfit` when it is none of ``endings``."""
    ending = file.suffix.lower()
    if ending not in endings:
        raise FileUnfit(f"{str(file)!r} should end in {' or '.join(endings)}; the ending chooses the format.")
    return ending


def _write_csv(file: Path, header: Sequence[str], rows: Iterable[Iterable[object]]) -> int:
    written = 0
    with replacing(file) as part, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            written += 1
    return written


# ---- import ---------------------------------------------------------------------------------------------


def read_vectors(file: Path) -> VectorFile:
    """Read what `export_vectors` writes, or the same made elsewhere; relative paths start at the file's folder.

    Raises `FileUnfit` (not the format, no rows, rows of different lengths), OSError.
    """
    ending = require_ending(file, ".npz", ".csv")
    paths, vectors = (_read_npz if ending == ".npz" else _read_csv)(file)
    if vectors.ndim != 2 or len(vectors) != len(paths) or not len(paths):
        raise FileUnfit(
            f"{str(file)!r} holds {len(paths)} paths and vectors of shape {vectors.shape}; they must match."
        )
    folder = os.fsencode(file.resolve().parent)
    return VectorFile([os.path.normpath(os.path.join(folder, path)) for path in paths], vectors)


def _read_npz(file: Path) -> tuple[list[bytes], np.ndarray]:
    try:
        with np.load(file, allow_pickle=False) as content:
            names = content["path_bytes" if "path_bytes" in content else "paths"]
            vectors = content["vectors"]
            numbers = np.asarray(vectors, dtype=np.float32)
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        sentence = f"{str(file)!r} is no NPZ file with the arrays 'paths' and 'vectors'."
        raise FileUnfit(sentence, details=str(error)) from error
    return [name if isinstance(name, bytes) else os.fsencode(str(name)) for name in names.ravel().tolist()], numbers


def _read_csv(file: Path) -> tuple[list[bytes], np.ndarray]:
    paths: list[bytes] = []
    vectors: list[np.ndarray] = []
    with file.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows, [])
        if header[:1] != ["path"] or len(header) < 2:
            raise FileUnfit(f"{str(file)!r} should begin with the line path,v0,v1,... .")
        for row in rows:
            try:
                vector = np.array(row[1:], dtype=np.float32)
            except ValueError as error:
                raise FileUnfit(f"Line {rows.line_num} of {str(file)!r} holds something that is no number.") from error
            if len(row) != len(header):
                raise FileUnfit(f"Line {rows.line_num} of {str(file)!r} has {len(row)} columns, not {len(header)}.")
            paths.append(os.fsencode(row[0]))
            vectors.append(vector)
    return paths, np.stack(vectors) if vectors else np.empty((0, 0), np.float32)


def import_vectors(
    writer: Writer,
    library: Library,
    content: VectorFile,
    encoder: tuple[str, str, int],
    context: JobContext,
) -> ImportReport:
    """Store vectors made elsewhere under an image encoder (key, name, dimension); what does not fit is refused by name.

    A vector is taken when its path is a file of the library whose content was read, and it is finite and of unit
    length. Vectors that are there already stay. Raises `FileUnfit` when the dimension is another than the encoder's.
    """
    key, name, dim = encoder
    if content.vectors.shape[1] != dim:
        raise FileUnfit(f"The vectors have {content.vectors.shape[1]} numbers each; those of {name} have {dim}.")
    writer.call(lambda db: changes.ensure_encoder(db, key, name, dim))
    taken: list[tuple[int, np.ndarray]] = []
    rejected: list[Refusal] = []
    for path, vector in zip(content.paths, content.vectors, strict=True):
        found = library.file_at(path)
        reason = _why_not(found, vector)
        if found is None or found.image_id is None or reason:
            rejected.append(Refusal(path, reason))
        else:
            taken.append((found.image_id, vector))
    for start in range(0, len(taken), BATCH):
        context.check_cancelled()
        batch = taken[start : start + BATCH]
        writer.call(partial(changes.record_vectors, encoder_key=key, vectors=batch))
        context.progress("Importing vectors", start + len(batch), len(taken), "vectors")
    return ImportReport(len(taken), tuple(rejected))


def _why_not(file: File | None, vector: np.ndarray) -> str:
    """Why a vector is not taken, as a sentence; "" when it is."""
    if file is None:
        return "The library has no such file; index its folder first."
    if file.image_id is None:
        return "The file's content has not been read yet; index its folder first."
    if not np.isfinite(vector).all():
        return "The vector holds a number that is not finite."
    length = float(np.linalg.norm(vector))
    if abs(length - 1) > UNIT_TOLERANCE:
        return f"The vector has the length {length:.3g}; image vectors are unit vectors."
    return ""
