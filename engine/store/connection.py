"""Opening the library's file and turning SQLite's errors into named ones; used by `Library`, `Writer` and `health`."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

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


def backup_folder(path: Path) -> Path:
    """Where the backups of this library lie."""
    return path.with_name(path.name + "-backups")


def backups(path: Path) -> list[Path]:
    """The library's backups, oldest first (their names begin with the date)."""
    return sorted(backup_folder(path).glob("*.pairlens"))


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection in ``mode`` "ro", "rw" or "rwc" of SQLite's URIs; the caller closes it."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's errors about ``path`` as `LibraryError`s; all other errors pass."""
    try:
        yield
    except sqlite3.Error as error:
        raise _named(path, error) from error


def _named(path: Path, error: sqlite3.Error) -> LibraryError:
    # Only errors that SQLite itself reports have a code; extended codes hold the primary one in the low byte.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    details = f"{type(error).__name__}: {error}"
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(f"The disk is full: nothing more can be written to the library {path}.", details=details)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return LibraryDamaged(f"The library {path} is damaged.", details=details)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return LibraryReadOnly(f"The library {path} cannot be written.", details=details)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LibraryBusy(f"The library {path} is in use by another program.", details=details)
    return LibraryError(f"The library {path} could not be used: {error}.", details=details)


def require_library(path: Path) -> None:
    """Look at the first bytes only, so that a file which is not ours is never opened by SQLite.

    Raises LibraryMissing, LibraryForeign, LibraryDamaged, LibraryReadOnly (not readable).
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        raise LibraryMissing(f"There is no library at {path}.") from None
    except OSError as error:
        raise LibraryReadOnly(f"The library {path} cannot be read: {os.strerror(error.errno or 0)}.") from error
    if len(header) < 100 or not header.startswith(MAGIC):
        # A crash of the system or a failing disk leaves blocks of zeros; a file with backups was a library once.
        if (header and not any(header)) or backups(path):
            raise LibraryDamaged(f"The library {path} is damaged: its first bytes are not those of a library.")
        raise LibraryForeign(f"The file {path} is not a PairLens library.")
    if int.from_bytes(header[68:72], "big") != schema.APPLICATION_ID:
        raise LibraryForeign(f"The file {path} is a database of another program, not a PairLens library.")


def require_version(path: Path, connection: sqlite3.Connection) -> int:
    """The schema version of the open library; raises LibraryTooNew."""
    found = schema.file_version(connection)
    if found > schema.version():
        raise LibraryTooNew(
            f"The library {path} was written by a newer PairLens (version {found} of the format; this one knows "
            f"{schema.version()})."
        )
    return found


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A read-only connection to a library of any version up to this program's.

    Raises LibraryMissing, LibraryForeign, LibraryTooNew, LibraryDamaged, LibraryReadOnly.
    """
    require_library(path)
    with named_errors(path):
        connection = connect(path, "ro")
        try:
            require_version(path, connection)
        except sqlite3.OperationalError as error:
            connection.close()
            if not _at_rest(path):
                raise
            # A WAL library in a folder that we cannot write: without a -wal file nobody is writing it either.
            connection = connect(path, "ro&immutable=1")
            if error.sqlite_errorcode != sqlite3.SQLITE_CANTOPEN:
                connection.close()
                raise
            require_version(path, connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _at_rest(path: Path) -> bool:
    wal = path.with_name(path.name + "-wal")
    return not wal.exists() or wal.stat().st_size == 0


def copy_database(source: sqlite3.Connection, target: Path) -> None:
    """Copy the whole database behind ``source`` to ``target``, complete or not at all.

    SQLite's backup reads one consistent state, also of a library that is being written; a plain copy of the file
    would miss what is still in its -wal.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    partial.unlink(missing_ok=True)
    try:
        with named_errors(target), closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
