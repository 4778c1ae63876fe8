"""The posterior against its promises: exact swaps, one answer more, recovery, honest intervals, useless words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.judgements import fitting
from engine.judgements.fitting import fit
from engine.judgements.laplace import Answered, InAnswers, InDimensions, find_mode
from engine.judgements.posterior import Belief
from engine.judgements.scales import Scales
from engine.judgements.space import Answers, Space
from engine.ranking import spearman
from tests.engine.judgements.people import NOBODY, cosine, interview, person, random_pairs, unit_rows

DIM = 24


@pytest.fixture
def vectors() -> np.ndarray:
    return unit_rows(300, DIM, np.random.default_rng(1))


def judged(vectors: np.ndarray, count: int, seed: int = 2, own: float = 0.0) -> tuple[np.ndarray, Answers, np.ndarray]:
    """A true direction, answers along it, and the true scores."""
    rng = np.random.default_rng(seed)
    direction = unit_rows(1, DIM, rng)[0]
    someone = person(vectors, direction, rng, own=own)
    return direction, someone.answers(random_pairs(len(vectors), count, rng)), someone.scores


def swapped(answers: Answers) -> Answers:
    return Answers(answers.second, answers.first, -answers.answer)


def test_which_image_was_shown_first_changes_nothing_to_the_last_bit(vectors: np.ndarray) -> None:
    _, answers, _ = judged(vectors, 60)
    one, other = fit(Space(vectors), answers), fit(Space(vectors), swapped(answers))
    assert np.array_equal(one.scores(), other.scores())
    one.add(5, 3, 1)
    other.add(3, 5, -1)
    assert np.array_equal(one.scores(), other.scores())


def test_opposite_answers_negate_the_order_exactly(vectors: np.ndarray) -> None:
    _, answers, _ = judged(vectors, 60)
    opposite = replace(answers, answer=-answers.answer)
    one, other = (fit(Space(vectors), said, choose_scales=False) for said in (answers, opposite))
    assert np.array_equal(one.mean, -other.mean)


def test_before_any_answer_the_order_is_that_of_the_words(vectors: np.ndarray) -> None:
    words = unit_rows(1, DIM, np.random.default_rng(3))[0]
    posterior = fit(Space(vectors, words), NOBODY)
    assert spearman(posterior.scores(), vectors @ words) == pytest.approx(1)
    assert np.all(fit(Space(vectors), NOBODY).scores() == 0)


@pytest.mark.parametrize("noisy", [False, True])
def test_both_forms_find_the_same_mode(noisy: bool) -> None:
    rng = np.random.default_rng(4)
    design, start = rng.standard_normal((30, 12)), rng.standard_normal(12)
    answered = Answered(rng.integers(-1, 2, 30), rng.random(30) * noisy, 0.7)
    theta = find_mode(InDimensions(design, start), answered, np.zeros(12))
    pull = find_mode(InAnswers(design @ design.T, design @ start), answered, np.zeros(30))
    assert start + design.T @ pull == pytest.approx(theta, abs=1e-5)


def test_one_answer_more_is_nearly_a_new_fit(vectors: np.ndarray) -> None:
    _, answers, _ = judged(vectors, 220, own=1.0)
    scales = Scales(vectors=3.0)
    first = Answers(answers.first[:200], answers.second[:200], answers.answer[:200])
    grown = fit(Space(vectors), first, scales, choose_scales=False)
    for said in list(answers)[200:]:
        grown.add(*said)
    whole = fit(Space(vectors), answers, scales, choose_scales=False)
    assert np.corrcoef(grown.scores(), whole.scores())[0, 1] > 0.995
    rows = np.arange(0, 300, 7)
    assert grown.deviations(rows) == pytest.approx(whole.deviations(rows), rel=0.1)


def test_images_beyond_those_with_a_dimension_count_as_noise(
    vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, answers, _ = judged(vectors, 400, own=1.0)
    exact = fit(Space(vectors), answers, choose_scales=False)
    monkeypatch.setattr(fitting, "OWN_IMAGES", 180)
    coarse = fit(Space(vectors), answers, choose_scales=False)
    assert len(coarse.mean) < len(exact.mean)
    assert spearman(coarse.scores(), exact.scores()) > 0.97


def test_a_belief_about_some_images_fits_that_about_each(vectors: np.ndarray) -> None:
    _, answers, _ = judged(vectors, 150, own=1.0)
    posterior = fit(Space(vectors, vectors[0]), answers)
    rows = np.unique(np.r_[answers.first[:20], 0:300:11])
    belief = posterior.over(rows)
    assert belief.mean == pytest.approx(posterior.scores()[rows], abs=1e-4)
    assert np.sqrt(np.diag(belief.covariance)) == pytest.approx(posterior.deviations(rows), rel=1e-6)
    assert np.linalg.eigvalsh(belief.covariance).min() > -1e-9


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), weight=st.floats(0.001, 1))
def test_a_pair_answered_narrows_its_difference_as_bayes_says(seed: int, weight: float) -> None:
    root = np.random.default_rng(seed).standard_normal((6, 6))
    belief = Belief(np.zeros(6), root @ root.T + np.eye(6))
    pair = np.array([0, 1, -1, 0, 0, 0])
    before, after = (pair @ b.covariance @ pair for b in (belief, belief.given(1, 2, weight)))
    assert after == pytest.approx(1 / (1 / before + weight))


@pytest.mark.parametrize("words", ["right", "absent", "wrong"])
def test_the_direction_is_recovered(vectors: np.ndarray, words: str) -> None:
    direction, answers, _ = judged(vectors, 300)
    prior = {"right": direction, "absent": None, "wrong": -direction}[words]
    posterior = fit(Space(vectors, prior), answers)
    assert cosine(posterior.direction(), direction) > 0.85


def test_a_right_prompt_needs_few_answers_and_a_useless_one_loses_its_say(vectors: np.ndarray) -> None:
    direction, answers, scores = judged(vectors, 40)
    useless = unit_rows(1, DIM, np.random.default_rng(9))[0]
    useless -= (useless @ direction) * direction
    found = {
        name: spearman(fit(Space(vectors, words), answers).scores(), scores)
        for name, words in (("right", direction), ("absent", None), ("useless", useless))
    }
    assert found["right"] > 0.95
    assert found["useless"] > found["absent"] - 0.05


def test_the_intervals_hold_the_truth_nine_times_in_ten() -> None:
    inside = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        vectors = unit_rows(200, 16, rng)
        someone = person(vectors, unit_rows(1, 16, rng)[0], rng, spread=2.5, own=1.0)
        posterior = fit(Space(vectors), someone.answers(random_pairs(200, 250, rng)))
        truth = someone.scores - someone.scores.mean()
        scores = posterior.scores() - posterior.scores().mean()
        inside.append(np.abs(truth - scores) < 1.6449 * posterior.deviations(np.arange(200)))
    assert 0.85 < np.mean(inside) < 0.95


def test_an_images_own_share_is_found_where_vectors_say_nothing() -> None:
    rng = np.random.default_rng(5)
    vectors = unit_rows(40, 8, rng)
    someone = person(vectors, unit_rows(1, 8, rng)[0], rng, spread=0.5, own=4.0)
    posterior = fit(Space(vectors), someone.answers(random_pairs(40, 300, rng)))
    assert posterior.scales.own > posterior.scales.vectors
    assert spearman(posterior.scores(), someone.scores) > 0.9


def test_questions_chosen_tell_more_than_random_ones(vectors: np.ndarray) -> None:
    chosen, drawn = [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        someone = person(vectors, unit_rows(1, DIM, rng)[0], rng, spread=3.0, own=0.5)
        space = Space(vectors)
        chosen.append(spearman(interview(space, someone, 60).scores(), someone.scores))
        random = fit(space, someone.answers(random_pairs(len(vectors), 60, rng)))
        drawn.append(spearman(random.scores(), someone.scores))
    assert np.mean(chosen) > np.mean(drawn)


def test_contradictions_by_the_thousand_leave_an_undecided_order(vectors: np.ndarray) -> None:
    rng = np.random.default_rng(6)
    pairs = random_pairs(40, 500, rng)
    answers = Answers(np.r_[pairs[:, 0], pairs[:, 0]], np.r_[pairs[:, 1], pairs[:, 1]], np.repeat([1, -1], 500))
    posterior = fit(Space(vectors), answers)
    assert np.all(np.isfinite(posterior.scores()))
    assert np.abs(posterior.scores()).max() < 1.0


def test_ties_bring_images_together_and_are_learnt(vectors: np.ndarray) -> None:
    rng = np.random.default_rng(7)
    someone = person(vectors, unit_rows(1, DIM, rng)[0], rng)
    someone.equal = 2.0
    answers = someone.answers(random_pairs(len(vectors), 500, rng))
    posterior = fit(Space(vectors), answers)
    assert posterior.scales.ties == pytest.approx(2.0, rel=0.5)
    assert spearman(posterior.scores(), someone.scores) > 0.9
    apart = fit(Space(vectors), NOBODY)
    apart.add(1, 2, 1)
    before = apart.over(np.array([1, 2])).mean
    apart.add(1, 2, 0)
    after = apart.over(np.array([1, 2])).mean
    assert 0 < after[0] - after[1] < before[0] - before[1]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_images_are_no_problem(count: int) -> None:
    vectors = unit_rows(count, 8, np.random.default_rng(0)) if count else np.empty((0, 8), np.float32)
    posterior = fit(Space(vectors, np.ones(8, np.float32)), NOBODY)
    assert posterior.scores().shape == (count,)
    assert posterior.deviations(np.arange(count)).shape == (count,)
