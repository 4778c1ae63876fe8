"""Answers' probabilities: they sum to one, swap, and have the derivatives they claim."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.judgements import likelihood

differences = st.floats(-40, 40)
ties = st.floats(0, 50)
answers = st.sampled_from([1, 0, -1])


@given(d=differences, t=ties)
def test_probabilities_sum_to_one_and_swap_exactly(d: float, t: float) -> None:
    first, equal, second = likelihood.probabilities(np.array(d), t)
    assert first + equal + second == pytest.approx(1)
    assert likelihood.probabilities(np.array(-d), t) == (second, equal, first)


@given(d=differences)
def test_without_ties_it_is_bradley_terry(d: float) -> None:
    first, equal, _ = likelihood.probabilities(np.array(d), 0.0)
    assert first == pytest.approx(1 / (1 + np.exp(-d)))
    assert equal == 0


@given(d=differences, t=st.floats(0.01, 50), y=answers)
def test_log_likelihood_is_the_log_of_the_probability(d: float, t: float, y: int) -> None:
    first, equal, second = likelihood.probabilities(np.array(d), t)
    expected = np.log({1: first, 0: equal, -1: second}[y])
    assert likelihood.log_likelihood(np.array(y), np.array(d), t) == pytest.approx(expected, abs=1e-9)


@given(d=st.floats(-15, 15), t=st.floats(0.01, 20), y=answers)
def test_slope_and_curvature_are_its_derivatives(d: float, t: float, y: int) -> None:
    def at(x: float) -> float:
        return float(likelihood.log_likelihood(np.array(y), np.array(x), t))

    step = 1e-4
    assert likelihood.slope(np.array(y), np.array(d), t) == pytest.approx(
        (at(d + step) - at(d - step)) / (2 * step), abs=1e-6
    )
    second = (at(d + step) - 2 * at(d) + at(d - step)) / step**2
    assert likelihood.curvature(np.array(d), t) == pytest.approx(-second, abs=1e-4)


@given(m=st.floats(-30, 30), v=st.floats(0, 100), t=ties, y=answers)
def test_settle_finds_where_prior_and_answer_balance(m: float, v: float, t: float, y: int) -> None:
    t = t or 0.5
    d = likelihood.settle(np.array([y]), np.array([m]), np.array([v]), t)
    assert d == pytest.approx(m + v * likelihood.slope(np.array([y]), d, t), abs=1e-6)


def test_the_tie_parameter_is_found_again() -> None:
    rng = np.random.default_rng(0)
    d = rng.normal(0, 2, 4000)
    first, equal, _ = likelihood.probabilities(d, 1.5)
    drawn = rng.random(len(d))
    said = np.where(drawn < first, 1, np.where(drawn < first + equal, 0, -1))
    assert likelihood.most_likely_ties(said, d) == pytest.approx(1.5, rel=0.1)
    assert likelihood.most_likely_ties(said[said != 0], d[said != 0]) == 0
    assert np.isfinite(likelihood.most_likely_ties(np.zeros(5), np.zeros(5)))
