"""How sure a judged order is: a thin ring that closes as the first ten become sure, and what it means in words."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.parts import ElidedLabel, button, plain_tooltip, row
from app.wording import many
from engine.judging_messages import AttributeStanding

RING = 24
THICK = 3.0
TEN = 10  # what the engine looks at, see `engine.judgements.standing`
TURN = 16 * 360  # Qt counts sixteenths of a degree


class Ring(QWidget):
    """A ring, closed as far as ``share`` (0..1) says."""

    def __init__(self) -> None:
        super().__init__()
        self.share = 0.0
        self.setFixedSize(RING, RING)
        self.setAccessibleName("How sure the first ten are")

    def show_share(self, share: float) -> None:
        """Close it as far as ``share`` says."""
        self.share = share
        self.setAccessibleDescription(f"{share:.0%}")
        self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(RING, RING)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The track, and upon it the part that is sure, from the top clockwise."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect()).adjusted(THICK, THICK, -THICK, -THICK)
        colours = theme.tokens()
        for colour, share in ((colours.line, 1.0), (colours.text, self.share)):
            painter.setPen(QPen(QColor(colour), THICK, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawArc(place, TURN // 4, round(-TURN * share))


class Sureness(QWidget):
    """The ring, what it means, where the order comes from, and whether answers contradict each other.

    Signals:
        cycles_wanted(): show the answers that contradict each other.
    """

    cycles_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._ring = Ring()
        self._sure = ElidedLabel(at_end=True)
        self._sources = ElidedLabel("", "quiet", at_end=True)
        self._cycles = button("", self.cycles_wanted.emit, kind="link")
        self._cycles.setAccessibleName("Answers that contradict each other")
        self.setLayout(row(self._ring, self._sure, self._sources, self._cycles, spacing=12))
        self.show_standing(None)

    def show_standing(self, standing: AttributeStanding | None) -> None:
        """Say how the order stands; None = not known yet."""
        self._cycles.setVisible(standing is not None and standing.cycles_found > 0)
        self._ring.setVisible(standing is not None and standing.images > TEN)
        self._ring.show_share(standing.top_right if standing is not None else 0.0)
        sure = sure_words(standing) if standing is not None else ""
        self._sure.set_whole(sure)
        self._sources.set_whole(source_words(standing) if standing is not None else "")
        if standing is not None:
            exactly = f"They are exactly these ten with a probability of {standing.top_exactly:.0%}."
            self._ring.setToolTip(plain_tooltip(f"{sure}\n{exactly}"))
            self._sure.setToolTip(self._ring.toolTip())
            self._cycles.setText(many(standing.cycles_found, "contradiction"))
            told = f"A over B over C over A, in {standing.triples:,} threes of which all pairs were answered."
            self._cycles.setToolTip(plain_tooltip(told))


def sure_words(standing: AttributeStanding) -> str:
    """How sure the first ten are, and what would make them surer; nothing of an order that is no longer than that."""
    if standing.images <= TEN:
        return ""
    right = f"{standing.top_right * TEN:.0f} of the first {TEN} are sure"
    if standing.answers_wanted == 0:
        return right
    wanted = "more than 200" if standing.answers_wanted is None else f"about {standing.answers_wanted}"
    return f"{right}, 9 after {wanted} more answers"


def source_words(standing: AttributeStanding) -> str:
    """How much of the order comes from the words and from the answers."""
    words = round(100 * standing.words_share)
    answers = many(standing.answers, "answer")
    if not standing.answers:
        return "from the words alone" if words else "from nothing yet"
    return f"{words} % from the words, {100 - words} % from {answers}" if words else f"from {answers}"


def shares(standing: AttributeStanding) -> str:
    """The same in as few words as can be."""
    words = round(100 * standing.words_share)
    return f"{words} % words, {100 - words} % answers"
