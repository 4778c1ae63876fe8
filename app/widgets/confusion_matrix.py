"""The confusion matrix as a control: rows are what images are, columns what they are taken for.

Fed by the classify page. Arrows move from cell to cell (`pair_chosen` says which two classes meet there), Enter, Space
or a click open the images behind one (`opened`). Only the cells that can be seen are painted.
`MatrixArea` scrolls a matrix of many classes, so that what stands below it stays in sight.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolTip, QWidget

from app import theme
from app.widgets.parts import plain_tooltip

LARGEST, SMALLEST = 40, 12  # sides of a cell
ROOM = 280  # that a matrix takes if its cells can be small enough; one with more cells is scrolled
NAME = 104  # width of the names at the left
HEAD = 20  # height of the numbers at the top
WORDS = 24  # from this side on a cell shows its number
MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class MatrixArea(QScrollArea):
    """As high as its matrix, up to a matrix of the most cells that are large enough; beyond that it scrolls."""

    def __init__(self, matrix: ConfusionMatrix) -> None:
        super().__init__()
        self._matrix = matrix
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Confusion matrix, scrolled")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.viewport().setProperty("kind", "panel")
        self.setWidget(matrix)
        matrix.pair_chosen.connect(self._follow)

    def sizeHint(self) -> QSize:
        """The matrix, or what is seen of it at once, and a scroll bar."""
        whole = self._matrix.sizeHint()
        return QSize(
            whole.width(), min(whole.height(), HEAD + ROOM + 1) + self.horizontalScrollBar().sizeHint().height()
        )

    def _follow(self, true: int, label: int) -> None:
        self.ensureVisible(*self._matrix.rect_of(true, label).center().toTuple())


class ConfusionMatrix(QWidget):
    """Counts, or what is expected of them.

    Signals:
        pair_chosen(int, int): the keyboard or a click is at this cell: true class, label.
        opened(int, int): show the images behind this cell.
    """

    pair_chosen = Signal(int, int)
    opened = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self._cells: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._expected = False
        self._at = (0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Confusion matrix")

    def show_matrix(self, names: tuple[str, ...], cells: NDArray[np.float32], *, expected: bool) -> None:
        """Show (C, C) ``cells``, rows the true classes; ``expected``: they are no counts."""
        if names != self._names:
            self._at = (0, 1) if len(names) > 1 else (0, 0)
        self._names, self._cells, self._expected = names, cells, expected
        self.updateGeometry()
        self.resize(self.sizeHint())
        self._describe()
        self.update()

    @property
    def names(self) -> tuple[str, ...]:
        """The classes that are shown."""
        return self._names

    @property
    def current(self) -> tuple[int, int]:
        """The cell that the keyboard is at: true class, label."""
        return self._at

    def go_to(self, true: int, label: int) -> None:
        """Move to a cell."""
        last = len(self._names) - 1
        at = (min(max(true, 0), last), min(max(label, 0), last))
        if at != self._at:
            self._at = at
            self._describe()
            self.update()
            self.pair_chosen.emit(*at)

    def words(self, true: int, label: int) -> str:
        """A cell in words."""
        value = float(self._cells[true, label])
        number = f"{value:,.1f}" if self._expected else f"{value:,.0f}"
        of = f"{float(self._cells[true].sum()):,.0f}"
        if true == label:
            kind = "expected to be right" if self._expected else "right"
            return f"{self._names[true]}: {number} of {of} {kind}"
        kind = "expected to be taken" if self._expected else "taken"
        return f"{self._names[true]}: {number} of {of} {kind} for {self._names[label]}"

    # ---- places ------------------------------------------------------------------------------------------

    @property
    def cell(self) -> int:
        """The side of a cell."""
        return min(LARGEST, max(SMALLEST, ROOM // max(1, len(self._names))))

    def sizeHint(self) -> QSize:
        """All of it."""
        side = self.cell * len(self._names)
        return QSize(NAME + side + 1, HEAD + side + 1)

    def minimumSizeHint(self) -> QSize:
        """It is scrolled where there is no room."""
        return self.sizeHint()

    def rect_of(self, true: int, label: int) -> QRect:
        """Where a cell is."""
        return QRect(NAME + label * self.cell, HEAD + true * self.cell, self.cell, self.cell)

    def cell_at(self, point: QPoint) -> tuple[int, int] | None:
        """The cell at a point; None beside the matrix."""
        true, label = (point.y() - HEAD) // self.cell, (point.x() - NAME) // self.cell
        inside = 0 <= true < len(self._names) and 0 <= label < len(self._names)
        return (true, label) if inside else None

    # ---- mouse and keys ----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the cell and open it."""
        at = self.cell_at(event.position().toPoint())
        if at is not None and event.button() == Qt.MouseButton.LeftButton:
            self.go_to(*at)
            self.opened.emit(*at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home (the first cell), Enter."""
        if not self._names:
            super().keyPressEvent(event)
        elif event.key() in MOVES:
            down, right = MOVES[Qt.Key(event.key())]
            self.go_to(self._at[0] + down, self._at[1] + right)
        elif event.key() == Qt.Key.Key_Home:
            self.go_to(0, 0)
        elif event.key() in OPENING:
            self.opened.emit(*self._at)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """The tooltip is that of the cell."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self.cell_at(event.pos())
            QToolTip.showText(event.globalPos(), plain_tooltip(self.words(*at)) if at else "", self)
            return True
        return super().event(event)

    def _describe(self) -> None:
        self.setAccessibleDescription(self.words(*self._at) if self._names else "")

    # ---- painting ----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names, numbers, cells, the current one."""
        if not self._names:
            return
        painter = QPainter(self)
        first, last = self._span(event.rect().top() - HEAD), self._span(event.rect().bottom() - HEAD)
        left, right = self._span(event.rect().left() - NAME), self._span(event.rect().right() - NAME)
        self._paint_names(painter, range(first, last + 1), range(left, right + 1))
        most = np.maximum(self._cells.sum(axis=1), 1e-9)
        for true in range(first, last + 1):
            for label in range(left, right + 1):
                self._paint_cell(painter, true, label, float(self._cells[true, label] / most[true]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.tokens().accent if self.hasFocus() else theme.tokens().text), 2))
        painter.drawRect(self.rect_of(*self._at).adjusted(1, 1, -1, -1))

    def _span(self, pixels: int) -> int:
        return min(max(pixels // self.cell, 0), len(self._names) - 1)

    def _paint_names(self, painter: QPainter, rows: range, columns: range) -> None:
        painter.setPen(QColor(theme.tokens().quiet))
        metrics = QFontMetrics(painter.font())
        corner = QRect(0, 0, NAME - 8, HEAD)
        painter.drawText(corner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, "taken for")
        for true in rows:
            place = self.rect_of(true, 0)
            if self.cell >= metrics.height() - 2:
                line = QRect(0, place.top(), NAME - 8, self.cell)
                words = metrics.elidedText(f"{true + 1}  {self._names[true]}", Qt.TextElideMode.ElideRight, NAME - 8)
                painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
        for label in columns:
            if self.cell >= metrics.horizontalAdvance(f"{label + 1}"):
                head = QRect(NAME + label * self.cell, 0, self.cell, HEAD)
                painter.drawText(head, Qt.AlignmentFlag.AlignCenter, f"{label + 1}")

    def _paint_cell(self, painter: QPainter, true: int, label: int, share: float) -> None:
        """Right ones in grey, mistakes in orange: the more of the row, the stronger."""
        colours = theme.tokens()
        rect = self.rect_of(true, label)
        painter.fillRect(rect.adjusted(1, 1, 0, 0), QColor(colours.panel))
        tone = QColor(colours.quiet if true == label else colours.second)
        tone.setAlphaF(min(1.0, 0.06 + 0.8 * share) if self._cells[true, label] > 0 else 0.0)
        painter.fillRect(rect.adjusted(1, 1, 0, 0), tone)
        value = float(self._cells[true, label])
        if self.cell >= WORDS and value >= (0.5 if self._expected else 1):
            painter.setPen(QColor(colours.text))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, _short(value))


def _short(value: float) -> str:
    return f"{value / 1000:.0f}k" if value >= 10_000 else f"{value:.0f}"
