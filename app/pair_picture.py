"""One of the two pictures that are compared: its file and as many of its pixels as are needed.

Made by the compare page, which says what is shown (`show`) and how closely it is looked at (`need`); pixels come from
the pictures process. The engine and the library are never asked here.
"""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.image_cache import key_of
from app.pictures_client import PicturesClient
from app.wording import bytes_words, date_words, file_values, place_words
from engine.errors import Problem
from engine.store.rows import File
from engine.thumbnails import Described

TIERS = (1024, 2048, 4096)  # longest sides that are asked for before all pixels


class PairPicture(QObject):
    """``image`` is the best at hand, None while there is none; ``problem`` says why there will be none.

    Signals:
        changed(): another picture, more pixels, or something known about the file.
    """

    changed = Signal()

    def __init__(self, pictures: PicturesClient, parent: QObject) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self.path = b""
        self.image: QImage | None = None
        self.problem = ""
        self.width = self.height = 0  # of all its pixels; 0 = not known yet
        self.facts: dict[str, str] = {}
        self._asked = 0  # longest side asked for
        self._preview: int | None = None
        self._details: int | None = None
        pictures.preview_ready.connect(self._take)
        pictures.preview_refused.connect(self._refuse)
        pictures.described.connect(self._describe)

    @property
    def name(self) -> str:
        """The file's name."""
        return os.path.basename(self.path).decode("utf-8", "replace")

    def show(self, path: bytes, file: File | None) -> None:
        """Another picture: any file, with what the library knows of it."""
        self._withdraw()
        self.path, self.image, self.problem, self._asked = path, None, "", 0
        known = file is not None and file.width is not None and file.height is not None
        self.width, self.height = (file.width or 0, file.height or 0) if known and file is not None else (0, 0)
        if file is not None:
            self.image = self._pictures.thumbnail(key_of(file))
        self.facts = _facts(path, file)
        if path:
            self._details = self._pictures.describe(path)
            self._ask(TIERS[0] if known else 0)
        self.changed.emit()

    def need(self, side: float) -> None:
        """It is looked at so closely that its longest side takes ``side`` device pixels."""
        if self.path and self.width and not self.problem:
            longest = max(self.width, self.height)
            wanted = next((tier for tier in TIERS if tier >= side and tier < longest), longest)
            if wanted > self._asked:
                self._ask(wanted)

    def _ask(self, side: int) -> None:
        """Ask for pixels; 0 = all, of a picture of unknown size."""
        if self._preview is not None:
            self._pictures.forget_preview(self._preview)
        self._asked = side
        whole = side == 0 or side >= max(self.width, self.height)
        self._preview = self._pictures.preview(self.path, None if whole else side)

    def _take(self, request: int, image: QImage) -> None:
        if request == self._preview:
            self._preview = None
            self.image = image
            if not self.width:
                self.width, self.height = image.width(), image.height()
                self._asked = max(self.width, self.height)
                self.facts["Size"] = f"{self.width:,} x {self.height:,} pixels"
            self.changed.emit()

    def _refuse(self, request: int, problem: Problem) -> None:
        if request == self._preview:
            self._preview = None
            self.image, self.problem = None, str(problem)
            self.changed.emit()

    def _describe(self, request: int, details: Described) -> None:
        if request == self._details:
            self._details = None
            self.facts |= {"Taken": details.taken, "Camera": details.camera}
            self.changed.emit()

    def _withdraw(self) -> None:
        for request in (self._preview, self._details):
            if request is not None:
                self._pictures.forget_preview(request)
        self._preview = self._details = None


def _facts(path: bytes, file: File | None) -> dict[str, str]:
    """What is known of the file at once."""
    if not path:
        return {}
    folder, name = os.path.split(path)
    facts = {"Name": name.decode("utf-8", "replace"), "Folder": place_words(folder)}
    if file is not None:
        return facts | file_values(file)
    try:
        found = os.stat(path)
    except OSError:
        return facts
    return facts | {"File": bytes_words(found.st_size), "Changed": date_words(found.st_mtime_ns)}
