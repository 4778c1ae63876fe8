"""The map as files: a picture of the view, and a table with the scores of both axes. Made by `app.pages.map_page`.

The table is written on a thread of its own: a library's worth of lines takes its time.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from app.background import Background
from app.map_points import Points
from engine.errors import ExchangeError, PairLensError
from engine.replacing import replacing


@dataclass(frozen=True)
class Table:
    """What is written: a path for each of the N points, and what the two columns of scores are called."""

    paths: Sequence[bytes]
    points: Points
    across: str
    up: str


class MapExport(QObject):
    """Writes files that the person named.

    Signals:
        saved(str): the file is there, complete.
        failed(Problem): it could not be written; what was there is still there.
    """

    saved = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.done.connect(lambda file: self.saved.emit(file))
        self._background.failed.connect(self.failed)

    def save_picture(self, picture: QPixmap, file: Path) -> None:
        """Write the picture as PNG."""
        try:
            with replacing(file) as part:
                if not picture.save(str(part), "PNG"):
                    raise ExchangeError(f"{file} cannot be written.")
        except PairLensError as error:
            self.failed.emit(error.problem())
        else:
            self.saved.emit(str(file))

    def save_table(self, table: Table, file: Path) -> None:
        """Write path and both scores of every image as CSV, by path; `saved` or `failed` follows."""
        self._background.start(partial(_write, table, file))

    def close(self) -> None:
        """Wait for the file under way."""
        self._background.close()


def _write(table: Table, file: Path) -> str:
    """Runs in the thread; the file that is there now. Raises ExchangeError."""
    across, up = table.points.across.scores.tolist(), table.points.up.scores.tolist()
    with replacing(file) as part, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", f"across: {table.across}", f"up: {table.up}"])
        for path, first, second in sorted(zip(table.paths, across, up, strict=True)):
            writer.writerow([path.decode("utf-8", "replace"), first, second])
    return str(file)
