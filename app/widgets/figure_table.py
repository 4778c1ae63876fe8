"""The figures of an evaluation as a table: a line for each rule, a bar with its standard error for each model.

Filled by the Evaluate page from the figures' file. Every cell also holds its words, for screen readers and copying.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)

from app import theme
from app.widgets.parts import plain_tooltip
from engine.evaluation.rules import RULES

_FIGURE = Qt.ItemDataRole.UserRole
_BAR = 120  # pixels of 100 %
_ROW = 32


@dataclass(frozen=True)
class Figure:
    """An accuracy in 0..1 with its standard error (None: not known); ``chance`` is what guessing gives."""

    accuracy: float
    error: float | None
    chance: float = 0.5

    @property
    def words(self) -> str:
        """ "88.2 ± 1.0"."""
        error = "" if self.error is None else f" ± {100 * self.error:.1f}"
        return f"{100 * self.accuracy:.1f}{error}"


@dataclass(frozen=True)
class Line:
    """One line: what is measured, by which rule, each model's figure; ``change``: of the last against the first."""

    what: str
    rule: str
    figures: tuple[Figure, ...]
    change: str = ""
    tip: str = ""


def lines_of(result: dict[str, Any]) -> tuple[list[str], list[Line]]:
    """Titles of the models, and the lines, from the figures of a task."""
    models = [subject["title"] for subject in result["subjects"]]
    changes = {(test["comparison"], test["rule"], test["model"]): test for test in result["tests"]}
    strays = {(each["comparison"], each["model"]): each["stray"] for each in result["strays"]}
    by_line: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in result["figures"]:
        by_line.setdefault((row["comparison"], row["rule"]), {})[row["model"]] = row
    lines = []
    for (what, rule), rows in by_line.items():
        figures = tuple(Figure(rows[model]["accuracy"], rows[model]["standard_error"]) for model in models)
        last = rows[models[-1]]
        tip = f"{last['pairs']:,} pairs; statements shuffled: {100 * last['shuffled']:.1f}"
        if stray := strays.get((what, models[-1])):
            tip += f"; unrelated questions stray {100 * stray:.1f} points from 50"
        lines.append(Line(what, RULES[rule], figures, _change(changes.get((what, rule, models[-1]))), tip))
    if named := {row["model"]: row for row in result["zero_shot"]}:
        figures = tuple(
            Figure(named[model]["accuracy"], named[model]["standard_error"], named[model]["chance"]) for model in models
        )
        tip = f"{named[models[-1]]['images']:,} images; guessing gives {100 * named[models[-1]]['chance']:.1f}"
        lines.append(
            Line("which class", "zero-shot", figures, _change(changes.get(("zero-shot", "", models[-1]))), tip)
        )
    return models, lines


def _change(test: dict[str, Any] | None) -> str:
    if test is None:
        return ""
    chance = "p < 0.001" if test["p"] < 0.001 else f"p = {test['p']:.3f}"
    return f"{100 * test['difference']:+.1f} ± {100 * test['standard_error']:.1f}, {chance}"


class FigureTable(QTableWidget):
    """Lines and models; read only."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Figures")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setAccessibleName("Rows")
        self.horizontalHeader().setAccessibleName("Columns")
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setHighlightSections(False)
        self.setItemDelegate(_BarDelegate(self))

    def show_figures(self, models: list[str], lines: list[Line]) -> None:
        """Replace what is shown."""
        compared = len(models) > 1
        self.setColumnCount(2 + len(models) + compared)
        self.setRowCount(len(lines))
        self.setHorizontalHeaderLabels(
            ["Asked", "Rule", *models, *(["Change, last against first"] if compared else [])]
        )
        previous = ""
        for at, line in enumerate(lines):
            # What is asked is said once; a line is drawn above it.
            self.setItem(at, 0, _item(line.what if line.what != previous else "", line, line.what))
            self.setItem(at, 1, _item(line.rule, line, line.rule))
            for place, figure in enumerate(line.figures):
                cell = _item(figure.words, line, f"{line.what}, {line.rule}, {models[place]}: {figure.words} percent")
                cell.setData(_FIGURE, figure)
                self.setItem(at, 2 + place, cell)
            if compared:
                self.setItem(at, 2 + len(models), _item(line.change, line, f"changed by {line.change}"))
            previous = line.what
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)


def _item(words: str, line: Line, said: str) -> QTableWidgetItem:
    item = QTableWidgetItem(words)
    item.setToolTip(plain_tooltip(line.tip))
    item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
    return item


class _BarDelegate(QStyledItemDelegate):
    """Draws a figure as a bar from 0 to 100 % with its standard error, a mark at chance, and its words."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Room for bar and words."""
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + 16 + (_BAR + 16 if index.data(_FIGURE) else 0), _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Words left, or bar and words."""
        figure = index.data(_FIGURE)
        if not isinstance(figure, Figure):
            super().paint(painter, option, index)
            return
        colours = theme.tokens()
        rect = QRectF(option.rect).adjusted(8, 0, -8, 0)
        track = QRectF(rect.left(), rect.center().y() - 4, _BAR, 8)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(colours.raised))
        painter.fillRect(track, QColor(colours.line))
        filled = QRectF(track.left(), track.top(), track.width() * figure.accuracy, track.height())
        painter.fillRect(filled, QColor(colours.accent))
        painter.setPen(QPen(QColor(colours.text), 1))
        if figure.error is not None and math.isfinite(figure.error):
            low, high = (
                track.left() + _BAR * min(1.0, max(0.0, figure.accuracy + sign * figure.error)) for sign in (-1, 1)
            )
            middle = track.center().y()
            painter.drawLine(round(low), round(middle), round(high), round(middle))
            for x in (low, high):
                painter.drawLine(round(x), round(middle) - 3, round(x), round(middle) + 3)
        painter.setPen(QPen(QColor(colours.quiet), 1))
        chance = round(track.left() + _BAR * figure.chance)
        painter.drawLine(chance, round(track.top()) - 3, chance, round(track.bottom()) + 3)
        painter.setPen(QColor(colours.text))
        beside = QRectF(track.right() + 8, rect.top(), rect.right() - track.right() - 8, rect.height())
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, figure.words)
        painter.restore()
