"""Which pictures the grid asks for: those in view, then those that come into view next, after and before them."""

from __future__ import annotations

from app.image_cache import Key, key_of
from app.library_model import LibraryModel
from app.pictures_client import PicturesClient

AHEAD = 200  # tiles on each side of the visible ones whose pictures are asked for too


class PicturesInView:
    """Asks for pictures, and knows at which row one that arrives is shown."""

    def __init__(self, model: LibraryModel, pictures: PicturesClient) -> None:
        self._files = model
        self._pictures = pictures
        self._row_of_key: dict[Key, int] = {}

    def ask(self, visible: range, near: range, side: int) -> None:
        """Ask for the rows ``visible`` and the others of ``near``, each in a square of ``side`` device pixels."""
        after = range(visible.stop, min(near.stop, visible.stop + AHEAD))
        before = range(max(near.start, visible.start - AHEAD), visible.start)
        rows = [*visible, *after, *before]
        files = [self._files.file(row) for row in rows]
        self._row_of_key = dict(zip(map(key_of, files), rows, strict=True))
        self._pictures.show(files, side)

    def row_of(self, key: Key) -> int | None:
        """The row of a picture that was asked for last; None for any other."""
        return self._row_of_key.get(key)
