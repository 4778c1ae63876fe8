"""What a HEIF file says its items are (ISO/IEC 23008-12, 14496-12), looked at before pi_heif reads them.

pi_heif 1.4 turns the type of each metadata item into text and does not see it when that fails: a file with one wrong
byte there ends the process. Called by `engine.pictures`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_SIZE_AND_KIND = struct.Struct(">I4s")
_VERSION_AND_FLAGS = 4  # bytes


def items_are_named_in_text(data: bytes) -> bool:
    """Whether the types and names of all items of the file ``data`` are text; True of what is no HEIF file."""
    if data[4:8] != b"ftyp":
        return True
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind == b"meta" and not all(_is_text(each) for each in _entries(data, start, end)):
            return False
    return True


def _entries(data: bytes, start: int, end: int) -> Iterator[bytes]:
    """The item entries (infe) of the meta box with this body: type, name, content type."""
    for kind, first, stop in _boxes(data, start + _VERSION_AND_FLAGS, end):
        if kind != b"iinf":
            continue
        count = 2 if data[first] == 0 else 4  # bytes of the number of entries
        for entry, body, after in _boxes(data, first + _VERSION_AND_FLAGS + count, stop):
            if entry == b"infe":
                number = 4 if data[body] == 3 else 2  # bytes of the item's number, then two of its protection
                yield data[body + _VERSION_AND_FLAGS + number + 2 : after]


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of the body and end of each box between two places; ends at one that is smaller than its head."""
    while start + _SIZE_AND_KIND.size < end:
        size, kind = _SIZE_AND_KIND.unpack_from(data, start)
        body = start + _SIZE_AND_KIND.size
        if size == 1:
            size = int.from_bytes(data[body : body + 8], "big")
            body += 8
        stop = min(start + size, end) if size else end
        if stop <= body:
            return
        yield kind, body, stop
        start = stop


def _is_text(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
