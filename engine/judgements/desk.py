"""Where an attribute is judged: the next pairs and the judged order of a library, for the engine and the command line.

Plain calls that only read. A `Desk` keeps the panel of the attribute asked about last, as long as its words, the model
and the vectors stay what they are.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.ask import Selection, Shelf
from engine.errors import AttributeUnknown
from engine.judgements.panel import Panel, Standing
from engine.judging_messages import AttributeStanding, PairToJudge, Shown
from engine.store import Library, judging
from engine.store.rows import Attribute

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.directions import Direction


@dataclass(frozen=True)
class JudgedOrder:
    """Files in order, best first: int64 (F,); ``scores``, ``low`` and ``high`` float32 (F,), ``first`` and ``last``
    int64 (F,), see `panel.Order`.

    ``direction`` is what the attribute's words were taken to mean (None: it has none); ``pending`` counts files
    without a vector yet.
    """

    files: np.ndarray
    scores: np.ndarray
    low: np.ndarray
    high: np.ndarray
    first: np.ndarray
    last: np.ndarray
    standing: AttributeStanding
    direction: Direction | None
    pending: int


def attribute_named(library: Library, name: str) -> Attribute:
    """The attribute with this name; raises AttributeUnknown."""
    for attribute in judging.attributes(library):
        if attribute.name == name.strip():
            return attribute
    raise AttributeUnknown(f"The library has no attribute named {name.strip()!r}.")


def attribute_numbered(library: Library, attribute_id: int) -> Attribute:
    """The attribute with this id; raises AttributeUnknown where it was removed."""
    for attribute in judging.attributes(library):
        if attribute.id == attribute_id:
            return attribute
    raise AttributeUnknown("This attribute is no longer in the library.")


class Desk:
    """Answers questions about judged attributes; used by one thread. ``beside``: see `Panel`."""

    def __init__(self, shelf: Shelf | None = None, *, beside: bool = False) -> None:
        self._shelf = shelf or Shelf()
        self._beside = beside
        self._key: tuple[object, ...] = ()
        self._panel: Panel | None = None
        self._direction: Direction | None = None

    def next_pairs(
        self,
        library: Library,
        attribute: Attribute,
        encoder_key: str,
        clip: Clip | None,
        *,
        count: int = 1,
        folder_id: int | None = None,
        waiting: Collection[tuple[int, int]] = (),
    ) -> list[PairToJudge]:
        """Up to ``count`` pairs worth asking next; fewer where nothing is left to ask.

        ``clip`` gives the attribute's words their direction; it may be None where there are no words. ``waiting``:
        pairs of images that will be answered before. The same judgements give the same pairs. Raises PromptError,
        LibraryError, DeviceError.
        """
        selection, panel = self._open(library, attribute, encoder_key, clip, folder_id)
        rng = np.random.default_rng(panel.judgements + len(waiting))
        return [
            PairToJudge(
                pair.first,
                pair.second,
                selection.file_of(pair.first),
                selection.file_of(pair.second),
                pair.probability,
                pair.information,
            )
            for pair in panel.next_pairs(count, rng, waiting)
        ]

    def standing(
        self,
        library: Library,
        attribute: Attribute,
        encoder_key: str,
        clip: Clip | None,
        *,
        folder_id: int | None = None,
    ) -> AttributeStanding:
        """How the order of the shown images stands, without the order; arguments and errors as above."""
        selection, panel = self._open(library, attribute, encoder_key, clip, folder_id)
        return _told(panel.standing(np.random.default_rng(0)), selection)

    def order(
        self,
        library: Library,
        attribute: Attribute,
        encoder_key: str,
        clip: Clip | None,
        *,
        folder_id: int | None = None,
    ) -> JudgedOrder:
        """The shown files as the attribute's words and judgements order them; arguments and errors as above."""
        selection, panel = self._open(library, attribute, encoder_key, clip, folder_id)
        found = panel.order(np.random.default_rng(0))
        files, scores = selection.in_order(found.order, found.scores)
        low, high, first, last = (
            selection.in_order(found.order, each)[1] for each in (found.low, found.high, found.first, found.last)
        )
        standing = _told(panel.standing(np.random.default_rng(0)), selection)
        return JudgedOrder(files, scores, low, high, first, last, standing, self._direction, selection.pending)

    def _open(
        self, library: Library, attribute: Attribute, encoder_key: str, clip: Clip | None, folder_id: int | None
    ) -> tuple[Selection, Panel]:
        """The images asked about, and the panel with all judgements that the library has now."""
        selection = self._shelf.selection(library, encoder_key, folder_id)
        words = (clip.text_key, attribute.prompt, attribute.reverse) if clip and attribute.prompt else ()
        key = (attribute.id, words, selection.whole.key)
        if self._panel is None or self._key != key:
            self._direction = (
                self._shelf.direction(clip, attribute.prompt, attribute.reverse) if clip and attribute.prompt else None
            )
            self._panel = Panel(selection, self._direction.vector if self._direction else None, beside=self._beside)
            self._key = key
        self._panel.show(selection)
        self._panel.follow(judging.judgements(library, attribute.id))
        return selection, self._panel


def _told(standing: Standing, selection: Selection) -> AttributeStanding:
    """How an order stands, with files that show its images; cycles through images that are not shown are left out."""
    found = standing.consistency
    shown = set(selection.table.ids.tolist())
    return AttributeStanding(
        images=standing.images,
        judgements=standing.judgements,
        answers=standing.answers,
        words_share=standing.words_share,
        top_right=standing.right,
        top_exactly=standing.all_right,
        answers_wanted=standing.more,
        cycles=tuple(
            tuple(Shown(image, selection.file_of(image)) for image in cycle)
            for cycle in found.cycles
            if shown.issuperset(cycle)
        ),
        cycles_found=found.found,
        triples=found.triples,
        contradicted=found.contradicted,
        leading=tuple(map(selection.file_of, standing.leading)),
        last=tuple(map(selection.file_of, standing.last)),
    )
