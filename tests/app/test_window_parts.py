"""Names for screen readers on every control, plain text in every label, messages that offer what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.application import dress
from app.engine_client import EngineClient
from app.main_window import MainWindow
from app.pages.models_page import ModelCard
from app.preferences import Preferences
from app.widgets.dialogs import ShortcutsDialog, TextDialog
from app.widgets.failures import FailuresDialog
from app.widgets.folder_list import FolderList
from app.widgets.import_model import ImportModelDialog
from app.widgets.notices import Banner, Notice
from app.widgets.order_header import OrderHeader
from app.widgets.palette import Palette
from app.widgets.parts import ElidedLabel, Label, plain_tooltip
from engine.errors import FolderMissing, PromptTooLong
from engine.protocol import EngineConfig, ModelInfo, ModelReady, Progress, RankingResult
from engine.store.rows import Failure, Folder

CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, QPlainTextEdit)
MARKUP = "<img src='/etc/passwd'><b>bold</b>"


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    """The whole window with its engine not started."""
    dress(qapp, "dark")
    library = tmp_path / "test.pairlens"
    made = MainWindow(library, Preferences())
    made.fill(EngineClient(EngineConfig(str(library), str(tmp_path)), made))
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def fill_with_texts(window: MainWindow) -> list[QWidget]:
    """Put text from outside everywhere it can come; returns the windows to look at."""
    window.strip.show_progress(Progress(1, MARKUP, 1, 2, 3.0, 4.0))
    window.strip.offer_stop(1)
    window.reports.show(FolderMissing(MARKUP).problem())
    window.notice.say(MARKUP, "Undo", window.close)
    window.rail.show_model(MARKUP, MARKUP)
    window.page.models.show_model(ModelReady(MARKUP, MARKUP, "key", 32, ((MARKUP, MARKUP),)))
    window.library_page.folders.show_folders([Folder(1, b"/x", MARKUP, True, 3)], 3)
    window.library_page.folders.show_samples_button(True)
    window.library_page.header.show_order(
        RankingResult("f", 1, MARKUP, MARKUP, True, "m", 0.3, "weak", (MARKUP,), 2), flipped=False
    )
    window.library_page.header.show_asking(MARKUP)
    card = ModelCard(ModelInfo(MARKUP, MARKUP, "here", 10, MARKUP, MARKUP, {"memory": MARKUP}), in_use=False)
    card.setParent(window)
    window.bar.show_answer(MARKUP, MARKUP, True, (MARKUP,))
    window.bar.explain()
    return [
        window,
        ShortcutsDialog(window.commands, window),
        TextDialog("Title", MARKUP, MARKUP, window),
        Palette(window.commands, window),
        FailuresDialog([Failure(1, MARKUP.encode(), 3, 4, "image", MARKUP)], window),
        ImportModelDialog(MARKUP, window),
    ]


def test_every_control_has_a_name_for_screen_readers(window: MainWindow) -> None:
    unnamed = []
    for top in fill_with_texts(window):
        for widget in top.findChildren(QWidget):
            if not isinstance(widget, CONTROLS) or widget.objectName().startswith("qt_"):
                continue
            face = QAccessible.queryAccessibleInterface(widget)
            if face is not None and not face.text(QAccessible.Text.Name):
                unnamed.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    assert unnamed == []


def test_every_label_shows_text_as_it_is(window: MainWindow) -> None:
    shown = 0
    for top in fill_with_texts(window):
        for label in top.findChildren(QLabel):
            assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
            shown += MARKUP in label.text()
        for widget in (top, *top.findChildren(QWidget)):
            assert "<img" not in widget.toolTip()
            assert "<b>" not in widget.toolTip()
    assert shown >= 8


def test_an_image_tag_paints_no_image(qtbot: QtBot, tmp_path: Path) -> None:
    """What a default label does with this text is to show a red square."""
    red = tmp_path / "red.png"
    square = QLabel().grab().scaled(25, 25).toImage()
    square.fill(QColor("red"))
    square.save(str(red))

    def reds(label: QLabel) -> int:
        label.resize(400, 60)
        image = label.grab().toImage()
        pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
        return sum(pixel == QColor("red") for pixel in pixels)

    text = f"<img src='{red}'>"
    assert reds(QLabel(text)) > 0
    assert reds(Label(text)) == 0
    assert reds(ElidedLabel(text)) == 0
    assert plain_tooltip(text).count("<") == 2  # the paragraph around it


def test_a_problem_offers_its_remedy_as_a_button(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    pressed: list[str] = []
    problem = FolderMissing("There is no folder /x.").problem()
    banner.show_problem(problem, ("Refresh", lambda: pressed.append("refresh")))
    assert {problem.sentence, problem.remedy} <= {label.text() for label in banner.findChildren(QLabel)}
    next(b for b in banner.findChildren(QPushButton) if b.text() == "Refresh").click()
    assert pressed == ["refresh"]
    assert not banner.isVisible()


def test_a_notice_undoes(qtbot: QtBot) -> None:
    notice = Notice()
    qtbot.addWidget(notice)
    undone: list[bool] = []
    notice.say("1 image is hidden.", "Undo", lambda: undone.append(True))
    assert notice.isVisible()
    next(b for b in notice.findChildren(QPushButton) if b.text() == "Undo").click()
    assert undone == [True]
    assert not notice.isVisible()


def test_the_folder_list_keeps_its_choice_and_says_what_is_offline(qtbot: QtBot) -> None:
    folders = FolderList()
    qtbot.addWidget(folders)
    one, two = Folder(1, b"/p/one", "/p/one", True, 3), Folder(7, b"/p/two", "/p/two", False, 4)
    folders.show_folders([one, two], 7)
    assert folders.chosen is None
    with qtbot.waitSignal(folders.shown) as shown:
        folders.choose(7)
    assert shown.args == [7]
    folders.show_folders([Folder(7, b"/p/two", "/p/two", True, 5), one], 7)
    assert folders.chosen == 7
    folders.show_folders([one], 2)
    assert folders.chosen is None
    texts = {label.toolTip() for label in folders.findChildren(ElidedLabel)}
    assert any("Every folder" in text for text in texts)


def test_the_menu_of_a_folder_means_it_also_when_the_list_was_filled_anew(qtbot: QtBot) -> None:
    folders = FolderList()
    qtbot.addWidget(folders)
    folders.resize(240, 320)
    folders.show()
    one, two = Folder(1, b"/p/one", "/p/one", True, 3), Folder(7, b"/p/two", "/p/two", True, 4)
    folders.show_folders([one, two], 7)
    listed = folders.findChild(QListWidget)
    listed.customContextMenuRequested.emit(listed.visualItemRect(listed.item(2)).center())
    menu = folders.findChild(QMenu)
    folders.show_folders([two, one], 7)
    next(action for action in menu.actions() if action.text() == "Show only this folder").trigger()
    assert folders.chosen == 7
    menu.close()
    qtbot.waitUntil(lambda: folders.findChild(QMenu) is None)


def test_delete_takes_the_folder_out_that_the_keyboard_is_at(qtbot: QtBot) -> None:
    folders = FolderList()
    qtbot.addWidget(folders)
    one = Folder(1, b"/p/one", "/p/one", True, 3)
    folders.show_folders([one], 3)
    with qtbot.waitActive(folders):
        folders.show()
        folders.activateWindow()
    listed = folders.findChild(QListWidget)
    listed.setFocus()
    with qtbot.assertNotEmitted(folders.remove):  # all images are no folder
        qtbot.keyClick(listed, Qt.Key.Key_Delete)
    folders.choose(1)
    with qtbot.waitSignal(folders.remove) as removed:
        qtbot.keyClick(listed, Qt.Key.Key_Delete)
    assert removed.args == [one]


def test_a_banner_leaves_with_its_cause_and_with_no_other(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_problem(PromptTooLong("The text has 9,999 characters.").problem())
    banner.settle("model", "library")
    assert banner.isVisible()
    banner.settle("prompt")
    assert not banner.isVisible()


def test_the_header_says_what_is_missing_and_opens_the_list(qtbot: QtBot) -> None:
    header = OrderHeader()
    qtbot.addWidget(header)
    header.show()
    link = next(b for b in header.findChildren(QPushButton))
    assert not link.isVisible()
    header.show_missing(1234, 1)
    assert "1,234 not compared yet" in {label.text() for label in header.findChildren(QLabel) if label.isVisible()}
    assert link.text() == "1 file could not be read"
    with qtbot.waitSignal(header.failures_wanted):
        link.click()
    header.show_missing(0, 0)
    assert not link.isVisible()


def test_words_that_order_nothing_take_a_line_of_their_own_and_cut_nothing_off(qtbot: QtBot) -> None:
    header = OrderHeader()
    qtbot.addWidget(header)
    header.resize(540, header.sizeHint().height())  # between two panels of a window of 1024 pixels
    header.show()
    one_line = header.sizeHint().height()
    header.show_count(1000, 1000)
    result = RankingResult("", 1000, "cheerful", "gloomy", True, "starter", 0.0, "none")
    header.show_order(result, flipped=False)
    header.resize(540, header.sizeHint().height())
    qtbot.waitUntil(lambda: header.height() > one_line)
    texts = {label.text(): label for label in header.findChildren(QLabel) if label.isVisible()}
    assert "ordered by: cheerful, most first" in texts
    sentence = texts["this prompt does not order these images"]
    assert sentence.width() >= sentence.sizeHint().width()
    header.show_order(replace(result, agreement=0.9, verdict="strong"), flipped=False)
    assert header.sizeHint().height() == one_line


def test_a_name_is_shortened_in_its_middle_and_a_sentence_at_its_end(qtbot: QtBot) -> None:
    name, sentence = ElidedLabel("holiday-in-the-mountains-0071.jpg"), ElidedLabel("ordered by cheerful", at_end=True)
    for label in (name, sentence):
        qtbot.addWidget(label)
        label.resize(100, 20)
        label.show()
    assert name.text().endswith(".jpg")
    assert sentence.text().startswith("ordered by")
    assert "\N{HORIZONTAL ELLIPSIS}" in name.text()
    assert sentence.text().endswith("\N{HORIZONTAL ELLIPSIS}")


def test_a_problem_of_the_prompt_leaves_with_the_prompt(qtbot: QtBot, window: MainWindow) -> None:
    window.banner.show_problem(PromptTooLong("The text has 9,999 characters.").problem())
    assert window.banner.isVisible()
    window.bar.prompt.clear()
    window.bar.ask()
    assert not window.banner.isVisible()


def test_the_list_of_what_could_not_be_read_names_file_and_reason(qtbot: QtBot, window: MainWindow) -> None:
    failures = [Failure(1, b"/p/<b>odd\xff.jpg", 3, 4, "image-empty", "It is empty (zero bytes).")]
    dialog = FailuresDialog(failures, window)
    table = dialog.findChild(QTreeWidget)
    assert table is not None
    line = table.topLevelItem(0)
    assert line is not None
    assert (line.text(0), line.text(1)) == ("<b>odd\ufffd.jpg", "It is empty (zero bytes).")
    assert "<b>" not in line.toolTip(0)
    next(b for b in dialog.findChildren(QPushButton) if b.text() == "Copy list").click()
    assert QApplication.clipboard().text() == "/p/<b>odd\ufffd.jpg\tIt is empty (zero bytes)."
