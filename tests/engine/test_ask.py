"""Questions: from images in order to files in order, what is kept between questions, moving along a direction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ask import Selection, Shelf
from engine.likeness import more_of, similar_to
from engine.ranking import best_first
from engine.store import Library, Writer, changes
from engine.store.matrix import VectorTable
from engine.store.rows import Embedded, Seen
from tests.conftest import write_photo
from tests.engine.pairlibrary import PairClip, fill
from tests.engine.wordclip import DIM, axis

KEY = "encoder"


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


vectors = st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4).filter(lambda v: np.linalg.norm(v) > 0.1)


@given(reference=vectors, direction=vectors, step=st.floats(0, 20))
def test_more_of_it_is_the_formula(reference: list[float], direction: list[float], step: float) -> None:
    u, q = unit(*reference), unit(*direction)
    moved = more_of(u, q, step)
    assert np.linalg.norm(moved) == pytest.approx(1.0, abs=1e-5)
    new = q - (q @ u) * u
    if np.linalg.norm(new) > 1e-3:
        # before it is made a unit vector again, its component along the new part is the step
        assert moved @ (new / np.linalg.norm(new)) == pytest.approx(step / np.sqrt(1 + step**2), abs=1e-3)
    assert more_of(u, q, 0.0) == pytest.approx(u, abs=1e-6)


def test_nothing_new_to_move_along_leaves_the_picture_as_it_is() -> None:
    u = unit(1, 2, 3)
    assert more_of(u, u, 5.0) == pytest.approx(u, abs=1e-6)


@given(counts=st.dictionaries(st.integers(1, 40), st.integers(1, 4), min_size=1), seed=st.integers(0, 1000))
def test_every_file_of_an_image_stands_in_its_place(counts: dict[int, int], seed: int) -> None:
    images = np.repeat(list(counts), list(counts.values()))
    np.random.default_rng(seed).shuffle(images)
    files = np.arange(100, 100 + len(images))
    order = np.random.default_rng(seed + 1).permutation(len(counts))  # of the table's rows
    scores = np.random.default_rng(seed).random(len(order), np.float32)
    held = np.bincount(images)
    table = VectorTable(np.array(list(counts)), np.zeros((len(counts), 1), np.float32))
    selection = Selection(table, table, files[np.argsort(images, kind="stable")], np.cumsum(held) - held, held, 0)

    answered, at = selection.in_order(order, scores)
    expected = [(file, scores[row]) for row in order for file in files[images == table.ids[row]]]
    assert list(zip(answered, at, strict=True)) == expected


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "library.pairlens") as writer:
        yield writer


def index(writer: Writer, folder: bytes, *numbers: int) -> int:
    """Files named by number, each with a content of its own; returns the folder's id."""

    def change(db: changes.Database) -> int:
        changes.ensure_encoder(db, KEY, "test", 3)
        folder_id = changes.add_folder(db, folder)
        seen = [Seen(folder + b"/%d.jpg" % number, number, number) for number in numbers]
        rows = [
            Embedded(file, bytes([number]) * 16, number, number, 8, 8, "JPEG", unit(number, 1, 2))
            for file, number in zip(changes.note_files(db, folder_id, seen), numbers, strict=True)
        ]
        changes.record(db, KEY, rows)
        return folder_id

    return writer.call(change)


def test_a_selection_is_kept_until_the_library_changes(writer: Writer) -> None:
    index(writer, b"/a", 1, 2, 3)
    shelf = Shelf()
    with Library(writer.path) as library:
        first = shelf.selection(library, KEY)
        assert len(first.files) == 3
        assert shelf.selection(library, KEY) is first
        index(writer, b"/b", 4, 5)
        shelf.forget()
        assert len(shelf.selection(library, KEY).files) == 5


