"""The scores of the library as a histogram with a cut-off that can be dragged: `cut` says where it is.

Fed by the library page. It is a slider to Qt, hence to the keyboard and to screen readers: arrows and Page keys move
the cut-off, Home and Escape take it back. To the right is always more of what was asked.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.library_rows import Floats
from app.tokens import GRID
from app.widgets.handle_slider import HandleSlider

STEPS = 200  # of the cut-off over the range of scores
BAR = 4  # least width of a bar and its gap
BARS_OF_FEW = 3  # times the root of the number of images: no more, or a bar is one image or none
LINE = 18  # height of the words below


class Histogram(HandleSlider):
    """Value 0 = no cut-off, up to `STEPS`."""

    cut = Signal(object)  # float, the score of the cut-off | None = all are shown

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(STEPS, STEPS // 10, "Cut-off", parent)
        self._rising: Floats = np.empty(0, np.float32)
        self._flipped = False
        self.valueChanged.connect(self._moved)
        self._describe()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(320, 9 * GRID)

    def show_scores(self, best_first: Floats, *, flipped: bool) -> None:
        """Show these scores, shape (M,), and take the cut-off back; ``flipped``: to the right is less."""
        self._rising = best_first[::-1]
        self._flipped = flipped
        self.blockSignals(True)
        self.setValue(0)
        self.blockSignals(False)
        self._describe()
        self.update()

    @property
    def score(self) -> float | None:
        """The score of the cut-off; None = all are shown."""
        if not self.value() or not len(self._rising):
            return None
        low, high = float(self._rising[0]), float(self._rising[-1])
        share = self.value() / STEPS
        return high - share * (high - low) if self._flipped else low + share * (high - low)

    @property
    def kept(self) -> int:
        """How many images are on the right of the cut-off."""
        score = self.score
        if score is None:
            return len(self._rising)
        if self._flipped:
            return int(np.searchsorted(self._rising, np.float32(score), side="right"))
        return len(self._rising) - int(np.searchsorted(self._rising, np.float32(score), side="left"))

    def _moved(self) -> None:
        self._describe()
        self.update()
        self.cut.emit(self.score)

    def _describe(self) -> None:
        self.setAccessibleDescription(f"{self.kept:,} of {len(self._rising):,} images are shown")

    # ---- mouse and keys ----------------------------------------------------------------------------------

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the cut-off back."""
        self.setValue(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes the cut-off back; the rest is the slider's."""
        if event.key() == Qt.Key.Key_Escape and self.value():
            self.setValue(0)
        else:
            super().keyPressEvent(event)

    # ---- painting ----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, the cut-off, and what it keeps in words."""
        if not len(self._rising):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(GRID, GRID / 2, self.width() - 2 * GRID, self.height() - LINE - GRID)
        cut = area.left() + self.value() / STEPS * area.width()
        self._paint_bars(painter, area, cut)
        self._paint_cut(painter, area, cut)
        self._paint_words(painter, QRectF(area.left(), area.bottom() + GRID / 2, area.width(), LINE))

    def _paint_bars(self, painter: QPainter, area: QRectF, cut: float) -> None:
        colours = theme.tokens()
        finest, readable = area.width() / BAR, BARS_OF_FEW * math.sqrt(len(self._rising))
        count = max(8, int(min(finest, readable)))
        low, high = float(self._rising[0]), float(self._rising[-1])
        bounds = (low, high) if high - low > 1e-12 else (low - 0.5, low + 0.5)  # narrower ones cannot be divided
        heights, _ = np.histogram(self._rising.astype(np.float64), bins=count, range=bounds)
        heights = heights[::-1] if self._flipped else heights
        step, unit = area.width() / count, area.height() / max(1, int(heights.max()))
        painter.setPen(Qt.PenStyle.NoPen)
        for number, height in enumerate(heights.tolist()):
            left = area.left() + number * step
            painter.setBrush(QColor(colours.quiet if left + step / 2 >= cut else colours.line))
            tall = max(1.0, height * unit) if height else 0.0
            painter.drawRect(QRectF(left, area.bottom() - tall, step - 1, tall))

    def _paint_cut(self, painter: QPainter, area: QRectF, cut: float) -> None:
        colours = theme.tokens()
        accent = QColor(colours.accent if self.value() or self.hasFocus() else colours.quiet)
        painter.setPen(QPen(accent, 2))
        painter.drawLine(QPointF(cut, area.top()), QPointF(cut, area.bottom()))
        painter.setBrush(QColor(colours.window))
        painter.drawEllipse(QPointF(cut, area.center().y()), 5, 5)

    def _paint_words(self, painter: QPainter, line: QRectF) -> None:
        painter.setPen(QColor(theme.tokens().quiet))
        words = f"{self.kept:,} of {len(self._rising):,}" if self.value() else "drag to keep the best"
        for flag, text in ((Qt.AlignmentFlag.AlignLeft, "less"), (Qt.AlignmentFlag.AlignHCenter, words)):
            painter.drawText(line, flag | Qt.AlignmentFlag.AlignVCenter, text)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "more")
