"""Copying out of the library: paths as files, and the picture itself. Called by the window's actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage

from app.dragdrop import files_mime
from app.pictures_client import PicturesClient
from engine.errors import Problem
from engine.store.rows import File


def copy_paths(files: Sequence[File]) -> None:
    """Put the files on the clipboard: file managers paste them, editors paste their paths, one a line."""
    if files:
        QGuiApplication.clipboard().setMimeData(files_mime(file.path for file in files))


class ImageCopier(QObject):
    """Puts a picture with all its pixels on the clipboard as soon as the pictures process has read it.

    Signals:
        refused(Problem): it cannot be read; the clipboard is as it was.
    """

    refused = Signal(object)

    def __init__(self, pictures: PicturesClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._request: int | None = None
        pictures.preview_ready.connect(self._take)
        pictures.preview_refused.connect(self._refuse)

    def copy(self, file: File) -> None:
        """Copy ``file``'s picture; a second call takes the first one's place."""
        if self._request is not None:
            self._pictures.forget_preview(self._request)
        self._request = self._pictures.preview(file.path)

    def _take(self, request: int, image: QImage) -> None:
        if request == self._request:
            self._request = None
            QGuiApplication.clipboard().setImage(image)

    def _refuse(self, request: int, problem: Problem) -> None:
        if request == self._request:
            self._request = None
            self.refused.emit(problem)
