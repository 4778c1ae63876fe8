"""Judgements in the library: kept by image, undone and redone, never lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from engine.errors import AttributeUnknown, JudgementUnfit
from engine.store import Library, Writer, changes, health, judging, schema
from engine.store.rows import Attribute, Judgement
from tests.engine.store.samples import fill


@pytest.fixture
def images(writer: Writer) -> list[int]:
    fill(writer, ["a.jpg", "b.jpg", "c.jpg"])
    with Library(writer.path) as library:
        return sorted(file.image_id for file in library.files() if file.image_id is not None)


@pytest.fixture
def attribute(writer: Writer) -> int:
    return writer.call(lambda db: judging.save_attribute(db, "cheerful", "more cheerful"))


def test_an_attribute_is_made_changed_removed_and_brought_back(
    writer: Writer, library: Library, attribute: int
) -> None:
    assert judging.attributes(library) == [Attribute(attribute, "cheerful", "more cheerful", "", 0)]
    again = writer.call(lambda db: judging.save_attribute(db, " cheerful ", "happier", "sadder"))
    assert judging.attributes(library) == [Attribute(attribute, "cheerful", "happier", "sadder", 0)]
    writer.call(lambda db: judging.remove_attribute(db, attribute))
    assert judging.attributes(library) == []
    writer.call(lambda db: judging.remove_attribute(db, attribute, removed=False))
    assert [found.id for found in judging.attributes(library)] == [again]


def test_an_attribute_gets_another_name_and_keeps_its_answers(
    writer: Writer, library: Library, attribute: int, images: list[int]
) -> None:
    writer.call(lambda db: judging.judge(db, attribute, images[0], images[1], "first"))
    other = writer.call(lambda db: judging.save_attribute(db, "large", ""))
    writer.call(lambda db: judging.rename_attribute(db, attribute, " happy "))
    writer.call(lambda db: judging.rename_attribute(db, attribute, "happy"))
    assert judging.attributes(library)[0] == Attribute(attribute, "happy", "more cheerful", "", 1)
    with pytest.raises(JudgementUnfit, match="is there already"):
        writer.call(lambda db: judging.rename_attribute(db, attribute, "large"))
    writer.call(lambda db: judging.remove_attribute(db, other))
    with pytest.raises(JudgementUnfit, match="was removed"):
        writer.call(lambda db: judging.rename_attribute(db, attribute, "large"))
    with pytest.raises(AttributeUnknown):
        writer.call(lambda db: judging.rename_attribute(db, other, "big"))


def test_answers_stand_until_undone(writer: Writer, library: Library, attribute: int, images: list[int]) -> None:
    a, b, c = images
    first = writer.call(lambda db: judging.judge(db, attribute, a, b, "first"))
    second = writer.call(lambda db: judging.judge(db, attribute, c, b, "skipped"))
    assert judging.judgements(library, attribute) == [
        Judgement(first, a, b, "first"),
        Judgement(second, c, b, "skipped"),
    ]
    writer.call(lambda db: judging.undo_judgement(db, first))
    assert [said.id for said in judging.judgements(library, attribute)] == [second]
    writer.call(lambda db: judging.undo_judgement(db, first, undone=False))
    assert [said.id for said in judging.judgements(library, attribute)] == [first, second]
    assert judging.attributes(library)[0].judgements == 2
    assert judging.last_judgement(library, attribute) == Judgement(second, c, b, "skipped")
    writer.call(lambda db: judging.undo_judgement(db, second))
    assert judging.last_judgement(library, attribute) == Judgement(first, a, b, "first")
    writer.call(lambda db: judging.undo_judgement(db, first))
    assert judging.last_judgement(library, attribute) is None


def test_answers_stay_with_their_images_when_files_move(
    writer: Writer, library: Library, attribute: int, images: list[int]
) -> None:
    writer.call(lambda db: judging.judge(db, attribute, images[0], images[1], "second"))
    gone = [file.id for file in library.files()]
    writer.call(lambda db: changes.mark_missing(db, gone))
    assert len(judging.judgements(library, attribute)) == 1
    writer.call(lambda db: judging.judge(db, attribute, images[0], images[2], "first"))  # asked before they went
    assert len(judging.judgements(library, attribute)) == 2


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda db, attribute, image: judging.judge(db, attribute, image, image, "first"), JudgementUnfit),
        (lambda db, attribute, image: judging.judge(db, attribute, image, 999, "first"), JudgementUnfit),
        (lambda db, attribute, image: judging.judge(db, attribute, image, image + 1, "maybe"), JudgementUnfit),
        (lambda db, attribute, image: judging.judge(db, 999, image, image + 1, "first"), AttributeUnknown),
        (lambda db, attribute, image: judging.undo_judgement(db, 999), JudgementUnfit),
        (lambda db, attribute, image: judging.remove_attribute(db, 999), AttributeUnknown),
        (lambda db, attribute, image: judging.save_attribute(db, " ", "words"), JudgementUnfit),
        (lambda db, attribute, image: judging.rename_attribute(db, attribute, " "), JudgementUnfit),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    writer: Writer,
    library: Library,
    attribute: int,
    images: list[int],
    change: Callable[[Database, int, int], object],
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        writer.call(lambda db: change(db, attribute, images[0]))
    assert judging.judgements(library, attribute) == []


def test_many_answers_come_in_whole_or_not_at_all(
    writer: Writer, library: Library, attribute: int, images: list[int]
) -> None:
    a, b, c = images
    with pytest.raises(JudgementUnfit):
        writer.call(lambda db: judging.record_judgements(db, attribute, [(a, b, "first"), (b, c, "no answer")]))
    assert judging.judgements(library, attribute) == []


def test_a_removed_attribute_takes_no_answers(writer: Writer, attribute: int, images: list[int]) -> None:
    writer.call(lambda db: judging.remove_attribute(db, attribute))
    with pytest.raises(AttributeUnknown):
        writer.call(lambda db: judging.judge(db, attribute, images[0], images[1], "first"))


def test_a_library_from_before_judgements_is_backed_up_and_takes_them(path: Path) -> None:
    with Writer(path) as writer:
        fill(writer, ["a.jpg", "b.jpg"])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE judgement")
        connection.execute("DROP TABLE attribute")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'attributes_and_judgements'")
        connection.execute(f"PRAGMA user_version = {schema.VERSION - 1}")
    with Writer(path) as writer, Library(path) as library:
        attribute = writer.call(lambda db: judging.save_attribute(db, "cheerful", ""))
        a, b = (file.image_id for file in library.files())
        writer.call(lambda db: judging.judge(db, attribute, a, b, "equal"))
        assert len(judging.judgements(library, attribute)) == 1
        assert writer.call(lambda db: db.execute("PRAGMA user_version").fetchone()) == (schema.VERSION,)
    saved = health.newest_backup(path)
    assert saved is not None
    assert f"before-version-{schema.VERSION}" in saved.name
