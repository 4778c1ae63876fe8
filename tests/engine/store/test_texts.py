"""Captions and differences as rows: nothing twice, nothing of a person's lost, a kill between two transactions."""

from __future__ import annotations

import pytest

from engine.errors import TextUnfit
from engine.store import Library, Writer, texts
from engine.store.rows import Answered, Difference
from tests.engine.store.samples import fill


@pytest.fixture
def images(writer: Writer, library: Library) -> list[int]:
    fill(writer, ["a.jpg", "b.jpg", "c.jpg"])
    return library.files_of_images()[1].tolist()


def answer(writer: Writer, first: int, second: int, *written: tuple[str, str], **rejected: int) -> None:
    rows = [Answered(first, second, written, rejected)]
    writer.call(lambda db: texts.record_answers(db, "rules", "1", rows))


def test_a_caption_is_kept_once_with_its_source(writer: Writer, library: Library, images: list[int]) -> None:
    a, b, _ = images
    rows = [(a, "A dog.", "coco"), (a, "A black dog.", "coco"), (b, "A dog.", "csv"), (a, "A dog.", "exif")]
    assert writer.call(lambda db: texts.record_captions(db, rows)) == 3
    assert [(c.text, c.source) for c in texts.captions_of(library, a)] == [("A dog.", "coco"), ("A black dog.", "coco")]
    assert [c.image_id for c in texts.all_captions(library)] == [a, a, b]
    assert texts.captioned_images(library) == [a, b]
    assert texts.captions_by_source(library) == {"coco": 2, "csv": 1}


def test_all_captions_come_in_pages(
    writer: Writer, library: Library, images: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "PAGE", 2)
    rows = [(image, f"text {number}", "csv") for image in images for number in range(3)]
    writer.call(lambda db: texts.record_captions(db, rows))
    assert [(c.image_id, c.text, c.source) for c in texts.all_captions(library)] == rows


def test_captions_are_changed_and_removed(writer: Writer, library: Library, images: list[int]) -> None:
    a = images[0]
    writer.call(lambda db: texts.record_captions(db, [(a, "A dgo.", "csv"), (a, "A dog.", "csv")]))
    wrong, right = before = texts.captions_of(library, a)
    with pytest.raises(TextUnfit):
        writer.call(lambda db: texts.change_caption(db, wrong.id, "A dog."))
    writer.call(lambda db: texts.change_caption(db, wrong.id, "A dog at sea."))
    writer.call(lambda db: texts.change_caption(db, wrong.id, "A dog at sea."))
    assert [c.text for c in texts.captions_of(library, a)] == ["A dog at sea.", "A dog."]
    writer.call(lambda db: texts.remove_captions(db, [wrong.id, right.id]))
    assert texts.captions_of(library, a) == []
    writer.call(lambda db: texts.restore_captions(db, before))
    assert texts.captions_of(library, a) == before


def test_an_answer_is_written_with_the_fact_that_it_was_asked(
    writer: Writer, library: Library, images: list[int]
) -> None:
    a, b, c = images
    answer(writer, b, a, ("one", "eno"), ("two", "owt"), length=2)
    answer(writer, a, c, length=1, echo=3)
    assert [(d.first_id, d.second_id, d.text, d.reverse, d.status) for d in texts.differences(library)] == [
        (b, a, "one", "eno", "new"),
        (b, a, "two", "owt", "new"),
    ]
    pairs = [(a, b), (a, c), (b, c)]
    assert texts.asked_among(library, "rules", "1", pairs) == {(a, b), (a, c)}
    assert texts.asked_among(library, "rules", "2", pairs) == set(), "another version asks again"
    assert texts.rejection_counts(library) == {"length": 3, "echo": 3}
    assert texts.rejection_counts(library, "ollama:x") == {}


def test_a_review_is_not_undone_by_saying_it_again(writer: Writer, library: Library, images: list[int]) -> None:
    a, b, _ = images
    answer(writer, a, b, ("one", "eno"), ("two", "owt"))
    one, two = texts.differences(library)
    writer.call(lambda db: texts.set_status(db, [one.id], texts.REJECTED))
    writer.call(lambda db: texts.edit_difference(db, two.id, "two!", "!owt"))
    answer(writer, a, b, ("one", "eno"))
    assert [(d.text, d.status) for d in texts.differences(library)] == [("one", "rejected"), ("two!", "edited")]
    assert [d.text for d in texts.all_differences(library, status="edited")] == ["two!"]
    with pytest.raises(TextUnfit):
        writer.call(lambda db: texts.edit_difference(db, two.id, "one", "eno"))
    assert texts.difference_counts(library) == {("rules", "edited"): 1, ("rules", "rejected"): 1}
    with pytest.raises(ValueError, match="perhaps"):
        writer.call(lambda db: texts.set_status(db, [one.id], "perhaps"))


def test_imported_differences_keep_what_they_bring(writer: Writer, library: Library, images: list[int]) -> None:
    a, b, _ = images
    row = Difference(0, a, b, "one", "eno", "someone", "3", 77, "accepted")
    assert writer.call(lambda db: texts.record_differences(db, [row, row])) == 1
    kept = texts.differences(library)[0]
    assert (kept.writer, kept.version, kept.created, kept.status) == ("someone", "3", 77, "accepted")
