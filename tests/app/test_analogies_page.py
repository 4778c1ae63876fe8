"""A is to B as C is to what, and like this but more, in the window with a real engine and pictures process."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app.dragdrop import files_mime, paths_in
from app.main_window import MainWindow
from app.pages.analogies_page import AnalogiesPage
from app.pictures_client import PicturesClient
from app.widgets.more_slider import STEPS
from app.widgets.well import Well
from engine.protocol import Similar
from tests.app.conftest import NO_MODEL, OpenWindow
from tests.app.test_compare_page import PATIENCE, says
from tests.conftest import write_photo


@pytest.fixture
def window(qtbot: QtBot, open_main: OpenWindow, photos: Path) -> MainWindow:
    """The twelve photos, indexed."""
    window = open_main(photos)
    model = window.library_page.model
    qtbot.waitUntil(lambda: model.rowCount() == 12 and model.unread == 0, timeout=PATIENCE)
    return window


def paths(window: MainWindow, *numbers: int) -> list[bytes]:
    return [window.library_page.model.file(number).path for number in numbers]


def names(page: AnalogiesPage) -> list[str]:
    return [page.results.found.found(row).file.name for row in range(page.results.found.rowCount())]


def wells(page: AnalogiesPage) -> dict[str, Well]:
    return {well.accessibleName().partition(":")[0]: well for well in page.equation.findChildren(Well)}


def drop(well: Well, mime: QMimeData) -> None:
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), copy, mime, left, none)
    QApplication.sendEvent(well, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(well, QDropEvent(QPointF(9, 9), copy, mime, left, none))


def test_three_chosen_pictures_make_an_equation_that_is_answered(qtbot: QtBot, window: MainWindow) -> None:
    page, grid = window.page.analogies, window.library_page.grid
    window.commands["page_analogies"].trigger()
    assert says(page, "A is to B as C is to …")
    window.commands["page_library"].trigger()
    grid.choose([window.library_page.model.file(row).id for row in range(3)])
    window.commands["page_analogies"].trigger()
    assert page.equation.examples() == (tuple(paths(window, 0, 1)),)
    start = paths(window, 2)[0]
    assert page.equation.start.path == start
    qtbot.waitUntil(lambda: page.is_answered and page.results.found.rowCount() == 9, timeout=PATIENCE)
    found = [page.results.found.found(row) for row in range(9)]
    assert [each.rank for each in found] == list(range(1, 10))
    assert not {each.file.path for each in found} & set(paths(window, 0, 1, 2))
    assert all("agree" in each.words for each in found)
    assert page.equation.answer.path == found[0].file.path
    assert found[0].file.name in page.equation.answer.accessibleName()

    qtbot.waitUntil(lambda: any(b.isVisible() for b in page.step.findChildren(QPushButton)))  # in the layout's own time
    phrase = next(b for b in page.step.findChildren(QPushButton) if b.isVisible())
    with qtbot.waitSignal(window.asking.answered, timeout=PATIENCE) as answered:
        phrase.click()
    assert answered.args is not None
    assert answered.args[0].prompt == phrase.text()
    assert window.pages.currentWidget() is window.library_page

    window.commands["page_analogies"].trigger()
    assert page.equation.start.path == start, "the same choice fills nothing again"
    qtbot.keyClick(page.results, Qt.Key.Key_Down)
    page.results.setCurrentIndex(page.results.found.index(2))
    qtbot.keyClick(page.results, Qt.Key.Key_Space)
    assert page.viewer.isVisible()
    assert page.viewer.file == found[2].file
    assert page.chosen() == [found[2].file]
    qtbot.keyClick(page.viewer, Qt.Key.Key_Right)
    assert page.viewer.file == found[3].file
    qtbot.keyClick(page.viewer, Qt.Key.Key_Escape)
    assert not page.viewer.isVisible()
    window.commands["copy_path"].trigger()
    assert paths_in(QApplication.clipboard().mimeData()) == [found[3].file.path], "the menu means what is chosen here"


def test_wells_are_filled_by_drop_paste_keyboard_and_actions(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = window.page.analogies
    window.commands["page_analogies"].trigger()
    one, two, three = (os.fsencode(write_photo(tmp_path / "else" / f"{seed}.png", seed)) for seed in (300, 301, 302))
    a, b, c = (wells(page)[name] for name in ("A", "B", "C, where to begin"))
    drop(b, files_mime([one]))
    assert (a.path, b.path, c.path) == (b"", one, b"")
    drop(a, files_mime([two, one, three]))
    assert (a.path, b.path, c.path) == (two, one, three), "several go on into the next wells"
    qtbot.waitUntil(lambda: page.is_answered and page.results.found.rowCount() == 12, timeout=PATIENCE)

    c.setFocus()
    QApplication.clipboard().setMimeData(files_mime([one]))
    window.commands["paste"].trigger()
    assert c.path == one
    qtbot.keyClick(b, Qt.Key.Key_Delete)
    assert (b.path, page.equation.examples()) == (b"", ())
    qtbot.waitUntil(lambda: page.is_answered and says(page, "Show a step with two pictures"))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (os.fsdecode(three), ""))
    qtbot.keyClick(b, Qt.Key.Key_Return)
    assert b.path == three

    window.commands["page_library"].trigger()
    window.library_page.grid.go_to(5)
    window.commands["analogy_a"].trigger()
    assert a.path == paths(window, 5)[0]
    assert says(window.notice, "is A of the analogy")
    window.commands["page_analogies"].trigger()
    qtbot.waitUntil(lambda: page.is_answered and page.results.found.rowCount() > 0, timeout=PATIENCE)
    page.results.setCurrentIndex(page.results.found.index(0))
    window.commands["analogy_c"].trigger()
    assert c.path == page.results.chosen()[0].path, "on this page it is the picture found that is meant"
    window.commands["analogy_clear"].trigger()
    assert page.equation.is_empty


def test_several_examples_are_averaged(qtbot: QtBot, window: MainWindow) -> None:
    page = window.page.analogies
    window.commands["page_analogies"].trigger()
    page.put(paths(window, 0, 1, 2, 3, 4))
    assert page.equation.examples() == (tuple(paths(window, 0, 1)), tuple(paths(window, 2, 3)))
    assert page.equation.start.path == paths(window, 4)[0]
    assert {"A of example 1", "B of example 2"} <= set(wells(page))
    qtbot.waitUntil(lambda: page.is_answered and page.results.found.rowCount() == 7, timeout=PATIENCE)
    both = names(page)
    remove = [b for b in page.equation.findChildren(QToolButton) if b.accessibleName() == "Remove this example"]
    remove[1].click()
    assert page.equation.examples() == (tuple(paths(window, 0, 1)),)
    qtbot.waitUntil(lambda: page.is_answered and page.results.found.rowCount() == 9, timeout=PATIENCE)
    assert len(both) == 7
    page.equation.start.setFocus()
    qtbot.keyClick(page.equation.start, "e")
    assert len(page.equation.examples()) == 1
    assert "A of example 2" in wells(page)


def test_a_slider_moves_what_is_like_a_picture_along_a_prompt(qtbot: QtBot, window: MainWindow) -> None:
    page = window.page.analogies
    window.library_page.grid.go_to(4)
    window.commands["more_like"].trigger()
    assert window.pages.currentWidget() is page
    qtbot.waitUntil(lambda: page.is_answered and page.results.found.rowCount() == 11, timeout=PATIENCE)
    alike = names(page)
    assert window.library_page.model.file(4).name not in alike
    window.bar.prompt.setText("brighter")
    window.bar.reverse.setText("gloomier")
    window.bar.ask()
    assert says(page.more, "Like this, but brighter")
    qtbot.waitUntil(lambda: (page.is_answered and says(page.more, "agreement")) or says(page.more, "does not order"))
    assert names(page) == alike, "nothing is moved yet"

    asked: list[float] = []
    ask = window.client.ask

    def note(command: object, **more: object) -> int:
        if isinstance(command, Similar):
            asked.append(command.amount)
        return ask(command, **more)  # type: ignore[arg-type]

    window.client.ask = note  # type: ignore[method-assign]
    for value in range(1, 31):  # a drag, faster than anything is answered
        page.more.slider.setValue(value)
    assert says(page.more, "very much brighter (+3.0)")
    qtbot.waitUntil(lambda: page.is_answered, timeout=PATIENCE)
    assert asked[-1] == 3.0
    assert len(asked) < 30, "what was passed over while an answer was awaited is not asked"
    most = names(page)
    assert most != alike
    page.more.slider.setValue(-2 * STEPS)
    assert says(page.more, "much gloomier (-2.0)")
    qtbot.waitUntil(lambda: page.is_answered, timeout=PATIENCE)
    assert names(page) not in (most, alike)
    next(b for b in page.more.findChildren(QPushButton) if b.text() == "As it is").click()
    qtbot.waitUntil(lambda: page.is_answered, timeout=PATIENCE)
    assert names(page) == alike


def test_without_a_picture_or_a_model_it_says_what_is_missing(
    qtbot: QtBot, open_main: OpenWindow, photos: Path
) -> None:
    window = open_main(photos, model=NO_MODEL)
    page = window.page.analogies
    window.commands["page_analogies"].trigger()
    window.commands["analogy_more"].trigger()
    assert says(page, "Begin with one picture")
    assert says(page, "Type a comparison above")
    window.bar.prompt.setText("brighter")
    window.bar.ask()
    assert window.pages.currentWidget() is page, "the words wait for a picture"
    window.banner.settle("model")
    page.put([os.fsencode(photos / "photo00.jpg")])
    qtbot.waitUntil(lambda: page.is_answered and window.banner.isVisible(), timeout=PATIENCE)
    assert page.results.found.rowCount() == 0
    assert not page.put([os.fsencode(photos)]), "folders are the window's"


def test_a_picture_found_can_be_dragged_into_a_well(qtbot: QtBot, window: MainWindow) -> None:
    page = window.page.analogies
    window.commands["page_analogies"].trigger()
    page.put(paths(window, 0, 1, 2))
    qtbot.waitUntil(lambda: page.is_answered and page.results.found.rowCount() == 9, timeout=PATIENCE)
    page.results.setCurrentIndex(page.results.found.index(0))
    (best,) = page.results.chosen()
    assert best.name in page.results.found.index(0).data(Qt.ItemDataRole.ToolTipRole), "under the picture it may be cut"
    drop(page.equation.start, files_mime([best.path]))
    assert page.equation.start.path == best.path
    qtbot.waitUntil(lambda: page.is_answered and best.name not in names(page), timeout=PATIENCE)
    shares = np.array([page.results.found.found(row).words for row in range(page.results.found.rowCount())])
    assert len(shares) == 9


def test_the_menu_of_a_well_leaves_nothing_behind(qtbot: QtBot) -> None:
    pictures = PicturesClient()
    well = Well("A", "A", pictures)
    qtbot.addWidget(well)
    well.show()
    QApplication.sendEvent(well, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), QPoint(5, 5)))
    (menu,) = well.findChildren(QMenu)
    with qtbot.waitSignal(well.asked):
        menu.actions()[0].trigger()
    menu.close()
    qtbot.waitUntil(lambda: not well.findChildren(QMenu))
    pictures.close()
