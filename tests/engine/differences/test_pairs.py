"""Which pairs are compared: none twice, every image as often as the others, the same for the same seed."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.differences.pairs import Pair, across_pairs, along_pairs, near_pairs, random_pairs

SEEDS = st.integers(0, 2**32 - 1)


def uses(pairs: list[Pair]) -> Counter[int]:
    return Counter(image for pair in pairs for image in pair)


def unordered(pairs: list[Pair]) -> set[frozenset[int]]:
    return {frozenset(pair) for pair in pairs}


def unit_vectors(count: int, seed: int, dim: int = 8) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@given(st.integers(0, 25), SEEDS)
@settings(deadline=None)
def test_random_pairs_are_all_pairs_once(count: int, seed: int) -> None:
    images = list(range(100, 100 + count))
    pairs = list(random_pairs(images, seed))
    assert len(pairs) == count * (count - 1) // 2 == len(unordered(pairs))
    assert all(len(set(pair)) == 2 for pair in pairs)


@given(st.integers(2, 40), st.integers(1, 200), SEEDS)
@settings(deadline=None)
def test_random_pairs_are_spread_over_all_images(count: int, wanted: int, seed: int) -> None:
    found = uses(list(islice(random_pairs(range(count), seed), wanted)))
    counts = [found[image] for image in range(count)]
    assert max(counts) - min(counts) <= 2


def test_a_longer_run_begins_as_a_shorter_one_and_another_seed_does_not() -> None:
    assert list(islice(random_pairs(range(30), 7), 50)) == list(islice(random_pairs(range(30), 7), 200))[:50]
    assert list(islice(random_pairs(range(30), 7), 50)) != list(islice(random_pairs(range(30), 8), 50))


def test_the_first_of_a_pair_is_not_always_the_older_image() -> None:
    pairs = list(random_pairs(range(60)))
    assert 0.45 < sum(first < second for first, second in pairs) / len(pairs) < 0.55


def test_pairs_across_folders() -> None:
    group = {image: image % 3 for image in range(12)}
    pairs = list(across_pairs(range(12), group))
    assert len(pairs) == 3 * 4 * 4
    assert all(group[first] != group[second] for first, second in pairs)


@given(st.integers(2, 40), SEEDS)
@settings(deadline=None)
def test_pairs_along_an_attribute_differ_much(count: int, seed: int) -> None:
    scores = np.random.default_rng(seed).standard_normal(count)
    pairs = list(along_pairs(range(count), scores.tolist(), seed))
    assert len(unordered(pairs)) == len(pairs)
    assert all(abs(scores[first] - scores[second]) >= scores.std() for first, second in pairs)


def test_pairs_along_an_attribute_use_every_image_once_a_round() -> None:
    scores = list(range(20))
    first_round = list(islice(along_pairs(range(20), scores), 10))
    assert set(uses(first_round).values()) == {1}
    assert all(abs(one - other) == 10 for one, other in first_round)
    assert list(along_pairs(range(20), [1.0] * 20)) == []


@given(st.integers(0, 40), SEEDS)
@settings(deadline=None)
def test_near_pairs_come_once_and_are_spread(count: int, seed: int) -> None:
    pairs = list(near_pairs(range(count), unit_vectors(count, seed), seed))
    assert len(unordered(pairs)) == len(pairs) == count * (count - 1) // 2
    first = uses(pairs[: count // 2])
    assert max(first.values(), default=0) <= 1, "the first round uses no image twice"


def test_near_pairs_are_nearer_than_random_ones() -> None:
    vectors = unit_vectors(300, 1, dim=4)
    near = list(islice(near_pairs(range(300), vectors), 300))
    rest = list(islice(random_pairs(range(300)), 300))
    likeness = [np.mean([vectors[one] @ vectors[other] for one, other in pairs]) for pairs in (near, rest)]
    assert likeness[0] > 0.8
    assert abs(likeness[1]) < 0.2
    assert uses(near).most_common(1)[0][1] <= 4
