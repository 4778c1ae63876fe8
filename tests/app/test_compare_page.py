"""Comparing two pictures in the window, with a real engine and pictures process."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.dragdrop import files_mime
from app.main_window import MainWindow
from app.pages.compare_page import ComparePage
from app.widgets.pair_view import Mode
from app.widgets.standings import Standings
from app.widgets.verdicts import Verdicts, verdict_words
from engine.pair_messages import Difference, Verdict
from tests.app.conftest import NO_MODEL, OpenWindow
from tests.conftest import write_photo

PATIENCE = 60_000


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def says(widget: QWidget, words: str) -> bool:
    return any(words in text for text in texts(widget))


def scores(page: ComparePage) -> list[float]:
    """What the tooltips of the verdicts say, those that are there."""
    tips = (label.toolTip() for label in page.verdicts.findChildren(QLabel) if label.isVisible())
    return [float(found[1]) for tip in tips if (found := re.search(r"score of B: ([-+.\d]+)", tip))]


def drop(window: MainWindow, paths: list[bytes], x: int) -> None:
    page, mime = window.page.compare, files_mime(paths)
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(x, 100), copy, mime, left, none)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPointF(x, 100), copy, mime, left, none))


def test_two_chosen_pictures_are_judged_explained_and_lead_back_to_the_library(
    qtbot: QtBot, open_main: OpenWindow, photos: Path
) -> None:
    window = open_main(photos)
    page, grid, model = window.page.compare, window.library_page.grid, window.library_page.model
    qtbot.waitUntil(lambda: model.rowCount() == 12, timeout=PATIENCE)
    with qtbot.waitSignal(window.asking.answered, timeout=PATIENCE):
        window.bar.prompt.setText("brighter")
        window.bar.ask()
    qtbot.waitUntil(lambda: model.rowCount() == 12 and model.tile(11).rank == 12, timeout=PATIENCE)
    grid.selectAll()
    best, second = model.file(0).path, model.file(1).path
    window.commands["compare"].trigger()
    assert window.pages.currentWidget() is page
    assert [picture.path for picture in page.pair] == [best, second]

    window.bar.prompt.setText("brighter")
    window.bar.ask()  # now it asks about the pair
    assert window.pages.currentWidget() is page
    qtbot.waitUntil(lambda: len(scores(page)) == 1, timeout=PATIENCE)
    (there,) = scores(page)
    assert there == pytest.approx((model.tile(0).score or 0) - (model.tile(1).score or 0), abs=1e-4)
    window.commands["exchange"].trigger()
    qtbot.waitUntil(lambda: scores(page) == [-there], timeout=PATIENCE)
    assert [picture.path for picture in page.pair] == [second, best]

    page.put([best, model.file(11).path])
    qtbot.waitUntil(lambda: page.is_answered and says(page.verdicts, "They also differ in"), timeout=PATIENCE)
    # a layout shows what is added to it in its own time
    qtbot.waitUntil(lambda: any(b.isVisible() for b in page.verdicts.findChildren(QPushButton)), timeout=PATIENCE)
    first = next(b for b in page.verdicts.findChildren(QPushButton) if b.isVisible())
    with qtbot.waitSignal(window.asking.answered, timeout=PATIENCE) as answered:
        first.click()
    assert answered.args is not None
    assert first.accessibleName().startswith(("A is ", "B is "))
    assert answered.args[0].prompt in first.accessibleName()
    assert window.pages.currentWidget() is window.library_page

    window.commands["page_compare"].trigger()
    assert page.pair[0].path == best, "the pair is still there"
    remove = next(b for b in page.verdicts.findChildren(QToolButton) if b.accessibleName() == "Remove brighter")
    remove.click()
    assert page.prompts == []
    assert says(page.verdicts, "Type a comparison above")


def test_pictures_from_anywhere_are_dropped_and_pasted(
    qtbot: QtBot, open_main: OpenWindow, photos: Path, tmp_path: Path
) -> None:
    window = open_main(photos)
    page = window.page.compare
    window.commands["page_compare"].trigger()
    assert says(page, "Put two pictures side by side.")
    one = os.fsencode(write_photo(tmp_path / "else" / "one.png", 300, (120, 90)))
    two = os.fsencode(write_photo(tmp_path / "else" / "two.png", 301, (60, 90)))
    drop(window, [one], x=page.width() - 10)
    assert [picture.path for picture in page.pair] == [b"", one]
    assert not page.has_pair
    drop(window, [two], x=10)
    assert [picture.path for picture in page.pair] == [two, one]
    qtbot.waitUntil(lambda: says(page.details, "60 x 90 pixels") and says(page.details, "120 x 90"), timeout=PATIENCE)
    assert texts(page.details).count("≠") >= 2  # name and size
    drop(window, [one, two], x=10)
    assert [picture.path for picture in page.pair] == [one, two]

    mime, none = files_mime([os.fsencode(photos)]), Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none)
    QApplication.sendEvent(page, enter)
    assert window.drop_frame.isVisible(), "a folder is added to the library, also from here"
    window.drop_frame.hide()
    assert [picture.path for picture in page.pair] == [one, two]

    image = QImage(50, 40, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QApplication.clipboard().setImage(image)
    window.commands["paste"].trigger()
    qtbot.waitUntil(lambda: page.pair[1].width == 50, timeout=PATIENCE)
    assert page.pair[0].path == one
    page.judge("brighter", "darker")
    qtbot.waitUntil(lambda: len(scores(page)) == 1, timeout=PATIENCE)


def test_modes_follow_keys_and_menu(qtbot: QtBot, open_main: OpenWindow, tmp_path: Path) -> None:
    window = open_main(model=NO_MODEL)
    page = window.page.compare
    window.commands["page_compare"].trigger()
    page.put([os.fsencode(write_photo(tmp_path / f"{seed}.png", seed)) for seed in range(2)])
    page.view.setFocus()
    for key, mode in zip("2345", (Mode.SWAP, Mode.SPLIT, Mode.FADE, Mode.DIFFERENCE), strict=True):
        qtbot.keyClick(page.view, key)
        assert page.view.mode is mode
        checked = [b.text() for b in page.findChildren(QPushButton) if b.isCheckable() and b.isChecked()]
        assert checked == [mode.value]
    qtbot.keyClick(page.view, Qt.Key.Key_Space)
    assert (page.view.mode, page.view.shown) == (Mode.SWAP, 0)
    qtbot.keyClick(page.view, Qt.Key.Key_Space)
    assert page.view.shown == 1
    qtbot.keyClick(page.view, "+")
    assert page.view.looks[0].closer > 1
    qtbot.keyClick(page.view, "0")
    assert page.view.looks[0].closer == 1


def test_a_prompt_that_says_nothing_goes_and_a_missing_picture_is_named(
    qtbot: QtBot, open_main: OpenWindow, photos: Path
) -> None:
    window = open_main(photos)
    page = window.page.compare
    window.commands["page_compare"].trigger()
    page.put([os.fsencode(photos / "photo00.jpg"), os.fsencode(photos / "photo01.jpg")])
    page.judge("brighter", "")
    page.judge("bright " * 1500, "")
    qtbot.waitUntil(lambda: page.prompts == [("brighter", "")], timeout=PATIENCE)
    qtbot.waitUntil(lambda: len(scores(page)) == 1, timeout=PATIENCE)
    page.put([os.fsencode(photos / "gone.jpg")], place=1)
    qtbot.waitUntil(lambda: says(page.verdicts, "gone.jpg"), timeout=PATIENCE)


@pytest.mark.parametrize("count", [0, 1])
def test_a_pair_that_is_not_complete_leaves_the_prompt_bar_to_the_library(
    qtbot: QtBot, open_main: OpenWindow, photos: Path, count: int
) -> None:
    window = open_main(photos, model=NO_MODEL)
    window.commands["page_compare"].trigger()
    window.page.compare.put([os.fsencode(photos / "photo00.jpg")][:count])
    with qtbot.waitSignal(window.asking.started):
        window.bar.prompt.setText("brighter")
        window.bar.ask()
    assert window.pages.currentWidget() is window.library_page


def test_up_to_six_are_looked_at_and_any_two_of_them_compared(
    qtbot: QtBot, open_main: OpenWindow, photos: Path, tmp_path: Path
) -> None:
    window = open_main(photos)
    page, model = window.page.compare, window.library_page.model
    qtbot.waitUntil(lambda: model.rowCount() == 12 and model.unread == 0, timeout=PATIENCE)
    files = [model.file(row).path for row in range(12)]
    window.library_page.grid.choose([model.file(row).id for row in range(3)])
    window.commands["compare"].trigger()
    assert page.pictures.paths == files[:3]
    page.judge("brighter", "")
    qtbot.waitUntil(lambda: len(page.verdicts.findChildren(Standings)) == 1, timeout=PATIENCE)
    (stand,) = page.verdicts.findChildren(Standings)
    assert [stand.accessibleDescription().count(f"{letter}: Brighter than ") for letter in "ABCD"] == [1, 1, 1, 0]

    qtbot.waitUntil(lambda: page.is_answered, timeout=PATIENCE)
    (before,) = scores(page)
    page.view.setFocus()
    qtbot.keyClick(page.view, "b")
    assert page.pictures.paths == [files[0], files[2], files[1]], "C is B now"
    third = page.view.width() * 5 // 6
    qtbot.mouseClick(page.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, QPoint(third, 40))
    assert page.pictures.paths == [files[1], files[2], files[0]], "what was clicked is A now"
    qtbot.keyClick(page.view, "b")
    assert page.pictures.paths == [files[1], files[0], files[2]]
    qtbot.waitUntil(lambda: page.is_answered and scores(page) == [-before], timeout=PATIENCE)

    drop(window, [files[5]], x=page.width() - 10)
    assert page.pictures.paths == [files[1], files[0], files[5]], "in place of the one that it was dropped on"
    window.page.library.grid.choose([model.file(row).id for row in (6, 7, 8, 9)])
    window.commands["compare_more"].trigger()
    assert page.pictures.paths == [files[1], files[0], *files[5:9]], "six at most"
    assert says(page, "The first 6 of 7"), "what has no room is told"
    qtbot.keyClick(page.view, "+")
    assert len({look.closer for look in page.view.looks}) == 1, "all of them are looked at alike"
    qtbot.keyClick(page.view, Qt.Key.Key_Delete)
    assert page.pictures.paths == [files[1], *files[5:9]]
    qtbot.keyClick(page.view, "2")
    qtbot.keyClick(page.view, "1")
    page.put([files[0], files[1]])
    assert page.pictures.paths == files[:2]
    qtbot.waitUntil(lambda: page.is_answered and not page.verdicts.findChildren(Standings), timeout=PATIENCE)


def test_sentences_of_the_library_stand_below_the_phrases(qtbot: QtBot) -> None:
    verdicts = Verdicts()
    qtbot.addWidget(verdicts)
    sentence, reverse = "The first shows a dog, the second a cat.", "The first shows a cat, the second a dog."
    verdicts.show_differences([Difference("brighter", "darker", 2.0), Difference(sentence, reverse, -1.5, said=True)])
    verdicts.show()
    qtbot.waitUntil(lambda: sum(b.isVisible() for b in verdicts.findChildren(QPushButton)) == 2)
    phrase, said = (b for b in verdicts.findChildren(QPushButton) if b.isVisible())
    assert said.text() == reverse, "what is true of the pair as it stands"
    for pressed, asked in ((phrase, ["brighter", ""]), (said, [reverse, sentence])):
        with qtbot.waitSignal(verdicts.asked) as found:
            pressed.click()
        assert found.args == asked


def test_a_verdict_that_is_the_toss_of_a_coin_is_none() -> None:
    close = Verdict("larger", "smaller", 0.001, "a", 0.503, True, 0.7, "strong")
    assert verdict_words(close) == "too close to say"
    assert verdict_words(replace(close, probability=0.51)) == "A, 51 % sure"
