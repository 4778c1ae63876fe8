"""The rows of the window: order, ranks, shares, filters, refresh, problems."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.library_model import LibraryModel, Role
from app.library_rows import Rows, Scores, arrange
from engine.errors import Problem
from engine.store.rows import FileRow, Folder
from tests.app import shelf
from tests.conftest import write_photo


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library.pairlens"


@pytest.fixture
def ids(library: Path, photos: Path) -> list[int]:
    return shelf.note_folder(library, photos)


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[LibraryModel]:
    made = LibraryModel()
    tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield made
    made.close()
    tester.deleteLater()


def opened(qtbot: QtBot, model: LibraryModel, library: Path) -> LibraryModel:
    with qtbot.waitSignal(model.loaded):
        model.open(library)
    return model


def names(model: LibraryModel) -> list[str]:
    return [model.data(model.index(row)) for row in range(model.rowCount())]


def column(model: LibraryModel, role: Role) -> list[object]:
    return [model.data(model.index(row), role) for row in range(model.rowCount())]


def test_files_come_by_path_and_nothing_is_ranked(
    qtbot: QtBot, model: LibraryModel, library: Path, ids: list[int]
) -> None:
    opened(qtbot, model, library)
    assert names(model) == [f"photo{number:02}.jpg" for number in range(10)]
    assert list(model.ids()) == ids
    assert set(column(model, Role.RANK)) == {None}
    assert set(column(model, Role.PENDING)) == {False}
    assert model.result is None
    assert len(model.scores()) == 0


def test_ranking_orders_and_leaves_the_rest_pending_at_the_end(
    qtbot: QtBot, model: LibraryModel, library: Path, ids: list[int], tmp_path: Path
) -> None:
    opened(qtbot, model, library)
    result = shelf.ranking(tmp_path, [(ids[4], 0.5), (ids[2], 0.3), (ids[7], 0.25), (ids[0], 0.1)])
    with qtbot.waitSignals([model.loaded, model.reordered]):
        model.show_ranking(result)
    assert list(model.ids())[:4] == [ids[4], ids[2], ids[7], ids[0]]
    assert list(model.ids())[4:] == [i for i in ids if i not in (ids[4], ids[2], ids[7], ids[0])]
    assert column(model, Role.RANK) == [1, 2, 3, 4] + [None] * 6
    assert column(model, Role.PENDING) == [False] * 4 + [True] * 6
    assert column(model, Role.PLACE)[:4] == pytest.approx([1.0, 0.5, 0.375, 0.0])
    assert column(model, Role.SHARE)[:4] == [0.75, 0.5, 0.25, 0.0]
    assert column(model, Role.SCORE)[:4] == pytest.approx([0.5, 0.3, 0.25, 0.1])
    assert model.data(model.index(1), Qt.ItemDataRole.AccessibleTextRole) == "photo02.jpg, number 2"
    assert model.data(model.index(9), Qt.ItemDataRole.AccessibleTextRole) == "photo09.jpg, not compared yet"


def test_less_turns_the_order_round_at_once(
    qtbot: QtBot, model: LibraryModel, library: Path, ids: list[int], tmp_path: Path
) -> None:
    opened(qtbot, model, library)
    with qtbot.waitSignal(model.loaded):
        model.show_ranking(shelf.ranking(tmp_path, [(ids[4], 0.5), (ids[2], 0.3), (ids[7], 0.1)]))
    model.set_flipped(True)
    assert list(model.ids())[:3] == [ids[7], ids[2], ids[4]]
    assert column(model, Role.RANK)[:4] == [1, 2, 3, None]
    assert column(model, Role.PLACE)[:3] == pytest.approx([1.0, 0.5, 0.0])
    assert column(model, Role.SHARE)[:3] == pytest.approx([2 / 3, 1 / 3, 0.0])


def test_cutoff_keeps_the_asked_end_without_pending(
    qtbot: QtBot, model: LibraryModel, library: Path, ids: list[int], tmp_path: Path
) -> None:
    opened(qtbot, model, library)
    with qtbot.waitSignal(model.loaded):
        model.show_ranking(shelf.ranking(tmp_path, [(ids[4], 0.5), (ids[2], 0.3), (ids[7], 0.1)]))
    model.set_cutoff(0.2)
    assert list(model.ids()) == [ids[4], ids[2]]
    model.set_flipped(True)
    assert model.cutoff is None
    model.set_cutoff(0.2)
    assert list(model.ids()) == [ids[7]]
    with qtbot.waitSignal(model.loaded):
        model.show_ranking(None)
    assert list(model.ids()) == ids


def test_one_folder_shows_its_subfolders_too(qtbot: QtBot, model: LibraryModel, library: Path, photos: Path) -> None:
    write_photo(photos.with_name("photos2") / "other.png", 7)
    shelf.note_folder(library, photos)
    inner = shelf.note_folder(library, photos / "more")
    shelf.note_folder(library, photos.with_name("photos2"))
    opened(qtbot, model, library)
    model.set_folder(1)
    assert names(model) == ["one.png", "two.webp", *(f"photo{number:02}.jpg" for number in range(10))]
    model.set_folder(2)
    assert list(model.ids()) == inner
    model.set_folder(99)
    assert model.rowCount() == 0
    model.set_folder(None)
    assert model.rowCount() == 13


def test_refresh_brings_new_files_and_drops_lost_ones(
    qtbot: QtBot, model: LibraryModel, library: Path, photos: Path, ids: list[int]
) -> None:
    opened(qtbot, model, library)
    shelf.forget(library, [ids[3]])
    shelf.note_folder(library, photos / "more")
    with qtbot.waitSignal(model.modelReset):
        model.refresh()
    assert model.rowCount() == 11
    assert model.row_of(ids[3]) is None
    assert model.file(0).name == "one.png"


def test_refresh_with_the_same_files_does_not_reset(
    qtbot: QtBot, model: LibraryModel, library: Path, ids: list[int]
) -> None:
    opened(qtbot, model, library)
    shelf.record_all(library)
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignals([model.loaded, model.dataChanged]):
        model.refresh()
    assert model.file(0).width == 64
    assert [file.id for file in model.files_read()] == ids


def test_many_refreshes_become_few_readings(qtbot: QtBot, model: LibraryModel, library: Path, ids: list[int]) -> None:
    opened(qtbot, model, library)
    readings: list[object] = []
    model.loaded.connect(lambda: readings.append(None))
    for _ in range(50):
        model.refresh()
    shelf.forget(library, [ids[0]])
    model.refresh()
    qtbot.waitUntil(lambda: model.rowCount() == 9)
    assert len(readings) <= 3


def test_an_unreadable_file_says_why(
    qtbot: QtBot, model: LibraryModel, library: Path, ids: list[int], tmp_path: Path
) -> None:
    shelf.fail(library, ids[5], "photo05.jpg is cut off.")
    opened(qtbot, model, library)
    with qtbot.waitSignal(model.loaded):
        model.show_ranking(shelf.ranking(tmp_path, [(ids[4], 0.5)]))
    row = model.row_of(ids[5])
    assert row is not None
    assert model.data(model.index(row), Role.PROBLEM) == "photo05.jpg is cut off."
    assert model.data(model.index(row), Role.PENDING) is False


def test_copies_of_one_image_know_each_other(qtbot: QtBot, model: LibraryModel, library: Path, ids: list[int]) -> None:
    opened(qtbot, model, library)
    assert model.copies(0) == []  # nothing was read yet
    shelf.record_all(library, copies=[ids[2], ids[5], ids[6]])
    with qtbot.waitSignal(model.loaded):
        model.refresh()
    assert [file.id for file in model.copies(5)] == [ids[2], ids[6]]
    assert model.copies(0) == []


def test_a_missing_library_is_a_named_problem(qtbot: QtBot, model: LibraryModel, tmp_path: Path) -> None:
    with qtbot.waitSignal(model.failed) as caught:
        model.open(tmp_path / "nowhere.pairlens")
    problem = caught.args[0]
    assert isinstance(problem, Problem)
    assert problem.code == "library-missing"


def test_a_lost_result_file_is_a_named_problem_and_the_order_stays(
    qtbot: QtBot, model: LibraryModel, library: Path, ids: list[int], tmp_path: Path
) -> None:
    opened(qtbot, model, library)
    result = shelf.ranking(tmp_path, [(ids[4], 0.5)])
    Path(result.file).unlink()
    with qtbot.waitSignal(model.failed):
        model.show_ranking(result)
    assert list(model.ids()) == ids


# ---- the arrays, for any library and any ranking ----------------------------------------------------------


def some_rows(ids: list[int]) -> Rows:
    files: list[FileRow] = [
        (i, 1 + n % 2, None, b"/%d/%04d" % (n % 2, n), 1, 1, None, None, None) for n, i in enumerate(ids)
    ]
    folders = [Folder(1, b"/0", "/0", True, 0), Folder(2, b"/1", "/1", True, 0)]
    return Rows.of(sorted(files, key=lambda row: row[3]), (), folders)


@given(
    ids=st.lists(st.integers(1, 10**6), unique=True, max_size=40),
    scores=st.dictionaries(st.integers(1, 10**6), st.floats(-1, 1, width=32), max_size=40),
    picks=st.data(),
)
def test_any_ranking_over_any_rows(ids: list[int], scores: dict[int, float], picks: st.DataObject) -> None:
    rows = some_rows(ids)
    known = picks.draw(st.sets(st.sampled_from(ids))) if ids else set()
    asked = {**scores, **{i: picks.draw(st.floats(-1, 1, width=32)) for i in known}}
    best = sorted(asked, key=lambda i: -asked[i])
    table = np.array([(i, asked[i]) for i in best], dtype=[("file", "<i8"), ("score", "<f4")])
    laid = Scores.over(rows, table)
    ranked = [i for i in best if i in ids]
    assert list(rows.ids[laid.best_first]) == ranked

    shown = arrange(rows, laid)
    assert list(rows.ids[shown][: len(ranked)]) == ranked
    assert sorted(shown) == list(range(len(ids)))
    for number, position in enumerate(laid.best_first, start=1):
        assert laid.rank(position) == number
        assert laid.rank(position, flipped=True) == len(ranked) + 1 - number
        place, opposite = laid.place(position), laid.place(position, flipped=True)
        assert place is not None
        assert opposite is not None
        assert 0 <= place <= 1
        assert place + opposite == pytest.approx(1)
    for folder_id in (1, 2):
        inside = arrange(rows, laid, folder_id=folder_id, flipped=True)
        assert {rows.files[p].folder_id for p in inside} <= {folder_id}
        assert len(inside) == sum(file.folder_id == folder_id for file in rows.files)


def test_what_is_still_to_be_read_and_what_cannot_be_is_counted(
    qtbot: QtBot, model: LibraryModel, library: Path, ids: list[int]
) -> None:
    shelf.fail(library, ids[3], "photo03.jpg is damaged.")
    opened(qtbot, model, library)
    assert model.unread == len(ids) - 1
    assert [failure.sentence for failure in model.failures()] == ["photo03.jpg is damaged."]
    shelf.record_all(library)
    with qtbot.waitSignal(model.loaded):
        model.refresh()
    assert model.unread == 0
