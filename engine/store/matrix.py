"""All vectors of one encoder as one float32 matrix in memory, ready for ranking as a single product.

The library holds the vectors; beside it, in "<library>-cache", lies a memory-mapped copy of them that loads ten times
faster and can be deleted at any time. It is used while no vector was dropped from the library; vectors written since
are read from the library and appended. Each vector read from the library is held against its checksum.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from zlib import crc32

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from engine import settings
from engine.store.changes import checksum
from engine.store.library import Library
from engine.store.rows import VectorState

BLOCK = 4096  # rows converted at once
REWRITE_SHARE = 8  # the cache is written anew when it lacks an eighth of the rows

NO_VECTORS = VectorState("")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VectorTable:
    """The unit vectors of the images under one encoder, in memory.

    ``ids`` are image ids, int64 (N,); ``matrix`` is float32 (N, D), C-contiguous, row for row. ``key`` differs whenever
    they do. ``damaged`` are images whose stored vector failed its checksum: left out until they are indexed again.
    """

    ids: np.ndarray
    matrix: np.ndarray
    key: str = ""
    damaged: tuple[int, ...] = ()
    state: VectorState = NO_VECTORS


def load_matrix(library: Library, encoder_key: str, previous: VectorTable | None = None) -> VectorTable:
    """The encoder's vectors as they are now; a ``previous`` table that is still right is extended or returned as is."""
    encoder = library.encoder(encoder_key)
    now = library.vector_state(encoder_key)
    if encoder is None:
        return _table(np.empty(0, np.int64), np.empty((0, 0), np.float32), (), now)
    file = _cache_file(library, encoder_key)
    cached = _read_state(file)
    if previous is not None and previous.matrix.shape[1] != encoder.dim:
        previous = None  # it is from before the encoder's first vector
    if previous is not None and _still_holds(library, encoder_key, previous.state):
        base = previous
    elif _still_holds(library, encoder_key, cached) and (read := _read_table(file, cached)):
        base = read
    else:
        cached = NO_VECTORS
        empty = np.empty((0, encoder.dim), np.float32)
        base = _table(np.empty(0, np.int64), empty, (), VectorState(encoder_key))
    table = base if base.state == now else _extended(library, base, now)
    if cached.removals != now.removals or (now.rows - cached.rows) * REWRITE_SHARE > now.rows:
        _write_cache(file, table)
    return table


def _table(ids: np.ndarray, matrix: np.ndarray, damaged: tuple[int, ...], state: VectorState) -> VectorTable:
    key = f"{state.encoder_key}-{state.removals}-{state.last_id}-{state.last_checksum}"
    return VectorTable(ids, matrix, key, damaged, state)


def _still_holds(library: Library, encoder_key: str, state: VectorState) -> bool:
    """Whether the encoder's vectors up to the state's last one are still those, and all of those."""
    return library.vector_state(encoder_key, state.last_id) == state


def _extended(library: Library, base: VectorTable, now: VectorState) -> VectorTable:
    """``base`` and the vectors written since, each held against its checksum."""
    old = len(base.ids)
    new = now.rows - base.state.rows
    ids = np.empty(old + new, np.int64)
    matrix = np.empty((old + new, base.matrix.shape[1]), np.float32)
    ids[:old], matrix[:old] = base.ids, base.matrix
    damaged = list(base.damaged)
    rows = library.vector_rows(now.encoder_key, base.state.last_id, now.last_id)
    end = old
    while block := list(islice(rows, BLOCK)):
        good = []
        for image, expected, blob in block:
            if checksum(blob) == expected:
                good.append((image, blob))
            else:
                damaged.append(image)
        start, end = end, end + len(good)
        ids[start:end] = [image for image, _ in good]
        matrix[start:end] = np.frombuffer(b"".join(blob for _, blob in good), "<f2").reshape(-1, matrix.shape[1])
    return _table(ids[:end], matrix[:end], tuple(damaged), now)


# ---- the cache file -------------------------------------------------------------------------------------


def _cache_file(library: Library, encoder_key: str) -> Path:
    # Keys may hold characters that file names may not.
    name = blake2b(encoder_key.encode(), digest_size=16).hexdigest()
    return settings.library_cache_dir(library.path) / f"{name}.safetensors"


def _read_state(file: Path) -> VectorState:
    """What the cache file says it holds; an empty state where there is none or it cannot be read."""
    try:
        with safe_open(file, framework="np") as cache:
            return VectorState(**json.loads(cache.metadata()["state"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return NO_VECTORS


def _read_table(file: Path, state: VectorState) -> VectorTable | None:
    """The table in the cache file, or None where its bytes are not those that were written with ``state``."""
    try:
        with safe_open(file, framework="np") as cache:
            ids = cache.get_tensor("ids")
            damaged = cache.get_tensor("damaged")
            vectors = cache.get_slice("vectors")
            matrix = np.empty(vectors.get_shape(), np.float32)
            crc = _crc(state, ids, damaged)
            for start in range(0, len(ids), BLOCK):
                end = min(start + BLOCK, len(ids))
                block = np.ascontiguousarray(vectors[start:end])
                crc = crc32(block.data, crc)
                matrix[start:end] = block
            if cache.metadata()["crc"] != str(crc):
                return None
    except (OSError, SafetensorError):
        return None
    return _table(ids, matrix, tuple(damaged.tolist()), state)


def _crc(state: VectorState, ids: np.ndarray, damaged: np.ndarray) -> int:
    return crc32(damaged.data, crc32(ids.data, crc32(repr(state).encode())))


def _write_cache(file: Path, table: VectorTable) -> None:
    """Write the cache beside its place and move it there; a folder or disk that does not take it is no problem."""
    half = table.matrix.astype(np.float16)
    damaged = np.array(table.damaged, np.int64)
    crc = crc32(half.data, _crc(table.state, table.ids, damaged))
    meta = {"state": json.dumps(asdict(table.state)), "crc": str(crc)}
    partial = file.with_suffix(f".{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            save_file({"ids": table.ids, "damaged": damaged, "vectors": half}, partial, meta)
            os.replace(partial, file)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, SafetensorError) as error:
        _log.warning("the vector cache %s was not written: %s", file, error)
