"""Whether a library is whole, and its backups: checks for `pairlens doctor`, backup and restore.

A backup is a copy of the whole library in "<library>-backups", named by date. `Writer` makes one a day and one before
it migrates; `restore` puts the newest sound one in place and keeps the damaged file aside. Nothing of the person's is
deleted: only backups beyond the limits below, and only files that carry a backup's name.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from engine import settings
from engine.errors import LibraryDamaged, LibraryError, PairLensError
from engine.store.connection import (
    backup_folder,
    backups,
    connect,
    lock_library,
    named_errors,
    open_for_reading,
    require_version,
)
from engine.store.library import Library

KEEP_BACKUPS = 10
KEEP_BACKUP_BYTES = 4 * 2**30  # of more than two backups
BACKUP_EVERY = timedelta(days=1)

_STAMP = "%Y-%m-%d-%H%M%S"
_BACKUP_NAME = re.compile(r"\d{4}-\d\d-\d\d-\d{6}(-before-version-\d+)?\.pairlens")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """One line of `pairlens doctor`; ``remedy`` is empty where nothing is to be done."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class Restored:
    """What `restore` did: the backup now in place, and where the damaged library was kept (None: there was none)."""

    backup: Path
    kept: Path | None


# ---- checks ---------------------------------------------------------------------------------------------


def check(path: Path) -> list[Check]:
    """Look at everything that can be wrong with the library at ``path``; never raises for what it finds."""
    try:
        with Library(path) as library, closing(open_for_reading(path)) as connection, named_errors(path):
            return [
                Check("library", True, f"{path} shows {len(library.files())} files."),
                _structure(connection),
                _references(connection),
                _vectors(library),
                _newest_backup(path),
            ]
    except PairLensError as error:
        return [Check("library", False, error.sentence, error.remedy), _newest_backup(path)]


def quick_check(path: Path, connection: sqlite3.Connection) -> None:
    """Raise LibraryDamaged when SQLite finds the open library malformed; 0.1 s for 100,000 images."""
    lines = [row[0] for row in connection.execute("PRAGMA quick_check(10)")]
    if lines != ["ok"]:
        raise LibraryDamaged(f"The library {path} is damaged.", details="\n".join(lines))


def bad_vectors(path: Path) -> list[tuple[int, str]]:
    """(image id, sentence naming the file and the encoder) of every stored vector that fails its checksum."""
    with Library(path) as library:
        return _bad_vectors(library)


def _bad_vectors(library: Library) -> list[tuple[int, str]]:
    found = []
    for encoder in library.encoders():
        for image_id in library.damaged_vectors(encoder.key):
            name = library.name_of_image(image_id)
            found.append((image_id, f"The vector of {name} under {encoder.name} does not match its checksum."))
    return found


def _structure(connection: sqlite3.Connection) -> Check:
    lines = [row[0] for row in connection.execute("PRAGMA integrity_check(10)")]
    if lines == ["ok"]:
        return Check("structure", True, "SQLite finds the file well formed.")
    return Check("structure", False, "SQLite finds the file malformed: " + "; ".join(lines), LibraryDamaged.remedy)


def _references(connection: sqlite3.Connection) -> Check:
    rows = connection.execute("PRAGMA foreign_key_check").fetchall()
    if not rows:
        return Check("references", True, "Every row refers to rows that exist.")
    table, row_id, target, _ = rows[0]
    detail = f"{len(rows)} rows refer to rows that do not exist, first {table} {row_id} to a lost {target}."
    return Check("references", False, detail, LibraryDamaged.remedy)


def _vectors(library: Library) -> Check:
    bad = _bad_vectors(library)
    if not bad:
        count = sum(encoder.images for encoder in library.encoders())
        return Check("vectors", True, f"All {count} vectors match their checksums.")
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return Check("vectors", False, bad[0][1] + more, "Run `pairlens index` to make these vectors again.")


def _newest_backup(path: Path) -> Check:
    newest = newest_backup(path)
    return Check("backup", True, f"The newest backup is {newest}." if newest else "No backup has been made yet.")


