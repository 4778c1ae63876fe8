"""One attribute of a library, ready to be judged: its answers as a posterior over the images.

The engine process keeps one between commands, so that an answer and the next pair cost milliseconds; the command line
makes one and forgets it. `Panel.follow` takes the judgements as the library has them now, and
`engine.judgements.following` keeps the posterior up with them. Images that are hidden or gone still count where people
judged them, and are neither asked about nor ranked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from engine.ask import Selection
from engine.judgements import standing
from engine.judgements.following import Following
from engine.judgements.questions import next_questions
from engine.judgements.ranks import rank_bounds
from engine.judgements.space import Space
from engine.judgements.standing import Consistency
from engine.store.rows import Judgement

WITHIN = 1.6449  # standard deviations to each side that hold 90 % of a normal distribution
SHOWN_FIRST = 100  # images named at the head of the order
SHOWN_LAST = 20  # and at its end


@dataclass(frozen=True)
class Pair:
    """A pair to judge, by image id; ``probability`` that the first is chosen, ``information`` expected, in bits."""

    first: int
    second: int
    probability: float
    information: float


@dataclass(frozen=True)
class Standing:
    """How a judged order stands, without the order.

    ``answers`` of ``judgements`` were used; the others are unsure, skipped, or about images without a vector.
    ``words_share``: how much of the order the words account for. ``right``, ``all_right``, ``more``: see
    `standing.Leaders`. ``leading`` and ``last``: image ids at both ends of the order of ``images`` images, best first.
    Cycles in ``consistency`` are image ids.
    """

    images: int
    judgements: int
    answers: int
    words_share: float
    right: float
    all_right: float
    more: int | None
    consistency: Consistency
    leading: tuple[int, ...]
    last: tuple[int, ...]


@dataclass(frozen=True)
class Order:
    """A judged order of the N images of a selection.

    ``order`` (N,): rows of its table, best first. The others are in the order of the table: ``scores`` and
    ``deviations`` (N,) float32, logits around the library's mean and their standard deviations; ``first`` and ``last``
    (N,) int64, places among the files between which each image is with a probability of 90 %.
    """

    order: np.ndarray
    scores: np.ndarray
    deviations: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @property
    def low(self) -> np.ndarray:
        """Lower ends of the 90 % credible intervals of the scores (N,)."""
        return self.scores - WITHIN * self.deviations

    @property
    def high(self) -> np.ndarray:
        """Upper ends (N,)."""
        return self.scores + WITHIN * self.deviations


class Panel:
    """What people's answers say about the images of a selection; ``words`` (D,) is the prompt's direction, or None.

    ``beside``: somebody waits for the next pair, so that long fits run on a thread of their own.
    """

    def __init__(self, selection: Selection, words: np.ndarray | None, *, beside: bool = False) -> None:
        ids = selection.whole.ids
        self._ids = ids
        self._row_of = {image: row for row, image in enumerate(ids.tolist())}
        self._following = Following(Space(selection.whole.matrix, words), self._row_of, beside=beside)
        self._known: tuple[Judgement, ...] = ()
        self._asked: set[tuple[int, int]] = set()  # rows of the pairs judged, lower first
        self._selection = selection
        self._shown = np.empty(0, np.int64)
        self._look_at(selection)

    @property
    def judgements(self) -> int:
        """How many judgements stand, those that tell nothing included."""
        return len(self._known)

    @property
    def is_settled(self) -> bool:
        """Whether no fit is under way."""
        return self._following.is_settled

    def show(self, selection: Selection) -> None:
        """Ask about and rank the images of this selection, which has the same vectors behind it."""
        if selection is not self._selection:
            self._look_at(selection)

    def follow(self, judgements: Sequence[Judgement]) -> None:
        """Take the judgements that stand, in the order they were made."""
        told, self._known = self._known, tuple(judgements)
        if self._known[: len(told)] == told:  # mostly: one more was made
            self._asked |= self._pairs(self._known[len(told) :])
        else:
            self._asked = self._pairs(self._known)
        self._following.take(self._known)

    def next_pairs(self, count: int, rng: np.random.Generator, waiting: Collection[tuple[int, int]] = ()) -> list[Pair]:
        """Up to ``count`` pairs worth asking; fewer where none is left. ``waiting``: pairs (image ids) that will be
        answered before them.
        """
        before = [rows for rows in (self._rows(*pair) for pair in waiting) if rows is not None]
        questions = next_questions(self._following.posterior, self._shown, count, self._asked, rng, before)
        return [
            Pair(int(self._ids[q.first]), int(self._ids[q.second]), q.probability, q.information) for q in questions
        ]

    def standing(self, rng: np.random.Generator) -> Standing:
        """How sure the order is, what it rests on, and its two ends."""
        posterior, answers = self._following.posterior, self._following.answers
        scores = posterior.scores()[self._shown]
        leaders = standing.leaders(posterior, self._shown, scores, rng)
        found = standing.consistency(answers)
        named = [tuple(int(self._ids[row]) for row in cycle) for cycle in found.cycles]
        leading = standing.highest(scores, SHOWN_FIRST)
        last = standing.highest(-scores, min(SHOWN_LAST, max(0, len(scores) - SHOWN_FIRST)))[::-1]
        return Standing(
            images=len(self._shown),
            judgements=len(self._known),
            answers=len(answers),
            words_share=standing.words_share(posterior.said_by_words()[self._shown], scores),
            right=leaders.right,
            all_right=leaders.all_right,
            more=leaders.more,
            consistency=Consistency(named, found.found, found.triples, found.contradicted),
            leading=tuple(self._ids[self._shown[leading]].tolist()),
            last=tuple(self._ids[self._shown[last]].tolist()),
        )

    def order(self, rng: np.random.Generator) -> Order:
        """The judged order of all images, each with its intervals."""
        posterior, ids = self._following.posterior, self._ids[self._shown]
        scores = posterior.scores()[self._shown]
        first, last = rank_bounds(posterior, self._shown, self._selection.count[ids], rng)
        return Order(
            order=np.lexsort((ids, -scores)),
            scores=scores,
            deviations=posterior.deviations(self._shown).astype(np.float32),
            first=first,
            last=last,
        )

    def _look_at(self, selection: Selection) -> None:
        self._selection = selection
        self._shown = np.array([self._row_of[image] for image in selection.table.ids.tolist()], dtype=np.int64)

    def _pairs(self, judgements: Sequence[Judgement]) -> set[tuple[int, int]]:
        rows = (self._rows(said.first_image, said.second_image) for said in judgements)
        return {pair for pair in rows if pair is not None}

    def _rows(self, first_image: int, second_image: int) -> tuple[int, int] | None:
        """The rows of two images, lower first; None where one has no vector."""
        first, second = self._row_of.get(first_image), self._row_of.get(second_image)
        if first is None or second is None:
            return None
        return min(first, second), max(first, second)
