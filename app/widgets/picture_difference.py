"""The difference of two pictures as a picture: absolute, per channel, strengthened until it can be seen."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

SMALL = 64  # side of the pictures that tell how strong a difference is
BRIGHT_ENOUGH = 24  # mean of the difference, of 255, from which it needs no strengthening
MOST_DOUBLINGS = 4


def doublings(first: QImage, second: QImage) -> int:
    """How often the difference of two images has to be doubled to be seen well."""
    made = QImage(SMALL, SMALL, QImage.Format.Format_RGB32)
    subtract(made, QRectF(made.rect()), first.scaled(SMALL, SMALL), second.scaled(SMALL, SMALL))
    grey = made.convertToFormat(QImage.Format.Format_Grayscale8)
    mean = sum(bytes(grey.constBits())) / SMALL**2
    return next((times for times in range(MOST_DOUBLINGS) if mean * 2**times >= BRIGHT_ENOUGH), MOST_DOUBLINGS)


def subtract(made: QImage, frame: QRectF, first: QImage, second: QImage) -> None:
    """Paint the absolute difference of two images, both brought to ``frame``, on black."""
    made.fill(Qt.GlobalColor.black)
    on = QPainter(made)
    on.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    on.drawImage(frame, first)
    on.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
    on.drawImage(frame, second)
    on.end()


def double(image: QImage, times: int) -> None:
    """Make every channel twice as bright, ``times`` times."""
    for _ in range(times):
        once = image.copy()
        on = QPainter(image)
        on.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        on.drawImage(0, 0, once)
        on.end()
