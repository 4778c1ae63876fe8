"""Comparative prompting: the paper's formula, the symmetric form, and what stays as it is, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classify.alphas import ALPHAS, along, curve, labels_of
from engine.classify.comparing import Said, comparative_prompting, compared, moved, phrase_of, without_shared
from engine.classify.figures import chosen
from engine.classify.scoring import Change, before_and_after
from engine.classify.sets import AVERAGED, FORMS, SYMMETRIC, Comparative
from tests.engine.classify.samples import units

WIDTH = 6


def norm(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


pairs = st.lists(
    st.tuples(st.integers(0, WIDTH - 1), st.integers(0, WIDTH - 1)).filter(lambda pair: pair[0] != pair[1]),
    min_size=1,
    max_size=6,
)


def said_of(places: list[tuple[int, int]], seed: int) -> list[Said]:
    return [Said(a, b, vector) for (a, b), vector in zip(places, units(len(places), seed=seed), strict=True)]


@given(pairs, st.floats(0, 0.999), st.integers(0, 1000))
def test_the_averaged_form_is_the_papers(places: list[tuple[int, int]], alpha: float, seed: int) -> None:
    classes, said = units(WIDTH, seed=seed), said_of(places, seed + 1)
    made = comparative_prompting(classes, said, alpha, AVERAGED)
    for b in range(WIDTH):
        mine = [classes[each.first] - each.vector for each in said if each.second == b]
        if mine:
            expected = norm(alpha * classes[b] + (1 - alpha) * np.mean(mine, axis=0))
            assert made[b] == pytest.approx(expected, abs=1e-5)
        else:
            assert (made[b] == classes[b]).all()


@given(pairs, st.integers(0, 1000), st.sampled_from(FORMS))
def test_alpha_1_changes_no_bit(places: list[tuple[int, int]], seed: int, form: str) -> None:
    classes = units(WIDTH, seed=seed)
    assert (comparative_prompting(classes, said_of(places, seed + 1), 1.0, form) == classes).all()


@given(pairs, st.floats(0, 0.999), st.integers(0, 1000), st.sampled_from(FORMS))
def test_classes_without_comparatives_keep_their_scores_bit_for_bit(
    places: list[tuple[int, int]], alpha: float, seed: int, form: str
) -> None:
    classes, images = units(WIDTH, seed=seed), units(20, seed=seed + 2)
    said = said_of(places, seed + 1)
    made = comparative_prompting(classes, said, alpha, form)
    touched = {each.second for each in said} | ({each.first for each in said} if form == SYMMETRIC else set())
    free = [place for place in range(WIDTH) if place not in touched]
    assert ((images @ made.T)[:, free] == (images @ classes.T)[:, free]).all()


@given(pairs, st.floats(0, 0.999), st.integers(0, 1000))
def test_the_symmetric_form_does_not_care_which_class_is_named_first(
    places: list[tuple[int, int]], alpha: float, seed: int
) -> None:
    classes, said = units(WIDTH, seed=seed), said_of(places, seed + 1)
    turned = [Said(each.second, each.first, -each.vector) for each in said]
    made = comparative_prompting(classes, said, alpha, SYMMETRIC)
    assert comparative_prompting(classes, turned, alpha, SYMMETRIC) == pytest.approx(made, abs=1e-6)


def test_the_symmetric_form_moves_both_and_no_pair_by_its_number_of_sentences() -> None:
    classes, toward = units(WIDTH), units(2, seed=9)
    once = comparative_prompting(classes, [Said(0, 1, toward[0])], 0.8, SYMMETRIC)
    assert once[0] == pytest.approx(norm(classes[0] + 0.2 * toward[0]), abs=1e-6)
    assert once[1] == pytest.approx(norm(classes[1] - 0.2 * toward[0]), abs=1e-6)
    twice = comparative_prompting(classes, [Said(0, 1, toward[0])] * 3 + [Said(0, 2, toward[1])], 0.8, SYMMETRIC)
    assert twice[0] == pytest.approx(norm(classes[0] + 0.1 * toward[0] + 0.1 * toward[1]), abs=1e-6)
    assert twice[1] == pytest.approx(once[1], abs=1e-6)


def test_what_both_classes_share_is_taken_out_of_a_direction() -> None:
    centres = dict(enumerate(units(2, seed=4)))
    found = without_shared([Said(0, 1, units(1, seed=5)[0])], centres)[0].vector
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)
    assert found @ (centres[0] + centres[1]) == pytest.approx(0, abs=1e-5)
    kept = units(1, seed=6)[0]
    assert (without_shared([Said(0, 1, kept)], {})[0].vector == kept).all()
    middle = norm(centres[0] + centres[1])
    assert not without_shared([Said(0, 1, middle)], centres)[0].vector.any()


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("fluffier", "fluffier"),
        ("A dog is fluffier than a wolf", "the first is fluffier than the second"),
        ("Wolves? no: wolfs have longer legs than dogs", "wolves? no: the second has longer legs than the first"),
        ("photos of dogs show more toys than photos of a wolf", "the first shows more toys than the second"),
    ],
)
def test_sentences_about_the_classes_become_sentences_about_first_and_second(text: str, phrase: str) -> None:
    assert phrase_of(Comparative("dog", "wolf", text)) == phrase


# ---- along alpha ----------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(pairs, st.integers(0, 1000), st.sampled_from(FORMS), st.sampled_from([1.0, 0.4]))
def test_the_curve_holds_the_labels_of_each_alpha(
    places: list[tuple[int, int]], seed: int, form: str, close: float
) -> None:
    classes, images, said = units(WIDTH, seed=seed), units(60, seed=seed + 2), said_of(places, seed + 1)
    change = moved(classes, said, form)
    found = labels_of(images, classes, 30.0, along(change, close, compared(said), (1.0, 0.7, 0.0)))
    for row, alpha in zip(found, (1.0, 0.7, 0.0), strict=True):
        one = Change(change.places, change.at(alpha), close, compared(said))
        before, after = before_and_after(images, classes, 30.0, one)
        assert (row == after.label).mean() > 0.98  # a tie may fall either way
        if alpha == 1:
            assert (row == before.label).mean() > 0.98


def test_alpha_is_chosen_by_the_most_right_and_then_the_least_change() -> None:
    before = np.array([0, 0, 1, 1])
    true = np.array([0, 1, 1, -1])
    labels = np.array([[0, 0, 1, 1], [0, 1, 1, 0], [0, 1, 1, 1], [1, 1, 1, 1]])
    points = curve(labels, before, true, (1.0, 0.6, 0.3, 0.0))
    assert [point.switched for point in points] == [0, 2, 1, 2]
    assert [point.accuracy.right for point in points if point.accuracy] == [2, 3, 3, 2]
    assert chosen(points) == 0.6
    assert chosen(curve(labels, before, None, (1.0, 0.6, 0.3, 0.0))) == 1.0
    assert ALPHAS[0] == 1
    assert ALPHAS[-1] == 0
