"""A page without a window, for tests of what it shows and asks: surroundings that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def surroundings(folder: Path, window: QMainWindow) -> Iterator[Surroundings]:
    """Those of a window whose library would lie in ``folder``, without an engine; ``window`` owns the parts and has to
    outlive them. Pictures that are shown start the pictures process, which ends with them.
    """
    library = folder / "a.pairlens"
    around = Surroundings(
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
    try:
        yield around
    finally:
        around.pictures.close()
        around.files.close()
