"""Class sets and corrections in the library: kept, changed, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.classify.errors import ClassesUnfit, ClassSetGone, LabelsUnfit
from engine.store import Library, Writer
from engine.store.classes import (
    class_sets,
    correct,
    corrections,
    remove_class_set,
    save_class_set,
    undo_corrections,
)
from tests.engine.store.samples import fill


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "library.pairlens") as writer:
        fill(writer, ["a.jpg", "b.jpg", "c.jpg"])
        yield writer


@pytest.fixture
def library(writer: Writer) -> Iterator[Library]:
    with Library(writer.path) as library:
        yield library


def test_a_class_set_keeps_its_name_and_its_id(writer: Writer, library: Library) -> None:
    number = writer.call(lambda db: save_class_set(db, " pets ", "one"))
    assert writer.call(lambda db: save_class_set(db, "pets", "two")) == number
    assert [(each.id, each.name, each.content) for each in class_sets(library)] == [(number, "pets", "two")]
    writer.call(lambda db: remove_class_set(db, number))
    assert class_sets(library) == []
    writer.call(lambda db: remove_class_set(db, number, removed=False))
    assert len(class_sets(library)) == 1
    with pytest.raises(ClassesUnfit):
        writer.call(lambda db: save_class_set(db, " ", "one"))
    with pytest.raises(ClassSetGone):
        writer.call(lambda db: remove_class_set(db, 99))


def test_the_last_correction_that_stands_counts(writer: Writer, library: Library) -> None:
    number = writer.call(lambda db: save_class_set(db, "pets", "one"))
    other = writer.call(lambda db: save_class_set(db, "others", "one"))
    first = writer.call(lambda db: correct(db, number, [1, 2], "dog"))
    second = writer.call(lambda db: correct(db, number, [2], "cat"))
    writer.call(lambda db: correct(db, other, [1], "bird"))
    assert corrections(library, number) == {1: "dog", 2: "cat"}
    assert class_sets(library)[1].corrected == 2
    writer.call(lambda db: undo_corrections(db, second))
    assert corrections(library, number) == {1: "dog", 2: "dog"}
    writer.call(lambda db: undo_corrections(db, second, undone=False))
    writer.call(lambda db: correct(db, number, [1], ""))
    assert corrections(library, number) == {1: "", 2: "cat"}
    writer.call(lambda db: undo_corrections(db, first))
    assert corrections(library, number) == {1: "", 2: "cat"}


def test_corrections_of_what_is_not_there(writer: Writer, library: Library) -> None:
    number = writer.call(lambda db: save_class_set(db, "pets", "one"))
    with pytest.raises(LabelsUnfit):
        writer.call(lambda db: correct(db, number, [1, 99], "dog"))
    assert corrections(library, number) == {}
    with pytest.raises(ClassSetGone):
        writer.call(lambda db: correct(db, 99, [1], "dog"))
