"""Answers that contradict each other: A over B, B over C, and yet C over A. Each three can be judged again."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QScrollArea, QWidget

from app import theme
from app.image_cache import Key, key_of
from app.pictures_client import PicturesClient
from app.tokens import GRID, RADIUS
from app.widgets.parts import Label, button, column, row
from app.widgets.tile import fitted
from app.wording import many
from engine.store.rows import File

SIDE = 80
STEP = SIDE + 4 * GRID  # room for a sign between two pictures
SHOWN = 20
FEW = 40  # threes, below which a part of a contradiction counts

_HINT = (
    "In each row every picture was said to have more of it than the one at its right, and the last more than the "
    "first. Where two pictures are hardly different that is no mistake. Answers given again count beside the old ones."
)


class CyclePictures(QWidget):
    """Three pictures in a row, each said to be over the next, and the last over the first."""

    def __init__(self, pictures: PicturesClient, files: Sequence[File]) -> None:
        super().__init__()
        self._pictures = pictures
        self._files = [*files, files[0]]
        self.setFixedSize(len(files) * STEP + SIDE, SIDE)
        self.setAccessibleName(" over ".join(file.name for file in self._files))
        pictures.arrived.connect(self._arrived)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Pictures with a sign between them."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        colours = theme.tokens()
        for at, file in enumerate(self._files):
            square = QRect(at * STEP, 0, SIDE, SIDE)
            painter.setOpacity(1.0 if at < len(self._files) - 1 else 0.5)  # the last one is the first again
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.window))
            painter.drawRoundedRect(square, RADIUS, RADIUS)
            image = self._pictures.thumbnail(key_of(file))
            if image is not None:
                painter.drawImage(fitted(QRectF(square), image), image)
            painter.setOpacity(1.0)
            if at:
                painter.setPen(QColor(colours.text))
                sign = QRect(square.left() - 4 * GRID, 0, 4 * GRID, SIDE)
                painter.drawText(sign, Qt.AlignmentFlag.AlignCenter, ">")

    def _arrived(self, key: Key) -> None:
        if any(key_of(file) == key for file in self._files):
            self.update()


class CyclesDialog(QDialog):
    """The cycles found, each with its way out.

    Signals:
        again(int): judge the pairs of this cycle again.
    """

    again = Signal(int)

    def __init__(
        self, pictures: PicturesClient, cycles: Sequence[Sequence[File]], found: int, triples: int, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Answers that contradict each other")
        expected = f"{triples / 4:,.0f}" if triples >= FEW else f"{triples / 4:.2g}"
        by_chance = f"{expected} would be expected of answers by the toss of a coin"
        heading = f"{many(found, 'contradiction')} in {many(triples, 'three')}; {by_chance}."
        lines = column(margins=(0, 0, 8, 0), spacing=16)
        for place, files in enumerate(cycles[:SHOWN]):
            judge = button("Judge again", lambda place=place: self._judge(place))
            judge.setAccessibleName(f"Judge again: {', '.join(file.name for file in files)}")
            lines.addLayout(row(CyclePictures(pictures, files), judge, 1, spacing=16))
        lines.addStretch(1)
        inside = QWidget()
        inside.setProperty("kind", "page")
        inside.setLayout(lines)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setAccessibleName("Contradictions")
        self.setLayout(
            column(
                Label(heading, "strong"), Label(_HINT, "quiet", wrap=True), scroll, margins=(16, 16, 8, 16), spacing=12
            )
        )
        self.resize(640, 480)
        pictures.show([file for files in cycles[:SHOWN] for file in files], round(SIDE * parent.devicePixelRatioF()))

    def _judge(self, place: int) -> None:
        self.again.emit(place)
        self.close()
