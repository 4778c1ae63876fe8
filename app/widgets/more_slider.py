"""*Like this, but more ...*: how much more, in standard deviations of the library's scores, and how far to trust it.

Fed by the analogies page, which is told when the slider moves; the words come from the window's prompt bar.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSlider, QWidget

from app.widgets.agreement import AgreementLabel
from app.widgets.parts import ElidedLabel, Label, button, column, row
from app.wording import amount_words, comparative
from engine.protocol import RankingResult

FURTHEST = 4.0  # standard deviations to either side
STEPS = 10  # of the slider in one of them

NO_WORDS = "Like this, but more …"
ASK = "Type a comparison above, such as brighter, and press Enter."


class MoreSlider(QWidget):
    """The prompt, the slider and what it says.

    Signals:
        moved(float): another amount is wanted.
    """

    moved = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._prompt = self._reverse = ""
        self._title = ElidedLabel(NO_WORDS, "lead", at_end=True)
        self._agreement = AgreementLabel()
        self._less, self._more = ElidedLabel("less", "quiet"), ElidedLabel("more", "quiet")
        self._amount = Label("", "strong")
        self._amount.setAccessibleName("How much more")
        self._hint = Label(ASK, "quiet", wrap=True)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(-FURTHEST * STEPS), round(FURTHEST * STEPS))
        self.slider.setSingleStep(1)
        self.slider.setPageStep(STEPS)
        self.slider.setTickInterval(STEPS)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setAccessibleName("How much more of it, in standard deviations of the library")
        self.slider.setMinimumWidth(240)
        self.slider.valueChanged.connect(self._move)
        self._back = button("As it is", lambda: self.slider.setValue(0))
        self._arrange()
        self.show_prompt("", "")

    @property
    def amount(self) -> float:
        """Standard deviations of the library's scores; negative: less of it."""
        return self.slider.value() / STEPS

    def show_prompt(self, prompt: str, reverse: str) -> None:
        """What is asked for; without a prompt there is nothing to move along."""
        self._prompt, self._reverse = prompt, reverse
        words = comparative(prompt) or prompt
        self._title.set_whole(f"Like this, but {words}" if prompt else NO_WORDS)
        self._more.set_whole(words or "more")
        self._less.set_whole((comparative(reverse) or reverse) if reverse else "less")
        self._hint.setVisible(not prompt)
        self._agreement.setVisible(False)
        for part in (self.slider, self._less, self._more, self._amount, self._back):
            part.setVisible(bool(prompt))
        self._say()

    def show_result(self, result: RankingResult) -> None:
        """What the engine made of the words: their reverse, and how well they order the library."""
        self._reverse = result.reverse
        self._less.set_whole(comparative(result.reverse) or result.reverse or "less")
        self._agreement.show_result(result)
        self._say()

    def _move(self) -> None:
        self._say()
        self.moved.emit(self.amount)

    def _say(self) -> None:
        words = amount_words(self._prompt, self._reverse, self.amount)
        self._amount.setText(words)
        self.slider.setToolTip(f"{self.amount:+.1f} standard deviations of the library's scores")
        self._amount.setAccessibleDescription(self.slider.toolTip())

    def _arrange(self) -> None:
        self._less.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = row(self._less, self.slider, self._more, spacing=12)
        line.setStretchFactor(self.slider, 1)
        top = row(self._title, self._agreement, 1, spacing=16)
        whole = column(1, spacing=12)
        words = row(self._hint, self._amount, self._back)
        words.setStretchFactor(self._hint, 1)
        words.insertStretch(2, 1)
        for part in (top, line, words):
            whole.addLayout(part)
        whole.addStretch(1)
        self.setLayout(whole)
