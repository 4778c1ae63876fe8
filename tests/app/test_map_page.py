"""The map in the window, with a real engine: axes typed, choices shared with the grid, files written."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QMainWindow, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.engine_client import EngineClient
from app.main_window import MainWindow
from app.map_axes import MapAxes
from app.pages.map_page import MapPage
from tests.app import shelf
from tests.app.conftest import NO_MODEL, OpenWindow
from tests.app.lone import surroundings
from tests.conftest import write_photo

PATIENCE = 60_000


def says(widget: QWidget, words: str) -> bool:
    return any(words in label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def field(page: MapPage, name: str) -> QLineEdit:
    return next(edit for edit in page.findChildren(QLineEdit) if edit.accessibleName() == name)


def open_map(qtbot: QtBot, window: MainWindow, images: int = 12) -> MapPage:
    """The map page, with all images compared."""
    qtbot.waitUntil(lambda: window.library_page.model.rowCount() == images, timeout=PATIENCE)
    window.commands["page_map"].trigger()
    return window.page.map


def wait_for_points(qtbot: QtBot, page: MapPage, count: int = 12) -> None:
    qtbot.waitUntil(lambda: len(page.view.points) == count, timeout=PATIENCE)


def test_two_axes_are_typed_swapped_and_their_points_are_shared_with_the_grid(
    qtbot: QtBot, open_main: OpenWindow, photos: Path
) -> None:
    window = open_main(photos)
    page = open_map(qtbot, window)
    assert says(page, "Lay your pictures out on two axes.")
    assert not window.commands["map_table"].isEnabled()
    qtbot.keyClicks(field(page, "Across: comparison"), "brighter")
    qtbot.keyClick(field(page, "Across: comparison"), Qt.Key.Key_Return)
    assert field(page, "Up: comparison").hasFocus(), "the axis that is missing is asked for"
    qtbot.keyClicks(field(page, "Up: comparison"), "larger")
    qtbot.keyClick(field(page, "Up: comparison"), Qt.Key.Key_Return)
    wait_for_points(qtbot, page)
    assert field(page, "Across: opposite").placeholderText() == "automatic: darker"
    assert says(page, "12 images")
    before = page.view.points
    page.swap()
    assert np.array_equal(page.view.points.across.places, before.up.places)
    assert field(page, "Across: comparison").text() == "larger"
    page.draw()  # nothing is asked anew
    assert not page.axes.is_asking

    grid = window.library_page.grid
    page.view.choose_all()
    assert len(grid.selected_ids()) == 12
    assert says(page, "12 images, 12 chosen")
    some = before.ids[:3].tolist()
    grid.choose(some)
    window.commands["page_library"].trigger()
    window.commands["page_map"].trigger()
    assert sorted(page.view.chosen_ids().tolist()) == sorted(some)
    assert page.view.current_id() in some
    page.view.hover(0)
    name = window.library_page.model.file(window.library_page.model.row_of(int(before.ids[0])) or 0).name
    assert says(page, name[:6])
    assert says(page, "larger than")

    window.library_page.model.set_folder(10_000)  # none of its images are shown
    assert len(page.view.points) == 0
    window.library_page.model.set_folder(None)
    assert len(page.view.points) == 12

    window.collecting.hide([int(before.ids[0])])
    wait_for_points(qtbot, page, 11)


def test_a_suggestion_draws_a_map_that_is_saved_and_looked_into(
    qtbot: QtBot, open_main: OpenWindow, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_main(photos)
    page = open_map(qtbot, window)
    next(b for b in page.findChildren(QPushButton) if "brighter" in b.text()).click()
    wait_for_points(qtbot, page)
    where = tmp_path / "out" / "map"
    where.parent.mkdir()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (str(where), ""))
    size = page.view.size()
    with qtbot.waitSignal(page.export.saved, timeout=PATIENCE):
        window.commands["map_picture"].trigger()
    assert QImage(str(where.with_suffix(".png"))).size() == size
    with qtbot.waitSignal(page.export.saved, timeout=PATIENCE):
        window.commands["map_table"].trigger()
    rows = list(csv.reader(where.with_suffix(".csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["path", "across: brighter", "up: more colourful"]
    assert [row[0] for row in rows[1:]] == sorted(str(path) for path in photos.rglob("*.*"))
    first = page.view.points.find([window.library_page.model.file(0).id])[0]
    assert rows[1][1:] == [str(float(axis.scores[first])) for axis in (page.view.points.across, page.view.points.up)]
    assert [file.name for file in where.parent.iterdir()] in (["map.png", "map.csv"], ["map.csv", "map.png"])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (str(tmp_path / "no" / "map"), ""))
    window.commands["map_table"].trigger()
    qtbot.waitUntil(lambda: says(window.banner, "map.csv cannot be written"), timeout=PATIENCE)

    qtbot.keyClick(page.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(page.view, Qt.Key.Key_Space)
    assert page.viewer.isVisible()
    assert page.viewer.file is not None
    assert page.viewer.file.id == page.view.current_id()
    page.viewer.step(1 if window.library_page.model.row_of(page.viewer.file.id) == 0 else -1)
    assert page.viewer.file.id == page.view.current_id()
    qtbot.keyClick(page.viewer, Qt.Key.Key_Escape)
    assert page.view.hasFocus()

    window.bar.prompt.setText("warmer")
    window.bar.ask()  # the axis across
    assert window.pages.currentWidget() is page
    qtbot.waitUntil(lambda: page.axes.questions[0] == ("warmer", "") and not page.axes.is_asking, timeout=PATIENCE)
    page.draw_axes("bright " * 1500, "larger")
    qtbot.waitUntil(lambda: not page.axes.is_asking, timeout=PATIENCE)
    assert says(window.banner, "a comparison is a few words")
    assert page.axes.questions[0] == ("warmer", "")
    assert len(page.view.points) == 12, "the map that was there stays"


def test_without_a_model_the_map_says_so_and_goes_back_to_its_invitation(
    qtbot: QtBot, open_main: OpenWindow, photos: Path
) -> None:
    window = open_main(photos, model=NO_MODEL)
    page = open_map(qtbot, window)
    page.draw_axes("brighter", "larger")
    qtbot.waitUntil(lambda: says(page, "Lay your pictures out"), timeout=PATIENCE)
    assert window.banner.isVisible()


def test_a_library_of_a_single_image_has_a_map_and_claims_nothing(
    qtbot: QtBot, open_main: OpenWindow, tmp_path: Path
) -> None:
    write_photo(tmp_path / "one" / "\u05e9\u05dc\u05d5\u05dd.png", 1)
    window = open_main(tmp_path / "one")
    page = open_map(qtbot, window, images=1)
    page.draw_axes("brighter", "larger")
    wait_for_points(qtbot, page, 1)
    qtbot.keyClick(page.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert says(page, "1 image, 1 chosen")
    assert says(page, "\u05e9\u05dc\u05d5\u05dd.png")
    assert not says(page, "%")
    window.asking.rank("brighter", "")
    qtbot.waitUntil(lambda: says(window.library_page.header, "too few images to check"), timeout=PATIENCE)
    assert not says(window.library_page.inspector, "%")


def test_an_answer_whose_file_is_gone_is_told_and_the_axes_stay(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[dict[str, Callable[..., object]]] = []
    monkeypatch.setattr(EngineClient, "ask", lambda self, command, **how: answers.append(how) or len(answers))
    monkeypatch.setattr(EngineClient, "cancel", lambda self, job: None)
    window = QMainWindow()
    qtbot.addWidget(window)
    gone = shelf.ranking(tmp_path, [(1, 0.5)])
    Path(gone.file).unlink()
    with surroundings(tmp_path, window) as around:
        axes = MapAxes(around.client, window)
        axes.ask(("brighter", ""), ("larger", ""))
        with qtbot.waitSignal(axes.failed) as failed:
            answers[0]["done"](gone)
        assert "could not be read" in failed.args[0].sentence
        assert not axes.is_asking
        assert axes.questions == (("", ""), ("", ""))
