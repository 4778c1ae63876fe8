"""Every defect planted in a library is found and named; a backup brings back what was said."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine import settings
from engine.errors import LibraryBusy, LibraryError
from engine.store import Library, Writer, changes, health
from engine.store.matrix import load_matrix
from tests.engine.store.samples import KEY, fill


@pytest.fixture
def filled(path: Path) -> Path:
    with Writer(path) as writer:
        fill(writer, [f"{number}.jpg" for number in range(300)])
    return path


def bad_checks(path: Path) -> dict[str, health.Check]:
    return {check.name: check for check in health.check(path) if not check.ok}


def spoil(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_whole_library_passes_also_while_it_is_open(filled: Path) -> None:
    with Writer(filled):
        checks = health.check(filled)
    assert [check.name for check in checks] == ["library", "structure", "references", "vectors", "backup"]
    assert all(check.ok and not check.remedy for check in checks)
    assert "300 files" in checks[0].detail


def test_a_lost_image_is_named(filled: Path) -> None:
    spoil(filled, "DELETE FROM image WHERE id = 7")
    check = bad_checks(filled)["references"]
    assert "lost image" in check.detail
    assert check.remedy


def test_an_index_that_lost_a_row_is_found(filled: Path) -> None:
    """The opening's quick_check does not look for this; a query by path would not find the file."""
    with closing(sqlite3.connect(filled)) as connection, connection:
        connection.execute("PRAGMA writable_schema = 1")
        (sql,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'idx_file_path'").fetchone()
        partial = sql + " WHERE id > 7"
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'idx_file_path'", (partial,))
        connection.execute("PRAGMA schema_version = 9999")
    with closing(sqlite3.connect(filled)) as connection, connection:
        connection.execute("REINDEX idx_file_path")
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'idx_file_path'", (sql,))
        connection.execute("PRAGMA schema_version = 10000")
    Writer(filled).close()
    check = bad_checks(filled)["structure"]
    assert "idx_file_path" in check.detail
    assert "--restore" in check.remedy


def test_a_flipped_bit_in_a_vector_is_named_by_file(filled: Path) -> None:
    spoil(filled, "UPDATE vector SET vector = zeroblob(16) WHERE image_id IN (5, 6)")
    check = bad_checks(filled)["vectors"]
    assert "4.jpg" in check.detail
    assert "1 more" in check.detail
    assert "pairlens index" in check.remedy
    assert [image for image, _ in health.bad_vectors(filled)] == [5, 6]


def test_a_file_that_is_no_library_is_one_bad_check(path: Path) -> None:
    path.write_text("hello")
    assert "not a PairLens library" in bad_checks(path)["library"].detail
    path.unlink()
    assert "no library" in bad_checks(path)["library"].detail


def test_a_backup_of_an_open_library_holds_what_is_not_in_the_file_yet(path: Path) -> None:
    with Writer(path) as writer:
        fill(writer, ["a.jpg"])
        copy = path.with_name("copy.pairlens")
        copy.write_bytes(path.read_bytes())  # what a file manager would do
        saved = health.backup(path)
        with Library(copy) as library:
            assert library.files() == []
        with Library(saved) as library:
            assert [file.name for file in library.files()] == ["a.jpg"]
        assert [file.name for file in saved.parent.iterdir()] == [saved.name]


def test_only_the_newest_backups_are_kept_and_only_ours_removed(filled: Path) -> None:
    first = health.backup(filled)
    theirs = first.with_name("0-my own copy.pairlens")
    theirs.write_bytes(b"mine")
    old, fresh = first.with_name("2020-01-01-120000.part"), first.with_name("2020-01-02-120000.part")
    for unfinished in (old, fresh):
        unfinished.touch()
    os.utime(old, (0, 0))
    for day in range(1, 29):
        first.with_name(f"2020-01-{day:02}-120000.pairlens").write_bytes(first.read_bytes())
    newest = health.backup(filled)
    assert not old.exists()
    ours = [file.name for file in sorted(newest.parent.iterdir()) if file not in (theirs, fresh)]
    assert len(ours) == health.KEEP_BACKUPS
    assert ours[0].startswith("2020-01-2")
    assert newest.name in ours
    assert theirs.read_bytes() == b"mine"


def test_the_writer_makes_the_days_backup(filled: Path) -> None:
    Writer(filled).close()
    (saved,) = (filled.parent / "library.pairlens-backups").iterdir()
    with Writer(filled) as writer:
        writer.call(lambda db: changes.put_setting(db, "a", "b"))
    Writer(filled).close()
    assert health.newest_backup(filled) == saved
    yesterday = saved.stat().st_mtime - health.BACKUP_EVERY.total_seconds() - 60
    os.utime(saved, (yesterday, yesterday))
    saved = saved.rename(saved.with_name("2020-01-01-120000.pairlens"))
    Writer(filled).close()
    with Library(health.newest_backup(filled)) as library:
        assert library.setting("a") == "b"
    assert saved.exists()


def test_a_backup_that_cannot_be_made_hinders_nobody(filled: Path, caplog: pytest.LogCaptureFixture) -> None:
    (filled.parent / "library.pairlens-backups").write_text("a file where the folder would be")
    with caplog.at_level(logging.WARNING), Writer(filled) as writer:
        writer.call(lambda db: changes.put_setting(db, "a", "b"))
    assert "no backup" in caplog.text


@pytest.mark.parametrize("spoiled", [b"", b"\0" * 40000, b"SQLite format 3\0" + b"\xff" * 40000])
def test_restoring_brings_back_the_backup_and_keeps_the_damaged_file(filled: Path, spoiled: bytes) -> None:
    with Library(filled) as library:
        load_matrix(library, KEY)
        before = library.files()
    saved = health.backup(filled)
    filled.write_bytes(spoiled)
    filled.with_name("library.pairlens-wal").write_bytes(b"left over")
    assert bad_checks(filled)
    restored = health.restore(filled)
    assert restored.backup == saved
    assert restored.kept is not None
    assert restored.kept.read_bytes() == spoiled
    assert restored.kept.with_name(restored.kept.name + "-wal").read_bytes() == b"left over"
    assert not settings.library_cache_dir(filled).exists()
    with Writer(filled), Library(filled) as library:
        assert library.files() == before
    assert bad_checks(filled) == {}


def test_restoring_takes_the_newest_backup_that_is_whole(filled: Path) -> None:
    good = health.backup(filled)
    bad = good.with_name("2999-01-01-000000.pairlens")
    bad.write_bytes(good.read_bytes()[:40000])
    filled.unlink()
    assert health.restore(filled) == health.Restored(good, None)
    assert bad_checks(filled) == {}


def test_restoring_is_refused_while_the_library_is_open_or_without_a_backup(path: Path) -> None:
    with Writer(path), pytest.raises(LibraryBusy):
        health.restore(path)
    before = path.read_bytes()
    with pytest.raises(LibraryError, match="no sound backup"):
        health.restore(path)
    assert path.read_bytes() == before
