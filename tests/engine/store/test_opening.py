"""Files and disks that a library cannot be opened or written on, each with its sentence; older and newer libraries."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from engine.errors import (
    DiskFull,
    LibraryDamaged,
    LibraryError,
    LibraryForeign,
    LibraryReadOnly,
    LibraryTooNew,
)
from engine.store import Library, Writer, changes, health, schema
from tests.engine.store.samples import KEY, fill


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (a)")


@pytest.mark.parametrize("make", [lambda p: p.write_bytes(b"\xff\xd8 a photo"), lambda p: p.touch(), other_database])
def test_a_foreign_file_is_refused_and_left_as_it_is(path: Path, make) -> None:
    make(path)
    before = path.read_bytes()
    for door in (Writer, Library):
        with pytest.raises(LibraryForeign, match=r"library\.pairlens"):
            door(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryForeign, match="is a folder"):
        Writer(tmp_path)


def test_a_newer_library_is_refused_and_left_as_it_is(path: Path) -> None:
    Writer(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    before = path.read_bytes()
    for door in (Writer, Library):
        with pytest.raises(LibraryTooNew, match="newer PairLens"):
            door(path)
    assert path.read_bytes() == before


def damage(path: Path, kind: str) -> None:
    data = bytearray(path.read_bytes())
    if kind == "truncated":
        del data[len(data) // 2 :]
    elif kind == "zeroed header":
        data[:100] = bytes(100)
    else:
        data[3 * schema.PAGE_SIZE : 4 * schema.PAGE_SIZE] = random.Random(0).randbytes(schema.PAGE_SIZE)
    path.write_bytes(data)


@pytest.mark.parametrize("kind", ["truncated", "zeroed header", "garbage page"])
def test_a_damaged_library_is_found_when_it_is_opened(path: Path, kind: str) -> None:
    with Writer(path) as writer:
        fill(writer, [f"{n}.jpg" for n in range(500)])
    damage(path, kind)
    with pytest.raises(LibraryDamaged, match=r"library\.pairlens is damaged"):
        Writer(path)
    bad = [check for check in health.check(path) if not check.ok]
    assert [check.remedy for check in bad] == [LibraryDamaged.remedy]


def test_damage_met_while_reading_is_named(path: Path) -> None:
    with Writer(path) as writer:
        fill(writer, [f"{n}.jpg" for n in range(500)])
    data = path.read_bytes()
    path.write_bytes(data[: schema.PAGE_SIZE] + b"\xff" * (len(data) - schema.PAGE_SIZE))
    with Library(path) as library:
        for read in (library.files, library.folders, lambda: library.vectors(KEY)):
            with pytest.raises(LibraryDamaged, match=r"library\.pairlens is damaged"):
                read()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own of 2 MB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this system does not let us mount")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def fill_up(writer: Writer) -> int:
    """Write settings of 10 kB until it fails; returns how many were acknowledged."""
    for number in range(10_000):
        future = writer.submit(lambda db, n=number: changes.put_setting(db, str(n), "x" * 10_000))
        if error := future.exception():
            assert isinstance(error, DiskFull)
            assert "disk is full" in error.sentence
            return number
    raise AssertionError("the disk never got full")


def test_a_full_disk_is_said_and_keeps_what_was_committed(small_disk: Path) -> None:
    path = small_disk / "library.pairlens"
    with Writer(path) as writer:
        kept = fill_up(writer)
    assert all(check.ok for check in health.check(path))
    with Library(path) as library:
        assert kept > 5
        assert library.setting(str(kept - 1)) != ""
        assert library.setting(str(kept)) == ""
    with pytest.raises(DiskFull):
        health.backup(path)
    with pytest.raises(DiskFull):
        Writer(small_disk / "another.pairlens")
    assert [file.name for file in small_disk.rglob("*.part")] == []


def test_a_file_at_its_limit_is_a_full_disk_too(writer: Writer, library: Library) -> None:
    writer.call(lambda db: db.execute("PRAGMA max_page_count = 60"))
    kept = fill_up(writer)
    writer.call(lambda db: db.execute("PRAGMA max_page_count = 1000"))
    writer.call(lambda db: changes.put_setting(db, "more", "fits again"))
    assert library.setting(str(kept - 1)) != ""
    assert library.setting("more") == "fits again"


def test_a_read_only_disk_can_be_read_and_is_named_when_written(small_disk: Path) -> None:
    path = small_disk / "library.pairlens"
    with Writer(path) as writer:
        writer.call(lambda db: changes.put_setting(db, "a", "b"))
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with Library(path) as library:
        assert library.setting("a") == "b"
    with pytest.raises(LibraryReadOnly, match=r"library\.pairlens"):
        Writer(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_write_protected_file_is_named(path: Path) -> None:
    Writer(path).close()
    path.chmod(0o444)
    with pytest.raises(LibraryReadOnly, match="write-protected"):
        Writer(path)


# ---- older libraries ------------------------------------------------------------------------------------


def next_version(monkeypatch: pytest.MonkeyPatch, step) -> None:
    """Make this program one version newer, with ``step`` as the migration."""
    steps = Migrations("pairlens")
    steps(name="first_tables")(schema.first_tables)
    steps(name="next")(step)
    monkeypatch.setattr(schema, "migrations", steps)
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)


def test_the_version_is_the_number_of_migrations() -> None:
    assert len(schema.migrations.pending(Database(memory=True))) == schema.VERSION


def test_an_older_library_is_backed_up_and_migrated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Writer(path) as writer:
        fill(writer, ["a.jpg"])
    next_version(monkeypatch, lambda db: db.execute("CREATE TABLE later (a)"))
    with Writer(path) as writer, Library(path) as library:
        writer.call(lambda db: db.execute("INSERT INTO later VALUES (1)"))
        assert [file.name for file in library.files()] == ["a.jpg"]
    monkeypatch.undo()
    with pytest.raises(LibraryTooNew):
        Library(path)
    saved = health.newest_backup(path)
    assert saved is not None
    assert f"before-version-{schema.VERSION + 1}" in saved.name
    with Library(saved) as library:
        assert [file.name for file in library.files()] == ["a.jpg"]


def test_a_migration_that_fails_leaves_the_older_library(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Writer(path) as writer:
        fill(writer, ["a.jpg"])

    def broken(db: Database) -> None:
        db.execute("CREATE TABLE half (a)")
        db.execute("INSERT INTO nowhere VALUES (1)")

    next_version(monkeypatch, broken)
    with pytest.raises(LibraryError, match="nowhere"):
        Writer(path)
    monkeypatch.undo()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").fetchone() == (0,)
    with Writer(path), Library(path) as library:
        assert [file.name for file in library.files()] == ["a.jpg"]
