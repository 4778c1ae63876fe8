"""Buttons as a person presses them: by their words, once they are in view."""

from __future__ import annotations

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

TRIES, EACH = 200, 25  # ms: what a layout shows, it shows in its own time


def press(widget: QWidget, words: str) -> None:
    """Click the button in ``widget`` whose text holds these words."""
    for _ in range(TRIES):
        found = [each for each in widget.findChildren(QPushButton) if words in each.text() and each.isVisible()]
        if found:
            found[0].click()
            return
        QTest.qWait(EACH)
    raise AssertionError(f"no button says {words!r}")
