"""A sentence in the middle of a page that has nothing else to show, and the button that helps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.widgets.parts import Label, button, column, row


class PageMessage(QWidget):
    """Filled by its page with `say`."""

    def __init__(self) -> None:
        super().__init__()
        self._effect: Callable[[], object] | None = None
        self._sentence = Label("", "lead", wrap=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._button = button("Show the order", self._press, kind="primary")
        box = column(1, self._sentence, margins=(32, 32, 32, 32), spacing=16)
        box.addLayout(row(1, self._button, 1))
        box.addStretch(1)
        self.setLayout(box)

    def say(self, sentence: str, words: str = "", effect: Callable[[], object] | None = None) -> None:
        """Show ``sentence``, and a button of ``words`` that does ``effect``; without words none."""
        self._sentence.setText(sentence)
        self._button.setVisible(bool(words))
        if words:
            self._button.setText(words)
        self._effect = effect

    def _press(self) -> None:
        if self._effect is not None:
            self._effect()
