"""One attribute of a library, ready to be judged: its answers as a posterior over the images.

The engine process keeps one between commands, so that an answer and the next pair cost milliseconds; the command line
makes one and forgets it. `Panel.follow` takes the judgements as the library has them now: those added at the end are
taken one by one, anything else (an undo) is a new fit. Images that are hidden or gone still count where people judged
them, and are neither asked about nor ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.ask import Selection
from engine.judgements import standing
from engine.judgements.fitting import fit
from engine.judgements.questions import next_questions
from engine.judgements.space import Answers, Space
from engine.judgements.standing import Consistency
from engine.judging_messages import JudgedRanking
from engine.protocol import RankingResult
from engine.store.rows import Judgement

SIGNS = {"first": 1, "equal": 0, "second": -1}  # what tells something; "unsure" and "skipped" do not
GROWTH = 1.25  # answers, as a multiple of those of the last fit, from which the next fit is due
LEVEL = 0.9  # of the credible intervals
WITHIN = 1.6449  # standard deviations to each side that hold `LEVEL` of a normal distribution


@dataclass(frozen=True)
class Pair:
    """A pair to judge, by image id; ``probability`` that the first is chosen, ``information`` expected, in bits."""

    first: int
    second: int
    probability: float
    information: float


@dataclass(frozen=True)
class Standing:
    """A judged order of the N images of a selection.

    ``order`` (N,): rows of its table, best first. ``scores`` and ``deviations`` (N,) float32, in the order of the
    table: logits around the library's mean, and their standard deviations. ``answers`` of ``judgements`` were used; the
    others are unsure, skipped, or about images without a vector. ``words_share``: how much of the order the words
    account for. ``right``, ``all_right``, ``more``: see `standing.Leaders`. Cycles in ``consistency`` are image ids.
    """

    order: np.ndarray
    scores: np.ndarray
    deviations: np.ndarray
    judgements: int
    answers: int
    words_share: float
    right: float
    all_right: float
    more: int | None
    consistency: Consistency

    @property
    def low(self) -> np.ndarray:
        """Lower ends of the `LEVEL` credible intervals (N,)."""
        return self.scores - WITHIN * self.deviations

    @property
    def high(self) -> np.ndarray:
        """Upper ends (N,)."""
        return self.scores + WITHIN * self.deviations

    def as_result(self, ranking: RankingResult, intervals: str) -> JudgedRanking:
        """What is told of it beside its ranking and the file of its intervals."""
        return JudgedRanking(
            ranking,
            intervals,
            self.judgements,
            self.answers,
            self.words_share,
            self.right,
            self.all_right,
            self.more,
            tuple(self.consistency.cycles),
            self.consistency.found,
            self.consistency.triples,
            self.consistency.contradicted,
        )


class Panel:
    """What people's answers say about the images of a selection; ``words`` (D,) is the prompt's direction, or None."""

    def __init__(self, selection: Selection, words: np.ndarray | None) -> None:
        ids = selection.whole.ids
        self._ids = ids
        self._row_of = {image: row for row, image in enumerate(ids.tolist())}
        self._space = Space(selection.whole.matrix, words)
        self._known: tuple[Judgement, ...] = ()
        self._posterior = fit(self._space, _answers([], self._row_of))
        self._fitted = 0
        self._selection: Selection | None = None
        self._shown = np.empty(0, np.int64)
        self.show(selection)

    @property
    def judgements(self) -> int:
        """How many judgements stand, those that tell nothing included."""
        return len(self._known)

    def show(self, selection: Selection) -> None:
        """Ask about and rank the images of this selection, which has the same vectors behind it."""
        if selection is not self._selection:
            self._shown = np.array([self._row_of[image] for image in selection.table.ids.tolist()], dtype=np.int64)
            self._selection = selection

    def follow(self, judgements: Sequence[Judgement]) -> None:
        """Take the judgements that stand, in the order they were made."""
        known, now = self._known, tuple(judgements)
        self._known = now
        new = now[len(known) :] if now[: len(known)] == known else None
        if new is not None:
            for said in _answers(new, self._row_of):
                self._posterior.add(*said)
        if new is None or self._posterior.count > max(GROWTH * self._fitted, self._fitted + 4):
            self.refit()

    def refit(self) -> None:
        """Fit all answers at once, from the scales found so far."""
        answers = _answers(self._known, self._row_of)
        self._posterior = fit(self._space, answers, self._posterior.scales)
        self._fitted = len(answers)

    def next_pairs(self, count: int, rng: np.random.Generator) -> list[Pair]:
        """Up to ``count`` pairs worth asking; fewer where none is left."""
        asked = {_pair(self._row_of, said) for said in self._known}
        questions = next_questions(self._posterior, self._shown, count, {pair for pair in asked if pair}, rng)
        return [
            Pair(int(self._ids[q.first]), int(self._ids[q.second]), q.probability, q.information) for q in questions
        ]

    def standing(self, rng: np.random.Generator) -> Standing:
        """The judged order, how sure it is, and what it rests on."""
        posterior, answers = self._posterior, _answers(self._known, self._row_of)
        everywhere = posterior.scores()
        scores = everywhere[self._shown]
        leaders = standing.leaders(posterior, self._shown, scores, rng)
        found = standing.consistency(answers)
        named = [tuple(int(self._ids[row]) for row in cycle) for cycle in found.cycles]
        return Standing(
            order=np.lexsort((self._ids[self._shown], -scores)),
            scores=scores,
            deviations=posterior.deviations(self._shown).astype(np.float32),
            judgements=len(self._known),
            answers=len(answers),
            words_share=standing.words_share(posterior.said_by_words()[self._shown], scores),
            right=leaders.right,
            all_right=leaders.all_right,
            more=leaders.more,
            consistency=Consistency(named, found.found, found.triples, found.contradicted),
        )


def _pair(row_of: dict[int, int], said: Judgement) -> tuple[int, int] | None:
    """The rows that a judgement is about, lower first; None where one has no vector."""
    first, second = row_of.get(said.first_image), row_of.get(said.second_image)
    if first is None or second is None:
        return None
    return min(first, second), max(first, second)


def _answers(judgements: Sequence[Judgement], row_of: dict[int, int]) -> Answers:
    """The judgements that tell something about images with a vector."""
    rows = [
        (row_of[said.first_image], row_of[said.second_image], SIGNS[said.answer])
        for said in judgements
        if said.answer in SIGNS and said.first_image in row_of and said.second_image in row_of
    ]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Answers(*columns.T)