# ---- backup ---------------------------------------------------------------------------------------------


def newest_backup(path: Path) -> Path | None:
    """The newest backup of the library at ``path``."""
    return next(reversed(backups(path)), None)


def backup(path: Path) -> Path:
    """Copy the library, also one that is being written, to a dated file; raises DiskFull, LibraryReadOnly ..."""
    with closing(open_for_reading(path)) as connection:
        return backup_from(connection, path)


def backup_from(connection: sqlite3.Connection, path: Path, label: str = "") -> Path:
    """Copy the open library to a dated file, complete or not at all; thins out the older backups.

    SQLite's backup reads one consistent state; a copy of the file alone would miss what is still in its -wal.
    """
    target = backup_folder(path) / f"{datetime.now().strftime(_STAMP)}{label}.pairlens"
    with named_errors(target, "backup"):
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(connection, target)
        _thin_out(path)
    return target


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    partial = target.with_suffix(".part")
    try:
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(partial)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, readable on a read-only disk
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def backup_if_due(connection: sqlite3.Connection, path: Path) -> None:
    """Make the day's backup when the library changed since the last one; what hinders it is logged, not raised."""
    newest = newest_backup(path)
    try:
        if newest is not None:
            if _age(newest) < BACKUP_EVERY or newest.stat().st_mtime > path.stat().st_mtime:
                return
        elif connection.execute("SELECT count(*) FROM folder").fetchone()[0] == 0:
            return
        backup_from(connection, path)
    except (LibraryError, OSError) as error:
        _log.warning("no backup of %s was made: %s", path, error)


def _thin_out(path: Path) -> None:
    ours = [file for file in backups(path) if _BACKUP_NAME.fullmatch(file.name)]
    sizes = [file.stat().st_size for file in ours]
    while len(ours) > KEEP_BACKUPS or (len(ours) > 2 and sum(sizes) > KEEP_BACKUP_BYTES):
        ours.pop(0).unlink()
        sizes.pop(0)
    for unfinished in backup_folder(path).glob("*.part"):  # of a process that was killed; not one at work now
        if _age(unfinished) > BACKUP_EVERY:
            unfinished.unlink()


def _age(file: Path) -> timedelta:
    return datetime.now() - datetime.fromtimestamp(file.stat().st_mtime)


# ---- restore --------------------------------------------------------------------------------------------


def restore(path: Path) -> Restored:
    """Put the newest sound backup in the library's place; the damaged file is kept beside it under a dated name.

    Raises LibraryBusy while another process writes the library, LibraryError when no backup is sound, DiskFull.
    """
    with lock_library(path), named_errors(path):
        source = next((file for file in reversed(backups(path)) if _is_sound(file)), None)
        if source is None:
            raise LibraryError(f"There is no sound backup of the library {path} in {backup_folder(path)}.")
        restored = path.with_name(path.name + ".restored")
        with closing(connect(source, "ro")) as connection:
            _copy(connection, restored)
        kept = _keep_aside(path)
        # A left-over -wal would be replayed into the restored file; its copy is kept aside with the rest.
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        os.replace(restored, path)
        shutil.rmtree(settings.library_cache_dir(path), ignore_errors=True)
    return Restored(source, kept)


def _keep_aside(path: Path) -> Path | None:
    """Copy, not move: until the last step there is a library at ``path``, and a kill leaves nothing lost."""
    if not path.exists():
        return None
    kept = path.with_name(f"{path.name}-damaged-{datetime.now().strftime(_STAMP)}")
    for suffix in ("", "-wal"):
        file = path.with_name(path.name + suffix)
        if file.exists():
            shutil.copyfile(file, kept.with_name(kept.name + suffix))
    return kept


def _is_sound(file: Path) -> bool:
    try:
        with named_errors(file), closing(connect(file, "ro")) as connection:
            require_version(file, connection)
            quick_check(file, connection)
    except LibraryError:
        return False
    return True
