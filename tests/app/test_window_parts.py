"""Names for screen readers on every control, plain text in every label, messages that offer what to do."""

from __future__ import annotations

from collections.abc import Iterator
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
    QPlainTextEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.application import dress
from app.engine_client import EngineClient
from app.main_window import MainWindow
from app.pages.models_page import ModelCard
from app.preferences import Preferences
from app.widgets.dialogs import ShortcutsDialog, TextDialog
from app.widgets.folder_list import FolderList
from app.widgets.notices import Banner, Notice
from app.widgets.palette import Palette
from app.widgets.parts import ElidedLabel, Label, plain_tooltip
from engine.errors import FolderMissing
from engine.protocol import EngineConfig, ModelInfo, ModelReady, Progress, RankingResult
from engine.store.rows import Folder

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
    window.models_page.show_model(ModelReady(MARKUP, MARKUP, "key", 32))
    window.library_page.folders.show_folders([Folder(1, b"/x", MARKUP, True, 3)])
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
    folders.show_folders([one, two])
    assert folders.chosen is None
    with qtbot.waitSignal(folders.shown) as shown:
        folders.choose(7)
    assert shown.args == [7]
    folders.show_folders([Folder(7, b"/p/two", "/p/two", True, 5), one])
    assert folders.chosen == 7
    folders.show_folders([one])
    assert folders.chosen is None
    texts = {label.toolTip() for label in folders.findChildren(ElidedLabel)}
    assert any("Every folder" in text for text in texts)
