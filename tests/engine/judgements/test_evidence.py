"""The evidence against sums that can be done exactly."""

from __future__ import annotations

import numpy as np
import pytest

from engine.judgements.evidence import evidence
from engine.judgements.likelihood import probabilities


@pytest.mark.parametrize("ties", [0.0, 1.0])
@pytest.mark.parametrize("answer", [1, -1])
def test_one_answer_has_the_probability_that_an_integral_gives(answer: int, ties: float) -> None:
    d = np.linspace(-40, 40, 200_001)
    density = np.exp(-((d - 0.7) ** 2) / (2 * 4.0)) / np.sqrt(2 * np.pi * 4.0)
    first, _, second = probabilities(d, ties)
    exact = np.sum(density * (first if answer == 1 else second)) * (d[1] - d[0])
    found = evidence(np.array([[4.0]]), np.array([0.7]), np.array([answer]), ties)
    assert np.exp(found.log_probability) == pytest.approx(exact, rel=0.01)


def test_answers_that_vary_together_are_as_probable_as_drawn() -> None:
    rng = np.random.default_rng(0)
    root = rng.standard_normal((6, 4)) * 1.5
    kernel, answer = root @ root.T + np.eye(6), np.array([1, 1, -1, 0, -1, 1])
    draws = rng.multivariate_normal(np.zeros(6), kernel, 400_000)
    said = np.choose(1 - answer, probabilities(draws, 0.8))
    exact = np.log(np.mean(np.prod(said, axis=1)))
    assert evidence(kernel, np.zeros(6), answer, 0.8).log_probability == pytest.approx(exact, abs=0.05)


def test_the_truth_is_more_probable_than_scales_far_from_it() -> None:
    """Also where only pairs that lie close together were asked about."""
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((200, 5))
    truth = vectors @ rng.standard_normal(5)
    pairs = rng.integers(0, 200, (400, 2))
    close = np.abs(truth[pairs[:, 0]] - truth[pairs[:, 1]]) < 2
    a, b = pairs[close & (pairs[:, 0] != pairs[:, 1])].T
    answer = np.where(rng.random(len(a)) < 1 / (1 + np.exp(truth[b] - truth[a])), 1, -1)
    design = vectors[a] - vectors[b]
    found = [evidence(s**2 * design @ design.T, np.zeros(len(a)), answer, 0.0).log_probability for s in (0.1, 1, 10)]
    assert found[1] == max(found)
