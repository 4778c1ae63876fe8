"""What a person can take back: folders and runs removed, images hidden, attributes made, renamed or removed.

All of it changes only the library, never a file.

`app.main_window` owns the QUndoStack and pushes these; pushing does the thing, undo and redo send the opposite
command and the same again. The engine acknowledges within a frame, also while it indexes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from app.engine_client import NEW, EngineClient
from engine.judging_messages import RemoveAttribute, RenameAttribute, SaveAttribute
from engine.protocol import HideImages, RemoveFolder, RestoreFolder
from engine.training_messages import RemoveRun

if TYPE_CHECKING:
    from engine.store.rows import Attribute, Folder


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


class RemoveRunStep(QUndoCommand):
    """Take a training run out of the list; the model that was made of it stays."""

    def __init__(self, client: EngineClient, run: str) -> None:
        super().__init__(f"remove the run {run}")
        self._client = client
        self._run = run

    def redo(self) -> None:
        """Remove it."""
        self._client.ask(RemoveRun(NEW, self._run))

    def undo(self) -> None:
        """Bring it back."""
        self._client.ask(RemoveRun(NEW, self._run, removed=False))


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


class MakeAttributeStep(QUndoCommand):
    """Make an attribute of a name, words and their opposite; ``made`` gets its id."""

    def __init__(self, client: EngineClient, words: tuple[str, str, str], made: Callable[[int], None]) -> None:
        super().__init__(f"make {words[0]}")
        self._client = client
        self._words = words
        self._made = made
        self._id: int | None = None

    def redo(self) -> None:
        """Make it, or bring it back."""
        self._client.ask(SaveAttribute(NEW, *self._words), done=self._take)

    def undo(self) -> None:
        """Remove it; what was answered meanwhile is kept."""
        if self._id is not None:
            self._client.ask(RemoveAttribute(NEW, self._id))

    def _take(self, made: object) -> None:
        if isinstance(made, int):
            self._id = made
            self._made(made)


class RenameAttributeStep(QUndoCommand):
    """Call an attribute something else."""

    def __init__(self, client: EngineClient, attribute: Attribute, name: str) -> None:
        super().__init__(f"rename {attribute.name}")
        self._client = client
        self._attribute = attribute
        self._name = name

    def redo(self) -> None:
        """Give it the new name."""
        self._client.ask(RenameAttribute(NEW, self._attribute.id, self._name))

    def undo(self) -> None:
        """Give it the old name back."""
        self._client.ask(RenameAttribute(NEW, self._attribute.id, self._attribute.name))


class RemoveAttributeStep(QUndoCommand):
    """Take an attribute out of the lists; its answers are kept. ``back`` gets its id once it is there again."""

    def __init__(self, client: EngineClient, attribute: Attribute, back: Callable[[int], None]) -> None:
        super().__init__(f"remove {attribute.name}")
        self._client = client
        self._back = back
        self._attribute_id = attribute.id

    def redo(self) -> None:
        """Remove it."""
        self._client.ask(RemoveAttribute(NEW, self._attribute_id))

    def undo(self) -> None:
        """Bring it back with its answers."""
        restored = RemoveAttribute(NEW, self._attribute_id, removed=False)
        self._client.ask(restored, done=lambda _: self._back(self._attribute_id))
