"""Where a judged ranking stands: sure leaders, more answers, cycles, and what the order comes from."""

from __future__ import annotations

import numpy as np
import pytest

from engine.judgements import standing
from engine.judgements.fitting import fit
from engine.judgements.space import Answers, Space
from tests.engine.judgements.people import NOBODY, interview, person, random_pairs, unit_rows


def answers(*said: tuple[int, int, int]) -> Answers:
    return Answers(*np.array(said, dtype=np.int64).reshape(-1, 3).T)


def test_the_leaders_become_sure_with_answers() -> None:
    rng = np.random.default_rng(0)
    space = Space(unit_rows(60, 6, rng))
    someone = person(space.vectors, unit_rows(1, 6, rng)[0], rng, spread=12.0)
    images = np.arange(60)
    before, after = (
        standing.leaders(told, images, told.scores(), rng)
        for told in (fit(space, NOBODY), interview(space, someone, 150))
    )
    assert before.right < 0.4
    assert after.right > before.right + 0.3
    assert before.more is None or before.more > (after.more or 0)
    assert set(after.rows[:10]) & set(np.argsort(-someone.scores)[:10])


def test_what_is_said_of_the_leaders_is_true_on_average() -> None:
    told, true = [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        space = Space(unit_rows(80, 6, rng))
        someone = person(space.vectors, unit_rows(1, 6, rng)[0], rng, spread=4.0, own=1.0)
        posterior = fit(space, someone.answers(random_pairs(80, 150, rng)))
        found = standing.leaders(posterior, np.arange(80), posterior.scores(), rng)
        told.append(found.right)
        true.append(len(set(found.rows[:10]) & set(np.argsort(-someone.scores)[:10])) / 10)
    assert np.mean(told) == pytest.approx(np.mean(true), abs=0.12)


@pytest.mark.parametrize("images", [0, 1, 10])
def test_all_images_lead_where_there_are_no_more(images: int) -> None:
    space = Space(unit_rows(10, 6, np.random.default_rng(0)))
    posterior = fit(space, NOBODY)
    found = standing.leaders(posterior, np.arange(images), posterior.scores()[:images], np.random.default_rng(0))
    assert (len(found.rows), found.right, found.more) == (images, 1.0, 0)


def test_cycles_of_three_are_named() -> None:
    found = standing.consistency(answers((0, 1, 1), (1, 2, 1), (0, 2, -1), (2, 3, 1), (1, 3, 1)))
    assert [set(cycle) for cycle in found.cycles] == [{0, 1, 2}]
    a, b, c = found.cycles[0]
    assert (a, b, c) in {(0, 1, 2), (1, 2, 0), (2, 0, 1)}  # each over the next
    assert (found.found, found.triples, found.contradicted) == (1, 2, 0)


def test_the_majority_decides_a_pair_and_contradictions_are_counted() -> None:
    found = standing.consistency(answers((0, 1, 1), (1, 0, 1), (0, 1, 1), (1, 2, 1), (2, 0, 1), (3, 4, 1), (4, 3, 1)))
    assert (found.found, found.contradicted) == (1, 2)
    assert standing.consistency(answers((0, 1, 0), (1, 2, 0), (2, 0, 0))).triples == 0


def test_coin_flips_make_a_quarter_of_the_threes_cycles() -> None:
    rng = np.random.default_rng(0)
    said = [(a, b, int(rng.choice([1, -1]))) for a in range(40) for b in range(a)]
    found = standing.consistency(answers(*said))
    assert found.triples == 40 * 39 * 38 / 6
    assert found.found / found.triples == pytest.approx(0.25, abs=0.02)
    assert len(found.cycles) == standing.CYCLES_NAMED
    true = standing.consistency(answers(*[(a, b, 1) for a, b, _ in said]))
    assert true.found == 0


def test_the_share_of_the_words_falls_as_answers_speak_against_them() -> None:
    rng = np.random.default_rng(0)
    vectors = unit_rows(100, 8, rng)
    words, other = unit_rows(2, 8, rng)
    space = Space(vectors, words)
    someone = person(vectors, other, rng)
    shares = []
    for count in (0, 40, 300):
        posterior = fit(space, someone.answers(random_pairs(100, count, rng)) if count else NOBODY)
        shares.append(standing.words_share(posterior.said_by_words(), posterior.scores()))
    assert shares[0] == pytest.approx(1)
    assert shares[0] > shares[1] > shares[2]
    assert standing.words_share(np.zeros(0), np.zeros(0)) == 0
