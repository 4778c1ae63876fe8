"""What a person can take back of texts: statuses, edited sentences, captions added, changed and deleted.

`app.text_editing` pushes these on the window's undo stack; pushing does the thing, undo sends what was there before.
The engine writes within a frame, also while it writes or indexes. What it refuses (the image has this caption already)
is told by the client as any problem, and taking it back then does nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtGui import QUndoCommand

from app.engine_client import NEW, EngineClient
from engine.errors import Problem
from engine.store.rows import Caption, Difference
from engine.text_messages import (
    BY_HAND,
    AddCaption,
    ChangeCaption,
    EditDifference,
    RemoveCaptions,
    RestoreCaptions,
    SetStatuses,
    TextChange,
)

Show = Callable[[tuple[Difference, ...]], object]
"""Called with differences as they are sent, and again with the same when the engine has answered."""

SHORT = 40  # characters of a text in the name of a step
_ACTS = {"new": "set back", "accepted": "accept", "edited": "mark as edited", "rejected": "reject"}


class _Step(QUndoCommand):
    """A change that the engine may refuse."""

    def __init__(self, words: str, client: EngineClient) -> None:
        super().__init__(words)
        self._client = client
        self.refused = False

    def _send(
        self,
        change: TextChange,
        done: Callable[[object], None] | None = None,
        ended: Callable[[], object] | None = None,
    ) -> None:
        self._client.ask(change, done=done, failed=self._refuse, ended=ended)

    def _refuse(self, problem: Problem) -> None:
        self.refused = True
        self._client.problem.emit(problem)


class StatusStep(_Step):
    """Accept or reject differences, or set them back to new."""

    def __init__(self, client: EngineClient, rows: Sequence[Difference], status: str, show: Show, settle: Show) -> None:
        many = f"{len(rows):,} sentences" if len(rows) > 1 else f"“{_short(rows[0].text)}”"
        super().__init__(f"{_ACTS[status]} {many}", client)
        self._before = tuple(rows)
        self._after = tuple(replace(row, status=status) for row in rows)
        self._show, self._settle = show, settle

    def redo(self) -> None:
        """Give them the status."""
        self._put(self._after)

    def undo(self) -> None:
        """Give each its former one."""
        self._put(self._before)

    def _put(self, rows: tuple[Difference, ...]) -> None:
        self._show(rows)
        self._send(SetStatuses(NEW, tuple((row.id, row.status) for row in rows)), ended=lambda: self._settle(rows))


class EditStep(_Step):
    """Put other words in the place of a difference's."""

    def __init__(self, client: EngineClient, before: Difference, after: Difference, show: Show, settle: Show) -> None:
        super().__init__(f"edit “{_short(before.text)}”", client)
        self._before, self._after = before, after
        self._show, self._settle = show, settle

    def redo(self) -> None:
        """The new words."""
        self._put(self._after)

    def undo(self) -> None:
        """The old words, with the old status."""
        if not self.refused:
            self._put(self._before)

    def _put(self, row: Difference) -> None:
        self._show((row,))
        change = EditDifference(NEW, row.id, row.text, row.reverse, row.status)
        self._send(change, ended=lambda: self._settle((row,)))


class AddCaptionStep(_Step):
    """Write a caption by hand."""

    def __init__(self, client: EngineClient, image_id: int, text: str) -> None:
        super().__init__(f"add “{_short(text)}”", client)
        self._caption = Caption(0, image_id, text, BY_HAND, int(time.time()))

    def redo(self) -> None:
        """Add it; the second time, under the id that it had."""
        if self._caption.id:
            self._send(RestoreCaptions(NEW, (self._caption,)))
        else:
            self._send(AddCaption(NEW, self._caption.image_id, self._caption.text), self._take_id)

    def undo(self) -> None:
        """Delete it."""
        if self._caption.id and not self.refused:
            self._send(RemoveCaptions(NEW, (self._caption.id,)))

    def _take_id(self, result: object) -> None:
        if isinstance(result, int):
            self._caption = replace(self._caption, id=result)


class ChangeCaptionStep(_Step):
    """Put a text in the place of a caption's."""

    def __init__(self, client: EngineClient, caption: Caption, text: str, ended: Callable[[], object]) -> None:
        super().__init__(f"change “{_short(caption.text)}”", client)
        self._caption = caption
        self._text = text
        self._ended = ended

    def redo(self) -> None:
        """The new text."""
        self._send(ChangeCaption(NEW, self._caption.id, self._text), ended=self._ended)

    def undo(self) -> None:
        """The old one."""
        if not self.refused:
            self._send(ChangeCaption(NEW, self._caption.id, self._caption.text))


class RemoveCaptionsStep(_Step):
    """Delete captions."""

    def __init__(self, client: EngineClient, captions: Sequence[Caption]) -> None:
        many = f"{len(captions):,} captions" if len(captions) > 1 else f"“{_short(captions[0].text)}”"
        super().__init__(f"delete {many}", client)
        self._captions = tuple(captions)

    def redo(self) -> None:
        """Delete them."""
        self._send(RemoveCaptions(NEW, tuple(caption.id for caption in self._captions)))

    def undo(self) -> None:
        """Bring them back."""
        self._send(RestoreCaptions(NEW, self._captions))


def _short(text: str) -> str:
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"
