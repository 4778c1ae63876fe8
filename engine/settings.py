"""Where things lie on this machine; the only module that knows.

``PAIRLENS_HOME`` puts everything under one folder (a portable copy, and the tests); otherwise the platform's own
folders are used. Nothing here is created until it is written to.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APP = "PairLens"


def _home() -> Path | None:
    home = os.environ.get("PAIRLENS_HOME")
    return Path(home) if home else None


def data_dir() -> Path:
    """Libraries and models: what must not be lost."""
    home = _home()
    return home / "data" if home else Path(platformdirs.user_data_dir(APP, appauthor=False))


def cache_dir() -> Path:
    """What can be made again."""
    home = _home()
    return home / "cache" if home else Path(platformdirs.user_cache_dir(APP, appauthor=False))


def config_dir() -> Path:
    """The window's state and the person's preferences."""
    home = _home()
    return home / "config" if home else Path(platformdirs.user_config_dir(APP, appauthor=False))


def log_dir() -> Path:
    """engine.log, window.log and the fault handlers' files."""
    home = _home()
    return home / "log" if home else Path(platformdirs.user_log_dir(APP, appauthor=False))


def default_library() -> Path:
    """The library used when none is named."""
    return data_dir() / "library.pairlens"


def models_dir() -> Path:
    """Downloaded and imported models, one folder each."""
    return data_dir() / "models"


def runs_dir() -> Path:
    """Training runs, one folder each."""
    return data_dir() / "runs"


def thumbnail_dir() -> Path:
    """The thumbnail cache, shared by all libraries."""
    return cache_dir() / "thumbnails"


def library_cache_dir(library: Path) -> Path:
    """The rebuildable cache that belongs to one library (vector matrices), beside it."""
    return library.with_name(library.name + "-cache")


def resources_dir() -> Path:
    """The files shipped with the program: phrase bank, starter model, samples, icons."""
    return Path(__file__).resolve().parent.parent / "resources"
