"""The one writer of a library: it holds the lock file, and a thread that owns the only writing connection.

Made by the engine process before torch is imported, and by every command that writes; `close` (or the end of the
``with`` block) drains what was submitted, checkpoints and lets go of the lock. A process that is killed leaves at
most an unfinished transaction, which SQLite rolls back at the next opening.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from sqlite_utils import Database

from engine.errors import LibraryMissing, LibraryReadOnly
from engine.store import health, schema
from engine.store.connection import connect, lock_library, named_errors, require_library, require_version

T = TypeVar("T")

_log = logging.getLogger(__name__)

WAL_LIMIT_BYTES = 64 * 2**20


class Writer:
    """Runs changes (functions of a database, see `changes`) one after another, each in a transaction of its own.

    Raises LibraryBusy, LibraryForeign, LibraryTooNew, LibraryDamaged, LibraryReadOnly or DiskFull when it opens.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with suppress(LibraryMissing):
            require_library(path)  # before a lock file is laid beside something that is not ours
        self._lock = lock_library(path)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="library-writer")
        try:
            self._db = self._thread.submit(_open, path).result()
            self._identity = _identity(path)
            self._thread.submit(health.backup_if_due, self._db.conn, path)
        except BaseException:
            self._thread.shutdown()
            self._lock.release()
            raise

    def submit(self, change: Callable[[Database], T]) -> Future[T]:
        """Queue ``change``; the future is done after its commit, or holds its error after the rollback."""
        return self._thread.submit(self._run, change)

    def call(self, change: Callable[[Database], T]) -> T:
        """Run ``change`` and wait for its commit."""
        return self.submit(change).result()

    def close(self) -> None:
        """Finish what was submitted, move the write-ahead log into the file, let go of the lock."""
        if not self._lock.is_locked:
            return
        try:
            self._thread.submit(_close, self.path, self._db).result()
        finally:
            self._thread.shutdown()
            self._lock.release()

    def require_there(self) -> None:
        """Raise LibraryMissing when the file was deleted, moved or replaced: what is written then goes nowhere.

        Raises LibraryReadOnly where the system does not say: a drive that fails.
        """
        with named_errors(self.path):
            identity = _identity(self.path)
        if identity != self._identity:
            raise LibraryMissing(
                f"The library {self.path} is gone: it was deleted, moved or replaced while it was open."
            )

    def _run(self, change: Callable[[Database], T]) -> T:
        self.require_there()
        # IMMEDIATE: a transaction that first reads and then writes could otherwise fail with "locked" at once.
        with named_errors(self.path), self._db.conn as connection:
            connection.execute("BEGIN IMMEDIATE")
            return change(self._db)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino


def _open(path: Path) -> Database:
    try:
        require_library(path)
    except LibraryMissing:
        _create(path)
    if not os.access(path, os.W_OK):
        raise LibraryReadOnly(f"The library {path} is write-protected.")
    with named_errors(path):
        connection = connect(path, "rw")
        try:
            found = require_version(path, connection)
            health.quick_check(path, connection)
            return _prepare(path, connection, found)
        except BaseException:
            connection.close()
            raise


def _create(path: Path) -> None:
    """Make an empty library beside its place, then move it there: nobody ever sees half a library."""
    partial = path.with_name(path.name + ".new")
    partial.unlink(missing_ok=True)
    with named_errors(path):
        connection = connect(partial, "rwc")
        try:
            connection.execute(f"PRAGMA page_size = {schema.PAGE_SIZE}")
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            schema.migrate(Database(connection, execute_plugins=False))
            connection.close()
            os.replace(partial, path)
        finally:
            connection.close()
            partial.unlink(missing_ok=True)


def _prepare(path: Path, connection: sqlite3.Connection, found: int) -> Database:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # an acknowledged change survives a power cut; it costs 20 %
    connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
    connection.execute("PRAGMA foreign_keys = ON")
    db = Database(connection, execute_plugins=False)
    if found < schema.VERSION:
        health.backup_from(connection, path, f"-before-version-{schema.VERSION}")
        schema.migrate(db)
    return db


def _close(path: Path, db: Database) -> None:
    try:
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:  # a full disk, a busy reader: the log stays and is used next time
        _log.warning("the write-ahead log of %s stays: %s", path, error)
    db.conn.close()