def test_a_selection_leaves_out_what_is_not_shown(writer: Writer) -> None:
    index(writer, b"/a", 1, 2, 3)
    other = index(writer, b"/b", 4, 5)
    writer.call(lambda db: changes.note_files(db, other, [Seen(b"/b/new.jpg", 1, 1)]))
    shelf = Shelf()
    with Library(writer.path) as library:
        everything = shelf.selection(library, KEY)
        part = shelf.selection(library, KEY, other)
        assert (len(part.files), len(part.table.ids), part.pending) == (2, 2, 1)
        assert part.table.key != everything.table.key
        writer.call(lambda db: changes.remove_folder(db, other))
        shelf.forget()
        rest = shelf.selection(library, KEY)
        assert (len(rest.files), len(rest.table.ids), rest.pending) == (3, 3, 0)
        assert shelf.selection(library, "another encoder").files.tolist() == []


@given(scores=st.lists(st.integers(0, 6), min_size=1, max_size=30), top=st.integers(1, 32))
def test_the_first_of_an_order_are_those_of_the_whole(scores: list[int], top: int) -> None:
    values = np.array(scores, np.float32)
    ids = np.random.default_rng(len(scores)).permutation(len(scores))
    assert best_first(values, ids, top).tolist() == best_first(values, ids)[:top].tolist()


def brightened(writer: Writer) -> PairClip:
    """A library of places, each dark, as it is, and bright."""
    places = np.eye(DIM)[8:12]
    made = {f"{n}-{light}.jpg": p + light * 0.5 * axis(0) for n, p in enumerate(places) for light in (-1, 0, 1)}
    fill(writer, made)
    words = {"bright": 1, "light": 1, "dark": -1, "dim": -1, "gloomy": -1}
    return PairClip({word: sign * axis(0) for word, sign in words.items()})


def test_more_of_it_moves_along_the_prompt_in_spreads_of_the_library(writer: Writer) -> None:
    clip, shelf = brightened(writer), Shelf()
    with Library(writer.path) as library:
        name_of = {file.id: file.name for file in library.files()}

        def first(amount: float, **asked: str) -> str:
            answer = similar_to(
                library, clip, path=b"/a/2-0.jpg", more="brighter", amount=amount, top=2, shelf=shelf, **asked
            )
            assert len(answer.files) == len(answer.scores) == 2
            assert (answer.agreement or 0) > 0.5
            assert answer.verdict
            return name_of[answer.files[0]]

        assert [first(amount) for amount in (-1.5, 0.0, 1.5)] == ["2--1.jpg", "2-0.jpg", "2-1.jpg"]
        assert first(1.5, less="more gloomy") == "2-1.jpg"
        asked = len(clip.asked)
        first(0.7)
        assert len(clip.asked) == asked, "a slider that moves asks the encoder nothing"
        whole = similar_to(library, clip, path=b"/a/2-0.jpg", more="brighter", amount=1.5, shelf=shelf)
        assert len(whole.files) == 12
        assert name_of[whole.files[0]] == "2-1.jpg"


class CountingClip(PairClip):
    """Reads pictures as well, and counts how often."""

    read = 0
    image_size = 8

    def preprocess(self, image: object) -> np.ndarray:
        return np.zeros((3, 8, 8), np.float32)

    def encode_images(self, batch: np.ndarray) -> np.ndarray:
        CountingClip.read += len(batch)
        return np.repeat(axis(3)[None], len(batch), axis=0)


def test_a_picture_from_elsewhere_is_read_once_while_it_stays_as_it_is(writer: Writer, tmp_path: Path) -> None:
    fill(writer, {"one.jpg": axis(0)})
    clip, shelf, picture = CountingClip({}), Shelf(), tmp_path / "pasted.png"
    with Library(writer.path) as library:
        for seed in (1, 1, 2):
            write_photo(picture, seed, (32 + seed, 32))
            for _ in range(3):
                assert shelf.reference(library, clip, path=bytes(picture)).image_id is None  # type: ignore[arg-type]
        assert CountingClip.read in (2, 3), "written again with the same content: by the time on the file"
        shelf.forget()
        shelf.reference(library, clip, path=bytes(picture))  # type: ignore[arg-type]
        assert CountingClip.read in (3, 4)
