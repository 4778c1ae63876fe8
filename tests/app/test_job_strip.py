"""The job strip: what is running, how far it is, how to end it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.widgets.job_strip import SHOWN_AFTER_MS, JobStrip, count, rate, time_left
from engine.protocol import Progress

INDEXING = Progress(1, "Indexing holiday2024", 3120, 8400, 412.3, 12.8)


def words(strip: JobStrip) -> list[str]:
    return [label.text() for label in strip.findChildren(QLabel) if label.isVisible()]


def visible_button(strip: JobStrip, text: str) -> QPushButton:
    return next(b for b in strip.findChildren(QPushButton) if b.text() == text and b.isVisible())


@pytest.fixture
def strip(qtbot: QtBot) -> JobStrip:
    made = JobStrip()
    qtbot.addWidget(made)
    made.resize(1200, 40)
    return made


def test_a_job_appears_with_its_progress_and_leaves_at_its_end(qtbot: QtBot, strip: JobStrip) -> None:
    assert not strip.isVisible()
    strip.show_progress(INDEXING)
    indexing = {"Indexing holiday2024", "3,120 / 8,400 images", "412/s", "about 13 s left"}
    qtbot.waitUntil(lambda: strip.isVisible() and indexing <= set(words(strip)))
    strip.show_progress(Progress(2, "Downloading ViT-B-32", 31_200_000, None, 4.1e6, None, "bytes"))
    qtbot.waitUntil(lambda: {"31.2 MB", "4.1 MB/s"} <= set(words(strip)))
    strip.end(1)
    assert strip.isVisible()
    strip.end(2)
    strip.end(99)
    assert not strip.isVisible()


def test_a_job_that_ended_takes_no_click(qtbot: QtBot, strip: JobStrip) -> None:
    strip.show_progress(INDEXING)
    qtbot.waitUntil(strip.isVisible)
    cancel = visible_button(strip, "Cancel")
    strip.end(1)
    assert not cancel.isVisible()
    with qtbot.assertNotEmitted(strip.cancel):
        cancel.click()  # it was on its way


def test_a_quick_job_does_not_flash(qtbot: QtBot, strip: JobStrip) -> None:
    strip.show_progress(INDEXING)
    assert not strip.isVisible()
    strip.end(1)
    qtbot.wait(SHOWN_AFTER_MS + 100)
    assert not strip.isVisible()


def test_cancel_is_said_to_be_heard_and_stop_comes_only_when_overdue(qtbot: QtBot, strip: JobStrip) -> None:
    strip.show_progress(INDEXING)
    qtbot.waitUntil(strip.isVisible)
    with qtbot.waitSignal(strip.cancel) as cancelled:
        visible_button(strip, "Cancel").click()
    assert cancelled.args == [1]
    assert not visible_button(strip, "Cancelling…").isEnabled()
    assert "Stop now" not in [b.text() for b in strip.findChildren(QPushButton) if b.isVisible()]
    strip.offer_stop(1)
    with qtbot.waitSignal(strip.stop_now):
        visible_button(strip, "Stop now").click()


def test_a_job_that_can_be_held_is_held_and_goes_on(qtbot: QtBot, strip: JobStrip) -> None:
    strip.show_progress(INDEXING)
    qtbot.waitUntil(strip.isVisible)
    assert "Pause" not in [b.text() for b in strip.findChildren(QPushButton) if b.isVisible()]
    strip.show_progress(replace(INDEXING, can_pause=True))
    with qtbot.waitSignal(strip.pause) as held:
        visible_button(strip, "Pause").click()
    assert held.args == [1, True]
    strip.show_progress(replace(INDEXING, can_pause=True, paused=True, rate=None, seconds_left=None))
    assert "paused" in words(strip)
    with qtbot.waitSignal(strip.pause) as let_go:
        visible_button(strip, "Go on").click()
    assert let_go.args == [1, False]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.2, "almost done"),
        (13.4, "about 13 s left"),
        (240, "about 4 min left"),
        (9000, "about 2.5 h left"),
    ],
)
def test_time_left_in_words(seconds: float | None, words: str) -> None:
    assert time_left(seconds) == words


def test_counts_and_rates() -> None:
    assert count(Progress(1, "t", 7, None)) == "7 images"
    assert count(Progress(1, "Waiting for the model", 0, None)) == ""
    assert count(Progress(1, "t", 5_000_000, 605_000_000, unit="bytes")) == "5.0 MB / 605.0 MB"
    assert rate(Progress(1, "t", 7, 9, 3.26)) == "3.3/s"
    assert rate(Progress(1, "t", 7, 9)) == ""
