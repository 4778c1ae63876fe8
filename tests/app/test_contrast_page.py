"""Two folders, or the chosen images and the rest: what tells them apart, in the window with a real engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from app.folder_tree import Branch, branches
from app.main_window import MainWindow
from app.pages.contrast_page import ContrastPage
from app.widgets.folder_choice import CHOSEN
from tests.app.conftest import OpenWindow
from tests.app.test_compare_page import PATIENCE, says


@pytest.fixture
def holidays(tmp_path: Path) -> Path:
    """A folder with two inside it, of dark and of bright noise."""
    folder = tmp_path / "holidays"
    for name, level in (("night", 60), ("noon", 190)):
        for seed in range(20):
            noise = np.random.default_rng(level + seed).integers(-60, 60, (8, 8, 3))
            (folder / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray((level + noise).astype(np.uint8)).resize((64, 64)).save(folder / name / f"{seed:02}.png")
    return folder


@pytest.fixture
def window(qtbot: QtBot, open_main: OpenWindow, holidays: Path) -> MainWindow:
    window = open_main(holidays)
    model = window.library_page.model
    qtbot.waitUntil(lambda: model.rowCount() == 40 and model.unread == 0, timeout=PATIENCE)
    return window


def shown_examples(page: ContrastPage) -> list[set[str]]:
    """The folders that the examples of either side lie in."""
    return [
        {Path(each.found.found(row).file.path.decode()).parent.name for row in range(each.found.rowCount())}
        for each in page.examples
    ]


def test_two_folders_are_told_apart_with_examples_and_a_way_to_the_order(
    qtbot: QtBot, window: MainWindow, holidays: Path
) -> None:
    page = window.page.contrast
    window.commands["page_contrast"].trigger()
    night, noon = bytes(holidays / "night"), bytes(holidays / "noon")
    qtbot.waitUntil(lambda: page.choice.sides == (night, noon), timeout=PATIENCE)
    assert says(page, "What tells two folders apart?")
    page.choice.exchange()
    assert page.choice.sides == (noon, night)
    page.choice.exchange()
    page.tell()
    qtbot.waitUntil(lambda: page.is_answered and page.phrases.topLevelItemCount() > 0, timeout=PATIENCE)
    assert says(page, "A: 20 images, B: 20 images")
    first = page.phrases.current()
    assert first is not None
    assert max(first.auroc, 1 - first.auroc) > 0.9
    item = page.phrases.topLevelItem(0)
    assert item is not None
    assert item.text(0) == f"{first.more_in.upper()}: {first.phrase}"
    assert "of 100 pairs" in item.text(2) or item.text(2) == "in every pair"
    assert item.text(3) in ("practically never", "hardly")
    qtbot.waitUntil(lambda: shown_examples(page) == [{"night"}, {"noon"}])

    example = page.examples[1]
    example.setCurrentIndex(example.found.index(0))
    example.setFocus()
    qtbot.keyClick(example, Qt.Key.Key_Return)
    assert page.viewer.isVisible()
    assert page.viewer.file == example.found.found(0).file
    qtbot.keyClick(page.viewer, Qt.Key.Key_Escape)
    with qtbot.waitSignal(window.asking.answered, timeout=PATIENCE) as answered:
        next(b for b in page.findChildren(QPushButton) if b.text() == "Order the library by it").click()
    assert answered.args is not None
    assert answered.args[0].prompt == first.phrase

    window.commands["page_contrast"].trigger()
    page.choice.choose(night, bytes(holidays))
    assert says(page, "What tells two folders apart?"), "the answer was about other folders"


def test_chosen_images_are_told_from_all_others(qtbot: QtBot, window: MainWindow) -> None:
    page, model = window.page.contrast, window.library_page.model
    dark = [model.file(row).id for row in range(40) if b"night" in model.file(row).path]
    window.library_page.grid.choose(dark)
    window.commands["tell_apart"].trigger()
    assert window.pages.currentWidget() is page
    qtbot.waitUntil(lambda: page.is_answered and page.phrases.topLevelItemCount() > 0, timeout=PATIENCE)
    assert page.choice.sides[0] == CHOSEN
    first, second = page.choice.findChildren(QComboBox)
    assert first.currentText() == "The 20 chosen images"
    assert not second.isEnabled()
    assert shown_examples(page) == [{"night"}, {"noon"}]


def test_where_nothing_is_nothing_is_found(qtbot: QtBot, window: MainWindow, holidays: Path) -> None:
    page, model = window.page.contrast, window.library_page.model
    window.library_page.grid.choose([model.file(row).id for row in range(0, 40, 2)])
    window.commands["tell_apart"].trigger()
    qtbot.waitUntil(lambda: page.is_answered and says(page, "Nothing found"), timeout=PATIENCE)
    assert page.phrases.topLevelItemCount() == 0
    page.choice.choose(bytes(holidays), bytes(holidays))
    assert not page.choice.is_possible


def test_it_can_be_cancelled_and_asked_again(qtbot: QtBot, window: MainWindow, holidays: Path) -> None:
    page = window.page.contrast
    window.commands["page_contrast"].trigger()
    qtbot.waitUntil(lambda: page.choice.is_possible, timeout=PATIENCE)
    page.tell()
    cancel = next(b for b in page.findChildren(QPushButton) if b.text() == "Cancel")
    assert cancel.isVisible()
    cancel.click()
    qtbot.waitUntil(lambda: page.is_answered and not cancel.isVisible(), timeout=PATIENCE)
    assert page.phrases.topLevelItemCount() == 0
    page.tell()
    qtbot.waitUntil(lambda: page.is_answered and page.phrases.topLevelItemCount() > 0, timeout=PATIENCE)


def test_the_folders_are_a_tree_with_everything_below_them_counted() -> None:
    files = [b"/p/2023/a.jpg", b"/p/2023/sea/b.jpg", b"/p/2023/sea/c.jpg", b"/p/d.jpg", b"/other/deep/er/e.jpg"]
    found = branches([b"/other", b"/p", b"/p/2023"], files)
    assert found == [
        Branch(b"/other", 0, 1),
        Branch(b"/other/deep", 1, 1),
        Branch(b"/other/deep/er", 2, 1),
        Branch(b"/p", 0, 4),
        Branch(b"/p/2023", 1, 3),
        Branch(b"/p/2023/sea", 2, 2),
    ]
    assert [branch.name for branch in found][-1] == "sea"
    assert branches([], files) == []
