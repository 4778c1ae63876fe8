"""A posterior that follows an attribute's judgements as they are made, taken back and brought back.

`Following.take` gets the judgements that stand now. A few more or fewer are added or removed one by one, in
milliseconds; once they have changed by a good part, all are fitted anew. In the engine process, where somebody waits
for the next pair, a fit of many answers runs on a thread beside, and the next `take` after its end puts it in the place
of the one before; elsewhere it is waited for, so that the same judgements always give the same posterior.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from engine.judgements.fitting import fit
from engine.judgements.posterior import Posterior, Site
from engine.judgements.space import Answers, Space
from engine.store.rows import Judgement

SIGNS = {"first": 1, "equal": 0, "second": -1}  # what tells something; "unsure" and "skipped" do not
GROWTH = 0.25  # changes, as a share of the answers of the last fit, beyond which the next fit is due
FEWEST = 4  # changes before a fit is due
QUICK = 64  # answers whose fit nobody notices
MANY = 64  # changes at once that a fit takes in faster than one by one


@dataclass(frozen=True)
class _Fitting:
    """A fit on its thread, and the judgements that it takes in."""

    judgements: Mapping[int, Judgement]
    outcome: Future[Posterior]


class Following:
    """``posterior`` knows the answers of the last `take`; ``row_of`` maps images to rows of the space.

    ``beside``: fits of many answers run on a thread of their own.
    """

    def __init__(self, space: Space, row_of: Mapping[int, int], *, beside: bool = False) -> None:
        self.posterior = fit(space, self._answers([], row_of))
        self._space = space
        self._row_of = row_of
        self._known: dict[int, Judgement] = {}  # those that the posterior knows, by id
        self._sites: dict[int, Site] = {}
        self._changes = 0  # since the last fit
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fit-judgements") if beside else None
        self._fitting: _Fitting | None = None

    @property
    def answers(self) -> Answers:
        """The answers known."""
        return self._answers(self._known.values(), self._row_of)

    @property
    def is_settled(self) -> bool:
        """Whether no fit is under way."""
        return self._fitting is None or self._fitting.outcome.done()

    def take(self, judgements: Sequence[Judgement]) -> None:
        """Know these judgements, those that tell something about images with a vector, and no others."""
        self._put_in_place()
        now = {said.id: said for said in judgements if self._known.get(said.id) is said or self._tells(said)}
        gone = [said for said in self._known.values() if not _same(now.get(said.id), said)]
        new = [said for said in now.values() if not _same(self._known.get(said.id), said)]
        if len(gone) + len(new) > MANY:
            self._take_whole(now)
            return
        for said in gone:
            del self._known[said.id]
            self.posterior.remove(self._sites.pop(said.id))
        for said in new:
            self._known[said.id] = said
            self._sites[said.id] = self.posterior.add(*self._row(said))
        self._changes += len(gone) + len(new)
        due = self._changes > max(GROWTH * len(self.posterior.fitted), FEWEST)
        if self._thread is None or len(self._known) <= QUICK:
            if due or gone:
                self._fit_now()
        elif due and self._fitting is None:
            self._fit_beside()

    def _take_whole(self, now: Mapping[int, Judgement]) -> None:
        """Many answers at once, such as those of an attribute that is opened."""
        self._known = dict(now)
        self._fit_now(choose_scales=self._thread is None)
        if self._thread is not None:
            self._fit_beside()

    def _fit_now(self, *, choose_scales: bool = True) -> None:
        self._fitting = None
        known = dict(sorted(self._known.items()))
        answers = self._answers(known.values(), self._row_of)
        self._place(fit(self._space, answers, self.posterior.scales, choose_scales=choose_scales), known)

    def _fit_beside(self) -> None:
        assert self._thread is not None
        known = dict(sorted(self._known.items()))
        answers = self._answers(known.values(), self._row_of)
        self._fitting = _Fitting(known, self._thread.submit(fit, self._space, answers, self.posterior.scales))

    def _put_in_place(self) -> None:
        if self._fitting is not None and self._fitting.outcome.done():
            fitting, self._fitting = self._fitting, None
            self._place(fitting.outcome.result(), fitting.judgements)

    def _place(self, posterior: Posterior, judgements: Mapping[int, Judgement]) -> None:
        self.posterior, self._changes = posterior, 0
        self._known = dict(judgements)
        self._sites = dict(zip(judgements, posterior.fitted, strict=True))

    def _tells(self, said: Judgement) -> bool:
        return said.answer in SIGNS and said.first_image in self._row_of and said.second_image in self._row_of

    def _row(self, said: Judgement) -> tuple[int, int, int]:
        return self._row_of[said.first_image], self._row_of[said.second_image], SIGNS[said.answer]

    @staticmethod
    def _answers(judgements: Iterable[Judgement], row_of: Mapping[int, int]) -> Answers:
        rows = [(row_of[said.first_image], row_of[said.second_image], SIGNS[said.answer]) for said in judgements]
        return Answers(*np.array(rows, dtype=np.int64).reshape(-1, 3).T)


def _same(one: Judgement | None, other: Judgement) -> bool:
    return one is other or one == other
