"""What changes from A to B, in phrases that are buttons. Fed by the analogies page; it decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.widgets.parts import Label, button, clear, row
from engine.pair_messages import Difference

MOST = 5
NO_WORDS = "No phrase of the bank says what changes from A to B."


class StepWords(QWidget):
    """Up to `MOST` phrases, the clearest first.

    Signals:
        asked(str): order the library by this phrase.
    """

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._nothing = Label(NO_WORDS, "quiet")
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        line = row(Label("From A to B", "heading"), self._nothing, spacing=16, margins=(16, 0, 16, 8))
        line.addLayout(self._buttons)
        line.addStretch(1)
        self.setLayout(line)

    def show_step(self, step: Sequence[Difference]) -> None:
        """A phrase where B has more of it, else its reverse."""
        clear(self._buttons)
        self._nothing.setVisible(not step)
        for each in step[:MOST]:
            phrase = each.phrase if each.z > 0 else each.reverse
            made = button(phrase, lambda phrase=phrase: self.asked.emit(phrase))
            made.setAccessibleName(f"From A to B: {phrase}; order the library by it")
            made.setToolTip(f"{abs(each.z):.1f} times as far as two images of the library usually are apart")
            self._buttons.addWidget(made)
