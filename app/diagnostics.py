"""What a report about a problem needs: versions, device, where things lie. Text, made when it is asked for."""

from __future__ import annotations

import platform
import sqlite3
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication

from engine.protocol import ModelReady
from engine.settings import cache_dir, config_dir, log_dir, models_dir

# SQLite could damage a WAL library when two connections wrote at once; PairLens has one writer and is safe with any.
_SQLITE_FIXED = (3, 51, 3)


def describe(library: Path, model: ModelReady | None) -> str:
    """The diagnostics, one fact a line."""
    lines = {
        "PairLens": _package("pairlens"),
        "System": platform.platform(),
        "Python": sys.version.split()[0],
        "Qt": f"{qVersion()} ({QGuiApplication.platformName()}), PySide6 {_package('PySide6-Essentials')}",
        "SQLite": _sqlite(),
        "torch": _package("torch"),
        "open_clip": _package("open_clip_torch"),
        "Model": f"{model.name} (index {model.encoder_key[:12]}, {model.dim} dimensions)" if model else "none loaded",
        "Device": model.device if model else "not known until a model is loaded",
        "Library": f"{library} ({_size(library)})",
        "Models": str(models_dir()),
        "Cache": str(cache_dir()),
        "Settings": str(config_dir()),
        "Logs": str(log_dir()),
    }
    return "\n".join(f"{name:<10} {value}" for name, value in lines.items())


def _sqlite() -> str:
    number = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < _SQLITE_FIXED:
        return f"{number} (before 3.51.3: safe with PairLens's single writer; do not write to the library otherwise)"
    return number


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed as a package"


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:,.1f} MB" if path.is_file() else "not there yet"
