"""The two pictures as they are painted in each mode, with a real pictures process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.pair_picture import PairPicture
from app.pictures_client import PicturesClient
from app.widgets.pair_view import Mode, PairView
from app.widgets.picture_difference import doublings

PATIENCE = 30_000
FIRST, SECOND = (200, 40, 40), (40, 40, 200)


def picture(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (400, 300)) -> bytes:
    Image.new("RGB", size, colour).save(path)
    return os.fsencode(path)


@pytest.fixture
def pictures(qtbot: QtBot) -> Iterator[PicturesClient]:
    client = PicturesClient()
    yield client
    client.close()


@pytest.fixture
def view(qtbot: QtBot, pictures: PicturesClient, tmp_path: Path) -> PairView:
    sides = PairPicture(pictures, pictures), PairPicture(pictures, pictures)
    view = PairView(sides)
    qtbot.addWidget(view)
    view.resize(800, 400)
    view.show()
    for side, colour, name in zip(sides, (FIRST, SECOND), "ab", strict=True):
        side.show(picture(tmp_path / f"{name}.png", colour), None)
    qtbot.waitUntil(lambda: all(side.image is not None for side in sides), timeout=PATIENCE)
    return view


def colour_at(view: PairView, x: float, y: float = 0.5) -> tuple[int, int, int]:
    image = view.grab().toImage()
    found = image.pixelColor(round(x * (image.width() - 1)), round(y * (image.height() - 1)))
    return found.red(), found.green(), found.blue()


def wheel(view: PairView, x: float, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    at = QPointF(x * view.width(), view.height() / 2)
    turned = QPoint(0, 480)
    QApplication.sendEvent(
        view,
        QWheelEvent(at, at, QPoint(), turned, Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False),
    )


def test_each_mode_shows_what_it_says(view: PairView) -> None:
    assert (colour_at(view, 0.25), colour_at(view, 0.75)) == (FIRST, SECOND)
    view.set_mode(Mode.SWAP)
    assert colour_at(view, 0.5) == FIRST
    view.flicker()
    assert colour_at(view, 0.5) == SECOND
    view.set_mode(Mode.SPLIT)
    view.set_share(0.4)
    assert (colour_at(view, 0.35), colour_at(view, 0.45)) == (FIRST, SECOND)
    view.set_mode(Mode.FADE)
    view.set_share(0.5)
    assert colour_at(view, 0.5) == pytest.approx((120, 40, 120), abs=2)
    view.set_mode(Mode.DIFFERENCE)
    assert view.words() == ""  # strong enough, same sizes
    assert colour_at(view, 0.5) == (160, 0, 160)


def test_zoom_is_shared_and_with_ctrl_it_is_not(view: PairView) -> None:
    wheel(view, 0.75)
    assert view.looks[0] == view.looks[1]
    assert view.looks[0].closer > 1.5
    before = view.looks[0]
    wheel(view, 0.75, Qt.KeyboardModifier.ControlModifier)
    assert view.looks[0] == before
    assert view.looks[1].closer > before.closer
    view.show_whole()
    assert view.looks[0] == view.looks[1]


def test_dragging_pans_both_by_fraction(qtbot: QtBot, view: PairView) -> None:
    wheel(view, 0.25)
    where = view.looks[0]
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    qtbot.mouseMove(view, QPoint(240, 180))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(240, 180))
    assert view.looks[0] == view.looks[1]
    assert view.looks[0].x < where.x
    assert view.looks[0].y > where.y


def test_the_zoom_is_kept_for_the_next_pair(qtbot: QtBot, view: PairView, tmp_path: Path) -> None:
    wheel(view, 0.25)
    looks = list(view.looks)
    third = view.sides[1]
    third.show(picture(tmp_path / "c.png", (0, 200, 0), (1600, 1200)), None)
    qtbot.waitUntil(lambda: third.width == 1600, timeout=PATIENCE)
    assert view.looks == looks
    assert colour_at(view, 0.75) == (0, 200, 0)


def test_a_click_shows_the_other_one_and_a_drag_does_not(qtbot: QtBot, view: PairView) -> None:
    view.set_mode(Mode.SWAP)
    with qtbot.waitSignal(view.flickered):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 200))
    assert view.shown == 1
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 200))
    qtbot.mouseMove(view, QPoint(430, 200))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(430, 200))
    assert view.shown == 1


def test_the_split_can_be_dragged(qtbot: QtBot, view: PairView) -> None:
    view.set_mode(Mode.SPLIT)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 200))
    with qtbot.waitSignal(view.moved):
        qtbot.mouseMove(view, QPoint(600, 200))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(600, 200))
    assert view.share == pytest.approx(0.75)
    assert view.looks[0].closer == 1.0


def test_other_sizes_and_faint_differences_are_said(qtbot: QtBot, view: PairView, tmp_path: Path) -> None:
    view.set_mode(Mode.DIFFERENCE)
    other = view.sides[1]
    other.show(picture(tmp_path / "near.png", (203, 40, 40), (800, 700)), None)
    qtbot.waitUntil(lambda: other.width == 800, timeout=PATIENCE)
    assert "aligned by fraction" in view.words()
    assert "16 times as strong" in view.words()
    assert colour_at(view, 0.5) == pytest.approx((48, 0, 0), abs=1)


def test_equal_pictures_have_a_black_difference() -> None:
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 200, 30))
    other = image.copy()
    other.fill(QColor(250, 10, 100))
    assert doublings(image, other) == 0
    assert doublings(image, image) > 0


def test_what_cannot_be_read_is_said_in_its_place(qtbot: QtBot, view: PairView, tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_text("<html>")
    side = view.sides[0]
    side.show(os.fsencode(tmp_path / "page.jpg"), None)
    qtbot.waitUntil(lambda: side.problem != "", timeout=PATIENCE)
    assert "page.jpg" in side.problem
    assert side.image is None
    view.set_mode(Mode.DIFFERENCE)
    view.grab()  # paints the sentence instead


def test_more_pictures_are_tiled_and_follow_each_other(
    qtbot: QtBot, view: PairView, pictures: PicturesClient, tmp_path: Path
) -> None:
    colours = {"c": (40, 200, 40), "d": (200, 200, 40), "e": (40, 200, 200)}
    more = [PairPicture(pictures, pictures) for _ in colours]
    for side, (name, colour) in zip(more, colours.items(), strict=True):
        side.show(picture(tmp_path / f"{name}.png", colour), None)
    qtbot.waitUntil(lambda: all(side.image is not None for side in more), timeout=PATIENCE)
    view.show_pictures([*view.sides, *more])
    places = [(x, y) for y in (0.25, 0.75) for x in (1 / 6, 0.5, 5 / 6)]
    shown = [colour_at(view, *place) for place in places]
    assert shown[:5] == [FIRST, SECOND, *colours.values()]
    assert view.place_at(QPoint(view.width() // 2, view.height() - 5)) == 4
    wheel(view, 0.5)
    assert len(set(view.looks)) == 1
    assert view.looks[0].closer > 1
    wheel(view, 0.5, Qt.KeyboardModifier.ControlModifier)
    assert len(set(view.looks)) == 2, "with Ctrl only the one under the pointer"
    view.show_pictures(view.sides[:2])
    assert (colour_at(view, 0.25), colour_at(view, 0.75)) == (FIRST, SECOND)
