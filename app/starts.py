"""Counts the starts that did not come through, so that the next one can offer the safe mode.

A start is noted by `app.application` before the window is made, and crossed out once the window has stood for a while
or was closed. What is left is the number of starts in a row that ended by a crash.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

TOO_MANY = 2  # starts in a row that ended by a crash, from which on the safe mode is offered
STANDS_AFTER_MS = 10_000  # a window that has been there for so long came through


class Starts:
    """The starts noted in one file, a line each. A folder that cannot be written means that none are counted."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def begin(self) -> int:
        """Note a start; returns how many before it did not come through."""
        with suppress(OSError):
            before = self._file.read_bytes().count(b"\n") if self._file.exists() else 0
            with self._file.open("ab") as stream:
                stream.write(b"started\n")
            return before
        return 0

    def came_through(self) -> None:
        """The window stands, or was closed as it should be."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
