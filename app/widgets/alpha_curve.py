"""Alpha as a slider with its curve behind it: from the classes as they are (left) to the comparatives alone (right).

Fed by the classify page. It is a slider to Qt, hence to the keyboard and to screen readers. The curve is the accuracy
where something is known, else how many images have another label than without comparatives.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app import theme
from app.tokens import GRID
from app.widgets.handle_slider import HandleSlider
from engine.classify.figures import Point

STEPS = 20
LINE = 18  # height of the words below


class AlphaCurve(HandleSlider):
    """Value 0 is alpha 1, `STEPS` is alpha 0."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(STEPS, 4, "How far comparisons count", parent)
        self._points: tuple[Point, ...] = ()
        self.valueChanged.connect(self._describe)
        self._describe()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(280, 11 * GRID)

    @property
    def alpha(self) -> float:
        """What is chosen."""
        return round(1 - self.value() / STEPS, 2)

    def show_alpha(self, alpha: float) -> None:
        """Go to an alpha without saying so."""
        self.blockSignals(True)
        self.setValue(round((1 - alpha) * STEPS))
        self.blockSignals(False)
        self._describe()
        self.update()

    def show_points(self, points: Sequence[Point]) -> None:
        """Show a curve; none = there is none yet."""
        self._points = tuple(points)
        self._describe()
        self.update()

    def words(self) -> str:
        """What the curve says at the chosen alpha."""
        found = min(self._points, key=lambda point: abs(point.alpha - self.alpha), default=None)
        if found is None:
            return ""
        switched = f"{found.switched:,} switched"
        return f"{100 * found.accuracy.share:.1f} %, {switched}" if found.accuracy else switched

    def _describe(self) -> None:
        self.setAccessibleDescription(f"alpha {self.alpha:g}. {self.words()}")

    # ---- painting ----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The curve, the handle, and what it says."""
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(GRID, GRID, self.width() - 2 * GRID, self.height() - LINE - 2 * GRID)
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QPen(QColor(colours.quiet), 1.5))
        painter.drawPolyline(self._line(area))
        x = area.left() + self.value() / STEPS * area.width()
        painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.text), 2))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setBrush(QColor(colours.window))
        painter.drawEllipse(QPointF(x, area.bottom()), 5, 5)
        self._paint_words(painter, QRectF(area.left(), area.bottom() + GRID, area.width(), LINE))

    def _line(self, area: QRectF) -> QPolygonF:
        heights = [point.accuracy.share if point.accuracy else float(point.switched) for point in self._points]
        if not heights:
            return QPolygonF()
        low, high = min(heights), max(heights)
        spread = high - low or 1.0
        return QPolygonF(
            [
                QPointF(area.left() + (1 - point.alpha) * area.width(), area.bottom() - 4 - tall * (area.height() - 6))
                for point, height in zip(self._points, heights, strict=True)
                for tall in [(height - low) / spread]
            ]
        )

    def _paint_words(self, painter: QPainter, line: QRectF) -> None:
        painter.setPen(QColor(theme.tokens().quiet))
        centre = f"alpha {self.alpha:g}" + (f": {words}" if (words := self.words()) else "")
        sides = ((Qt.AlignmentFlag.AlignLeft, "1"), (Qt.AlignmentFlag.AlignRight, "0"))
        for flag, text in (*sides, (Qt.AlignmentFlag.AlignHCenter, centre)):
            painter.drawText(line, flag | Qt.AlignmentFlag.AlignVCenter, text)
