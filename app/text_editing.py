"""What people do to captions and differences, wherever they see them; everything can be taken back.

Made by the page of captions and differences with the window's undo stack; the details panel has it, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.engine_client import EngineClient
from app.text_steps import AddCaptionStep, ChangeCaptionStep, EditStep, RemoveCaptionsStep, StatusStep
from engine.english import reverse_of
from engine.errors import Problem, TextUnfit
from engine.store.rows import Caption, Difference

MOST_AT_ONCE = 10_000  # rows of one message, which has to stay under 1 MB


class TextEditing(QObject):
    """Pushes steps.

    Signals:
        shown(tuple of Difference): these are sent, to be so from now on; also when something was taken back.
        settled(tuple of Difference): what was shown is written, or was refused.
        told(str): what was done to several texts at once, or deleted, in words; the undo stack takes it back.
        captions_changed(): captions became others, by a person or by a job.
    """

    shown = Signal(object)
    settled = Signal(object)
    told = Signal(str)
    captions_changed = Signal()

    def __init__(self, client: EngineClient, undo_stack: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._stack = undo_stack
        client.library_changed.connect(self._library_changed)
        client.problem.connect(self._refused)

    def set_status(self, rows: Sequence[Difference], status: str) -> None:
        """Say what a person thinks of differences; those that have the status already are left alone."""
        changed = [row for row in rows if row.status != status]
        if len(changed) > 1:
            self._stack.beginMacro(f"{status}: {len(changed):,} sentences")
        for part in _parts(changed):
            self._push(StatusStep(self._client, part, status, self.shown.emit, self.settled.emit))
        if len(changed) > 1:
            self._stack.endMacro()
            self.told.emit(f"{len(changed):,} sentences are {status} now.")

    def edit(self, row: Difference, *, text: str | None = None, reverse: str | None = None) -> None:
        """Put other words in the place of a sentence, whose reverse then says the same; or of its reverse alone."""
        if text is not None and reverse is None:
            reverse = reverse_of(text) if row.reverse else ""
        after = replace(
            row,
            text=row.text if text is None else text,
            reverse=row.reverse if reverse is None else reverse,
            status="edited",
        )
        self._push(EditStep(self._client, row, after, self.shown.emit, self.settled.emit))

    def add_caption(self, image_id: int, text: str) -> None:
        """Write a caption by hand."""
        self._push(AddCaptionStep(self._client, image_id, text))

    def change_caption(self, caption: Caption, text: str, ended: Callable[[], object] = lambda: None) -> None:
        """Put another text in the place of a caption's; nothing deletes it. ``ended``: it was, or was refused."""
        if text:
            self._push(ChangeCaptionStep(self._client, caption, text, ended))
        else:
            self.remove_captions([caption])

    def remove_captions(self, captions: Sequence[Caption]) -> None:
        """Delete captions."""
        if captions:
            many = f"{len(captions):,} captions were" if len(captions) > 1 else "1 caption was"
            self._push(RemoveCaptionsStep(self._client, captions[:MOST_AT_ONCE]))
            self.told.emit(f"{many} deleted.")

    def undo(self) -> None:
        """Take the last step back."""
        self._stack.undo()

    def _library_changed(self, what: frozenset[str]) -> None:
        if "captions" in what:
            self.captions_changed.emit()

    def _refused(self, problem: Problem) -> None:
        """What was typed is not kept: whoever shows it reads the old words again."""
        if problem.code == TextUnfit.code:
            self.captions_changed.emit()

    def _push(self, step: QUndoCommand) -> None:
        self._stack.push(step)


def _parts(rows: Sequence[Difference]) -> Iterator[Sequence[Difference]]:
    for start in range(0, len(rows), MOST_AT_ONCE):
        yield rows[start : start + MOST_AT_ONCE]
