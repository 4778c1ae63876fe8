"""Scores, order, agreement, verdict."""

from __future__ import annotations

import random
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.directions import Direction, direction
from engine.ranking import MANY, ONE_WORD, Ranking, rank, spearman, verdict
from engine.store.matrix import VectorTable
from engine.vocabulary import knowledge
from tests.engine.test_directions import word_clip

PHOTO_LIT = Path(__file__).resolve().parents[3] / "shared" / "models" / "photo-lit"
PHOTOGRAPHS = Path(__file__).resolve().parents[3] / "shared" / "data" / "flickr8k"


def unit_rows(count: int, dim: int = 16, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def table(matrix: np.ndarray, ids: np.ndarray | None = None) -> VectorTable:
    return VectorTable(np.arange(len(matrix)) if ids is None else ids, matrix)


def plain_direction(vector: np.ndarray, members: np.ndarray | None = None, known: float = 1.0) -> Direction:
    members = vector[None] if members is None else members
    count = len(members)
    return Direction(vector, members, np.full(count, 1 / count), np.arange(count), "p", "r", True, known)


def test_scores_are_dot_products_in_table_order_and_the_order_falls() -> None:
    matrix, vector = unit_rows(500), unit_rows(1, seed=1)[0]
    ranking = rank(table(matrix), plain_direction(vector))
    np.testing.assert_allclose(ranking.scores, matrix @ vector, atol=1e-6)
    assert sorted(ranking.order) == list(range(500))
    assert (np.diff(ranking.scores[ranking.order]) <= 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 600), st.sampled_from([8, 31, 64]))
def test_equal_vectors_rank_together_by_id(seed: int, kinds: int, count: int, dim: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = unit_rows(kinds, dim, seed)[rng.integers(0, kinds, count)]
    ids = rng.permutation(count) + 7
    ranking = rank(table(matrix, ids), plain_direction(unit_rows(1, dim, seed + 1)[0]))
    expected = np.lexsort((ids, -ranking.scores))
    np.testing.assert_array_equal(ranking.order, expected)
    assert len(np.unique(ranking.scores)) <= kinds


def test_equal_vectors_get_equal_scores_wherever_they_lie() -> None:
    count = MANY + 3
    matrix = np.tile(unit_rows(1, 511), (count, 1))
    ranking = rank(table(matrix), plain_direction(unit_rows(1, 511, 1)[0]))
    assert len(np.unique(ranking.scores)) == 1
    np.testing.assert_array_equal(ranking.order, np.arange(count))


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["brighter", "less red", "more people", "more snorgly"]), st.integers(0, 1000))
def test_swapping_prompt_and_reverse_negates_the_scores_to_the_last_bit(prompt: str, seed: int) -> None:
    clip, images = word_clip(), table(unit_rows(101, seed=seed))
    there = rank(images, direction(clip, prompt, "larger"))
    back = rank(images, direction(clip, "larger", prompt))
    np.testing.assert_array_equal(there.scores, -back.scores)
    assert there.agreement == pytest.approx(back.agreement)


def test_nothing_and_one_image_can_be_ranked() -> None:
    vector = unit_rows(1)[0]
    for count in (0, 1, 2):
        ranking = rank(table(unit_rows(count)), plain_direction(vector, unit_rows(4)))
        assert isinstance(ranking, Ranking)
        assert (len(ranking.order), ranking.agreement, ranking.verdict) == (count, None, "")


# ---- trust


def test_a_single_statement_has_no_agreement() -> None:
    ranking = rank(table(unit_rows(50)), plain_direction(unit_rows(1)[0]))
    assert (ranking.agreement, ranking.verdict) == (None, "")


def test_members_that_agree_make_a_strong_verdict_and_strangers_none() -> None:
    images = table(unit_rows(3_000, 64))
    one = unit_rows(1, 64, 3)[0]
    ranking = rank(images, plain_direction(one, one + 0.02 * unit_rows(6, 64, 4)))
    assert ranking.agreement > 0.95
    assert ranking.verdict == "strong"
    strangers = unit_rows(30, 64, 5)
    ranking = rank(images, plain_direction(strangers.mean(0), strangers))
    assert ranking.agreement < 0.25
    assert ranking.verdict == "none"


def test_unknown_words_take_the_agreement_down() -> None:
    one = unit_rows(1)[0]
    agreeing = one + 0.02 * unit_rows(6, seed=4)
    known = rank(table(unit_rows(300)), plain_direction(one, agreeing)).agreement
    half = rank(table(unit_rows(300)), plain_direction(one, agreeing, known=0.5))
    assert half.agreement == pytest.approx(known / 2)
    assert half.verdict == "fair"
    assert rank(table(unit_rows(300)), plain_direction(one, agreeing, known=0)).verdict == "none"


def test_a_direction_of_zero_orders_nothing() -> None:
    ranking = rank(table(unit_rows(10)), plain_direction(np.zeros(16, np.float32), np.zeros((3, 16), np.float32)))
    assert (ranking.agreement, ranking.verdict) == (0, "none")
    np.testing.assert_array_equal(ranking.order, np.arange(10))


