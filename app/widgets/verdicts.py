"""Under a pair: a line for each prompt, a bar that grows toward the side that has more of it, and how else they differ.

Fed by the compare page; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QGridLayout, QLayout, QPushButton, QSizePolicy, QWidget

from app import theme
from app.widgets.agreement import WORDS
from app.widgets.parts import ElidedLabel, Label, button, column, icon_button, plain_tooltip, row
from app.wording import sureness
from engine.pair_messages import Difference, Verdict

COLUMNS = 4  # of difference buttons
LONGEST = 18  # characters of a phrase on its button


class VerdictBar(QWidget):
    """A bar from the middle toward A (left) or B (right); full where the program is sure."""

    def __init__(self, verdict: Verdict | None) -> None:
        super().__init__()
        self._verdict = verdict
        self.setMinimumWidth(120)
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
        asked(str): order the library by this phrase.
    """

    removed = Signal(int)
    asked = Signal(str)

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
        for part in (self._lines, row(self._title, self._nothing, 1, spacing=16), self._buttons):
            whole.addLayout(part)
        whole.addStretch(1)
        self.setLayout(whole)
        self.show_verdicts(())
        self.show_differences(())

    def show_verdicts(self, prompts: Sequence[str], verdicts: Sequence[Verdict] = ()) -> None:
        """A line for each prompt; those without a verdict yet are being judged."""
        _clear(self._lines)
        self._hint.setVisible(not prompts)
        for place, prompt in enumerate(prompts):
            verdict = verdicts[place] if place < len(verdicts) else None
            name = ElidedLabel(prompt, "strong")
            name.setMinimumWidth(144)
            words = Label(verdict_words(verdict) if verdict else "comparing…", "quiet")
            words.setMinimumWidth(200)
            words.setToolTip(plain_tooltip(verdict_details(verdict)) if verdict else "")
            remove = icon_button("close", f"Remove {prompt}", lambda place=place: self.removed.emit(place))
            for at, part in enumerate((name, VerdictBar(verdict), words, remove)):
                self._lines.addWidget(part, place, at)

    def show_differences(self, differences: Sequence[Difference], words: str = "") -> None:
        """Up to eight phrases that tell the pictures apart; ``words`` where there are none."""
        _clear(self._buttons)
        self._title.setVisible(bool(differences))
        self._nothing.setText(words)
        self._nothing.setVisible(bool(words))
        for place, each in enumerate(differences):
            self._buttons.addWidget(self._button(each), *divmod(place, COLUMNS))
        self._buttons.setColumnStretch(COLUMNS, 1)

    def _button(self, each: Difference) -> QPushButton:
        colours = theme.tokens()
        side = each.more_in.upper()
        phrase = each.phrase if len(each.phrase) <= LONGEST else each.phrase[: LONGEST - 1] + "…"
        made = button(f" {side}  {phrase}", lambda: self.asked.emit(each.phrase))
        made.setIcon(_dot(colours.first if side == "A" else colours.second, self.devicePixelRatioF()))
        made.setIconSize(QSize(10, 10))
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
    doubt = "" if verdict.reverse_disagrees else ", but so says the reverse"
    return f"{verdict.winner.upper()}, {sureness(verdict.probability)} sure{doubt}"


def verdict_details(verdict: Verdict) -> str:
    """What stands behind a verdict: for the tooltip."""
    reverse = f"against “{verdict.reverse}”, which " if verdict.reverse else ""
    check = "names the other picture" if verdict.reverse_disagrees else "names the same picture"
    return f"{reverse}{check}\nscore of A minus score of B: {verdict.score:+.4f}\n{WORDS[verdict.trust]}"


def _dot(colour: str, ratio: float) -> QIcon:
    picture = QPixmap(round(10 * ratio), round(10 * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(picture.rect())
    painter.end()
    return QIcon(picture)


def _clear(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
