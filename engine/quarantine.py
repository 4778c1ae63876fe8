"""Files that crash their decoder: noted while they are read, and tried apart once a crash has left its note.

A native crash ends the process at once, and nobody is left to say which file it was. So the threads of `engine.loader`
write down what they decode (`Notes`). The next index of the library looks at what was left there (`suspects`) and has
each of these files decoded in a process of its own (`crash_of`). Most are innocent: the process was killed, the power
failed; they are read like all others. A file that ends that process too is refused by name.
"""

from __future__ import annotations

import logging
import multiprocessing
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from engine import settings
from engine.errors import ImageCrashesDecoder, ImageError
from engine.jobs import JobContext
from engine.pictures import read_picture, shown
from engine.process import describe_exit

PATIENCE = 60.0  # seconds that one file may take to decode
_LOOK_EVERY = 0.1  # seconds between two looks at a cancel

_spawn = multiprocessing.get_context("spawn")
logger = logging.getLogger(__name__)


class Notes:
    """What the threads of one process are decoding, one file a thread in a folder beside the library.

    Written through to the system at once, so that they outlive the process, though not a power cut. `close` deletes
    them; so does `forget` for those that a crash left.
    """

    def __init__(self, library: Path) -> None:
        self._folder = _folder(library)
        self._own = threading.local()
        self._open: list[BinaryIO] = []

    @contextmanager
    def decoding(self, path: bytes) -> Iterator[None]:
        """Have ``path`` noted while the block runs; trouble with the note is no reason not to decode."""
        try:
            note = self._note()
            note.seek(0)
            note.write(path)
        except OSError as error:
            logger.warning("no note of what is decoded: %s", error)
            yield
            return
        try:
            yield
        finally:
            note.truncate(0)

    def close(self) -> None:
        """Delete the notes, once no thread decodes any more."""
        for note in self._open:
            note.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _note(self) -> BinaryIO:
        if not hasattr(self._own, "note"):
            self._folder.mkdir(parents=True, exist_ok=True)
            # Unbuffered; stays open as long as the threads live.
            self._own.note = (self._folder / str(threading.get_ident())).open("wb", buffering=0)
            self._open.append(self._own.note)
        return self._own.note


def suspects(library: Path) -> list[bytes]:
    """The paths that were being decoded when the last index of this library ended without an end."""
    found: set[bytes] = set()
    with suppress(OSError):
        for note in _folder(library).iterdir():
            found.add(note.read_bytes())
    return sorted(found - {b""})


def forget(library: Path) -> None:
    """Delete the notes of a crash, once what they say is recorded."""
    shutil.rmtree(_folder(library), ignore_errors=True)


def crash_of(path: bytes, context: JobContext, *, target: int) -> ImageCrashesDecoder | None:
    """Decode a file in a process of its own, as `read_picture`; what it did to that process, None for nothing.

    Raises JobCancelled.
    """
    child = _spawn.Process(target=_decode, args=(path, target), name="pairlens-suspect", daemon=True)
    child.start()
    try:
        given_up = time.monotonic() + PATIENCE
        while child.exitcode is None and time.monotonic() < given_up:
            child.join(_LOOK_EVERY)
            context.breathe()
        code = child.exitcode
    finally:
        child.kill()
        child.join()
    if code is None:
        return ImageCrashesDecoder(f"{shown(path)} was not decoded within {PATIENCE:.0f} seconds.")
    if code in (0, 1):  # 1: an error of Python, which reading the file here will name
        return None
    return ImageCrashesDecoder(f"{shown(path)} crashes the decoder: its process {describe_exit(code)}.")


def _decode(path: bytes, target: int) -> None:
    """The body of the process."""
    with suppress(ImageError):
        read_picture(path, target=target)


def _folder(library: Path) -> Path:
    return settings.library_cache_dir(library) / "decoding"
