"""The first pictures of an order as small tiles with their numbers; what stands under each is said by whoever fills it.

A plain list view, so keys, selection and screen readers work as everywhere. Thumbnails come from `app.pictures_client`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from app import theme
from app.image_cache import Key, key_of
from app.pictures_client import PicturesClient
from app.tokens import GRID
from engine.store.rows import File

SIDE = 96


class OrderTiles(QListWidget):
    """Signals:
    opened(int): the picture with this file id was chosen with Return or a double click.
    """

    opened = Signal(int)

    def __init__(self, name: str, pictures: PicturesClient) -> None:
        super().__init__()
        self._pictures = pictures
        self._items: dict[Key, QListWidgetItem] = {}
        self.setAccessibleName(name)
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setMovement(QListWidget.Movement.Static)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setGridSize(QSize(SIDE + 3 * GRID, SIDE + 5 * GRID))
        self.itemActivated.connect(lambda item: self.opened.emit(item.data(Qt.ItemDataRole.UserRole)))
        pictures.arrived.connect(self._take)

    @property
    def side(self) -> int:
        """Of a thumbnail, in device pixels."""
        return round(SIDE * self.devicePixelRatioF())

    def show_files(self, files: Sequence[File], notes: Mapping[int, str]) -> None:
        """Best first; ``notes``: words for a file id."""
        self.clear()
        self._items = {}
        for number, file in enumerate(files, 1):
            words = f"{number}  {notes.get(file.id, '')}".strip()
            item = QListWidgetItem(words)
            item.setData(Qt.ItemDataRole.UserRole, file.id)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{words} {file.name}")
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
            self.addItem(item)
            key = key_of(file)
            self._items[key] = item
            item.setIcon(QIcon(_framed(self._pictures.thumbnail(key), self.side, self.devicePixelRatioF())))

    def _take(self, key: Key) -> None:
        if (item := self._items.get(key)) is not None:
            item.setIcon(QIcon(_framed(self._pictures.thumbnail(key), self.side, self.devicePixelRatioF())))


def _framed(image: QImage | None, side: int, ratio: float) -> QPixmap:
    """The whole picture in the middle of a square, on neutral ground while there is none."""
    made = QPixmap(side, side)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    if image is None:
        painter.fillRect(made.rect(), QColor(theme.tokens().raised))
    else:
        fit = image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        painter.drawImage((side - fit.width()) // 2, (side - fit.height()) // 2, fit)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
