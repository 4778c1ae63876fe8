"""Folders to `Seen`: which files of a folder are candidates for images, without opening any.

A generator; whoever iterates it drives it. Candidates are told by their extension, in any case; also pipes, devices
and dangling links under such a name are given, so that reading them refuses them by name. Left out are what the system
and other programs hide: names with a leading dot, and the folders and files of `_SKIPPED`.

Links to folders are followed, but every folder is visited once, told by its device and inode, and never one that the
scan started in or below: loops end, and a link to the root of the disk is not a copy of the disk. Links are taken
after all real folders, so that a file is always found under its real path where it has one in the folder.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Collection, Iterator

from engine.errors import FolderMissing, FolderUnreadable
from engine.store.rows import Seen

EXTENSIONS = frozenset(
    b"jpg jpeg jpe jfif mpo png apng webp gif tif tiff bmp dib heic heif hif heics heifs avif avifs".split()
)
_SKIPPED = frozenset(
    name.lower()
    for name in (
        b"@eaDir",
        b"#recycle",
        b"#snapshot",
        b"$RECYCLE.BIN",
        b"System Volume Information",
        b"lost+found",
        b"__MACOSX",
        b"Thumbs.db",
        b"desktop.ini",
    )
)

Report = Callable[[bytes, FolderUnreadable], None]


def scan(folder: bytes, *, report: Report | None = None, leave_out: Collection[bytes] = ()) -> Iterator[Seen]:
    """Every candidate below ``folder``, folder by folder.

    ``report`` is told of each subfolder that cannot be listed; its files are not among what is seen, which says
    nothing about them. ``leave_out`` are subfolders to stay out of. Raises FolderMissing, FolderUnreadable for the
    folder itself, at the first item.
    """
    visited = _ancestors(folder)
    real, links = deque([folder]), deque[bytes]()
    while real or links:
        place = real.popleft() if real else links.popleft()
        try:
            identity = _identity(os.stat(place))
            if identity in visited and place != folder:
                continue
            visited.add(identity)
            with os.scandir(place) as entries:
                yield from _candidates(entries, real, links, leave_out)
        except OSError as error:
            _give_up(place, error, folder, report)


def is_hidden(name: bytes) -> bool:
    """Whether a file or folder of this name is left out."""
    return name.startswith(b".") or name.lower() in _SKIPPED


def named_as_image(name: bytes) -> bool:
    """Whether the extension is one of an image."""
    _, dot, extension = name.rpartition(b".")
    return bool(dot) and extension.lower() in EXTENSIONS


def see(path: bytes) -> Seen | None:
    """One file as a scan would give it; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return Seen(path, status.st_size, status.st_mtime_ns)


def _candidates(
    entries: Iterator[os.DirEntry[bytes]], real: deque[bytes], links: deque[bytes], leave_out: Collection[bytes]
) -> Iterator[Seen]:
    """Give the candidates of one folder, and queue its subfolders."""
    for entry in entries:
        name = entry.name
        if is_hidden(name):
            continue
        if _is_folder(entry):
            if entry.path not in leave_out:
                (links if entry.is_symlink() else real).append(entry.path)
        elif named_as_image(name):
            status = _status(entry)
            if status is not None:
                yield Seen(entry.path, status.st_size, status.st_mtime_ns)


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, or where we may not look
        return False


def _status(entry: os.DirEntry[bytes]) -> os.stat_result | None:
    """The file's status, or the link's own where it leads nowhere; None when it vanished or is hidden (Windows)."""
    try:
        status = entry.stat()
    except OSError:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return None
    hidden = getattr(stat, "FILE_ATTRIBUTE_HIDDEN", 0) | getattr(stat, "FILE_ATTRIBUTE_SYSTEM", 0)
    return None if getattr(status, "st_file_attributes", 0) & hidden else status


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _ancestors(folder: bytes) -> set[tuple[int, int]]:
    """The identities of the folders that hold ``folder``."""
    found = set()
    place = os.path.realpath(folder)
    while (above := os.path.dirname(place)) != place:
        place = above
        try:
            found.add(_identity(os.stat(place)))
        except OSError:
            break
    return found


def _give_up(place: bytes, error: OSError, folder: bytes, report: Report | None) -> None:
    """Decide what a folder that cannot be listed means: the end of the scan, a line in the report, or nothing."""
    name = place.decode("utf-8", "replace")
    gone = isinstance(error, FileNotFoundError | NotADirectoryError)
    if place == folder:
        if gone:
            raise FolderMissing(f"There is no folder {name}.") from None
        raise FolderUnreadable(f"The folder {name} cannot be listed: {error.strerror}.") from error
    if report is not None and not gone:  # a subfolder that is gone was deleted while we looked
        report(place, FolderUnreadable(f"The folder {name} cannot be listed: {error.strerror}."))
