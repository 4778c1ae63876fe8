"""Files copied or hard-linked into a folder a class. Nothing is ever moved, replaced or deleted."""

from __future__ import annotations

import errno
import filecmp
import os
import re
import shutil
import tempfile
from collections.abc import Sequence

from engine.classify_messages import SortResult
from engine.errors import ExchangeError
from engine.jobs import JobContext

MOST_FAILURES = 100  # that are named
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")  # on Windows


def sort_into(
    folder: bytes, files: Sequence[tuple[bytes, str]], *, link: bool, context: JobContext | None = None
) -> SortResult:
    """Put each file (path, class) into the subfolder of its class; a name that is taken gets a number.

    A file that is there already with the same content and time (an earlier run) is left as it is. Raises ExchangeError
    where no file can be linked there or the drive is full; JobCancelled.
    """
    context = context or JobContext()
    failed: list[tuple[bytes, str]] = []
    written = 0
    for done, (path, name) in enumerate(files):
        context.breathe()
        context.progress("Linking into folders" if link else "Copying into folders", done, len(files))
        try:
            written += _put(path, os.path.join(folder, folder_name(name)), link=link)
        except OSError as error:
            if error.errno == errno.EXDEV:
                raise ExchangeError("Hard links work on one drive only; copy the files instead.") from error
            if error.errno == errno.ENOSPC:
                raise ExchangeError(f"The drive is full after {written:,} files.") from error
            failed.append((path, error.strerror or str(error)))
    return SortResult(written, tuple(failed[:MOST_FAILURES]))


def folder_name(name: str) -> bytes:
    """The name of a class as one that every file system takes."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).strip(" .") or "_"
    plain = f"{plain}_" if _RESERVED.fullmatch(plain) else plain
    return os.fsencode(plain)[:200].decode("utf-8", "ignore").encode()


def _put(path: bytes, folder: bytes, *, link: bool) -> int:
    os.makedirs(folder, exist_ok=True)
    stem, ending = os.path.splitext(os.path.basename(path))
    number = 1
    while True:
        target = os.path.join(folder, stem + (b" (%d)" % number if number > 1 else b"") + ending)
        if os.path.lexists(target):
            if _same(path, target):
                return 0
            number += 1
            continue
        try:
            (os.link if link else _copy)(path, target)
        except FileExistsError:
            continue  # made this very moment by someone else: look at it
        return 1


def _copy(path: bytes, target: bytes) -> None:
    """Copy beside the target, then give it its name, which must be free: half a copy never has it."""
    handle, part = tempfile.mkstemp(prefix=b".copying-", dir=os.path.dirname(target))
    os.close(handle)
    try:
        shutil.copy2(path, part)
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        os.rename(part, target)
    finally:
        if os.path.lexists(part):
            os.unlink(part)


def _same(path: bytes, target: bytes) -> bool:
    """Whether the target is the file itself or its copy. Archives give many files one time, and bitmaps one size, so
    the contents are compared.
    """
    if os.path.samefile(path, target):
        return True
    one, other = os.stat(path), os.stat(target)
    return one.st_mtime_ns == other.st_mtime_ns and filecmp.cmp(path, target, shallow=False)
