"""Numeric arrays from MATLAB 5 files (.mat), the kind that Flowers102 keeps its labels in; nothing else is read.

Source: "MAT-File Format", The MathWorks. A file is a header of 128 bytes and elements; an element is a tag (type,
bytes) and data padded to 8 bytes, or both in 8 bytes when the data are short; a compressed one holds a matrix.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engine.evaluation.errors import TaskDataUnfit

HEADER = 128
MATRIX, COMPRESSED = 14, 15
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
LARGEST = 64_000_000  # bytes of one array, unpacked


def read_arrays(file: Path) -> dict[str, np.ndarray]:
    """Every real numeric array of the file by its name, in MATLAB's order of axes. Raises `TaskDataUnfit`."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise TaskDataUnfit(f"The file {str(file)!r} cannot be read.", details=str(error)) from error
    try:
        if data[126:128] not in (b"IM", b"MI"):
            raise ValueError("no MATLAB 5 header")
        order = "<" if data[126:128] == b"IM" else ">"
        found = (_array(body, order) for kind, body in _unpacked(data[HEADER:], order) if kind == MATRIX)
        return {name: array for name, array in found if array is not None}
    except (ValueError, LookupError, struct.error, zlib.error) as error:
        raise TaskDataUnfit(f"{str(file)!r} is no MATLAB file of arrays.", details=str(error)) from error


def _unpacked(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    for kind, body in _elements(data, order):
        if kind == COMPRESSED:
            opened = zlib.decompressobj()
            whole = opened.decompress(body, LARGEST)
            if opened.unconsumed_tail:
                raise ValueError("an array of unbelievable size")
            yield from _elements(whole, order)
        else:
            yield kind, body


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Type and data of each element."""
    place = 0
    while place + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, place)
        if kind >> 16:  # short: type and size share four bytes, the data are in the other four
            kind, size = kind & 0xFFFF, kind >> 16
            start, place = place + 4, place + 8
        else:
            start = place + 8
            place = start + size
            if kind != COMPRESSED:
                place += -size % 8
        if start + size > len(data):
            raise ValueError("cut short")
        yield kind, data[start : start + size]


def _array(body: bytes, order: str) -> tuple[str, np.ndarray | None]:
    """Name and values of a matrix; None for one that is no plain numbers (a cell, a struct, a text)."""
    parts = list(_elements(body, order))
    (_, dimensions), (_, name) = parts[1], parts[2]
    shape = np.frombuffer(dimensions, f"{order}i4")
    kind, values = parts[3] if len(parts) > 3 else (0, b"")
    if kind not in NUMBERS or len(parts) > 4:
        return name.decode("ascii"), None
    return name.decode("ascii"), np.frombuffer(values, f"{order}{NUMBERS[kind]}").reshape(shape, order="F")
