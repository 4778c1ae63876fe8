"""Decoded thumbnails in memory, and how they get there from the cache on disk. Used by `app.pictures_client` only."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from engine.store.rows import File
from engine.thumbnails import thumbnail_path

Key = tuple[bytes, int, int]
"""A file's content as the library knows it: path, size, mtime_ns."""


def key_of(file: File) -> Key:
    """What thumbnails of ``file`` are known by."""
    return file.path, file.size, file.mtime_ns


class ImageCache:
    """Images up to ``limit`` bytes in all; the ones shown longest ago go first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._images: OrderedDict[Key, tuple[QImage, int]] = OrderedDict()

    @property
    def bytes(self) -> int:
        """What the images held now take."""
        return self._bytes

    def get(self, key: Key) -> QImage | None:
        """The image, which counts as shown now."""
        if key not in self._images:
            return None
        self._images.move_to_end(key)
        return self._images[key][0]

    def side(self, key: Key) -> int:
        """The square in device pixels that the image was decoded for; 0 = there is none."""
        return self._images[key][1] if key in self._images else 0

    def put(self, key: Key, image: QImage, side: int) -> None:
        """Keep ``image``, decoded for a square of ``side`` device pixels."""
        if key in self._images:
            self._bytes -= self._images.pop(key)[0].sizeInBytes()
        self._images[key] = image, side
        self._bytes += image.sizeInBytes()
        while self._bytes > self._limit and len(self._images) > 1:
            _, (oldest, _) = self._images.popitem(last=False)
            self._bytes -= oldest.sizeInBytes()


def read_image(file: str, side: int | None) -> QImage | None:
    """One of our own cached files, scaled down to ``side`` pixels; None where there is none. Runs in a pool's thread:
    `QImageReader.read` releases the GIL, the other ways to make a `QImage` hold it."""
    reader = QImageReader(file)
    size = reader.size()
    if side is not None and max(size.width(), size.height()) > side:
        reader.setScaledSize(size.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1)))
    image = reader.read()
    if not image.isNull():
        return image
    with suppress(OSError):
        os.unlink(file)  # damaged: it will be made again
    return None


def without_thumbnail(files: Sequence[File]) -> list[File]:
    """Those of ``files`` that the cache on disk has no thumbnail of."""
    return [file for file in files if not os.path.exists(thumbnail_path(*key_of(file)))]
