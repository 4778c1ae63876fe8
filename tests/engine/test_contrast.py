"""Two sets of images: what was planted is found, and nothing where there is nothing."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contrast import EXAMPLES, FALSE_SHARE, MOST, SHUFFLES, benjamini_hochberg, contrast, permutation_test
from engine.errors import JobCancelled
from engine.explain import Usual, usual_in
from engine.jobs import JobContext
from tests.engine.test_explain import bank, unit

DIM = 24


def usual(matrix: np.ndarray) -> Usual:
    return usual_in(bank(np.eye(DIM, dtype=np.float32)), matrix)


def images(seed: int, count: int) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((count, DIM)))


def test_what_was_planted_is_found_on_its_side() -> None:
    a, b = images(0, 60), images(1, 50)
    a[:, 3] += 0.4
    b[:, 7] += 0.4
    found = contrast(usual(np.r_[a, b]), a, b)
    assert {(each.place, each.auroc > 0.5) for each in found[:2]} == {(3, True), (7, False)}
    by_place = {each.place: each for each in found}
    three = by_place[3]
    assert three.auroc == pytest.approx(np.mean(a[:, 3][:, None] > b[:, 3]), abs=1e-6)
    assert three.p == 1 / (SHUFFLES + 1)
    assert three.p <= three.corrected <= FALSE_SHARE
    assert three.examples_a == tuple(np.argsort(-a[:, 3])[:EXAMPLES].tolist())
    assert three.examples_b == tuple(np.argsort(b[:, 3])[:EXAMPLES].tolist())
    assert by_place[7].examples_b == tuple(np.argsort(-b[:, 7])[:EXAMPLES].tolist())


def test_swapping_the_sets_mirrors_the_answer() -> None:
    a, b = images(2, 40), images(3, 40)
    a[:, 5] += 0.3
    there, back = (contrast(usual(np.r_[a, b]), *sets)[0] for sets in ((a, b), (b, a)))
    assert (there.place, there.examples_a) == (back.place, back.examples_b)
    assert there.auroc == pytest.approx(1 - back.auroc)
    assert there.auroc > 0.5


def test_nothing_is_found_where_nothing_is() -> None:
    found = [contrast(usual(images(seed, 60)), *np.split(images(seed, 60), 2)) for seed in range(10, 34)]
    assert sum(map(bool, found)) <= 4  # of 24 expected: 1.2


def test_sets_too_small_to_tell_and_sets_that_are_one() -> None:
    a, b = images(4, 3), images(5, 3)
    a[:, 3] += 5
    assert contrast(usual(np.r_[a, b]), a, b) == []
    same = images(6, 30)
    assert contrast(usual(same), same, same) == []
    assert contrast(usual(same), same, same[:0]) == []


def test_large_sets_are_looked_at_in_part() -> None:
    a, b = images(7, 2 * MOST + 1), images(8, 10)
    a[:, 3] += 0.5
    (first, *_) = contrast(usual(np.r_[a, b]), a, b)
    assert first.place == 3
    assert set(first.examples_a) <= set(range(0, len(a), 3))


def test_it_can_be_cancelled() -> None:
    cancelled = threading.Event()
    context = JobContext(cancelled=cancelled, report=lambda progress: cancelled.set())
    with pytest.raises(JobCancelled):
        contrast(usual(images(0, 20)), images(0, 10), images(1, 10), context)


@given(seed=st.integers(0, 1000), a=st.integers(1, 6), b=st.integers(1, 6))
@settings(max_examples=15, deadline=None)
def test_auroc_and_p_are_what_they_say(seed: int, a: int, b: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 4, (a + b, 2)).astype(np.float32)  # with ties
    found, p = permutation_test(scores, a, JobContext())
    for column in range(2):
        above = np.sign(scores[:a, column][:, None] - scores[a:, column])
        assert found[column] == pytest.approx(0.5 + above.mean() / 2, abs=1e-6)
    assert ((p > 0) & (p <= 1)).all()
    assert (p[found == 0.5] == 1).all()


def test_p_values_of_chance_are_uniform() -> None:
    _, p = permutation_test(np.random.default_rng(0).standard_normal((40, 2_000), np.float32), 15, JobContext())
    assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.015)
    assert np.mean(p) == pytest.approx(0.5, abs=0.02)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_benjamini_hochberg_is_its_definition(p: list[float]) -> None:
    values = np.array(p)
    corrected = benjamini_hochberg(values)
    assert ((corrected >= values) & (corrected <= 1)).all()
    for share in (FALSE_SHARE * 1.0001, 0.3):  # beside the limit, where rounding does not decide
        limits = [k for k in range(1, len(p) + 1) if sorted(p)[k - 1] <= share * k / len(p)]
        kept = corrected <= share
        assert kept.sum() == max(limits, default=0)
        assert not kept.any() or values[kept].max() <= values[~kept].min(initial=1)
