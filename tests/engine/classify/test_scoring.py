"""Images x classes: the plain formula in every block, and what a change leaves alone, bit for bit."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classify import scoring
from engine.classify.scoring import Change, before_and_after, zero_shot
from engine.errors import JobCancelled
from engine.jobs import JobContext
from tests.engine.classify.samples import units

SCALE = 30.0


def softmax(images: np.ndarray, classes: np.ndarray) -> np.ndarray:
    scores = SCALE * images.astype(np.float64) @ classes.astype(np.float64).T
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    return chances / chances.sum(axis=1, keepdims=True)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(2, 12), st.integers(0, 1000))
def test_labels_and_probabilities_are_the_softmax_of_the_cosines(count: int, width: int, seed: int) -> None:
    images, classes = units(count, seed=seed), units(width, seed=seed + 1)
    found, chances = zero_shot(images, classes, SCALE), softmax(images, classes)
    order = np.argsort(-chances, axis=1)
    assert (found.label == order[:, 0]).all()
    assert (found.second == order[:, 1]).all()
    assert found.probability == pytest.approx(chances.max(axis=1), rel=1e-4)
    assert found.margin == pytest.approx(chances[np.arange(count), order[:, 0]] - np.sort(chances)[:, -2], abs=1e-4)
    expected = np.stack([chances[order[:, 0] == place].sum(axis=0) for place in range(width)], axis=1)
    assert found.expected == pytest.approx(expected, abs=1e-3)


def test_many_blocks_on_several_threads_are_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    images, classes = units(500), units(7, seed=1)
    whole = zero_shot(images, classes, SCALE)
    monkeypatch.setattr(scoring, "CELLS", 7 * 16)
    parts = zero_shot(images, classes, SCALE)
    assert (parts.label == whole.label).all()
    assert parts.probability == pytest.approx(whole.probability, rel=1e-5)
    assert parts.expected == pytest.approx(whole.expected, rel=1e-4)
    assert parts.mistaken == pytest.approx(whole.mistaken, rel=1e-4)


def test_pairs_mistaken_for_each_other_are_those_whose_probabilities_meet() -> None:
    images, classes = units(300), units(5, seed=1)
    found, chances = zero_shot(images, classes, SCALE), softmax(images, classes)
    likeliest = found.likeliest_pairs(1)[0]
    sums: dict[tuple[int, int], float] = {}
    for row in chances:
        second, first = np.argsort(row)[-2:].tolist()
        pair = (min(first, second), max(first, second))
        sums[pair] = sums.get(pair, 0.0) + row[first] * row[second]
    assert found.mistaken == pytest.approx(sums, rel=1e-3)
    assert likeliest == max(sums, key=lambda pair: sums[pair])


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 10), st.integers(0, 1000), st.data())
def test_a_change_to_the_same_vectors_changes_nothing(width: int, seed: int, data: st.DataObject) -> None:
    images, classes = units(40, seed=seed), units(width, seed=seed + 1)
    places = np.array(sorted(data.draw(st.sets(st.integers(0, width - 1), min_size=1))))
    before, _ = before_and_after(images, classes, SCALE, None)
    again, after = before_and_after(images, classes, SCALE, Change(places, units(len(places), seed=seed + 2)))
    assert (again.label == before.label).all()
    assert (again.probability == before.probability).all()
    changed = classes.copy()
    changed[places] = units(len(places), seed=seed + 2)
    whole = zero_shot(images, changed, SCALE)
    assert (after.label == whole.label).all()
    assert after.probability == pytest.approx(whole.probability, rel=1e-4)


def test_a_change_for_close_classes_leaves_all_other_images_alone_bit_for_bit() -> None:
    images, classes = units(400), units(6, seed=1)
    change = Change(np.array([1, 2]), units(2, seed=5), close=0.3, pairs=[(1, 2)])
    before, after = before_and_after(images, classes, SCALE, change)
    pair = np.isin(before.label, (1, 2)) & np.isin(before.second, (1, 2))
    touched = pair & (before.margin < 0.3)
    assert 0 < touched.sum() < len(images)
    assert (after.label[~touched] == before.label[~touched]).all()
    assert (after.probability[~touched] == before.probability[~touched]).all()
    everywhere = before_and_after(images, classes, SCALE, Change(change.places, change.vectors))[1]
    assert (after.label[touched] == everywhere.label[touched]).all()


def test_beyond_a_thousand_classes_there_is_no_matrix() -> None:
    found = zero_shot(units(10), units(scoring.DENSE + 1, seed=1), SCALE)
    assert found.expected is None
    assert found.mistaken


def test_cancelling_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "CELLS", 16)
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(JobCancelled):
        zero_shot(units(500), units(7, seed=1), SCALE, context=JobContext(cancelled=cancelled))
