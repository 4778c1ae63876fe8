"""The vectors in memory: right after every change, and a damaged one is left out and named."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from engine import settings
from engine.store import Library, Writer, changes, health
from engine.store.matrix import VectorTable, load_matrix
from tests.engine.store.samples import DIM, KEY, embedded, fill, seen, unit


def index_more(writer: Writer, *contents: int) -> list[int]:
    folder = writer.call(lambda db: changes.add_folder(db, b"/photos"))
    ids = writer.call(lambda db: changes.note_files(db, folder, seen(*(f"{n}.jpg" for n in contents))))
    rows = [embedded(i, n, unit(n)) for i, n in zip(ids, contents, strict=True)]
    writer.call(lambda db: changes.record(db, KEY, rows))
    return ids


def flip_bit(path: Path, image_id: int) -> None:
    """Damage one stored vector as a failing disk would: the row stays well formed."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (blob,) = connection.execute("SELECT vector FROM vector WHERE image_id = ?", (image_id,)).fetchone()
        bad = bytes([blob[0] ^ 1]) + blob[1:]
        connection.execute("UPDATE vector SET vector = ? WHERE image_id = ?", (bad, image_id))


def assert_holds(table: VectorTable, contents: dict[int, int]) -> None:
    """``contents``: image id -> the number its vector was made from."""
    assert table.ids.tolist() == list(contents)
    assert table.ids.dtype == np.int64
    assert table.matrix.dtype == np.float32
    assert table.matrix.flags["C_CONTIGUOUS"]
    expected = np.array([unit(number) for number in contents.values()], np.float16).reshape(-1, DIM)
    assert np.array_equal(table.matrix, expected.astype(np.float32))


def test_all_vectors_as_one_matrix(writer: Writer, library: Library) -> None:
    fill(writer, ["a.jpg", "b.jpg"])
    assert_holds(load_matrix(library, KEY), {1: 0, 2: 1})


def test_no_vectors(writer: Writer, library: Library) -> None:
    assert load_matrix(library, "unknown").matrix.shape == (0, 0)
    writer.call(lambda db: changes.ensure_encoder(db, KEY, "test", DIM))
    assert load_matrix(library, KEY).matrix.shape == (0, DIM)
    index_more(writer, 4)
    assert_holds(load_matrix(library, KEY, load_matrix(library, KEY)), {1: 4})


def test_a_table_from_before_the_first_vector_is_let_go(writer: Writer, library: Library) -> None:
    before = load_matrix(library, KEY)
    fill(writer, ["a.jpg"])
    assert_holds(load_matrix(library, KEY, before), {1: 0})


def test_a_table_grows_with_the_library(writer: Writer, library: Library) -> None:
    fill(writer, ["a.jpg", "b.jpg"])
    first = load_matrix(library, KEY)
    assert load_matrix(library, KEY, first) is first
    index_more(writer, 7)
    second = load_matrix(library, KEY, first)
    assert second.key != first.key
    for table in (second, load_matrix(library, KEY)):
        assert_holds(table, {1: 0, 2: 1, 3: 7})


def test_dropped_vectors_leave_the_table_and_can_be_written_again(writer: Writer, library: Library) -> None:
    fill(writer, ["a.jpg", "b.jpg"])
    table = load_matrix(library, KEY)
    writer.call(lambda db: changes.drop_vectors(db, KEY, [2]))
    assert [file.name for file in library.pending(KEY)] == ["b.jpg"]
    for previous in (table, None):
        assert_holds(load_matrix(library, KEY, previous), {1: 0})
    # the new vector gets the id that the dropped one had
    writer.call(lambda db: changes.record(db, KEY, [embedded(2, 1, unit(5))]))
    for previous in (table, None):
        assert_holds(load_matrix(library, KEY, previous), {1: 0, 2: 5})


def test_encoders_do_not_mix(writer: Writer, library: Library) -> None:
    _, ids = fill(writer, ["a.jpg", "b.jpg"])
    writer.call(lambda db: changes.ensure_encoder(db, "other", "other", DIM))
    writer.call(lambda db: changes.record(db, "other", [embedded(ids[1], 1, unit(9))]))
    assert_holds(load_matrix(library, KEY), {1: 0, 2: 1})
    assert_holds(load_matrix(library, "other", load_matrix(library, KEY)), {2: 9})


def test_the_cache_answers_for_the_library(writer: Writer, library: Library) -> None:
    """The cache is really read: vectors that were damaged in the library afterwards still come out right."""
    fill(writer, ["a.jpg", "b.jpg"])
    load_matrix(library, KEY)
    flip_bit(writer.path, 1)
    assert_holds(load_matrix(library, KEY), {1: 0, 2: 1})
    shutil.rmtree(settings.library_cache_dir(writer.path))
    assert load_matrix(library, KEY).ids.tolist() == [2]


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty"])
def test_a_damaged_cache_is_made_again(writer: Writer, library: Library, damage: str) -> None:
    fill(writer, ["a.jpg", "b.jpg"])
    load_matrix(library, KEY)
    (file,) = settings.library_cache_dir(writer.path).iterdir()
    data = file.read_bytes()
    file.write_bytes({"flip": data[:-1] + bytes([data[-1] ^ 1]), "truncate": data[:-5], "empty": b""}[damage])
    assert_holds(load_matrix(library, KEY), {1: 0, 2: 1})
    flip_bit(writer.path, 1)  # only a whole cache still knows this vector
    assert_holds(load_matrix(library, KEY), {1: 0, 2: 1})


def test_a_flipped_bit_in_a_stored_vector_is_found_and_only_that_image_left_out(
    writer: Writer, library: Library
) -> None:
    fill(writer, ["a.jpg", "b.jpg", "c.jpg"])
    flip_bit(writer.path, 2)
    assert health.bad_vectors(writer.path) == [(2, "The vector of b.jpg under test does not match its checksum.")]
    assert library.damaged_vectors(KEY) == [2]
    assert library.vectors(KEY)[0].tolist() == [1, 3]
    assert library.vector(KEY, 2) is None
    table = load_matrix(library, KEY)
    assert_holds(table, {1: 0, 3: 2})
    assert table.damaged == load_matrix(library, KEY).damaged == (2,)
    writer.call(lambda db: changes.drop_vectors(db, KEY, table.damaged))
    assert [file.name for file in library.pending(KEY)] == ["b.jpg"]
    writer.call(lambda db: changes.record(db, KEY, [embedded(2, 1, unit(1))]))
    assert health.bad_vectors(writer.path) == []
    assert sorted(load_matrix(library, KEY, table).ids.tolist()) == [1, 2, 3]


def test_no_vector_is_left(writer: Writer, library: Library) -> None:
    fill(writer, ["a.jpg"])
    flip_bit(writer.path, 1)
    assert library.vectors(KEY)[1].shape == (0, DIM)
    table = load_matrix(library, KEY)
    assert (table.matrix.shape, table.damaged) == ((0, DIM), (1,))
    assert load_matrix(library, KEY).damaged == (1,)


def test_a_library_beside_which_nothing_can_be_written(
    writer: Writer, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    fill(writer, ["a.jpg"])
    settings.library_cache_dir(writer.path).write_text("a file where the cache's folder would be")
    with caplog.at_level(logging.WARNING):
        assert_holds(load_matrix(library, KEY), {1: 0})
    assert "vector cache" in caplog.text
