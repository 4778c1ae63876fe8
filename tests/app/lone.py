"""A page without a window, for tests of what it shows and asks: surroundings that lead nowhere."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QMainWindow

from app.actions import Actions
from app.engine_client import EngineClient
from app.library_model import LibraryModel
from app.pages.page import Surroundings
from app.pictures_client import PicturesClient
from app.preferences import Preferences
from engine.protocol import EngineConfig


def surroundings(folder: Path, window: QMainWindow) -> Surroundings:
    """Those of a window whose library would lie in ``folder``; no process is started. ``window`` owns the parts."""
    library = folder / "a.pairlens"
    return Surroundings(
        library=library,
        client=EngineClient(EngineConfig(str(library), str(folder)), window),
        pictures=PicturesClient(window),
        actions=Actions(window),
        preferences=Preferences(),
        undo_stack=QUndoStack(window),
        files=LibraryModel(window),
        chosen=list,
        choose=lambda ids: None,
        rank=lambda prompt, reverse: None,
        order_by=lambda attribute: None,
        show=lambda page: None,
        say=lambda text, button, effect: None,
        tell=lambda problem: None,
    )
