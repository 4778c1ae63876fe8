"""Judgements as CSV: what fits comes in, every other line is named with its reason."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import FileUnfit
from engine.judgements.desk import attribute_named
from engine.judgements.table import Imported, export_judgements, import_judgements, read_lines
from engine.store import Library, Writer, changes, judging
from engine.store.rows import Attribute, Seen
from tests.engine.store.samples import KEY, embedded, fill, unit

NAMES = ["a.jpg", "b.jpg", "mué.jpg"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "bom-latin-1"]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "library.pairlens") as writer:
        fill(writer, NAMES, str(tmp_path / "photos"))
        writer.call(lambda db: judging.save_attribute(db, "cheerful", ""))
        yield writer


@pytest.fixture
def library(writer: Writer) -> Iterator[Library]:
    with Library(writer.path) as library:
        yield library


@pytest.fixture
def attribute(library: Library) -> Attribute:
    return attribute_named(library, "cheerful")


def said(library: Library, attribute: Attribute) -> list[tuple[str, str, str]]:
    names = {file.image_id: file.name for file in library.files()}
    return [
        (names[row.first_image], names[row.second_image], row.answer)
        for row in judging.judgements(library, attribute.id)
    ]


def test_good_lines_come_in_and_bad_ones_are_named(
    writer: Writer, library: Library, attribute: Attribute, tmp_path: Path
) -> None:
    file = tmp_path / "photos" / "answers.csv"
    file.parent.mkdir()
    lines = [
        "first,second,answer",
        "a.jpg,b.jpg,first",
        f"{tmp_path}/photos/b.jpg,./a.jpg, Second ",
        "a.jpg,a.jpg,first",
        "a.jpg,nowhere.jpg,first",
        "",
        "a.jpg,b.jpg,perhaps",
        "a.jpg,b.jpg",
        ",b.jpg,equal",
        "b.jpg,mué.jpg,unsure",
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    done = import_judgements(writer, library, attribute, file)
    assert (done.taken, done.known) == (3, 0)
    assert said(library, attribute) == [
        ("a.jpg", "b.jpg", "first"),
        ("b.jpg", "a.jpg", "second"),
        ("b.jpg", "mué.jpg", "unsure"),
    ]
    assert [(line.line, line.reason) for line in done.rejected] == [
        (4, "An image cannot be compared with itself."),
        (5, "The library has no image 'nowhere.jpg'; index its folder first."),
        (7, "The answer 'perhaps' is none of first, second, equal, unsure."),
        (8, "The answer '' is none of first, second, equal, unsure."),
        (9, "A path is missing."),
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "bom-latin-1"]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_of_other_programs_are_read(
    writer: Writer, library: Library, attribute: Attribute, tmp_path: Path, encoding: str, newline: str, delimiter: str
) -> None:
    file = tmp_path / "photos" / "answers.csv"
    file.parent.mkdir()
    rows = [["note", "Answer", "SECOND", "first"], ['x"y', "equal", "mué.jpg", "a.jpg"]]
    text = newline.join(delimiter.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows)
    marked = encoding.startswith("bom-")  # some editors put the mark of UTF-8 before anything
    file.write_bytes(codecs.BOM_UTF8 * marked + text.encode(encoding.removeprefix("bom-")))
    assert import_judgements(writer, library, attribute, file) == Imported(1, 0, ())
    assert said(library, attribute) == [("a.jpg", "mué.jpg", "equal")]


@pytest.mark.parametrize("text", ["", "first,second\na,b\n", "a.jpg,b.jpg,first\n", "\0\1\2"])
def test_a_file_without_the_columns_is_refused_whole(tmp_path: Path, text: str) -> None:
    file = tmp_path / "answers.csv"
    file.write_text(text)
    with pytest.raises(FileUnfit, match="has no column"):
        list(read_lines(file))


def test_a_name_in_an_old_code_page_is_named_readably(
    writer: Writer, library: Library, attribute: Attribute, tmp_path: Path
) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(b"first,second,answer\ncaf\xe9.jpg,b.jpg,first\n")
    (rejected,) = import_judgements(writer, library, attribute, file).rejected
    assert rejected.reason == "The library has no image 'caf\N{REPLACEMENT CHARACTER}.jpg'; index its folder first."


def test_a_picture_is_no_table(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(bytes(range(256)) * 600)
    with pytest.raises(FileUnfit):
        list(read_lines(file))


def test_what_is_exported_comes_in_again_whatever_the_names(
    writer: Writer, library: Library, attribute: Attribute, tmp_path: Path
) -> None:
    seen = [Seen(os.fsencode(tmp_path) + b"/photos/old\xe9.jpg", 100, 1)]  # no valid UTF-8
    (file_id,) = writer.call(lambda db: changes.note_files(db, 1, seen))
    writer.call(lambda db: changes.record(db, KEY, [embedded(file_id, 7, unit(7))]))
    images = sorted(file.image_id for file in library.files() if file.image_id is not None)
    answers = [(images[0], images[3], "first"), (images[1], images[2], "equal"), (images[3], images[0], "unsure")]
    writer.call(lambda db: judging.record_judgements(db, attribute.id, [*answers, (images[0], images[2], "skipped")]))
    file = tmp_path / "out.csv"
    assert export_judgements(file, library, attribute) == 3
    writer.call(lambda db: judging.save_attribute(db, "again", ""))
    again = attribute_named(library, "again")
    assert import_judgements(writer, library, again, file) == Imported(3, 0, ())
    assert [(row.first_image, row.second_image, row.answer) for row in judging.judgements(library, again.id)] == answers


def test_a_file_imported_twice_counts_once_and_answers_given_twice_count_twice(
    writer: Writer, library: Library, attribute: Attribute, tmp_path: Path
) -> None:
    a, b = (file.image_id or 0 for file in library.files()[:2])
    for _ in range(2):  # by hand, on purpose
        writer.call(lambda db: judging.judge(db, attribute.id, a, b, "first"))
    file = tmp_path / "photos" / "answers.csv"
    file.parent.mkdir()
    file.write_text("first,second,answer\n" + 3 * "a.jpg,b.jpg,first\n" + "a.jpg,b.jpg,equal\nb.jpg,a.jpg,first\n")
    assert import_judgements(writer, library, attribute, file) == Imported(3, 2, ())
    assert import_judgements(writer, library, attribute, file) == Imported(0, 5, ())
    assert len(said(library, attribute)) == 5
    undone = judging.judgements(library, attribute.id)[-1]
    writer.call(lambda db: judging.undo_judgement(db, undone.id))
    assert import_judgements(writer, library, attribute, file) == Imported(1, 4, ()), "what was taken back is not known"
    assert import_judgements(writer, library, attribute, file, again=True) == Imported(5, 0, ())


def test_an_export_comes_in_again_as_known(
    writer: Writer, library: Library, attribute: Attribute, tmp_path: Path
) -> None:
    images = [file.image_id or 0 for file in library.files()]
    rows = [(images[0], images[1], "first"), (images[1], images[2], "unsure"), (images[0], images[1], "first")]
    writer.call(lambda db: judging.record_judgements(db, attribute.id, rows))
    export_judgements(tmp_path / "out.csv", library, attribute)
    assert import_judgements(writer, library, attribute, tmp_path / "out.csv") == Imported(0, 3, ())
