"""Judging pairs under an attribute: which pairs come next, what was answered, what can be taken back. No widgets.

Made by the judge page. Flow of an answer: `answer` -> `Judge` to the engine, which acknowledges it once it is in the
library -> the pair after it comes to the front (it was asked for before, so that its pictures are there) ->
`NextPairs` fills up behind, as if those in hand were answered already -> `LookAtStanding` says how sure the order is.
An engine that dies in between answers nothing: after its restart pairs are asked for anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from app.engine_client import NEW, EngineClient
from app.question import Question
from app.undo import HideStep
from engine.errors import LibraryError, Problem
from engine.judging_messages import (
    AttributeStanding,
    Judge,
    LookAtStanding,
    NextPairs,
    PairToJudge,
    Shown,
    UndoJudgement,
)
from engine.protocol import HideImages
from engine.store import judging
from engine.store.library import Library
from engine.store.rows import Attribute, Judgement

SOON_MS = 1500  # between two looks at the order while images come in
AHEAD = 4  # pairs in hand: the one in front and those whose pictures are read meanwhile


@dataclass(frozen=True)
class Done:
    """Something done to a pair that can be taken back: a judgement by its id, or files hidden."""

    pair: PairToJudge
    judgement: int | None
    hidden: tuple[int, ...] = ()


class Judging(QObject):
    """``pairs``: those in hand, the first in front; ``is_exhausted``: there are no more to ask.

    Signals:
        chosen(object): another Attribute is judged; None = none is.
        attributes_changed(): there are other attributes, or other names or words.
        pairs_changed(): another pair is in front, or others come after it.
        standing_changed(object): an AttributeStanding; None = not known yet.
        failed(Problem): no pairs can be had, or an answer could not be kept.
    """

    chosen = Signal(object)
    attributes_changed = Signal()
    pairs_changed = Signal()
    standing_changed = Signal(object)
    failed = Signal(object)

    def __init__(self, client: EngineClient, library: Path, undo_stack: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._library = library
        self._undo_stack = undo_stack
        self.attribute: Attribute | None = None
        self.attributes: tuple[Attribute, ...] = ()
        self.pairs: list[PairToJudge] = []
        self.standing: AttributeStanding | None = None
        self.is_exhausted = False
        self._history: list[Done] = []
        self._keeping = Question(client)  # an answer is written, or taken back
        self._choosing = Question(client)  # pairs
        self._looking = Question(client)  # at how sure the order is
        self._look_again = False
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self.look)
        client.library_changed.connect(self._library_changed)
        client.ready.connect(self.begin)
        client.model_ready.connect(lambda model: self._begin_with_model())

    # ---- which attribute ---------------------------------------------------------------------------------

    def read_attributes(self) -> None:
        """Read the attributes from the library; the one judged may have another name, other words, or be gone: then it
        is the one judged before.
        """
        found = self.attributes
        with suppress(LibraryError), Library(self._library) as library:
            found = tuple(judging.attributes(library))
        changed = [_words(each) for each in found] != [_words(each) for each in self.attributes]
        self.attributes = found
        if not changed:
            return
        self.attributes_changed.emit()
        before = self.attribute
        if before is not None:
            self.attribute = self._numbered(before.id)
            if self.attribute is None:
                self._history.clear()
                self.attribute = self._judged_last()
            if self.attribute is None or _words(self.attribute)[2:] != _words(before)[2:]:
                self._turn_to(self.attribute)

    def choose(self, attribute_id: int | None) -> None:
        """Judge pairs of this attribute."""
        self.read_attributes()
        found = self._numbered(attribute_id)
        if (found and found.id) != (self.attribute and self.attribute.id):
            self._history.clear()
            self._turn_to(found)

    def choose_last(self) -> None:
        """Judge the attribute that was judged last."""
        last = self._judged_last()
        self.choose(last.id if last is not None else None)

    def _judged_last(self) -> Attribute | None:
        with suppress(LibraryError), Library(self._library) as library:
            return self._numbered(judging.judged_last(library))
        return None

    def _numbered(self, attribute_id: int | None) -> Attribute | None:
        return next((each for each in self.attributes if each.id == attribute_id), None)

    def _turn_to(self, attribute: Attribute | None) -> None:
        self._looking.cancel()
        self.attribute = attribute
        self.standing = None
        self.chosen.emit(attribute)
        self.standing_changed.emit(None)
        self.begin()

    # ---- pairs -------------------------------------------------------------------------------------------

    @property
    def pair(self) -> PairToJudge | None:
        """The pair in front."""
        return self.pairs[0] if self.pairs else None

    def begin(self) -> None:
        """Ask for pairs anew, whatever is in hand."""
        self._choosing.cancel()
        self.pairs.clear()
        self.is_exhausted = False
        self._fill_up()
        self.pairs_changed.emit()
        self.look()

    def _begin_with_model(self) -> None:
        """Words are read anew; pairs under an attribute without any stay in hand, because no model chose them."""
        if self.attribute is None or self.attribute.prompt or not self.pairs:
            self.begin()
        else:
            self.look()

    def judge_again(self, pairs: Sequence[tuple[Shown, Shown]]) -> None:
        """Put these pairs in front, though they were answered before."""
        self.pairs[:0] = [PairToJudge(a.image, b.image, a.file, b.file, 0.5, 0.0) for a, b in pairs]
        self.pairs_changed.emit()

    def _fill_up(self) -> None:
        missing = AHEAD - len(self.pairs)
        if self.attribute is None or self.is_exhausted or missing <= 0 or self._choosing.is_open:
            return
        waiting = tuple((pair.first_image, pair.second_image) for pair in self.pairs)
        self._choosing.ask(
            NextPairs(NEW, self.attribute.id, missing, waiting=waiting), self._take_pairs, self.failed.emit
        )

    def _take_pairs(self, found: object) -> None:
        if isinstance(found, tuple):
            self.is_exhausted = not found
            self.pairs.extend(found)
            self._drop_vanished()
            self._fill_up()
            self.pairs_changed.emit()

    def _drop_vanished(self) -> None:
        """Pairs with an image that was hidden or removed since they were chosen are not asked."""
        with suppress(LibraryError), Library(self._library) as library:
            self.pairs = [
                pair
                for pair in self.pairs
                if all(library.files_of_image(image) for image in (pair.first_image, pair.second_image))
            ]

    # ---- answers -----------------------------------------------------------------------------------------

    @property
    def can_take_back(self) -> bool:
        """Whether something was answered under this attribute."""
        return bool(self._history) or self._last() is not None

    def answer(self, said: str) -> None:
        """Say "first", "second", "equal", "unsure" or "skipped" of the pair in front; it leaves once that is kept."""
        pair = self.pair
        if self.attribute is not None and pair is not None and not self._keeping.is_open:
            command = Judge(NEW, self.attribute.id, pair.first_image, pair.second_image, said)
            self._keeping.ask(command, partial(self._kept, pair), self._not_kept)

    def flag(self, side: int) -> None:
        """Hide the first (0) or second (1) image in front: it is not asked about and not ranked any more."""
        pair = self.pair
        if pair is None or self._keeping.is_open:
            return
        with suppress(LibraryError), Library(self._library) as library:
            files = tuple(file.id for file in library.files_of_image((pair.first_image, pair.second_image)[side]))
            if files:
                self._undo_stack.push(HideStep(self._client, files))
                self._history.append(Done(pair, None, files))

    def take_back(self) -> None:
        """Undo what was done last under this attribute, also before today; its pair comes to the front again."""
        if self._keeping.is_open:
            return
        done = self._history.pop() if self._history else self._last()
        if done is not None:
            undo = (
                HideImages(NEW, done.hidden, hidden=False)
                if done.judgement is None
                else UndoJudgement(NEW, done.judgement)
            )
            self._keeping.ask(undo, partial(self._bring_back, done.pair), self._not_kept)

    def _kept(self, pair: PairToJudge, judgement: object) -> None:
        if isinstance(judgement, int):
            self._history.append(Done(pair, judgement))
        if self.pair is pair:
            del self.pairs[0]
        self._fill_up()
        self.pairs_changed.emit()
        self.look()

    def _bring_back(self, pair: PairToJudge, _: object) -> None:
        self.is_exhausted = False
        self.pairs = [pair, *self.pairs[: AHEAD - 1]]
        self._drop_vanished()
        self._fill_up()
        self.pairs_changed.emit()
        self.look()

    def _not_kept(self, problem: Problem) -> None:
        self.failed.emit(problem)
        self.read_attributes()
        self.begin()

    def _last(self) -> Done | None:
        """The judgement made last, from the library."""
        if self.attribute is None:
            return None
        with suppress(LibraryError), Library(self._library) as library:
            said = judging.last_judgement(library, self.attribute.id)
            return Done(_pair_of(library, said), said.id) if said is not None else None
        return None

    # ---- how sure ----------------------------------------------------------------------------------------

    def look(self) -> None:
        """Ask how the order stands; while that is being found out, once more afterwards."""
        self._look_again = self._looking.is_open
        if self.attribute is not None and not self._look_again:
            self._looking.ask(LookAtStanding(NEW, self.attribute.id), self._take_standing, _ignore, self._looked)

    def _take_standing(self, standing: object) -> None:
        if isinstance(standing, AttributeStanding):
            self.standing = standing
            self.standing_changed.emit(standing)

    def _looked(self) -> None:
        if self._look_again:
            self.look()

    # ---- the library changes -----------------------------------------------------------------------------

    def _library_changed(self, what: frozenset[str]) -> None:
        if "attributes" in what:
            self.read_attributes()
        if "judgements" in what and not self._keeping.is_open:
            self.begin()  # answers came from elsewhere, such as a file
        if self.attribute is not None and what & {"files", "folders", "vectors"}:
            self._drop_vanished()
            self.is_exhausted = False
            self._fill_up()
            self.pairs_changed.emit()
            if not self._soon.isActive():
                self._soon.start()


def _words(attribute: Attribute) -> tuple[int, str, str, str]:
    return attribute.id, attribute.name, attribute.prompt, attribute.reverse


def _pair_of(library: Library, said: Judgement) -> PairToJudge:
    """The pair that was judged, with files that show it; 0 where none does any more."""
    first, second = (library.files_of_image(image) for image in (said.first_image, said.second_image))
    return PairToJudge(
        said.first_image, said.second_image, first[0].id if first else 0, second[0].id if second else 0, 0.5, 0.0
    )


def _ignore(problem: Problem) -> None:
    """The pairs' own problem says it already."""
