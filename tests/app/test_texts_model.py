"""A table of 100,000 sentences: its ids are read away from the GUI thread, its rows as they are looked at."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from app.differences_model import Column, DifferencesModel
from app.texts_model import CHUNK
from engine.store import Library, Writer, changes, texts
from engine.store.reviewing import Wanted
from engine.store.rows import Answered
from tests.engine.store.samples import fill

MANY = 100_000
PATIENCE = 60_000


def write(library: Path, count: int, first: int = 0) -> None:
    with Writer(library) as writer, Library(library) as reader:
        images = reader.files_of_images()[1].tolist()
        said = tuple((f"Sentence {number} is about dogs.", "") for number in range(first, first + count))
        rows = [Answered(images[0], images[1], said, {"too long": 3})]
        writer.call(lambda db: texts.record_answers(db, f"rules {first}", "1", rows))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "library.pairlens"
    with Writer(path) as writer:
        fill(writer, ["a.jpg", "b.jpg"])
    return path


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[DifferencesModel]:
    made = DifferencesModel()
    yield made
    made.close()


def show(qtbot: QtBot, model: DifferencesModel, library: Path, wanted: Wanted) -> None:
    with qtbot.waitSignal(model.loaded, timeout=PATIENCE):
        model.show(library, wanted)


def test_a_hundred_thousand_rows_are_read_as_they_are_looked_at(
    qtbot: QtBot, model: DifferencesModel, library: Path
) -> None:
    write(library, MANY)
    begun = time.perf_counter()
    model.show(library, Wanted())
    assert time.perf_counter() - begun < 1.0, "the GUI thread goes on"
    qtbot.waitUntil(lambda: model.rowCount() == MANY, timeout=PATIENCE)
    assert model.index(MANY - 1, Column.SENTENCE).data() == f"Sentence {MANY - 1} is about dogs."
    assert model.index(500, Column.SENTENCE).data() == "Sentence 500 is about dogs."
    assert sum(len(chunk) for chunk in model._chunks.values()) <= 2 * CHUNK
    assert model.standing.fell == (("too long", 3),)
    show(qtbot, model, library, Wanted(words="99999 dogs"))
    assert model.rowCount() == 1


def test_what_is_written_meanwhile_comes_in_below_and_nothing_jumps(
    qtbot: QtBot, model: DifferencesModel, library: Path
) -> None:
    write(library, 10)
    show(qtbot, model, library, Wanted(status="new"))
    with Writer(library) as writer:
        writer.call(lambda db: texts.set_status(db, [int(model.ids[2])], "accepted"))
    write(library, 5, first=10)
    with (
        qtbot.waitSignals([model.loaded, model.rowsInserted], timeout=PATIENCE),
        qtbot.assertNotEmitted(model.modelReset),
    ):
        model.refresh()
    assert model.rowCount() == 15, "what was accepted stays in view"
    assert model.index(2, Column.STATUS).data() == "Accepted"
    show(qtbot, model, library, Wanted(status="accepted"))
    show(qtbot, model, library, Wanted(status="new"))
    assert model.rowCount() == 14


def test_what_is_sent_is_shown_until_it_is_written_whatever_else_changes(
    qtbot: QtBot, model: DifferencesModel, library: Path
) -> None:
    write(library, 2 * CHUNK)
    show(qtbot, model, library, Wanted())
    rows = model.at_rows(range(2 * CHUNK))
    sent = {row.id: replace(row, status="accepted") for row in rows}
    model.hold(sent)
    model.hold({rows[0].id: replace(rows[0], status="rejected")})
    with qtbot.waitSignal(model.loaded, timeout=PATIENCE):
        model.refresh()  # something else was written before
    assert [model.index(row, Column.STATUS).data() for row in (0, 1)] == ["Rejected", "Accepted"]
    assert [row.status for row in model.at_rows(range(2 * CHUNK))].count("accepted") == 2 * CHUNK - 1
    model.let_go(sent)
    assert [model.index(row, Column.STATUS).data() for row in (0, 1)] == ["Rejected", "New"], "one is still awaited"
    model.let_go([rows[0].id])
    assert model.index(0, Column.STATUS).data() == "New", "the library is right"


def test_rows_leave_with_their_images(qtbot: QtBot, model: DifferencesModel, library: Path) -> None:
    write(library, 3)
    show(qtbot, model, library, Wanted())
    with Writer(library) as writer, Library(library) as reader:
        files = [file.id for file in reader.files()]
        writer.call(lambda db: changes.hide_files(db, files, True))
    with qtbot.waitSignal(model.loaded, timeout=PATIENCE):
        model.refresh(anew=True)
    assert model.rowCount() == 0
    assert model.at(0) is None


def test_no_reading_is_in_vain_while_others_write_all_the_time(
    qtbot: QtBot, model: DifferencesModel, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(library, 2_000)
    readings, shown, read_ids = [], [], model.read_ids
    monkeypatch.setattr(model, "read_ids", lambda *given: readings.append(1) or read_ids(*given))
    model.loaded.connect(lambda: shown.append(1))
    writing = QTimer(interval=0)
    writing.timeout.connect(model.refresh)
    writing.start()
    model.show(library, Wanted())
    qtbot.waitUntil(lambda: len(shown) > 2, timeout=PATIENCE)
    assert len(readings) <= len(shown) + 1  # one may be under way
    assert len(model.ids) == 2_000
