"""Pairs: verdicts that negate and agree with the ranking, differences that are unusual, pictures from anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from engine.ask import Shelf, rank_library, reference
from engine.clip import Clip, load
from engine.directions import Direction
from engine.explain import (
    NOISE,
    RELATED,
    Usual,
    _stands,
    background,
    differences,
    explain,
    judge,
    probability,
    standings,
    usual_in,
    verdicts,
)
from engine.index import index_folders
from engine.jobs import JobContext
from engine.phrase_directions import PhraseDirections
from engine.ranking import rank
from engine.store import Library, Writer
from engine.store.matrix import VectorTable
from tests.conftest import write_photo

DIM = 24


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def made_direction(vector: np.ndarray, prompt: str = "more", words: int = 3) -> Direction:
    """Members of several words that all agree."""
    members = np.tile(vector, (words, 1))
    return Direction(vector, members, np.full(words, 1 / words, np.float32), np.arange(words), prompt, "less", True)


def opposite(of: Direction) -> Direction:
    return Direction(-of.vector, -of.members, of.weights, of.words, of.reverse, of.prompt, True)


def bank(vectors: np.ndarray) -> PhraseDirections:
    return PhraseDirections(tuple(made_direction(v, f"phrase {i}") for i, v in enumerate(vectors)), vectors)


def images(seed: int, count: int = 60) -> np.ndarray:
    """Unit vectors (count, DIM) as a library holds them: rounded to float16."""
    made = unit(np.random.default_rng(seed).standard_normal((count, DIM)))
    return made.astype(np.float16).astype(np.float32)


# ---- verdicts -------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_swapping_the_pictures_negates_every_score_exactly(seed: int) -> None:
    random = np.random.default_rng(seed)
    matrix, phrases = images(seed), unit(random.standard_normal((30, DIM)))
    a, b = images(seed + 1, 2)
    toward = made_direction(phrases[0])
    one, other = (judge(toward, opposite(toward), np.stack(pair), matrix) for pair in ((a, b), (b, a)))
    assert one.score == -other.score
    assert {one.winner, other.winner} == {"a", "b"}
    assert one.probability == other.probability
    assert one.reverse_disagrees
    usual = usual_in(bank(phrases), matrix)
    there, back = differences(usual, a, b), differences(usual, b, a)
    assert [(d.phrase, d.z) for d in there] == [(d.phrase, -d.z) for d in back]
    assert there


@given(seed=st.integers(0, 10_000), size=st.sampled_from((5, 16)))
@settings(max_examples=15, deadline=None)
def test_verdicts_and_ranking_never_contradict_each_other(seed: int, size: int) -> None:
    matrix = images(seed, size)
    matrix[1] = matrix[0]  # two files of one picture
    toward = made_direction(unit(np.random.default_rng(seed + 1).standard_normal(DIM)))
    place = np.argsort(rank(VectorTable(np.arange(size), matrix), toward).order)
    for i, j in product(range(size), repeat=2):
        found = judge(toward, opposite(toward), matrix[[i, j]], matrix)
        if {i, j} <= {0, 1}:
            assert (found.winner, found.score, found.probability) == ("tie", 0.0, 0.5)
        elif i != j and found.winner != "tie":
            assert (found.winner == "a") == (place[i] < place[j])


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_where_a_picture_stands_is_the_share_of_the_library_below_it(seed: int) -> None:
    usual = np.random.default_rng(seed).integers(0, 5, 40).astype(np.float32)  # with ties
    (*shares,) = _stands(np.array([0, 2, 7], np.float32), usual)
    assert shares == pytest.approx([np.mean(usual < at) + np.mean(usual == at) / 2 for at in (0, 2, 7)])


def test_words_that_mean_the_same_both_ways_are_seen_through() -> None:
    matrix = images(0)
    toward = made_direction(unit(np.random.default_rng(1).standard_normal(DIM)))
    assert not judge(toward, toward, matrix[:2], matrix).reverse_disagrees
    mute = made_direction(np.zeros(DIM, np.float32))
    assert judge(mute, mute, matrix[:2], matrix).winner == "tie"


def test_the_probability_is_that_of_two_correlated_normals() -> None:
    random = np.random.default_rng(0)
    measured, noise = random.standard_normal((2, 2_000_000))
    true = 0.6 * measured + 0.8 * noise
    for z in (0.25, 1.0, 2.0):
        near = np.abs(measured - z) < 0.05
        assert probability(z, 0.6) == pytest.approx(np.mean(true[near] > 0), abs=0.01)


@given(z=st.floats(0, 50), trusted=st.floats(0, 0.99))
def test_no_difference_or_no_trust_is_even_odds(z: float, trusted: float) -> None:
    assert probability(0, trusted) == probability(z, 0) == 0.5
    assert 0.5 <= probability(z, trusted) <= 1


# ---- differences ----------------------------------------------------------------------------------------


def test_a_phrase_by_which_all_images_differ_does_not_win() -> None:
    phrases = np.eye(DIM, dtype=np.float32)[:2]
    random = np.random.default_rng(0)
    matrix = random.standard_normal((200, DIM)).astype(np.float32) * ([1.0, 0.1] + [0.5] * (DIM - 2))
    usual = usual_in(bank(phrases), matrix.astype(np.float32))
    first, second = np.zeros((2, DIM), np.float32)
    first[:2] = 1.5, 0.5  # by phrase 0 an everyday difference, by phrase 1 a great one
    found = differences(usual, first, second)
    assert [each.phrase for each in found] == ["phrase 1", "phrase 0"]
    assert found[0].z == pytest.approx(0.5 / (np.sqrt(2) * matrix[:, 1].std()), rel=1e-5)
    assert (found[0].more_in, differences(usual, second, first)[0].more_in) == ("a", "b")


def test_the_spread_is_that_of_random_pairs() -> None:
    matrix, random = images(3, 300), np.random.default_rng(4)
    usual = usual_in(bank(np.eye(DIM, dtype=np.float32)), matrix)
    i, j = random.integers(0, 300, (2, 100_000))
    assert usual.spread == pytest.approx((matrix[i] - matrix[j]).std(axis=0), rel=0.02)


def usual_of(z_related: float, agreement: float = 1.0) -> Usual:
    phrases = bank(np.eye(DIM, dtype=np.float32)[:2])
    return Usual(
        phrases, np.ones(2, np.float32), np.array([1.0, agreement]), np.array([[1, z_related], [z_related, 1]])
    )


def test_phrases_that_say_the_same_are_named_once() -> None:
    first, second = np.zeros((2, DIM), np.float32)
    first[:2] = 3, 2
    assert len(differences(usual_of(RELATED - 0.01), first, second)) == 2
    for related in (RELATED + 0.01, -RELATED - 0.01):
        assert [each.phrase for each in differences(usual_of(related), first, second)] == ["phrase 0"]


def test_small_differences_and_phrases_that_order_nothing_are_not_named() -> None:
    first, second = np.zeros((2, DIM), np.float32)
    first[:2] = NOISE * 0.99, 5
    assert differences(usual_of(0, agreement=0.1), first, second) == []
    assert len(differences(usual_of(0, agreement=0.9), first, second)) == 1


# ---- real pictures --------------------------------------------------------------------------------------


@pytest.fixture
def clip(tiny_model: str) -> Clip:
    return load(tiny_model, "cpu")


@pytest.fixture
def library(tmp_path: Path, photos: Path, clip: Clip) -> Iterator[Library]:
    with Writer(tmp_path / "library.pairlens") as writer:
        index_folders(writer, [os.fsencode(photos)], clip, JobContext())
        with Library(writer.path) as library:
            yield library


def test_verdicts_follow_the_ranking_of_the_library(library: Library, clip: Clip) -> None:
    answer = rank_library(library, clip, "brighter")
    paths = {file.id: file.path for file in library.files()}
    ordered = [paths[file] for file in answer.files.tolist()]
    shelf = Shelf()
    for (a, high), (b, low) in zip(
        zip(ordered, answer.scores, strict=True), zip(ordered[1:], answer.scores[1:], strict=True), strict=False
    ):
        (found,) = verdicts(library, clip, a, b, [("brighter", "")], shelf)
        assert found.score == float(high - low)
        assert found.winner == ("tie" if high == low else "a")
        assert found.agreement == answer.agreement


def test_how_several_pictures_stand_follows_the_ranking(library: Library, clip: Clip) -> None:
    answer = rank_library(library, clip, "brighter")
    paths = {file.id: file.path for file in library.files()}
    ordered = [paths[file] for file in answer.files.tolist()]
    ((*shares,),) = standings(library, clip, ordered[::3], [("brighter", "")])
    assert shares == pytest.approx([1 - (place + 0.5) / 12 for place in range(0, 12, 3)])


def test_a_picture_shifted_by_a_pixel_differs_in_nothing(library: Library, clip: Clip, tmp_path: Path) -> None:
    shelf = Shelf()
    files = [file.path for file in library.files()]
    assert any(explain(library, clip, *pair, shelf=shelf) for pair in pairwise(files)), "different pictures differ"
    for seed in range(6):
        original = write_photo(tmp_path / "pairs" / f"{seed}.png", seed, (320, 240))
        shifted = tmp_path / "pairs" / f"{seed}-shifted.png"
        with Image.open(original) as image:
            ImageChops.offset(image, 1, 0).save(shifted)
        assert explain(library, clip, os.fsencode(original), os.fsencode(shifted), shelf=shelf) == []


def test_a_picture_from_anywhere(library: Library, clip: Clip, photos: Path, tmp_path: Path) -> None:
    inside = os.fsencode(photos / "photo00.jpg")
    stored = reference(library, clip, path=inside)
    copy = tmp_path / "copy.jpg"
    copy.write_bytes((photos / "photo00.jpg").read_bytes())
    copied = reference(library, clip, path=os.fsencode(copy))
    assert (copied.image_id, copied.vector.tobytes()) == (stored.image_id, stored.vector.tobytes())
    other = reference(library, clip, path=os.fsencode(write_photo(tmp_path / "new.png", 500)))
    assert other.image_id is None
    assert np.linalg.norm(other.vector) == pytest.approx(1, abs=1e-3)
    write_photo(photos / "photo00.jpg", 501)  # another picture under the name of one that is indexed
    changed = reference(library, clip, path=inside)
    assert changed.image_id is None
    (photos / "photo00.jpg").unlink()  # as if its drive were away
    assert reference(library, clip, path=inside).vector.tobytes() == stored.vector.tobytes()


def test_sample_pictures_stand_in_for_a_library_of_a_few(clip: Clip) -> None:
    few = VectorTable(np.arange(2), np.zeros((2, clip.dim), np.float32))
    assert background(few, clip).shape == (48, clip.dim)
    many = VectorTable(np.arange(5_000), np.zeros((5_000, 1), np.float32))
    assert len(background(many, clip)) == 2_000
