"""The map under mouse and keys: who is chosen, shown as a picture, opened, and where one looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.map_points import Points
from app.pictures_client import PicturesClient
from app.widgets.map_hand import Tool
from app.widgets.map_layers import AxisWords, words_along
from app.widgets.map_view import MapView
from engine.store import Library
from engine.store.rows import File
from tests.app import shelf
from tests.conftest import write_photo

CORNERS = {1: (0.0, 0.0), 2: (1.0, 0.0), 3: (0.0, 1.0), 4: (1.0, 1.0), 5: (0.52, 0.48)}
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
WORDS = AxisWords("brighter", "darker", "agreement: strong"), AxisWords("warmer", "colder", "agreement: fair")


def points_at(places: dict[int, tuple[float, float]]) -> Points:
    rankings = []
    for axis in range(2):
        rows = sorted(((file, place[axis]) for file, place in places.items()), key=lambda row: -row[1])
        rankings.append(np.array(rows, [("file", "<i8"), ("score", "<f4")]))
    return Points.of(*rankings)


@pytest.fixture
def files(tmp_path: Path) -> dict[int, File]:
    for number in range(1, 6):
        write_photo(tmp_path / "five" / f"p{number}.png", number, (40, 30))
    shelf.note_folder(tmp_path / "a.pairlens", tmp_path / "five")
    with Library(tmp_path / "a.pairlens") as library:
        return {file.id: file for file in library.files()}


@pytest.fixture
def view(qtbot: QtBot, qapp: QApplication, files: dict[int, File]) -> Iterator[MapView]:
    theme.apply(qapp, "dark")
    pictures = PicturesClient()
    made = MapView(pictures, files.get)
    qtbot.addWidget(made)
    made.resize(632, 532)
    made.show_points(points_at(CORNERS), *WORDS)
    made.show()
    yield made
    pictures.close()


def spot(view: MapView, file_id: int) -> QPoint:
    index = int(view.points.find([file_id])[0])
    return (QPointF(float(view.spot_x[index]), float(view.spot_y[index])) + view.area.topLeft()).toPoint()


def chosen(view: MapView) -> list[int]:
    return sorted(view.chosen_ids().tolist())


def drag(qtbot: QtBot, view: MapView, path: list[QPoint], modifier: Qt.KeyboardModifier = NONE) -> None:
    qtbot.mousePress(view, LEFT, modifier, path[0])
    for point in path[1:]:
        move_held(view, point, modifier)
    qtbot.mouseRelease(view, LEFT, modifier, path[-1])


def move_held(view: MapView, point: QPoint, modifier: Qt.KeyboardModifier = NONE) -> None:
    """A move with the button held; that of `QTest` holds none."""
    where = QPointF(point)
    QApplication.sendEvent(view, QMouseEvent(QEvent.Type.MouseMove, where, where, LEFT, LEFT, modifier))


def turn_wheel(view: MapView, at: QPoint, notches: int) -> None:
    none = Qt.MouseButton.NoButton
    phase = Qt.ScrollPhase.NoScrollPhase
    turn = QPoint(0, 120 * notches)
    QApplication.sendEvent(view, QWheelEvent(QPointF(at), QPointF(at), QPoint(), turn, none, NONE, phase, False))


def test_clicks_choose_and_empty_ground_chooses_nothing(qtbot: QtBot, view: MapView) -> None:
    qtbot.mouseClick(view, LEFT, NONE, spot(view, 5))
    assert chosen(view) == [5]
    assert view.current_id() == 5
    qtbot.mouseClick(view, LEFT, CONTROL, spot(view, 1))
    assert chosen(view) == [1, 5]
    qtbot.mouseClick(view, LEFT, CONTROL, spot(view, 5))
    assert chosen(view) == [1]
    empty = spot(view, 5) + QPoint(150, 0)
    qtbot.mouseClick(view, LEFT, CONTROL, empty)
    assert chosen(view) == [1]
    with qtbot.waitSignal(view.chosen_changed):
        qtbot.mouseClick(view, LEFT, NONE, empty)
    assert chosen(view) == []


def test_a_lasso_chooses_what_it_encloses_whatever_its_shape(qtbot: QtBot, view: MapView) -> None:
    view.hand.tool = Tool.LASSO
    one, two, three = (spot(view, number) for number in (1, 2, 3))
    out, five = QPoint(12, 12), spot(view, 5)
    corner = QPoint(12, -12)
    drag(qtbot, view, [three - out, three + corner, one + corner, two + corner, two + out, one - corner])
    assert chosen(view) == [1, 2, 3]
    view.hand.tool = Tool.MOVE
    around = [five - QPoint(15, 15), five + QPoint(15, -15), five + QPoint(15, 15), five - QPoint(15, -15)]
    drag(qtbot, view, around, SHIFT | CONTROL)  # Shift draws whatever the tool, Ctrl adds
    assert chosen(view) == [1, 2, 3, 5]


def test_a_rectangle_chooses_and_escape_in_the_middle_of_it_does_not(qtbot: QtBot, view: MapView) -> None:
    view.hand.tool = Tool.RECTANGLE
    drag(qtbot, view, [spot(view, 3) - QPoint(9, 9), spot(view, 5) + QPoint(9, 9)])
    assert chosen(view) == [3, 5]
    qtbot.mousePress(view, LEFT, NONE, spot(view, 3) - QPoint(9, 9))
    move_held(view, spot(view, 2))
    assert not view.hand.drawn.isEmpty()
    view.choose_none()
    qtbot.mouseRelease(view, LEFT, NONE, spot(view, 2))
    assert chosen(view) == []
    assert view.hand.drawn.isEmpty()


def test_the_wheel_zooms_about_the_pointer_and_dragging_pans(qtbot: QtBot, view: MapView) -> None:
    here = spot(view, 5)
    turn_wheel(view, here, 4)
    assert view.frame.zoom == pytest.approx(1.25**4)
    assert (spot(view, 5) - here).manhattanLength() <= 3
    drag(qtbot, view, [here + QPoint(80, 80), here + QPoint(100, 90), here + QPoint(110, 100)])
    assert (spot(view, 5) - here - QPoint(30, 20)).manhattanLength() <= 3
    assert chosen(view) == []
    turn_wheel(view, here, -20)
    assert view.frame.is_whole


def test_keys_pan_step_extend_and_open(qtbot: QtBot, view: MapView) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Space)  # nothing to open yet
    qtbot.keyClick(view, Qt.Key.Key_Right, CONTROL)
    assert chosen(view) == [5], "the first step goes to the middle"
    qtbot.keyClick(view, Qt.Key.Key_Up, CONTROL)
    assert view.current_id() in (3, 4)
    qtbot.keyClick(view, Qt.Key.Key_Left, CONTROL)
    qtbot.keyClick(view, Qt.Key.Key_Left, CONTROL)  # the edge
    assert chosen(view) == [3]
    qtbot.keyClick(view, Qt.Key.Key_Down, CONTROL | SHIFT)
    assert len(chosen(view)) == 2
    with qtbot.waitSignal(view.opened) as opened:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert opened.args == [view.current_id()]
    view.scale_by(8)
    before = view.frame.x
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.frame.x != before
    view.go_to(5)
    view.choose_visible()
    assert chosen(view) == [5]
    view.show_whole()
    view.choose_visible()
    assert chosen(view) == [1, 2, 3, 4, 5]


def test_an_image_out_of_view_is_brought_into_it(view: MapView) -> None:
    view.go_to(1)
    view.scale_by(30)
    view.go_to(4)
    assert view.area.contains(QPointF(spot(view, 4)))
    view.go_to(None)
    assert view.current_id() is None


def test_choice_and_place_are_kept_by_file_when_other_points_come(view: MapView) -> None:
    view.choose(np.array([2, 5, 77]))
    view.go_to(5)
    zoomed = view.frame.scaled(3, 100, 100)
    view.scale_by(3, QPointF(100, 100) + view.area.topLeft())
    view.show_points(points_at({**CORNERS, 6: (0.3, 0.3)}), *WORDS)
    assert chosen(view) == [2, 5]
    assert view.current_id() == 5
    assert view.frame == zoomed
    view.show_points(points_at({1: (0, 0), 2: (1, 1)}), *WORDS)
    assert chosen(view) == [2]
    assert view.current_id() is None


def test_pictures_stand_at_their_places_and_the_pointer_finds_all_of_them(qtbot: QtBot, view: MapView) -> None:
    def picture_at(file_id: int) -> bool:
        image = view.grab().toImage()
        around = [spot(view, file_id) + QPoint(x, y) for x in (-15, 15) for y in (-10, 10)]
        return any(image.pixelColor(point) != QColor(theme.tokens().window) for point in around)

    qtbot.waitUntil(lambda: all(picture_at(number) for number in CORNERS), timeout=30_000)
    with qtbot.waitSignal(view.pointed) as pointed:
        qtbot.mouseMove(view, spot(view, 4) + QPoint(14, 9))  # on the picture, off its middle
    assert pointed.args == [4]
    with qtbot.waitSignal(view.opened) as opened:
        qtbot.mouseDClick(view, LEFT, NONE, spot(view, 2) + QPoint(14, 9))
    assert opened.args == [2]


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_dots_are_seen_in_both_themes_and_chosen_ones_in_the_accent(
    qtbot: QtBot, qapp: QApplication, view: MapView, mode: str
) -> None:
    colours = theme.apply(qapp, mode)
    rng = np.random.default_rng(0)
    crowd = {number: (float(x), float(y)) for number, (x, y) in enumerate(rng.uniform(size=(600, 2)), 100)}
    view.show_points(points_at(crowd), *WORDS)  # files that are not there: no pictures
    plain = _colours(view.grab().toImage())
    assert len(plain) > 2
    assert QColor(colours.accent).rgb() not in plain
    view.choose(np.array(list(crowd)[:5]))
    assert QColor(colours.accent).rgb() in _colours(view.grab().toImage())


def _colours(image: QImage) -> set[int]:
    return {image.pixel(x, y) for x in range(40, image.width(), 1) for y in range(0, image.height() - 40, 2)}


def test_the_words_of_an_axis_are_shortened_only_where_they_have_no_room(qapp: QApplication) -> None:
    metrics = QFontMetrics(qapp.font())
    doubt = "this prompt does not order these images"
    needed = metrics.horizontalAdvance(doubt)
    short = AxisWords("odder", "plainer", doubt)
    assert words_along(metrics, 2 * needed, short) == ("←  plainer", doubt, "odder  →")
    long = AxisWords("more of what nobody can see", "less of what nobody can see", "agreement: weak")
    less, agreement, more = words_along(metrics, 2 * metrics.horizontalAdvance(f"{long.more} {long.less}"), long)
    assert (less, agreement, more) == (f"←  {long.less}", long.agreement, f"{long.more}  →")
    narrow = AxisWords(long.more, long.less, doubt)
    for text in words_along(metrics, needed, narrow):
        assert metrics.horizontalAdvance(text) <= needed / 3 + 1
