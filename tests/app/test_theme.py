"""The theme: colours a person can read, one look on every system, quiet combo boxes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app import theme
from app.icons import icon
from app.tokens import DARK, LIGHT, Tokens
from app.widgets.parts import ComboBox
from engine.settings import resources_dir


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
def test_text_can_be_read_on_every_ground(tokens: Tokens) -> None:
    """WCAG AA for text of 13 px: 4.5 to 1; 3 to 1 for the focus ring."""
    for ground in (tokens.window, tokens.panel, tokens.raised):
        assert contrast(tokens.text, ground) >= 7
        assert contrast(tokens.quiet, ground) >= 4.5
        assert contrast(tokens.problem, ground) >= 4.5
        assert contrast(tokens.accent, ground) >= 3
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
def test_chrome_is_neutral(tokens: Tokens) -> None:
    for ground in (tokens.window, tokens.panel, tokens.raised, tokens.line):
        channels = [int(ground[at : at + 2], 16) for at in (1, 3, 5)]
        assert max(channels) - min(channels) <= 10


def test_apply_dresses_the_program(qapp: QApplication) -> None:
    for mode, name in (("dark", "dark"), ("light", "light")):
        assert theme.apply(qapp, mode).name == theme.tokens().name == name
        assert qapp.palette().window().color().name() == theme.tokens().window
    assert qapp.font().pixelSize() == 13
    assert theme.apply(qapp, "nonsense").name in {"dark", "light"}


def test_every_icon_can_be_drawn(qapp: QApplication) -> None:
    files = sorted((resources_dir() / "icons").glob("*.svg"))
    assert files
    for file in files:
        picture = icon(file.stem, "#ff0000").pixmap(24).toImage()
        assert any(picture.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), file.stem


def test_scrolling_past_a_combo_box_changes_nothing(qapp: QApplication) -> None:
    box = ComboBox()
    box.addItems(["a", "b", "c"])
    box.setCurrentIndex(1)
    wheel = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, wheel)
    assert box.currentIndex() == 1
