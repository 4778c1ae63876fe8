"""How several pictures stand in the library by one prompt: a bar for each. Fed by the verdicts of the compare page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.widgets.pair_view import PLACES
from app.widgets.parts import plain_tooltip
from app.wording import share_sentence

CELL, GAP, LETTER = 64, 16, 16
HIGH = 6.0


class Standings(QWidget):
    """For each picture its letter, and a bar as long as the share of the library that has less of what was asked."""

    def __init__(self, prompt: str, reverse: str, shares: Sequence[float]) -> None:
        super().__init__()
        self._shares = tuple(shares)
        self.setFixedHeight(20)
        self.setMinimumWidth(len(shares) * CELL)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        words = [
            f"{letter}: {share_sentence(prompt, reverse, share, flipped=False)}"
            for letter, share in zip(PLACES, self._shares, strict=False)
        ]
        self.setAccessibleName(f"How they stand by {prompt}")
        self.setAccessibleDescription(", ".join(words))
        self.setToolTip(plain_tooltip("\n".join(words)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint letters, tracks and bars."""
        painter, colours = QPainter(self), theme.tokens()
        width = (self.width() - GAP * (len(self._shares) - 1)) / len(self._shares)
        grounds = (colours.first, colours.second)
        for place, share in enumerate(self._shares):
            left = place * (width + GAP)
            painter.setPen(QColor(colours.quiet))
            letter = QRect(round(left), 0, LETTER, self.height())
            painter.drawText(letter, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), PLACES[place])
            track = QRectF(left + LETTER, (self.height() - HIGH) / 2, width - LETTER, HIGH)
            painter.fillRect(track, QColor(colours.raised))
            track.setWidth(max(2.0, track.width() * share))
            painter.fillRect(track, QColor(grounds[place] if place < 2 else colours.quiet))
