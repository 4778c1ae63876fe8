"""Standard errors and tests, against their definitions."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation import statistics

BITS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


def test_the_error_is_that_of_drawing_images_not_pairs() -> None:
    """Where a pair's margin comes from its images alone, the mean over pairs is as unsure as twice the images' mean."""
    rng = np.random.default_rng(0)
    ends = np.array(list(itertools.combinations(range(60), 2)))
    worth = rng.normal(size=60)
    found = statistics.bootstrap_error(worth[ends].sum(1), ends)
    assert found == pytest.approx(2 * worth.std() / math.sqrt(60), rel=0.2)
    alone = statistics.bootstrap_error(rng.normal(size=len(ends)), ends)
    assert alone < found / 5


def test_means_over_seeds() -> None:
    assert statistics.mean_and_error([0.5, 0.7, 0.6]) == pytest.approx((0.6, 0.1 / math.sqrt(3)))
    mean, error = statistics.mean_and_error([0.5])
    assert mean == 0.5
    assert math.isnan(error)


@given(BITS)
def test_mcnemar_is_the_sign_test_of_the_images_that_changed(pairs: list[tuple[bool, bool]]) -> None:
    before, after = (np.array(column) for column in zip(*pairs, strict=True))
    won, lost = int((after & ~before).sum()), int((before & ~after).sum())
    total = won + lost
    tail = sum(math.comb(total, k) for k in range(min(won, lost) + 1)) / 2**total
    assert statistics.mcnemar(before, after) == pytest.approx(min(1.0, 2 * tail))
    assert statistics.mcnemar(before, after) == pytest.approx(statistics.mcnemar(after, before))


@given(st.integers(1, 500), st.data())
def test_the_error_of_a_share_is_never_nothing(count: int, data: st.DataObject) -> None:
    right = np.arange(count) < data.draw(st.integers(0, count))
    assert 0 < statistics.share_error(right) <= 0.5


def test_two_models_are_compared_on_the_same_pairs() -> None:
    rng = np.random.default_rng(1)
    ends = np.array(list(itertools.combinations(range(40), 2)))
    before = rng.random(len(ends)) < 0.6
    better = np.where(rng.random(len(ends)) < 0.2, 1.0, before)
    difference, error, p = statistics.paired(before.astype(float), better, ends)
    assert difference > 0.04
    assert 0 < error < difference
    assert p < 0.01
    assert statistics.paired(better, better, ends) == (0.0, 0.0, 1.0)
    noise = (rng.random(len(ends)) < 0.6).astype(float)
    assert statistics.paired(before.astype(float), noise, ends)[2] > 0.01
