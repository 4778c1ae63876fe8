"""What a person can take back on the classify page: a change of the class set, its removal, corrections of labels.

`app.classifying` pushes these on the window's undo stack; pushing does the thing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from app.engine_client import NEW, EngineClient
from engine.classify.sets import ClassSet
from engine.classify_messages import Correct, RemoveClassSet, UndoCorrections

if TYPE_CHECKING:
    from app.classifying import Classifying


class ChangeStep(QUndoCommand):
    """One class set in place of another."""

    def __init__(
        self, use: Callable[[ClassSet | None], None], old: ClassSet | None, new: ClassSet, words: str, *, merge: bool
    ) -> None:
        super().__init__(words)
        self._use, self._old, self._new, self._merge = use, old, new, merge

    def redo(self) -> None:
        """Use the new one."""
        self._use(self._new)

    def undo(self) -> None:
        """Use the old one."""
        self._use(self._old)

    def id(self) -> int:
        """Steps with an id are offered to each other for merging."""
        return 7 if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """One step for a slider that is dragged."""
        if not isinstance(other, ChangeStep) or other.text() != self.text():
            return False
        self._new = other._new
        return True


class RemoveStep(QUndoCommand):
    """A class set taken out of the library."""

    def __init__(self, work: Classifying, client: EngineClient, set_id: int) -> None:
        super().__init__(f"remove the class set {work.name}")
        self._work, self._client, self._set_id, self._name = work, client, set_id, work.name

    def redo(self) -> None:
        """Take it out, and begin anew."""
        self._client.ask(RemoveClassSet(NEW, self._set_id))
        self._work.begin()

    def undo(self) -> None:
        """Bring it back."""
        back = RemoveClassSet(NEW, self._set_id, removed=False)
        self._client.ask(back, done=lambda _: self._work.open_stored(self._name))


class CorrectStep(QUndoCommand):
    """What class some images really are."""

    def __init__(self, work: Classifying, set_id: int, images: tuple[int, ...], label: str) -> None:
        count = f"{len(images):,} image{'s' if len(images) != 1 else ''}"
        super().__init__(f"correct the class of {count}")
        self._work, self._set_id, self._images, self._label = work, set_id, images, label
        self._made: tuple[int, ...] = ()  # ids, once the engine has written them
        self._stands = True
        self._asked = False

    def redo(self) -> None:
        """Say it, or let it stand again."""
        self._stands = True
        if self._made:
            self._work.send(UndoCorrections(NEW, self._made, undone=False), lambda _: None)
        elif not self._asked:
            self._asked = True
            self._work.send(Correct(NEW, self._set_id, self._images, self._label), self._keep)

    def undo(self) -> None:
        """Take it back; at once, or as soon as it is written."""
        self._stands = False
        if self._made:
            self._work.send(UndoCorrections(NEW, self._made), lambda _: None)

    def _keep(self, made: object) -> None:
        self._made = made if isinstance(made, tuple) else ()
        if not self._stands:
            self.undo()
