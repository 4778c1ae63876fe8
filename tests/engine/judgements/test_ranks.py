"""Between which places an image lies: true as often as it says, in order, and by files."""

from __future__ import annotations

import numpy as np
import pytest

from engine.judgements import ranks
from engine.judgements.fitting import fit
from engine.judgements.ranks import rank_bounds
from engine.judgements.scales import Scales
from engine.judgements.space import Space
from tests.engine.judgements.people import NOBODY, person, random_pairs, unit_rows


def test_nine_in_ten_places_hold_the_true_one() -> None:
    inside = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        space = Space(unit_rows(150, 12, rng))
        someone = person(space.vectors, unit_rows(1, 12, rng)[0], rng, spread=4.0, own=1.4)
        answers = someone.answers(random_pairs(150, 250, rng))
        posterior = fit(space, answers, Scales(vectors=4.0, own=1.4), choose_scales=False)
        first, last = rank_bounds(posterior, np.arange(150), np.ones(150, np.int64), rng)
        truth = np.argsort(np.argsort(-someone.scores)) + 1
        inside.append(np.mean((first <= truth) & (truth <= last)))
        places = np.argsort(np.argsort(-posterior.scores())) + 1
        assert np.mean((first <= places) & (places <= last)) > 0.97
        assert np.all((first >= 1) & (first <= last) & (last <= 150))
    assert 0.85 < np.mean(inside) < 0.97


def test_draws_have_the_mean_and_the_spread_that_is_told_of_each_image() -> None:
    rng = np.random.default_rng(0)
    space = Space(unit_rows(60, 6, rng), unit_rows(1, 6, rng)[0])
    someone = person(space.vectors, unit_rows(1, 6, rng)[0], rng, own=1.0)
    posterior = fit(space, someone.answers(random_pairs(60, 40, rng)))
    rows = np.arange(0, 60, 2)
    draws = posterior.draws(rows, 4000, rng)
    assert np.corrcoef(draws.mean(axis=0), posterior.scores()[rows])[0, 1] > 0.999
    covariance = posterior.over(rows).covariance
    apart = np.diag(covariance) + covariance[0, 0] - 2 * covariance[0]  # a draw has a mean of its own
    assert np.std(draws - draws[:, :1], axis=0)[1:] == pytest.approx(np.sqrt(apart[1:]), rel=0.08)


def test_an_image_in_several_files_takes_as_many_places(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    posterior = fit(Space(unit_rows(30, 6, rng)), NOBODY)
    first, last = rank_bounds(posterior, np.arange(30), np.full(30, 3), rng)
    assert last.max() > 80
    assert np.all((first - 1) % 3 == 0)
    monkeypatch.setattr(ranks, "MANY", 5)
    fewer, _ = rank_bounds(posterior, np.arange(30), np.full(30, 3), rng)
    assert fewer == pytest.approx(first, abs=30)


def test_no_image_has_no_place() -> None:
    posterior = fit(Space(unit_rows(30, 6, np.random.default_rng(0))), NOBODY)
    first, last = rank_bounds(posterior, np.arange(0), np.ones(0, np.int64), np.random.default_rng(0))
    assert (len(first), len(last)) == (0, 0)
