"""The histogram's cut-off by mouse and keys, and what it tells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.widgets.histogram import STEPS, Histogram

SCORES = np.linspace(1, 0, 101, dtype=np.float32)  # best first


@pytest.fixture
def histogram(qtbot: QtBot) -> Histogram:
    made = Histogram()
    qtbot.addWidget(made)
    made.resize(416, 72)
    made.show_scores(SCORES, flipped=False)
    made.show()
    return made


def test_dragging_cuts_and_a_double_click_takes_it_back(qtbot: QtBot, histogram: Histogram) -> None:
    with qtbot.waitSignal(histogram.cut) as cut:
        QTest.mousePress(histogram, Qt.MouseButton.LeftButton, pos=QPoint(208, 30))
    assert cut.args[0] == pytest.approx(0.5, abs=0.01)
    QTest.mouseMove(histogram, QPoint(308, 30))
    assert histogram.score == pytest.approx(0.75, abs=0.01)
    assert histogram.kept == pytest.approx(26, abs=1)
    QTest.mouseRelease(histogram, Qt.MouseButton.LeftButton, pos=QPoint(308, 30))
    with qtbot.waitSignal(histogram.cut) as cut:
        QTest.mouseDClick(histogram, Qt.MouseButton.LeftButton, pos=QPoint(308, 30))
    assert cut.args == [None]
    assert histogram.kept == 101


def test_keys_move_it(qtbot: QtBot, histogram: Histogram) -> None:
    QTest.keyClick(histogram, Qt.Key.Key_Right)
    assert histogram.value() == 1
    QTest.keyClick(histogram, Qt.Key.Key_End)
    assert histogram.kept == 1  # the best always stays
    QTest.keyClick(histogram, Qt.Key.Key_Escape)
    assert histogram.score is None


def test_less_keeps_the_other_end(histogram: Histogram) -> None:
    histogram.show_scores(SCORES, flipped=True)
    histogram.setValue(STEPS * 3 // 4)
    assert histogram.score == pytest.approx(0.25, abs=0.01)
    assert histogram.kept == pytest.approx(26, abs=1)


def test_other_scores_take_the_cut_back_silently(qtbot: QtBot, histogram: Histogram) -> None:
    histogram.setValue(100)
    with qtbot.assertNotEmitted(histogram.cut):
        histogram.show_scores(SCORES[:10], flipped=False)
    assert histogram.score is None


def test_screen_readers_hear_a_slider(histogram: Histogram) -> None:
    interface = QAccessible.queryAccessibleInterface(histogram)
    assert interface.text(QAccessible.Text.Name) == "Cut-off"
    histogram.setValue(STEPS)
    assert histogram.accessibleDescription() == "1 of 101 images are shown"


@given(
    scores=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=60),
    step=st.integers(0, STEPS),
    flipped=st.booleans(),
)
@example(scores=[0.0, 1.401298464324817e-45], step=0, flipped=False)
def test_kept_counts_what_the_model_would_show(scores: list[float], step: int, flipped: bool) -> None:
    made = Histogram()
    best_first = np.sort(np.array(scores, np.float32))[::-1]
    made.show_scores(best_first, flipped=flipped)
    made.setValue(step)
    score = made.score
    kept = len(scores) if score is None else sum((best_first <= score) if flipped else (best_first >= score))
    assert made.kept == kept
    made.grab()  # any scores can be painted
    made.deleteLater()
