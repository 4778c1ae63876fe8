"""Difference-based classification and geometry with an encoder and images whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.classify.prompts import class_vectors
from engine.evaluation import comparing, geometry, tasks
from engine.evaluation.asking import by_rule
from engine.evaluation.layouts import Labelled
from engine.evaluation.naming import class_set, named
from engine.evaluation.pairing import Pairing, Saying, pairings
from engine.evaluation.rules import RULES
from engine.jobs import JobContext
from tests.engine.wordclip import DIM, WordClip, axis

from .test_tasks import SIZE

SIZES = {"larger": axis(0), "large": axis(0), "smaller": -axis(0), "small": -axis(0)}
# What the bank says of size, in all its words.
SIZES |= {word: axis(0) for word in ("big", "bigger", "huge")} | {word: -axis(0) for word in ("tiny", "little")}


def world(noise: float = 0.05) -> tuple[Labelled, np.ndarray, Pairing]:
    """Horses lie along axis 0, mice against it; labels, unit vectors (N, D), and the pairs of the task."""
    labels = np.repeat([0, 1], 40)
    rng = np.random.default_rng(0)
    vectors = np.where(labels == 0, 0.4, -0.4)[:, None] * axis(0) + np.eye(DIM)[0] + noise * rng.normal(size=(80, DIM))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    data = Labelled([b"x"] * 80, labels, ("horse", "mouse"))
    (found,) = pairings(tasks.parse(SIZE, "size"), data)
    return data, vectors.astype(np.float32), found


def accuracies(encoder: WordClip, vectors: np.ndarray, pairing: Pairing) -> dict[str, float]:
    directions = by_rule(encoder, pairing.sayings, JobContext())
    return {rule: comparing.figure("m", rule, vectors, pairing, directions[rule])[0].accuracy for rule in RULES}


def test_an_encoder_that_was_taught_is_right_by_every_rule() -> None:
    _, vectors, pairing = world()
    found = accuracies(WordClip(SIZES, taught=True, text_key="taught"), vectors, pairing)
    assert min(found.values()) > 0.99, found


def test_an_encoder_that_was_not_taught_is_right_by_antonym_prompts_alone() -> None:
    """The roles alone tell its statements apart, which says nothing of the size."""
    _, vectors, pairing = world()
    found = accuracies(WordClip(SIZES, text_key="untaught"), vectors, pairing)
    assert found["antonym"] > 0.99
    assert found["ensemble"] > 0.99
    assert found["reversed"] == pytest.approx(0.5, abs=0.15)


def test_an_inverted_encoder_is_wrong_by_statements_and_right_by_the_ensemble() -> None:
    _, vectors, pairing = world()
    found = accuracies(WordClip(SIZES, inverted=True, text_key="inverted"), vectors, pairing)
    assert found["reversed"] < 0.01
    assert found["wordings"] < 0.01
    assert found["ensemble"] > 0.99


def test_the_controls_come_out_as_they_must() -> None:
    _, vectors, pairing = world(noise=0.3)
    encoder = WordClip(SIZES, taught=True, text_key="controls")
    directions = by_rule(encoder, pairing.sayings, JobContext())
    for rule in RULES:
        figure, right = comparing.figure("m", rule, vectors, pairing, directions[rule])
        assert figure.shuffled == pytest.approx(0.5, abs=max(0.02, 4 * figure.shuffled_error))
        assert figure.swapped == pytest.approx(1 - right.mean())
        assert figure.pairs == len(pairing.rows)
        assert 0 < figure.standard_error < 0.05


def test_a_figure_of_one_seed_has_the_error_of_its_images() -> None:
    _, vectors, pairing = world(noise=0.3)
    only = Pairing(pairing.comparison, pairing.sayings, pairing.rows[pairing.rows[:, 3] == 0])
    directions = by_rule(WordClip(SIZES, taught=True, text_key="one"), only.sayings, JobContext())
    assert comparing.figure("m", "ensemble", vectors, only, directions["ensemble"])[0].standard_error > 0


def test_unrelated_questions_stray_where_images_differ_in_other_ways_too() -> None:
    _, vectors, pairing = world()
    other = {**SIZES, "bright": axis(1), "dark": -axis(1)}
    encoder = WordClip(other, text_key="stray", vocabulary=frozenset({*other, "a", "photo", "of", "picture", "scene"}))
    assert comparing.Unrelated(encoder, JobContext()).stray(vectors, pairing) < 0.2
    vectors = vectors + 0.3 * np.where(np.arange(80) < 40, 1, -1)[:, None] * axis(1)
    assert comparing.Unrelated(encoder, JobContext()).stray(vectors.astype(np.float32), pairing) > 0.2


@given(st.integers(0, 2**32 - 1))
def test_the_sign_of_the_cosine_with_the_difference_is_the_order_of_the_scores(seed: int) -> None:
    """METHOD: for one statement the pair test is a ranking, on every pair."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(12, DIM))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    asked = rng.normal(size=(1, DIM))
    first, second = np.triu_indices(12, 1)
    rows = np.column_stack([first, second, np.zeros_like(first), np.zeros_like(first)])
    right = comparing.right(vectors, Pairing("x", (Saying((("a", "b"),)),), rows), asked)
    differences = vectors[first] - vectors[second]
    cosines = differences @ asked[0] / np.linalg.norm(differences, axis=1) / np.linalg.norm(asked)
    np.testing.assert_array_equal(right, cosines > 0)


def test_classes_are_named_and_their_differences_lie_along_what_is_said_of_them() -> None:
    data, vectors, pairing = world()
    task = tasks.parse(SIZE, "size")
    words = {**SIZES, "horse": axis(0), "mouse": -axis(0)}
    encoder = WordClip(words, taught=True, text_key="named")
    classes = class_vectors(encoder, class_set(task, data.classes))
    figure, right = named("m", vectors, data.labels, classes)
    assert figure.accuracy == 1.0
    assert figure.chance == 0.5
    assert right.all()
    (said,) = geometry.said(task, data, [pairing])
    means = geometry.class_means(vectors, data)
    by = {each.rule: each for each in geometry.aligned("m", encoder, said, classes, means, JobContext())}
    assert by["reversed"].words > by["single"].words > 0
    assert by["ensemble"].pictures > 0.95
    assert by["ensemble"].differences == 1


def test_texts_that_the_encoder_would_cut_are_refused() -> None:
    from engine.errors import PromptTooLong

    encoder = WordClip({}, text_key="short", context_length=12)
    with pytest.raises(PromptTooLong, match="reads 12 tokens"):
        by_rule(encoder, [Saying((("the first is larger than the second", "x"),), "larger", "smaller")], JobContext())
