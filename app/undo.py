"""What a person can take back: removing a folder and hiding images. Both change only the library, never a file.

`app.main_window` owns the QUndoStack and pushes these; pushing does the thing, undo and redo send the opposite
command and the same again. The engine acknowledges within a frame, also while it indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from app.engine_client import NEW, EngineClient
from engine.protocol import HideImages, RemoveFolder, RestoreFolder

if TYPE_CHECKING:
    from engine.store.rows import Folder


class RemoveFolderStep(QUndoCommand):
    """Take a folder out of the library."""

    def __init__(self, client: EngineClient, folder: Folder) -> None:
        super().__init__(f"remove {folder.display}")
        self._client = client
        self._folder_id = folder.id

    def redo(self) -> None:
        """Remove it."""
        self._client.ask(RemoveFolder(NEW, self._folder_id))

    def undo(self) -> None:
        """Bring it back with everything said about its images."""
        self._client.ask(RestoreFolder(NEW, self._folder_id))


class HideStep(QUndoCommand):
    """Hide images from the grid and from rankings."""

    def __init__(self, client: EngineClient, file_ids: Sequence[int]) -> None:
        super().__init__(f"hide {len(file_ids):,} image{'s' if len(file_ids) != 1 else ''}")
        self._client = client
        self._file_ids = tuple(file_ids)

    def redo(self) -> None:
        """Hide them."""
        self._client.ask(HideImages(NEW, self._file_ids, hidden=True))

    def undo(self) -> None:
        """Show them again."""
        self._client.ask(HideImages(NEW, self._file_ids, hidden=False))
