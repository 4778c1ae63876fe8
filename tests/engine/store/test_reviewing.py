"""What the review asks of a library: filters, rows by id, images that left, runs that did not end."""

from __future__ import annotations

import pytest

from engine.store import Library, Writer, changes, reviewing, texts
from engine.store.reviewing import UNFINISHED_SETTING, Wanted
from engine.store.rows import Answered
from tests.engine.store.samples import fill


@pytest.fixture
def images(writer: Writer, library: Library) -> list[int]:
    fill(writer, ["a.jpg", "b.jpg", "c.jpg"])
    return library.files_of_images()[1].tolist()


@pytest.fixture
def ids(writer: Writer, library: Library, images: list[int]) -> list[int]:
    """Three differences: two by rule on (a, b), one by a model on (b, c)."""
    a, b, c = images
    said = [Answered(a, b, (("A red ball.", "A blue ball."), ("Two DOGS here.", "One dog here.")), {})]
    writer.call(lambda db: texts.record_answers(db, "rules", "1", said))
    said = [Answered(b, c, (("Brighter in the first.", ""),), {"too long": 2})]
    writer.call(lambda db: texts.record_answers(db, "ollama:m", "1", said))
    return [row.id for row in texts.differences(library)]


def test_filters_by_status_writer_and_words(writer: Writer, library: Library, ids: list[int]) -> None:
    writer.call(lambda db: texts.set_status(db, [ids[0]], "accepted"))

    def found(**wanted: str) -> list[int]:
        return reviewing.difference_ids(library, Wanted(**wanted)).tolist()

    assert found() == ids
    assert found(status="accepted") == [ids[0]]
    assert found(status="new", writer="rules") == [ids[1]]
    assert found(writer="ollama:m") == [ids[2]]
    assert found(words="dogs two") == [ids[1]]
    assert found(words="BLUE") == [ids[0]], "the reverse is searched as well"
    assert found(words="dogs red") == []


def test_rows_come_by_id(library: Library, ids: list[int], images: list[int]) -> None:
    rows = reviewing.differences_at(library, [ids[2], 999, ids[0]])
    assert {i: row.text for i, row in rows.items()} == {ids[0]: "A red ball.", ids[2]: "Brighter in the first."}
    assert reviewing.files_at(library, [images[1], 999]) == {images[1]: b"/photos/b.jpg"}


def test_texts_on_images_that_left_are_left_out_until_they_are_back(
    writer: Writer, library: Library, ids: list[int], images: list[int]
) -> None:
    writer.call(lambda db: texts.record_captions(db, [(image, f"Number {image}", "csv") for image in images]))
    file = next(file for file in library.files() if file.image_id == images[2])
    writer.call(lambda db: changes.hide_files(db, [file.id], True))
    assert reviewing.difference_ids(library, Wanted()).tolist() == ids[:2]
    captions = reviewing.captions_at(library, reviewing.caption_ids(library, "").tolist())
    assert {caption.image_id for caption in captions.values()} == set(images[:2])
    writer.call(lambda db: changes.hide_files(db, [file.id], False))
    assert reviewing.difference_ids(library, Wanted()).tolist() == ids
    assert len(reviewing.caption_ids(library, f"number {images[2]}")) == 1


def test_a_run_is_unfinished_until_all_its_pairs_were_asked(
    writer: Writer, library: Library, ids: list[int], images: list[int]
) -> None:
    assert reviewing.unfinished(library) is None
    note = reviewing.begun(library, "rules", "1", 2, {"writer": "rules"})
    writer.call(lambda db: changes.put_setting(db, UNFINISHED_SETTING, note))
    assert reviewing.unfinished(library) == reviewing.Unfinished(2, 2, {"writer": "rules"})
    a, b, c = images
    writer.call(lambda db: texts.record_answers(db, "rules", "1", [Answered(a, c, (), {"empty": 1})]))
    assert reviewing.unfinished(library) == reviewing.Unfinished(2, 1, {"writer": "rules"})
    writer.call(lambda db: texts.record_answers(db, "rules", "1", [Answered(c, b, (), {})]))
    assert reviewing.unfinished(library) is None


@pytest.mark.parametrize("note", ["", "null", "{", "[]", '{"pairs": 3}', '{"else": 1}'])
def test_a_note_of_another_version_is_no_run(writer: Writer, library: Library, ids: list[int], note: str) -> None:
    writer.call(lambda db: changes.put_setting(db, UNFINISHED_SETTING, note))
    assert reviewing.unfinished(library) is None
