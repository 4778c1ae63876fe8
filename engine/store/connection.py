"""Opening and locking the library's file, and SQLite's errors as named ones; used by the rest of the store."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import (
    DiskFull,
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    LibraryForeign,
    LibraryMissing,
    LibraryReadOnly,
    LibraryTooNew,
)
from engine.store import schema

MAGIC = b"SQLite format 3\0"
BUSY_SECONDS = 5.0

_SQLITE_ERRORS: dict[int, tuple[type[LibraryError], str]] = {
    sqlite3.SQLITE_FULL: (DiskFull, "cannot be written: the disk is full"),
    sqlite3.SQLITE_CORRUPT: (LibraryDamaged, "is damaged"),
    sqlite3.SQLITE_NOTADB: (LibraryDamaged, "is damaged"),
    sqlite3.SQLITE_READONLY: (LibraryReadOnly, "or its folder cannot be written"),
    sqlite3.SQLITE_CANTOPEN: (LibraryReadOnly, "or its folder cannot be written"),
    sqlite3.SQLITE_PERM: (LibraryReadOnly, "or its folder cannot be written"),
    sqlite3.SQLITE_BUSY: (LibraryBusy, "is in use by another program"),
    sqlite3.SQLITE_LOCKED: (LibraryBusy, "is in use by another program"),
}


def backups(path: Path) -> list[Path]:
    """The library's backups, oldest first (their names begin with the date)."""
    return sorted(backup_folder(path).glob("*.pairlens"))


def backup_folder(path: Path) -> Path:
    """Where the backups of this library lie."""
    return path.with_name(path.name + "-backups")


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection in ``mode`` "ro", "rw" or "rwc" of SQLite's URIs; the caller closes it."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)


def lock_library(path: Path) -> FileLock:
    """Take the library's lock file for this process; the system lets go of it when the process ends, however it does.

    Raises LibraryBusy, LibraryReadOnly, DiskFull.
    """
    real = path.resolve()  # one lock, whichever link leads to the library
    lock = FileLock(real.with_name(real.name + ".lock"), timeout=0, thread_local=False)
    with named_errors(path):
        real.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            raise LibraryBusy(f"The library {path} is open in another PairLens.") from None
    return lock


@contextmanager
def named_errors(path: Path, what: str = "library") -> Iterator[None]:
    """Raise the errors of SQLite and of the file system about ``path`` as `LibraryError`s; all others pass."""
    try:
        yield
    except sqlite3.Error as error:
        # Errors that the driver raises by itself have no code. Extended codes hold the primary one in the low byte.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        kind, says = _SQLITE_ERRORS.get(code, (LibraryError, f"could not be used: {error}"))
        raise kind(f"The {what} {path} {says}.", details=f"{type(error).__name__}: {error}") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"The {what} {path} cannot be written: the disk is full.", details=str(error)) from error
        reason = os.strerror(error.errno or 0)
        raise LibraryReadOnly(f"The {what} {path} cannot be used: {reason}.", details=str(error)) from error


def require_library(path: Path) -> None:
    """Look at the first bytes only, so that a file which is not ours is never opened by SQLite.

    Raises LibraryMissing, LibraryForeign, LibraryDamaged, LibraryReadOnly.
    """
    with named_errors(path):
        try:
            with path.open("rb") as file:
                header = file.read(100)
        except FileNotFoundError:
            raise LibraryMissing(f"There is no library at {path}.") from None
        except IsADirectoryError:
            raise LibraryForeign(f"{path} is a folder, not a PairLens library.") from None
    if len(header) < 100 or not header.startswith(MAGIC):
        # A crash of the system or a failing disk leaves blocks of zeros; a file with backups was a library once.
        if (header and not any(header)) or backups(path):
            raise LibraryDamaged(f"The library {path} is damaged: it does not begin as a library does.")
        raise LibraryForeign(f"The file {path} is not a PairLens library.")
    if int.from_bytes(header[68:72], "big") != schema.APPLICATION_ID:
        raise LibraryForeign(f"The file {path} is a database of another program, not a PairLens library.")


def require_version(path: Path, connection: sqlite3.Connection) -> int:
    """The schema version of the open library; raises LibraryTooNew."""
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > schema.VERSION:
        raise LibraryTooNew(
            f"The library {path} was written by a newer PairLens (format {found}; this one knows {schema.VERSION})."
        )
    return found


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A read-only connection, also to a library that is being written or lies in a read-only folder.

    Raises LibraryMissing, LibraryForeign, LibraryTooNew, LibraryDamaged, LibraryReadOnly.
    """
    require_library(path)
    with named_errors(path):
        # SQLite reads a WAL library through a -shm file, which a read-only folder does not allow. Without a -wal
        # file there is nobody to share with, and the file alone is the whole library.
        alone = not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
        connection = connect(path, "ro&immutable=1" if alone else "ro")
        try:
            require_version(path, connection)
        except BaseException:
            connection.close()
            raise
    return connection
