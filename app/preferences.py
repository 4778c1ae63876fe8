"""What the window remembers between starts: theme, last library, where the window stood, how large the tiles are.

One INI file in ``settings.config_dir()``. Every read is typed and checked, so that a damaged file (cut off, edited by
hand, from another version) means the defaults and never a failed start. Read at start, written as things change.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app.theme import MODES
from engine.settings import config_dir


class Preferences:
    """Typed access to the window's settings file."""

    def __init__(self, path: Path | None = None, *, safe: bool = False) -> None:
        """``safe``: how the window stood is not restored; what is set from now on is remembered all the same."""
        self._safe = safe
        self.path = path or config_dir() / "window.ini"
        self._store = QSettings(str(self.path), QSettings.Format.IniFormat)
        if self._store.status() is not QSettings.Status.NoError:
            self._store.clear()

    def save(self) -> None:
        """Write what changed to disk now."""
        self._store.sync()

    @property
    def theme(self) -> str:
        """One of `app.theme.MODES`."""
        value = self._text("theme", "system")
        return value if value in MODES else "system"

    @theme.setter
    def theme(self, mode: str) -> None:
        self._store.setValue("theme", mode)

    @property
    def library(self) -> str:
        """The library opened last; empty before the first start."""
        return self._text("library", "")

    @library.setter
    def library(self, path: str) -> None:
        self._store.setValue("library", path)

    @property
    def columns(self) -> int:
        """How many columns of tiles the grid shows; 0 = as many as fit at the usual size."""
        value = "0" if self._safe else self._text("columns", "0")
        return int(value) if value.isdecimal() and int(value) <= 40 else 0

    @columns.setter
    def columns(self, count: int) -> None:
        self._store.setValue("columns", str(count))

    def flag(self, name: str, default: bool) -> bool:
        """A remembered yes or no, such as whether a panel is shown."""
        return {"true": True, "false": False}.get(self._text(f"flag/{name}", ""), default)

    def set_flag(self, name: str, value: bool) -> None:
        """Remember a yes or no."""
        self._store.setValue(f"flag/{name}", "true" if value else "false")

    def layout(self, name: str) -> QByteArray:
        """Qt's own record of a window's or splitter's geometry; empty if there is none."""
        if self._safe:
            return QByteArray()
        value = self._store.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_layout(self, name: str, state: QByteArray) -> None:
        """Remember what ``saveGeometry`` or ``saveState`` gave."""
        self._store.setValue(f"layout/{name}", state)

    def _text(self, key: str, default: str) -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default
