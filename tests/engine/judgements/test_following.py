"""A posterior that keeps up with judgements: made, taken back, brought back, one by one or in bulk."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.judgements import following
from engine.judgements.fitting import fit
from engine.judgements.following import Following
from engine.judgements.space import Answers, Space
from engine.store.rows import Judgement
from tests.engine.judgements.people import person, random_pairs, unit_rows

IMAGES = 80
ROW_OF = {image: image - 1 for image in range(1, IMAGES + 1)}
WORDS = {1: "first", 0: "equal", -1: "second"}


@pytest.fixture(scope="module")
def space() -> Space:
    rng = np.random.default_rng(0)
    return Space(unit_rows(IMAGES, 12, rng), unit_rows(1, 12, rng)[0])


@pytest.fixture(scope="module")
def said(space: Space) -> list[Judgement]:
    """120 judgements, of which some are ties."""
    rng = np.random.default_rng(1)
    someone = person(space.vectors, unit_rows(1, 12, rng)[0], rng, own=1.0)
    someone.equal = 0.3
    answers = someone.answers(random_pairs(IMAGES, 120, rng))
    return [Judgement(number, a + 1, b + 1, WORDS[answer]) for number, (a, b, answer) in enumerate(answers, 1)]


def whole(space: Space, judgements: Sequence[Judgement]) -> np.ndarray:
    signs = {word: sign for sign, word in WORDS.items()}
    rows = [(ROW_OF[each.first_image], ROW_OF[each.second_image], signs[each.answer]) for each in judgements]
    return fit(space, Answers(*np.array(rows).T)).scores()


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


@settings(max_examples=8, deadline=None)
@given(count=st.integers(1, 30), place=st.floats(0, 1))
def test_an_answer_added_and_removed_leaves_the_posterior_as_it_was(count: int, place: float) -> None:
    rng = np.random.default_rng(count)
    space = Space(unit_rows(30, 6, rng))
    someone = person(space.vectors, unit_rows(1, 6, rng)[0], rng, own=1.0)
    posterior = fit(space, someone.answers(random_pairs(30, count, rng)))
    added = [posterior.add(int(a), int(b), someone.answer(int(a), int(b))) for a, b in random_pairs(30, 5, rng)]
    mean, covariance = posterior.mean.copy(), posterior.covariance.copy()
    site = posterior.add(3, 7, 1)
    posterior.remove(site)
    assert posterior.mean == pytest.approx(mean, abs=1e-8)
    assert posterior.covariance == pytest.approx(covariance, abs=1e-8)
    earlier = [*posterior.fitted, *added][int(place * (count + 4))]
    before = posterior.deviations(np.array([earlier.first, earlier.second]))
    posterior.remove(earlier)
    assert np.all(posterior.deviations(np.array([earlier.first, earlier.second])) >= before - 1e-9)
    assert posterior.count == count + 4


def test_removing_every_answer_comes_back_to_the_words(space: Space, said: list[Judgement]) -> None:
    posterior = fit(space, Answers(*np.array([(0, 1, 1), (2, 3, -1), (4, 1, 1)]).T))
    for site in posterior.fitted:
        posterior.remove(site)
    assert posterior.mean == pytest.approx(fit(space, Answers(*np.empty((3, 0), np.int64))).mean, abs=1e-6) or (
        correlation(posterior.scores(), space.vectors @ space.words) > 0.999  # type: ignore[operator]
    )


@pytest.mark.parametrize("beside", [False, True])
def test_answers_one_by_one_and_taken_back_come_near_a_fit_of_those_that_stand(
    space: Space, said: list[Judgement], beside: bool
) -> None:
    kept = Following(space, ROW_OF, beside=beside)
    for count in range(1, 110):
        kept.take(said[:count])
    without = [each for each in said[:109] if each.id % 7]
    kept.take(without)
    assert len(kept.answers) == len(without)
    assert correlation(kept.posterior.scores(), whole(space, without)) > 0.95
    kept.take(said[:109])  # brought back
    assert correlation(kept.posterior.scores(), whole(space, said[:109])) > 0.95


def test_a_long_fit_runs_beside_and_answers_given_meanwhile_are_not_lost(
    space: Space, said: list[Judgement], monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, began = threading.Event(), threading.Event()

    def slow(*given: object, **options: object) -> object:
        if threading.current_thread() is not threading.main_thread():
            began.set()
            assert let_go.wait(30)
        return fit(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(following, "fit", slow)
    kept = Following(space, ROW_OF, beside=True)
    kept.take(said[:100])
    assert began.wait(30)
    before = kept.posterior
    kept.take([*said[1:100], *said[100:110]])  # one taken back, ten more, while the fit is under way
    assert kept.posterior is before
    assert len(kept.answers) == 109
    let_go.set()
    while not kept.is_settled:
        threading.Event().wait(0.01)
    kept.take([*said[1:100], *said[100:110]])
    assert kept.posterior is not before
    assert kept.posterior.count == len(kept.answers) == 109
    assert correlation(kept.posterior.scores(), whole(space, [*said[1:100], *said[100:110]])) > 0.99


def test_a_judgement_that_is_another_one_under_its_number_is_taken_anew(space: Space, said: list[Judgement]) -> None:
    kept = Following(space, ROW_OF)
    kept.take(said[:10])
    other = [Judgement(1, 5, 6, "first"), *said[1:10]]
    kept.take(other)
    assert kept.posterior.scores() == pytest.approx(whole(space, other), abs=0.2)
