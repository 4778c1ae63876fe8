"""The rail: a button a page, with words where there is room for them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.pages.table import PAGES
from app.widgets.parts import row
from app.widgets.rail import Rail

Style = Qt.ToolButtonStyle


def test_a_low_window_shows_icons_and_a_higher_one_words_again(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    rail = Rail()
    window.setLayout(row(rail))
    window.show()
    window.resize(200, 900)
    buttons = rail.findChildren(QToolButton)
    assert len(buttons) == len(PAGES)
    assert {button.toolButtonStyle() for button in buttons} == {Style.ToolButtonTextUnderIcon}
    window.resize(200, 400)
    qtbot.waitUntil(lambda: rail.height() == 400)
    assert {button.toolButtonStyle() for button in buttons} == {Style.ToolButtonIconOnly}
    assert all(button.toolTip() and button.accessibleName() for button in buttons)
    window.resize(200, 900)
    qtbot.waitUntil(lambda: rail.height() == 900)
    assert {button.toolButtonStyle() for button in buttons} == {Style.ToolButtonTextUnderIcon}


def test_the_window_may_be_lower_than_the_rail_with_its_words(qtbot: QtBot) -> None:
    rail = Rail()
    qtbot.addWidget(rail)
    assert rail.minimumSizeHint().height() < rail.sizeHint().height() / 2
