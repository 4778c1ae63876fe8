"""Under a pair: a line for each prompt, a bar that grows toward the side that has more of it, and how else they differ.

Fed by the compare page; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from app import theme
from app.icons import dot
from app.widgets.agreement import WORDS
from app.widgets.parts import ElidedLabel, Label, button, clear, column, icon_button, plain_tooltip, row
from app.widgets.standings import Standings
from app.wording import sureness
from engine.pair_messages import Difference, Verdict

COLUMNS = 4  # of difference buttons
DOT = 10
LONGEST = 18  # characters of a phrase on its button
LONGEST_SENTENCE = 96


class VerdictBar(QWidget):
    """A bar from the middle toward A (left) or B (right); full where the program is sure."""

    def __init__(self, verdict: Verdict | None) -> None:
        super().__init__()
        self._verdict = verdict
        self.setMinimumWidth(64)
        self.setFixedHeight(20)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Which has more of it")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint track, bar and middle."""
        painter = QPainter(self)
        colours = theme.tokens()
        middle, high = self.width() / 2, 8.0
        top = (self.height() - high) / 2
        painter.fillRect(QRectF(0, top, self.width(), high), QColor(colours.raised))
        if self._verdict is not None and self._verdict.winner != "tie":
            long = (2 * self._verdict.probability - 1) * middle
            first = self._verdict.winner == "a"
            bar = QRectF(middle - long if first else middle, top, long, high)
            painter.fillRect(bar, QColor(colours.first if first else colours.second))
        painter.fillRect(QRectF(middle - 0.5, top - 4, 1, high + 8), QColor(colours.quiet))


class Verdicts(QWidget):
    """The verdicts, and the differences as buttons.

    Signals:
        removed(int): the line of this prompt is wanted no longer.
        asked(str, str): order the library by this phrase and its reverse ("" = found by the program).
    """

    removed = Signal(int)
    asked = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._lines = QGridLayout()
        self._lines.setHorizontalSpacing(16)
        self._lines.setVerticalSpacing(4)
        self._lines.setColumnStretch(1, 1)
        self._hint = Label("Type a comparison above: which of the two has more of it?", "quiet")
        self._title = Label("They also differ in", "heading")
        self._nothing = Label("", "quiet", wrap=True)
        self._buttons = QGridLayout()
        self._buttons.setSpacing(8)
        whole = column(self._hint, margins=(16, 12, 16, 12), spacing=8)
        self._sentences = column(spacing=4)
        for part in (self._lines, row(self._title, self._nothing, 1, spacing=16), self._buttons, self._sentences):
            whole.addLayout(part)
        whole.addStretch(1)
        self.setLayout(whole)
        self.show_verdicts(())
        self.show_differences(())

    def show_verdicts(
        self,
        prompts: Sequence[tuple[str, str]],
        verdicts: Sequence[Verdict] = (),
        standings: Sequence[Sequence[float]] = (),
    ) -> None:
        """A line for each (prompt, reverse); those without a verdict yet are being judged. ``standings``: where more
        than two pictures are looked at, a second line for each says how all of them stand.
        """
        clear(self._lines)
        self._hint.setVisible(not prompts)
        for place, (prompt, reverse) in enumerate(prompts):
            verdict = verdicts[place] if place < len(verdicts) else None
            name = ElidedLabel(prompt, "strong", at_end=True)
            name.setMinimumWidth(96)
            words = Label(verdict_words(verdict) if verdict else "comparing…", "quiet")
            words.setMinimumWidth(200)
            words.setToolTip(plain_tooltip(verdict_details(verdict)) if verdict else "")
            remove = icon_button("close", f"Remove {prompt}", lambda place=place: self.removed.emit(place))
            for at, part in enumerate((name, VerdictBar(verdict), words, remove)):
                self._lines.addWidget(part, 2 * place, at)
            if place < len(standings) and standings[place]:
                self._lines.addWidget(Standings(prompt, reverse, standings[place]), 2 * place + 1, 1, 1, 2)

    def show_differences(self, differences: Sequence[Difference], words: str = "") -> None:
        """Up to eight phrases that tell the pictures apart, and sentences of the library below them; ``words`` where
        something has to be said of that.
        """
        clear(self._buttons)
        clear(self._sentences)
        self._title.setVisible(bool(differences))
        self._nothing.setText(words)
        self._nothing.setVisible(bool(words))
        for place, each in enumerate(each for each in differences if not each.said):
            self._buttons.addWidget(self._button(each), *divmod(place, COLUMNS))
        for each in (each for each in differences if each.said):
            self._sentences.addLayout(row(self._sentence(each), 1))
        self._buttons.setColumnStretch(COLUMNS, 1)

    def _sentence(self, each: Difference) -> QPushButton:
        """A sentence of the library's own, about A as the first and B as the second."""
        shown = each.words if len(each.words) <= LONGEST_SENTENCE else each.words[: LONGEST_SENTENCE - 1] + "…"
        asked = (each.phrase, each.reverse) if each.z > 0 else (each.reverse, each.phrase)
        made = button(shown, lambda: self.asked.emit(*asked), kind="link")
        made.setToolTip(plain_tooltip(f"{each.words}\nSaid of other images, A being the first. Click to order by it."))
        made.setAccessibleName(f"A first: {each.words} Order the library by it")
        return made

    def _button(self, each: Difference) -> QPushButton:
        colours = theme.tokens()
        side = each.more_in.upper()
        phrase = each.phrase if len(each.phrase) <= LONGEST else each.phrase[: LONGEST - 1] + "…"
        made = button(f" {side}  {phrase}", lambda: self.asked.emit(each.phrase, ""))
        made.setIcon(dot(colours.first if side == "A" else colours.second, DOT, self.devicePixelRatioF()))
        made.setIconSize(QSize(DOT, DOT))
        far = f"{side}: {each.phrase}, {abs(each.z):.1f} times as far apart as two images of the library usually are"
        made.setToolTip(plain_tooltip(f"{far}. Click to order the library by it."))
        made.setAccessibleName(f"{side} is {each.phrase}: order the library by it")
        return made


def verdict_words(verdict: Verdict) -> str:
    """The verdict in words."""
    if verdict.trust == "none":
        return "these words do not order these images"
    if verdict.winner == "tie":
        return "neither more than the other"
    if round(100 * verdict.probability) <= 50:
        return "too close to say"
    doubt = "" if verdict.reverse_disagrees else ", but so says the reverse"
    return f"{verdict.winner.upper()}, {sureness(verdict.probability)} sure{doubt}"


def verdict_details(verdict: Verdict) -> str:
    """What stands behind a verdict: for the tooltip."""
    reverse = f"against “{verdict.reverse}”, which " if verdict.reverse else ""
    check = "names the other picture" if verdict.reverse_disagrees else "names the same picture"
    return f"{reverse}{check}\nscore of A minus score of B: {verdict.score:+.4f}\n{WORDS[verdict.trust]}"