@pytest.mark.parametrize(
    ("agreement", "word"),
    [(None, ""), (1, "strong"), (0.55, "strong"), (0.5, "fair"), (0.3, "weak"), (0.1, "none"), (-0.4, "none")],
)
def test_verdicts(agreement: float | None, word: str) -> None:
    assert verdict(agreement) == word


def test_one_word_in_several_templates_is_never_strong() -> None:
    one = unit_rows(1)[0]
    made = replace(plain_direction(one, one + 0.02 * unit_rows(6, seed=4)), words=np.zeros(6, int))
    assert rank(table(unit_rows(300)), made).verdict == "fair"
    assert rank(table(unit_rows(300)), replace(made, known=0.5)).verdict == "weak"
    assert rank(table(unit_rows(300)), replace(made, known=0.0)).verdict == "none"


def test_templates_of_one_word_do_not_vouch_for_each_other() -> None:
    two = unit_rows(2, 64, 5)
    members = np.repeat(two, 3, axis=0) + 0.01 * unit_rows(6, 64, 6)
    made = replace(plain_direction(members.mean(0), members), words=np.array([0, 0, 0, 1, 1, 1]))
    ranking = rank(table(unit_rows(3_000, 64)), made)
    assert abs(ranking.agreement) < 0.2
    assert ranking.verdict in ("none", "weak")


def test_members_without_meaning_say_nothing() -> None:
    one = unit_rows(1)[0]
    members = np.concatenate([one + 0.02 * unit_rows(6, seed=4), np.zeros((6, 16), np.float32)])
    made = replace(plain_direction(one, members), words=np.repeat(np.arange(4), 3))
    assert rank(table(unit_rows(300)), made).verdict == "strong"


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=60), st.randoms(use_true_random=False))
def test_spearman_is_the_correlation_of_averaged_ranks(values: list[int], shuffler: random.Random) -> None:
    other = values.copy()
    shuffler.shuffle(other)
    a, b = np.array(values, float), np.array(other, float)

    def ranks(x: np.ndarray) -> np.ndarray:
        return np.array([(x < value).sum() + ((x == value).sum() + 1) / 2 for value in x])

    if len(set(values)) == 1:
        assert spearman(a, b) == 0
        return
    assert spearman(a, b) == pytest.approx(np.corrcoef(ranks(a), ranks(b))[0, 1], abs=1e-9)
    assert spearman(a, b) == pytest.approx(spearman(b, a))
    assert spearman(a, -b) == pytest.approx(-spearman(a, b))
    assert spearman(a, a**3 + a) == pytest.approx(1)


# ---- a real text encoder


def invented_words(count: int) -> list[str]:
    """Words that do not exist, half of them easy to pronounce."""
    rng = random.Random(7)
    starts = ["bl", "gr", "sk", "pl", "tr", "z", "v", "m", "qu", "fl", "sn", "kr", "dr", "w", "n", "th"]
    ends = ["rf", "mp", "nk", "zz", "lt", "x", "b", "sk", "nd", "rg", "p", "ld", "ft"]
    words = []
    for number in range(count):
        syllables = [rng.choice(starts) + rng.choice("aeiou") + rng.choice(ends) for _ in range(1 + number % 2)]
        words.append("".join(syllables) + rng.choice(["", "le", "o", "y", "ous", "ic"]))
    return words


@pytest.mark.skipif(not PHOTO_LIT.is_dir(), reason="needs a small CLIP trained on photographs")
def test_invented_words_do_not_pass_as_meaningful() -> None:
    from engine.clip import load

    clip = load(f"local-dir:{PHOTO_LIT}", "cpu")
    known = [knowledge(clip, f"more {word}").share for word in invented_words(200)]
    # One word alone: its agreement is at most the known share, and "fair" begins above a half.
    assert ONE_WORD[0][0] > 0.5
    assert np.mean(np.array(known) > 0.5) <= 0.05


@pytest.mark.skipif(not (PHOTO_LIT.is_dir() and PHOTOGRAPHS.is_dir()), reason="needs photographs and a small CLIP")
def test_real_photographs_are_ordered_by_brightness() -> None:
    import torch
    from PIL import Image

    from engine.clip import load

    clip = load(f"local-dir:{PHOTO_LIT}", "cpu")
    paths = sorted((PHOTOGRAPHS / "images").iterdir())
    paths = [path for path in paths if zlib.crc32(path.name.encode()) % 10 == 0]
    pictures = [Image.open(path, formats=["JPEG"]).convert("RGB") for path in paths]
    lightness = np.array([np.asarray(picture.convert("L")).mean() for picture in pictures])
    vectors = clip.encode_images(torch.stack([clip.preprocess(picture) for picture in pictures]))
    ranking = rank(table(vectors), direction(clip, "brighter"))
    assert spearman(ranking.scores, lightness) > 0.5
    assert ranking.verdict in ("strong", "fair")
