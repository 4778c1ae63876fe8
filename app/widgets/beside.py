"""How the pages of captions and of differences lie: pictures, a table of texts, and a panel that comes and goes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSplitter, QWidget

from app.tokens import GRID
from app.widgets.parts import column, row


def beside(
    pictures: QLayout, bar: QLayout, table: QWidget, place: QWidget, told: QWidget, panel: QWidget
) -> QHBoxLayout:
    """``pictures`` at the left, ``table`` below its ``bar`` with where one is and what is told in the line under it,
    ``panel`` at the right.
    """
    left, middle = QWidget(), QWidget()
    left.setProperty("kind", "panel")
    left.setMinimumWidth(30 * GRID)
    left.setLayout(pictures)
    foot = row(place, told, margins=(16, 4, 16, 4), spacing=16)
    foot.setStretch(1, 1)
    box = column(spacing=0)
    box.addLayout(bar)
    box.addWidget(table, 1)
    box.addLayout(foot)
    middle.setLayout(box)
    whole = QSplitter(Qt.Orientation.Horizontal)
    whole.setChildrenCollapsible(False)
    for part in (left, middle):
        whole.addWidget(part)
    whole.setStretchFactor(1, 1)
    whole.setSizes([320, 880])
    together = row(whole, panel, spacing=0)
    together.setStretch(0, 1)
    return together
