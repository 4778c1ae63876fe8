"""The writer: one a library, and whole transactions whatever happens."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from engine.errors import (
    LibraryBusy,
    LibraryMissing,
)
from engine.store import Library, Writer, changes, health, schema

ROOT = Path(__file__).resolve().parents[3]
BATCH = 64

INDEXING = f"""
import sys
from pathlib import Path
from engine.store import Library, Writer, changes
from tests.engine.store.samples import DIM, KEY, embedded, seen, unit

path = Path(sys.argv[1])
writer = Writer(path)
folder = writer.call(lambda db: changes.add_folder(db, b"/photos"))
writer.call(lambda db: changes.ensure_encoder(db, KEY, "test", DIM))
with Library(path) as library:
    done = len(library.files())

def batch(db):
    ids = changes.note_files(db, folder, seen(*(f"{{n}}.jpg" for n in range(done, done + {BATCH}))))
    changes.record(db, KEY, [embedded(i, done + k, unit(k)) for k, i in enumerate(ids)])

print(done, flush=True)
while True:
    writer.call(batch)
    done += {BATCH}
    print(done, flush=True)
"""


@contextmanager
def child(code: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process running ``code``; killed with SIGKILL at the end of the block at the latest."""
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


# ---- whole transactions ---------------------------------------------------------------------------------


def test_kill_9_loses_nothing_acknowledged_and_leaves_no_part_of_a_batch(path: Path) -> None:
    chance = random.Random(1)
    for _ in range(25):
        with child(INDEXING, path) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            for _ in range(chance.randrange(1, 6)):
                lines.append(process.stdout.readline())
            time.sleep(chance.random() * 0.01)  # anywhere inside a batch
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        acknowledged = int(next(line for line in reversed(lines) if line.endswith("\n")))
        with Library(path) as library:
            images = library.files_of_images()[1]
            (encoder,) = library.encoders()
            assert len(library.files()) == len(images) == encoder.images
            assert len(images) % BATCH == 0
            assert len(images) >= acknowledged > 0
    assert [check for check in health.check(path) if not check.ok] == []


def test_a_change_that_fails_leaves_nothing_and_the_writer_goes_on(writer: Writer, library: Library) -> None:
    def half(db: Database) -> None:
        changes.put_setting(db, "a", "half")
        raise KeyError("in the middle")

    with pytest.raises(KeyError):
        writer.call(half)
    assert library.setting("a") == ""
    writer.call(lambda db: changes.put_setting(db, "a", "whole"))
    assert library.setting("a") == "whole"


def test_a_change_waits_for_another_programs_transaction(writer: Writer, library: Library) -> None:
    """A transaction that reads first and writes later fails at once when it was not begun as a writing one."""

    def count(db: Database) -> None:
        (found,) = db.execute("SELECT count(*) FROM setting").fetchone()
        changes.put_setting(db, "count", str(found))

    with closing(sqlite3.connect(writer.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO setting VALUES ('other', '')")
        future = writer.submit(count)
        assert not future.done()
        other.execute("COMMIT")
        future.result(timeout=10)
    assert library.setting("count") == "1"


def test_reading_does_not_wait_for_writing(writer: Writer, library: Library) -> None:
    inside, finish = threading.Event(), threading.Event()

    def slow(db: Database) -> None:
        changes.put_setting(db, "a", "new")
        inside.set()
        assert finish.wait(10)

    future = writer.submit(slow)
    assert inside.wait(10)
    assert library.setting("a", "old") == "old"
    finish.set()
    future.result()
    assert library.setting("a", "old") == "new"


def test_what_is_acknowledged_is_on_the_disk(writer: Writer) -> None:
    def pragma(name: str) -> object:
        return writer.call(lambda db: db.execute(f"PRAGMA {name}").fetchone()[0])

    assert pragma("synchronous") == 2
    assert pragma("journal_mode") == "wal"
    assert pragma("foreign_keys") == 1
    assert pragma("page_size") == schema.PAGE_SIZE


def test_closing_drains_the_queue_and_leaves_one_file(path: Path) -> None:
    writer = Writer(path)
    futures = [writer.submit(lambda db, n=n: changes.put_setting(db, "n", str(n))) for n in range(100)]
    writer.close()
    writer.close()
    assert all(future.done() for future in futures)
    assert sorted(file.name for file in path.parent.iterdir()) == ["library.pairlens", "library.pairlens.lock"]
    with Library(path) as library:
        assert library.setting("n") == "99"


# ---- one writer -----------------------------------------------------------------------------------------


def test_a_second_writer_is_refused_until_the_first_is_gone_even_killed(path: Path) -> None:
    with child(INDEXING, path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(LibraryBusy, match=r"library\.pairlens"):
            Writer(path)
        with Library(path) as library:  # reading is always possible
            assert [folder.path for folder in library.folders()] == [b"/photos"]
    Writer(path).close()


def test_a_writer_in_the_same_process_or_through_a_link_is_refused_too(writer: Writer, tmp_path: Path) -> None:
    link = tmp_path / "link.pairlens"
    link.symlink_to(writer.path)
    for path in (writer.path, link):
        with pytest.raises(LibraryBusy):
            Writer(path)


@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
def test_a_library_that_goes_away_under_its_writer_is_said_and_not_written_into_nothing(path: Path, how: str) -> None:
    with Writer(path) as writer:
        writer.call(lambda db: changes.put_setting(db, "one", "1"))
        if how == "moved":
            path.rename(path.with_name("elsewhere.pairlens"))
        else:
            path.unlink()
        if how == "replaced":
            path.write_bytes(b"another file")
        with pytest.raises(LibraryMissing, match="deleted, moved or replaced"):
            writer.call(lambda db: changes.put_setting(db, "two", "2"))
