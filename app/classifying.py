"""What the classify page works on: a class set, what the engine makes of it, corrections; each change can be undone.

Made by `app.pages.classify_page`. It asks the engine and keeps the last answer; a newer question makes an older one
void. Class sets are kept in the library as soon as they change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.class_steps import ChangeStep, CorrectStep, RemoveStep
from app.engine_client import NEW
from app.pages.page import Surroundings
from app.question import Question
from engine.classify import files
from engine.classify.errors import ClassificationError
from engine.classify.sets import SYMMETRIC, ClassSet, Comparative
from engine.classify_messages import (
    LABELS_SETTING,
    ChooseAlpha,
    ChosenAlpha,
    Classify,
    ClassifyResult,
    Correct,
    Draft,
    DraftByModel,
    DraftResult,
    RememberLabels,
    SaveClassSet,
    UndoCorrections,
)
from engine.errors import LibraryError
from engine.protocol import Command
from engine.store.classes import StoredClassSet, class_sets
from engine.store.library import Library

FIRST_NAME = "Classes"
RELEVANT = frozenset({"files", "folders", "vectors"})
AGAIN_MS = 2_000  # after the library changed
NOTHING_FOUND = "No phrase of the bank tells the images of these two classes apart."
NOTHING_SAID = "The model said nothing of these two classes that can be used."
FIGURES_MS = 400  # after the last change, until curve and control are computed


class Classifying(QObject):
    """The state of the page.

    Signals:
        changed(): another class set, or one that changed.
        answered(): ``result`` and ``rows`` are new.
        failed(Problem): the engine could not answer.
        said(str): something to tell in passing.
    """

    changed = Signal()
    answered = Signal()
    failed = Signal(object)
    said = Signal(str)

    def __init__(self, around: Surroundings, parent: QObject) -> None:
        super().__init__(parent)
        self._around = around
        self._client = around.client
        self.name = FIRST_NAME
        self.set_id: int | None = None
        self.classes: ClassSet | None = None
        self.labels = ""
        self.result: ClassifyResult | None = None
        self.rows: NDArray[Any] | None = None
        self._watched = False
        self._stale = False  # the library changed since it was last sorted
        self._questions: dict[type[Command], Question] = {
            kind: Question(around.client) for kind in (Classify, Draft, DraftByModel, ChooseAlpha)
        }
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self.ask)
        self._figures = QTimer(self, singleShot=True, interval=FIGURES_MS)
        self._figures.timeout.connect(partial(self.ask, figures=True))
        self._client.library_changed.connect(self._library_changed)

    # ---- class sets --------------------------------------------------------------------------------------

    def stored(self) -> list[StoredClassSet]:
        """The class sets that the library keeps."""
        with suppress(LibraryError), Library(self._around.library) as library:
            return class_sets(library)
        return []

    def open_last(self) -> None:
        """Work on what was worked on last in this library."""
        with suppress(LibraryError), Library(self._around.library) as library:
            self.labels = library.setting(LABELS_SETTING)
        self.open_stored()

    def open_stored(self, name: str = "") -> None:
        """Work on a stored class set: the one of this name, else the last that was made."""
        sets = self.stored()
        found = next((each for each in sets if each.name == name), max(sets, key=lambda each: each.id, default=None))
        if found is None:
            return
        try:
            classes = files.parse(found.content, found.name)
        except ClassificationError as error:
            self.failed.emit(error.problem())
            return
        self.set_id = found.id
        self._use(found.name, classes, keep=False)

    def begin(self, name: str = FIRST_NAME) -> None:
        """Work on a class set that is new and empty."""
        self._use(name, None)
        self.set_id = None

    def remove(self) -> None:
        """Take the class set out of the library; undo brings it back."""
        if self.set_id is not None:
            self._around.undo_stack.push(RemoveStep(self, self._client, self.set_id))

    def apply(self, classes: ClassSet, words: str, *, merge: bool = False) -> None:
        """Change the class set; ``words`` say what undo takes back. ``merge``: with the step before, if of one kind."""
        if classes != self.classes:
            use = partial(self._use, self.name)
            self._around.undo_stack.push(ChangeStep(use, self.classes, classes, words, merge=merge))

    def name_classes(self, names: Sequence[str]) -> None:
        """Other classes; what is said of those that stay is kept. Raises ClassesUnfit."""
        old = self.classes
        kept = tuple(c for c in (old.comparatives if old else ()) if c.first in names and c.second in names)
        prompts = {name: texts for name, texts in (old.prompts if old else {}).items() if name in names}
        base = old or ClassSet(tuple(names), form=SYMMETRIC)
        self.apply(replace(base, names=tuple(names), comparatives=kept, prompts=prompts), "change the classes")

    def say(self, said: Sequence[Comparative]) -> None:
        """Add comparatives. Raises ComparativeUnfit."""
        if self.classes is not None:
            new = [each for each in said if each not in self.classes.comparatives]
            self.apply(replace(self.classes, comparatives=(*self.classes.comparatives, *new)), "compare two classes")

    def unsay(self, said: Comparative) -> None:
        """Take a comparative away."""
        if self.classes is not None:
            kept = tuple(each for each in self.classes.comparatives if each != said)
            self.apply(replace(self.classes, comparatives=kept), "remove a comparison")

    def _use(self, name: str, classes: ClassSet | None, *, keep: bool = True) -> None:
        if keep and name != self.name:
            self.set_id = None  # until it is saved under its own name
        self.name, self.classes = name, classes
        if classes is None:
            self.result = self.rows = None
            self.answered.emit()
        elif keep:
            self._client.ask(SaveClassSet(NEW, name, classes), done=partial(self._kept, name))
        self.changed.emit()
        self.ask()

    def _kept(self, name: str, set_id: object) -> None:
        if isinstance(set_id, int) and name == self.name:
            self.set_id = set_id

    # ---- questions ---------------------------------------------------------------------------------------

    def set_labels(self, source: str) -> None:
        """Where it is known from what the images are; "" = corrections alone. The library remembers it."""
        self.labels = source
        self._client.ask(RememberLabels(NEW, source))
        self.ask()

    def ask(self, *, figures: bool = False) -> None:
        """Sort the library; curve and control, which take longer, come when nothing changes for a moment."""
        self._figures.stop()
        if self.classes is None:
            self._questions[Classify].cancel()
            return
        self._stale = False
        self._ask(Classify(NEW, self.classes, self.set_id, self.labels, figures=figures), self._take)

    def draft(self, first: str, second: str, model: str = "") -> None:
        """Look for phrases that say how two classes differ: in the bank, or as a ``model`` of Ollama says."""
        if self.classes is not None:
            if model:
                self._ask(DraftByModel(NEW, first, second, model), partial(self._take_draft, NOTHING_SAID))
            else:
                self._ask(Draft(NEW, self.classes, first, second), partial(self._take_draft, NOTHING_FOUND))

    def choose_alpha(self) -> None:
        """Let what is known choose alpha."""
        if self.classes is not None:
            self._ask(ChooseAlpha(NEW, self.classes, self.set_id, self.labels), self._take_alpha)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is waited for."""
        return any(question.is_open for question in self._questions.values())

    def _ask(self, command: Command, take: Callable[[Any], None]) -> None:
        self._questions[type(command)].ask(command, take, self.failed.emit)

    def _take(self, result: ClassifyResult) -> None:
        before, is_whole = self.result, bool(result.curve) or not result.classes.comparatives
        if before is not None and before.classes == result.classes and not result.curve and before.curve:
            result = replace(result, curve=before.curve, control=before.control)  # until they are computed anew
        self.result = result
        self.rows = np.load(result.file, allow_pickle=False)
        self.answered.emit()
        if not is_whole:
            self._figures.start()

    def _take_draft(self, nothing: str, result: DraftResult) -> None:
        try:
            self.say(result.comparatives)
        except ClassificationError as error:
            self.failed.emit(error.problem())
        if not result.comparatives:
            self.said.emit(nothing)

    def _take_alpha(self, result: ChosenAlpha) -> None:
        if self.classes is not None:
            self.apply(replace(self.classes, alpha=result.alpha), "choose alpha")
            gain = f"{100 * result.gained.gain:+.1f} points (standard error {100 * result.gained.error:.1f})"
            self.said.emit(
                f"Alpha {result.alpha:g}, chosen on {result.chosen_on:,} images."
                f" On {result.gained.images:,} others: {gain}."
            )

    # ---- corrections -------------------------------------------------------------------------------------

    def correct(self, images: Sequence[int], label: str) -> None:
        """Say what class images really are ("" = none of them)."""
        if images and self.set_id is not None:
            self._around.undo_stack.push(CorrectStep(self, self.set_id, tuple(images), label))

    def send(self, command: Correct | UndoCorrections, done: Callable[[object], None]) -> None:
        """Record corrections, and look again."""

        def recorded(answer: object) -> None:
            done(answer)
            self.ask()

        self._client.ask(command, done=recorded)

    def _library_changed(self, what: frozenset[str]) -> None:
        if self.classes is not None and what & RELEVANT:
            self._stale = True
            if self._watched and not self._again.isActive():
                self._again.start()

    def watch(self, watched: bool) -> None:
        """Whether anybody looks: what changed meanwhile is asked for then."""
        self._watched = watched
        if watched and self._stale:
            self.ask()
