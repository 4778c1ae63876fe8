"""A small line chart in the theme's colours: the one place that knows pyqtgraph.

Made by the training widgets when they are first shown, because importing pyqtgraph takes a moment. Colours are names of
`app.tokens.Tokens`, so that a chart follows the theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph
from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.tokens import GRID

pyqtgraph.setConfigOptions(antialias=True)
LEFT = 44  # width of the axis: charts above each other line up


@dataclass(frozen=True)
class Series:
    """One line; ``colour`` is a name of the tokens. Points are drawn where there are few."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    colour: str = "accent"
    dashed: bool = False


class Key(QWidget):
    """The title of a chart, and a stroke with words for each line."""

    def __init__(self, title: str, *, strong: bool) -> None:
        super().__init__()
        self._title = title
        self._font = theme.font(strong=strong)
        self._entries: list[tuple[Series, str]] = []
        self.setFixedHeight(self.fontMetrics().height() + 4)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(120, self.height())

    def show_entries(self, entries: list[tuple[Series, str]]) -> None:
        """The lines and their words."""
        self._entries = entries
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title and entries in a row; what has no room is left out, the tooltip has all of it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.tokens()
        middle, base = self.height() / 2, self.height() / 2 + painter.fontMetrics().ascent() / 2 - 1
        painter.setFont(self._font)
        painter.setPen(QColor(colours.text))
        painter.drawText(QPointF(0, base), self._title)
        at = painter.fontMetrics().horizontalAdvance(self._title) + 2 * GRID
        painter.setFont(theme.font())
        for series, words in self._entries:
            wide = painter.fontMetrics().horizontalAdvance(words)
            if at + 3 * GRID + wide > self.width():
                break
            style = Qt.PenStyle.DotLine if series.dashed else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(getattr(colours, series.colour)), 2, style))
            painter.drawLine(QPointF(at, middle), QPointF(at + 2 * GRID, middle))
            painter.setPen(QColor(colours.quiet))
            painter.drawText(QPointF(at + 2.5 * GRID, base), words)
            at += 2.5 * GRID + wide + 2 * GRID


class Chart(QWidget):
    """Lines over a common x, under a title that names them; ``as_percent``: y from 0 to 1, said in percent."""

    def __init__(self, title: str, *, as_percent: bool = False, x: str = "step", small: bool = False) -> None:
        super().__init__()
        self._title = title
        self._as_percent = as_percent
        self._series: tuple[Series, ...] = ()
        self._cursor: float | None = None
        self._key = Key(title, strong=not small)
        self._plot: Any = pyqtgraph.PlotWidget()
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        self._plot.getAxis("left").setWidth(LEFT)
        self._plot.getAxis("left").enableAutoSIPrefix(False)
        self._plot.getAxis("bottom").enableAutoSIPrefix(False)
        if as_percent:
            self._plot.getAxis("left").setScale(100)
        if not small:
            self._plot.setLabel("bottom", x)
        self._line: Any = None
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(self._key)
        box.addWidget(self._plot, 1)
        self.setMinimumHeight(72 if small else 160)
        self.setAccessibleName(title)
        self._dress()

    @property
    def series(self) -> tuple[Series, ...]:
        """What is drawn."""
        return self._series

    def show_series(self, *series: Series) -> None:
        """Draw these lines, the first on top."""
        self._series = tuple(each for each in series if len(each.xs))
        self._draw()

    @property
    def x_range(self) -> tuple[float, float]:
        """From where to where x runs."""
        low, high = self._plot.viewRange()[0]
        return low, high

    @property
    def y_range(self) -> tuple[float, float]:
        """From where to where y runs."""
        low, high = self._plot.viewRange()[1]
        return low, high

    def set_range(self, low: float, high: float) -> None:
        """Let x run from ``low`` to ``high`` exactly, whatever is drawn."""
        self._plot.setXRange(low, high, padding=0)

    def show_cursor(self, x: float | None) -> None:
        """A vertical line at ``x``."""
        self._cursor = x
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Colours follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._dress()

    def _dress(self) -> None:
        colours = theme.tokens()
        self._plot.setBackground(colours.window)
        for name in ("left", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setPen(colours.line)
            axis.setTextPen(colours.quiet)
            axis.setStyle(tickFont=theme.font(11))
        self._plot.showGrid(x=False, y=True, alpha=0.15)
        self._draw()

    def _draw(self) -> None:
        colours = theme.tokens()
        self._plot.clear()
        for each in reversed(self._series):
            colour = getattr(colours, each.colour)
            style = Qt.PenStyle.DashLine if each.dashed else Qt.PenStyle.SolidLine
            pen = pyqtgraph.mkPen(colour, width=2, style=style)
            mark = {"symbol": "o", "symbolSize": 5, "symbolBrush": colour, "symbolPen": None}
            self._plot.plot(list(each.xs), list(each.ys), pen=pen, **(mark if 0 < len(each.xs) <= 40 else {}))
        if self._cursor is not None:
            self._plot.addItem(pyqtgraph.InfiniteLine(self._cursor, pen=pyqtgraph.mkPen(colours.quiet, width=1)))
        self._frame()
        self._describe()

    def _frame(self) -> None:
        """Let y run about what is drawn; about a single value, half of it to both sides."""
        values = {y for each in self._series for y in each.ys}
        if len(values) == 1:
            (value,) = values
            self._plot.setYRange(value - abs(value) / 2, value + (abs(value) / 2 or 1))
        else:
            self._plot.enableAutoRange(axis="y")

    def _describe(self) -> None:
        """The key names the lines with their last values, also for those who cannot see or tell the colours."""
        said = [(each, f"{each.name} {self._value(each.ys[-1])}") for each in self._series]
        self._key.show_entries(said)
        self.setAccessibleDescription(", ".join(words for _, words in said))

    def _value(self, value: float) -> str:
        return f"{100 * value:.1f} %" if self._as_percent else f"{value:.3g}"
