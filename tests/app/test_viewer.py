"""The viewer: zoom and pan as numbers for any picture and view, and the widget with a real pictures process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.library_model import LibraryModel
from app.pictures_client import PicturesClient
from app.widgets.viewer import Viewer
from app.widgets.zoom import LARGEST_FIT, LARGEST_SCALE, Zoom
from tests.app import shelf
from tests.conftest import write_photo

LONG = 20_000
lengths = st.integers(1, 20_000)
zooms = st.builds(Zoom, lengths, lengths, st.integers(1, 4000), st.integers(1, 4000)).map(Zoom.fitted)


@given(zooms)
def test_fit_shows_the_whole_picture_in_the_middle(zoom: Zoom) -> None:
    left, top = zoom.origin()
    width, height = zoom.width * zoom.fit, zoom.height * zoom.fit
    assert width <= zoom.view_width + 1e-6
    assert height <= zoom.view_height + 1e-6
    assert zoom.fit <= LARGEST_FIT
    assert left == pytest.approx((zoom.view_width - width) / 2, abs=1e-3)
    assert top == pytest.approx((zoom.view_height - height) / 2, abs=1e-3)


@given(zooms, st.floats(0.1, 40), st.floats(0, 1), st.floats(0, 1))
def test_zooming_keeps_the_point_under_the_pointer(zoom: Zoom, scale: float, x: float, y: float) -> None:
    at_x, at_y = x * zoom.view_width, y * zoom.view_height
    left, top = zoom.origin()
    before = (at_x - left) / zoom.shown_scale, (at_y - top) / zoom.shown_scale
    closer = zoom.scaled(scale, at_x, at_y)
    left, top = closer.origin()
    assert min(zoom.fit, 1.0) <= closer.shown_scale <= LARGEST_SCALE
    for start, length, seen, at, was in (
        (left, closer.width, closer.view_width, at_x, before[0]),
        (top, closer.height, closer.view_height, at_y, before[1]),
    ):
        shown = length * closer.shown_scale
        free = start < -1 and start + shown > seen + 1  # no edge holds the picture
        if free:
            assert (at - start) / closer.shown_scale == pytest.approx(was, abs=0.01 * max(1, was))


@given(zooms, st.floats(0.5, 32), st.floats(-9000, 9000), st.floats(-9000, 9000))
def test_no_ground_shows_beside_a_large_picture(zoom: Zoom, scale: float, dx: float, dy: float) -> None:
    moved = zoom.scaled(scale, 0, 0).moved(dx, dy)
    left, top = moved.origin()
    for start, length, seen in ((left, moved.width, moved.view_width), (top, moved.height, moved.view_height)):
        shown = length * moved.shown_scale
        if shown > seen:
            assert start <= 1e-3
            assert start + shown >= seen - 1e-3
        else:
            assert start == pytest.approx((seen - shown) / 2, abs=1e-3)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    for number in range(3):
        write_photo(tmp_path / "photos" / f"p{number}.png", number, (1500, 1000))
    path = tmp_path / "library.pairlens"
    shelf.note_folder(path, tmp_path / "photos")
    return path


@pytest.fixture
def viewer(qtbot: QtBot, library: Path) -> Iterator[Viewer]:
    model, pictures = LibraryModel(), PicturesClient()
    with qtbot.waitSignal(model.loaded):
        model.open(library)
    made = Viewer(model, pictures)
    qtbot.addWidget(made)
    made.resize(300, 248)
    made.show()
    yield made
    pictures.close()
    model.close()


def test_a_picture_of_unknown_size_is_read_whole_and_fits(qtbot: QtBot, viewer: Viewer) -> None:
    viewer.open_row(0)
    qtbot.waitUntil(lambda: viewer.canvas.image_side == 1500, timeout=LONG)
    assert viewer.canvas.zoom.is_fit
    assert viewer.canvas.zoom.shown_scale == pytest.approx(0.2)


def test_only_as_many_pixels_as_the_zoom_can_show(qtbot: QtBot, viewer: Viewer, library: Path) -> None:
    shelf.record_all(library, size=(1500, 1000))
    with qtbot.waitSignal(viewer.model.loaded):
        viewer.model.refresh()
    viewer.open_row(1)
    qtbot.waitUntil(lambda: viewer.canvas.image_side == 300, timeout=LONG)
    QTest.keyClick(viewer, Qt.Key.Key_Plus)
    qtbot.waitUntil(lambda: viewer.canvas.image_side == 750, timeout=LONG)
    QTest.keyClick(viewer, Qt.Key.Key_1)
    assert viewer.canvas.zoom.shown_scale == 1
    qtbot.waitUntil(lambda: viewer.canvas.image_side == 1500, timeout=LONG)
    QTest.keyClick(viewer, Qt.Key.Key_0)
    assert viewer.canvas.zoom.is_fit


def test_arrows_step_and_escape_leaves(qtbot: QtBot, viewer: Viewer) -> None:
    viewer.open_row(0)
    with qtbot.waitSignal(viewer.moved) as moved:
        QTest.keyClick(viewer, Qt.Key.Key_Right)
    assert moved.args == [1]
    QTest.keyClick(viewer, Qt.Key.Key_PageDown)
    QTest.keyClick(viewer, Qt.Key.Key_Right)  # the last one stays
    assert viewer.file is not None
    assert viewer.file.name == "p2.png"
    with qtbot.waitSignal(viewer.closed):
        QTest.keyClick(viewer, Qt.Key.Key_Escape)
    assert viewer.file is None


def test_wheel_zooms_and_dragging_pans(qtbot: QtBot, viewer: Viewer) -> None:
    viewer.open_row(0)
    qtbot.waitUntil(lambda: viewer.canvas.image_side == 1500, timeout=LONG)
    canvas, at = viewer.canvas, QPointF(100, 100)
    event = QWheelEvent(
        at, canvas.mapToGlobal(at), QPoint(), QPoint(0, 120 * 10), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)
    assert canvas.zoom.shown_scale == pytest.approx(0.2 * 1.25**10)
    before = canvas.zoom.x
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(150, 100))
    QTest.mouseMove(canvas, QPoint(100, 100))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    assert canvas.zoom.x - before == pytest.approx(50 / canvas.zoom.shown_scale)


def test_what_cannot_be_read_says_why(qtbot: QtBot, viewer: Viewer, tmp_path: Path) -> None:
    (tmp_path / "photos" / "p0.png").unlink()
    viewer.open_row(0)
    qtbot.waitUntil(lambda: "p0.png" in viewer.canvas.words, timeout=LONG)
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: viewer.canvas.image_side == 1500, timeout=LONG)
    assert viewer.canvas.words == ""
