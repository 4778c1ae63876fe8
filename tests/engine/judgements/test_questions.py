"""The pairs that are asked: never again, never near-duplicates, and different ones in a batch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.judgements.fitting import fit
from engine.judgements.posterior import Posterior
from engine.judgements.questions import NEAR, information, next_questions
from engine.judgements.space import Answers, Space
from tests.engine.judgements.people import NOBODY, unit_rows


@pytest.fixture
def posterior() -> Posterior:
    return fit(Space(unit_rows(30, 8, np.random.default_rng(0))), NOBODY)


def pairs(posterior: Posterior, count: int, asked: set[tuple[int, int]], seed: int = 0) -> list[tuple[int, int]]:
    images = np.arange(len(posterior.space.vectors))
    found = next_questions(posterior, images, count, asked, np.random.default_rng(seed))
    return [(min(q.first, q.second), max(q.first, q.second)) for q in found]


def test_every_pair_is_asked_once_and_then_there_is_none(posterior: Posterior) -> None:
    asked: set[tuple[int, int]] = set()
    while new := pairs(posterior, 50, asked, seed=len(asked)):
        assert len(set(new)) == len(new)
        assert not asked & set(new)
        asked |= set(new)
    assert len(asked) == 30 * 29 / 2


def test_near_duplicates_are_not_asked() -> None:
    vectors = unit_rows(6, 8, np.random.default_rng(0))
    copies = vectors + np.float32(NEAR / 20)
    both = np.concatenate([vectors, copies / np.linalg.norm(copies, axis=1, keepdims=True)])
    found = pairs(fit(Space(both), NOBODY), 1000, set())
    assert len(found) == 12 * 11 / 2 - 6
    assert not {(row, row + 6) for row in range(6)} & set(found)


def test_only_the_images_named_are_asked_about(posterior: Posterior) -> None:
    images = np.array([3, 4, 9, 20])
    found = next_questions(posterior, images, 10, {(3, 4)}, np.random.default_rng(0))
    assert {q.first for q in found} | {q.second for q in found} <= {3, 4, 9, 20}
    assert len(found) == 5


@pytest.mark.parametrize("images", [0, 1])
def test_fewer_than_two_images_leave_nothing_to_ask(posterior: Posterior, images: int) -> None:
    assert next_questions(posterior, np.arange(images), 3, set(), np.random.default_rng(0)) == []


def test_a_batch_does_not_ask_one_thing_many_times() -> None:
    """Of two axes that nothing is known of, the second question is about the one that the first was not about."""
    vectors = np.array([[1, 0.1], [1, -0.1], [-1, 0.1], [-1, -0.1], [0, 1], [0, -1]], np.float32)
    found = pairs(fit(Space(vectors), NOBODY), 2, set())
    axes = [int(np.argmax(np.abs(vectors[a] - vectors[b]))) for a, b in found]
    assert sorted(axes) == [0, 1]


def test_many_questions_are_about_many_images_each_pair_once() -> None:
    many = fit(Space(unit_rows(400, 8, np.random.default_rng(0))), NOBODY)
    found = pairs(many, 300, set())
    assert len(set(found)) == 300
    assert len({row for pair in found for row in pair}) > 200, "not of one pool alone"
    assert found[:48] == pairs(many, 48, set()), "the first are those that fewer would be"


def test_many_answers_told_at_once_leave_the_belief_of_one_after_another(posterior: Posterior) -> None:
    belief = one_by_one = posterior.over(np.arange(10))
    firsts, seconds, weights = np.array([0, 2, 7, 0]), np.array([1, 3, 8, 9]), np.array([0.2, 0.1, 0.25, 0.05])
    for first, second, weight in zip(firsts, seconds, weights, strict=True):
        one_by_one = one_by_one.given(int(first), int(second), float(weight))
    at_once = belief.given_all(firsts, seconds, weights, 6)
    np.testing.assert_allclose(at_once.covariance, one_by_one.covariance[:6, :6], atol=1e-10)
    np.testing.assert_array_equal(at_once.mean, belief.mean[:6])


def test_both_sides_of_the_screen_are_used(posterior: Posterior) -> None:
    found = next_questions(posterior, np.arange(30), 60, set(), np.random.default_rng(0))
    assert 15 < sum(q.first < q.second for q in found) < 45


def test_the_probability_is_that_of_the_first(posterior: Posterior) -> None:
    said = Answers(np.array([0] * 5), np.array([1] * 5), np.array([1] * 5))
    told = fit(posterior.space, said)
    (question,) = next_questions(told, np.array([0, 1]), 1, set(), np.random.default_rng(0))
    assert (question.probability > 0.6) == (question.first == 0)


@given(m=st.floats(-20, 20), v=st.floats(0, 100), t=st.floats(0, 5))
def test_information_lies_between_none_and_that_of_the_outcomes(m: float, v: float, t: float) -> None:
    found = information(np.array([m, -m]), np.array([v, v]), t)
    assert 0 <= found[0] <= np.log2(3)
    assert found[0] == pytest.approx(found[1], abs=1e-4)
    assert information(np.array([m]), np.array([0.0]), t) == pytest.approx(0, abs=1e-4)


def test_most_is_learnt_where_the_model_does_not_know_but_a_person_would() -> None:
    means, variances = np.array([0.0, 0.0, 6.0]), np.array([4.0, 0.1, 4.0])
    unsure, noise, known = information(means, variances, 0.0)
    assert unsure > noise
    assert unsure > known
