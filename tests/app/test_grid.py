"""The grid as a person uses it: places, keys, mouse, what stays when the rows change, what leaves by drag."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QAccessible, QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.library_model import LibraryModel
from app.pictures_client import PicturesClient
from app.widgets.grid import GridView
from app.widgets.tile_geometry import Geometry
from tests.app import shelf
from tests.conftest import write_photo

LONG = 20_000


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library.pairlens"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(60):
        write_photo(tmp_path / "many" / f"p{number:02}.png", number, (40, 30))
    return tmp_path / "many"


@pytest.fixture
def ids(library: Path, folder: Path) -> list[int]:
    return shelf.note_folder(library, folder)


@pytest.fixture
def pictures(qtbot: QtBot) -> Iterator[PicturesClient]:
    client = PicturesClient()
    yield client
    client.close()


@pytest.fixture
def model(qtbot: QtBot, library: Path, ids: list[int]) -> Iterator[LibraryModel]:
    made = LibraryModel()
    with qtbot.waitSignal(made.loaded):
        made.open(library)
    yield made
    made.close()


@pytest.fixture
def grid(qtbot: QtBot, model: LibraryModel, pictures: PicturesClient) -> GridView:
    view = GridView(model, pictures)
    qtbot.addWidget(view)
    view.resize(840, 480)
    view.set_columns(5)
    view.show()
    qtbot.waitExposed(view)
    return view


def middle(grid: GridView, row: int) -> QPoint:
    return grid.visualRect(grid.model().index(row)).center()


def click(grid: GridView, row: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, modifier, middle(grid, row))


def selected(grid: GridView, ids: list[int]) -> list[int]:
    return [ids.index(file_id) for file_id in grid.selected_ids()]


def test_the_files_that_are_chosen_come_in_the_order_shown(grid: GridView) -> None:
    click(grid, 7)
    click(grid, 2, Qt.KeyboardModifier.ControlModifier)
    click(grid, 3, Qt.KeyboardModifier.ControlModifier)
    assert [file.name for file in grid.selected_files()] == ["p02.png", "p03.png", "p07.png"]


def test_click_control_and_shift_select(grid: GridView, ids: list[int]) -> None:
    click(grid, 7)
    assert selected(grid, ids) == [7]
    click(grid, 2, Qt.KeyboardModifier.ControlModifier)
    assert selected(grid, ids) == [2, 7]
    click(grid, 3)
    click(grid, 11, Qt.KeyboardModifier.ShiftModifier)
    assert selected(grid, ids) == list(range(3, 12))
    click(grid, 1, Qt.KeyboardModifier.ShiftModifier)
    assert selected(grid, ids) == [1, 2, 3]
    QTest.keyClick(grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert selected(grid, ids) == list(range(60))


def test_a_click_beside_the_tiles_selects_nothing(grid: GridView, ids: list[int]) -> None:
    click(grid, 7)
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(2, 2))
    assert selected(grid, ids) == []


def test_rubber_band_selects_what_it_touches(grid: GridView, ids: list[int]) -> None:
    viewport, start = grid.viewport(), QPoint(3, 3)
    end = middle(grid, 6)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(viewport, (start + end) / 2)
    QTest.mouseMove(viewport, end)
    assert selected(grid, ids) == [0, 1, 5, 6]
    QTest.mouseMove(viewport, middle(grid, 5))
    assert selected(grid, ids) == [0, 5]
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle(grid, 5))
    assert selected(grid, ids) == [0, 5]


def test_keys_walk_the_tiles(grid: GridView, ids: list[int]) -> None:
    key = Qt.Key
    steps = [
        (key.Key_Right, 1), (key.Key_Down, 6), (key.Key_Left, 5), (key.Key_Left, 4),
        (key.Key_Up, 4), (key.Key_End, 59), (key.Key_Down, 59), (key.Key_Home, 0),
    ]  # fmt: skip
    for pressed, row in steps:
        QTest.keyClick(grid, pressed)
        assert grid.currentIndex().row() == row
    QTest.keyClick(grid, key.Key_PageDown)
    assert grid.currentIndex().row() % 5 == 0
    assert grid.viewport().rect().contains(middle(grid, grid.currentIndex().row()))
    click(grid, 11)
    QTest.keyClick(grid, key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert selected(grid, ids) == list(range(11, 17))


def test_letters_are_left_to_the_window(grid: GridView) -> None:
    click(grid, 3)
    QTest.keyClick(grid, Qt.Key.Key_P)
    assert grid.currentIndex().row() == 3


def test_enter_space_and_double_click_say_which(qtbot: QtBot, grid: GridView) -> None:
    click(grid, 4)
    with qtbot.waitSignal(grid.opened) as opened:
        QTest.keyClick(grid, Qt.Key.Key_Return)
    assert opened.args == [4]
    with qtbot.waitSignal(grid.opened) as opened:
        QTest.keyClick(grid, Qt.Key.Key_Space)
    assert opened.args == [4]
    with qtbot.waitSignal(grid.opened) as opened:
        QTest.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle(grid, 6))
    assert opened.args == [6]


def turn(grid: GridView, row: int, delta: int) -> None:
    at = QPointF(middle(grid, row))
    event = QWheelEvent(
        at, grid.viewport().mapToGlobal(at), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(grid.viewport(), event)


def test_control_wheel_goes_from_two_columns_to_forty(grid: GridView) -> None:
    for _ in range(50):
        turn(grid, 0, -120)
    assert grid.columns == 40
    for _ in range(50):
        turn(grid, 0, 120)
    assert grid.columns == 2


def test_the_tile_under_the_pointer_stays_there(grid: GridView) -> None:
    grid.verticalScrollBar().setValue(900)
    row = grid.indexAt(grid.viewport().rect().center()).row()
    before = middle(grid, row).y()
    turn(grid, row, 120)
    assert abs(middle(grid, row).y() - before) <= 1


def test_selection_and_place_outlive_new_files(
    qtbot: QtBot, grid: GridView, model: LibraryModel, library: Path, folder: Path, ids: list[int]
) -> None:
    grid.go_to(31)
    click(grid, 33, Qt.KeyboardModifier.ControlModifier)
    grid.verticalScrollBar().setValue(500)
    top = grid.indexAt(QPoint(60, 40))
    top_id, top_y = model.file(top.row()).id, grid.visualRect(top).y()
    for number in range(15):
        write_photo(folder / f"a{number:02}.png", number)
    shelf.note_folder(library, folder)
    shelf.forget(library, [ids[33]])
    with qtbot.waitSignal(model.modelReset), qtbot.waitSignal(grid.selection_changed):
        model.refresh()
    assert list(grid.selected_ids()) == [ids[31]]
    assert grid.current_id() is None  # the current one is gone
    row = model.row_of(top_id)
    assert row is not None
    assert grid.visualRect(model.index(row)).y() == top_y


def test_nothing_is_said_when_a_refresh_keeps_the_selection(
    qtbot: QtBot, grid: GridView, model: LibraryModel, library: Path, folder: Path, ids: list[int]
) -> None:
    grid.go_to(31)
    write_photo(folder / "a.png", 1)
    shelf.note_folder(library, folder)
    with (
        qtbot.assertNotEmitted(grid.selection_changed),
        qtbot.assertNotEmitted(grid.current_changed),
        qtbot.waitSignal(model.modelReset),
    ):
        model.refresh()
    assert list(grid.selected_ids()) == [ids[31]]
    assert grid.current_id() == ids[31]
    assert grid.currentIndex().row() == 32


def test_a_new_order_is_seen_from_its_start(
    qtbot: QtBot, grid: GridView, model: LibraryModel, ids: list[int], tmp_path: Path
) -> None:
    grid.verticalScrollBar().setValue(700)
    with qtbot.waitSignal(model.reordered):
        model.show_ranking(shelf.ranking(tmp_path, [(i, 1 - i / 100) for i in reversed(ids)]))
    assert grid.verticalScrollBar().value() == 0
    grid.verticalScrollBar().setValue(700)
    model.set_flipped(True)
    assert grid.verticalScrollBar().value() == 0


def test_tiles_show_their_pictures(qtbot: QtBot, grid: GridView, model: LibraryModel, folder: Path) -> None:
    red = folder / "p00.png"
    stat = red.stat()

    def ground() -> QColor:
        return grid.viewport().grab().toImage().pixelColor(middle(grid, 1))

    before = ground()
    qtbot.waitUntil(lambda: ground() != before, timeout=LONG)
    assert stat.st_size > 0


def test_screen_readers_hear_names_and_numbers(
    qtbot: QtBot, grid: GridView, model: LibraryModel, ids: list[int], tmp_path: Path
) -> None:
    assert grid.accessibleName()
    with qtbot.waitSignal(model.reordered):
        model.show_ranking(shelf.ranking(tmp_path, [(ids[8], 0.5)]))
    interface = QAccessible.queryAccessibleInterface(grid)
    assert interface.childCount() == 60
    assert interface.child(0).text(QAccessible.Text.Name) == "p08.png, number 1"


def test_an_empty_library_takes_every_key(qtbot: QtBot, pictures: PicturesClient) -> None:
    empty = LibraryModel()
    view = GridView(empty, pictures)
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_PageUp):
        QTest.keyClick(view, key)
    assert view.current_id() is None
    assert not view.selected_files()
    assert len(view.selected_ids()) == 0


# ---- places ----------------------------------------------------------------------------------------------

starts = st.sets(st.integers(1, 400), max_size=9).map(lambda rows: (0, *sorted(rows))) | st.just(())
places = st.builds(Geometry, st.integers(820, 4000), st.integers(1, 40), st.booleans(), starts)


@given(places, st.integers(0, 200_000))
def test_every_tile_is_found_where_it_is(geometry: Geometry, row: int) -> None:
    rect = geometry.rect(row)
    assert rect.right() < geometry.width
    for point in (rect.topLeft(), rect.center(), rect.bottomRight()):
        assert geometry.row_at(point) == row
        assert geometry.nearest(point) == row
    assert row in geometry.rows(rect.top(), rect.bottom(), row + 1)
    count = max((row, *geometry.starts)) + 1
    assert geometry.height(count) > rect.bottom()
    assert not any(line.intersects(rect) for _, line in geometry.headers(0, geometry.height(count)))


@given(places, st.integers(1, 200))
def test_each_section_begins_a_line_below_its_header(geometry: Geometry, more: int) -> None:
    count = max((0, *geometry.starts)) + more
    headers = dict(geometry.headers(0, geometry.height(count)))
    assert list(headers) == list(range(len(geometry.starts)))
    for section, first in enumerate(geometry.starts):
        line, rect = headers[section], geometry.rect(first)
        assert (line.left(), line.bottom() + 1) == (rect.left(), rect.top())
        assert geometry.header_above(first) == line.height()
        assert geometry.row_at(line.center()) is None
        assert dict(geometry.headers(line.top(), line.bottom())) == {section: line}
        assert first == 0 or geometry.rect(first - 1).bottom() < line.top()


@given(places, st.integers(1, 200), st.data())
def test_up_and_down_keep_the_column_as_far_as_lines_reach(geometry: Geometry, more: int, draw: st.DataObject) -> None:
    count = max((0, *geometry.starts)) + more
    row = draw.draw(st.integers(0, count - 1))
    lower, upper = geometry.below(row, 1, count), geometry.below(row, -1, count)
    here = geometry.rect(row)
    for other, beyond in ((lower, here.bottom()), (upper, -here.top())):
        rect = geometry.rect(other)
        assert 0 <= other < count
        assert rect.left() <= here.left()
        assert other == row or (rect.top() if other == lower else -rect.bottom()) > beyond
        last = other + 1 == count or other + 1 in geometry.starts
        assert rect.left() == here.left() or last
    assert geometry.rect(geometry.below(row, count, count)).top() == geometry.rect(count - 1).top()
    assert geometry.rect(geometry.below(row, -count, count)).top() == geometry.rect(0).top()


@given(
    places,
    st.integers(0, 500),
    st.integers(-50, 3000),
    st.integers(-50, 3000),
    st.integers(1, 900),
    st.integers(1, 900),
)
def test_a_band_holds_exactly_the_tiles_it_touches(
    geometry: Geometry, count: int, x: int, y: int, width: int, height: int
) -> None:
    band = QRect(x, y, width, height)
    touched = {row for row in range(count) if geometry.rect(row).intersects(band)}
    spans = geometry.spans(band, count)
    assert {row for first, last in spans for row in range(first, last + 1)} == touched
    seen = {row for row in range(count) if geometry.rect(row).top() <= y + height and geometry.rect(row).bottom() >= y}
    assert seen <= set(geometry.rows(y, y + height, count))
