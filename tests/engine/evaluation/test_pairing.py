"""Which pairs are asked about, and that what is said of them is true."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation import tasks
from engine.evaluation.errors import TooFewLabelled
from engine.evaluation.layouts import Labelled
from engine.evaluation.pairing import pairings

from .test_tasks import SIZE

ATTRIBUTES = """
name = "animals"
seeds = 2
[attributes]
wordings = ["the first has {first}, the second {second}", "unlike the second with {second}, the first has {first}"]
photo = "an animal with {}"
most = 2
ignore = ["smell"]
words = { longneck = "a long neck" }
[attributes.table]
giraffe = ["longneck", "legs", "spots", "smell"]
mole = ["claws", "smell"]
stone = []
"""


def labelled(*counts: int, classes: tuple[str, ...] = ("horse", "mouse", "stone")) -> Labelled:
    labels = np.repeat(np.arange(len(counts)), counts)
    return Labelled([b"x"] * len(labels), labels, classes)


def test_a_statement_is_true_of_the_order_that_was_drawn() -> None:
    (found,) = pairings(tasks.parse(SIZE, "size"), labelled(40, 40, 40))
    first, second, saying, seed = found.rows.T
    labels = labelled(40, 40, 40).labels
    assert set(np.unique(seed)) == {0, 1, 2, 3, 4}
    assert {*labels[first], *labels[second]} == {0, 1}, "the third class takes no part"
    np.testing.assert_array_equal(saying == 0, labels[first] == 0)
    assert 0.45 < (saying == 0).mean() < 0.55, "the order within a pair is drawn"
    larger, smaller = found.sayings
    assert larger.wordings[0] == ("the first is larger than the second", "the second is larger than the first")
    assert smaller.wordings[0][0] == "the first is smaller than the second"
    assert (larger.prompt, larger.reverse) == (smaller.reverse, smaller.prompt)


def test_values_are_compared_where_they_lie_apart() -> None:
    task = tasks.Task(
        name="t", layout="table", table="t.csv", seeds=1,
        comparisons=(tasks.Comparison(name="light", prompt="brighter", reverse="darker", column="light", apart=1.0),),
    )  # fmt: skip
    values = np.r_[np.linspace(0, 1, 30), np.nan]
    (found,) = pairings(task, Labelled([b"x"] * 31, np.full(31, -1), (), {"light": values}))
    first, second, saying, _ = found.rows.T
    assert 30 not in found.ends
    gaps = values[first] - values[second]
    assert np.abs(gaps).min() > values[:30].std()
    np.testing.assert_array_equal(saying == 0, gaps > 0)


def test_classes_are_told_apart_by_what_only_one_of_them_has() -> None:
    task = tasks.parse(ATTRIBUTES, "animals")
    data = labelled(30, 30, 30, classes=("giraffe", "mole", "stone"))
    (found,) = pairings(task, data)
    labels = data.labels
    assert {*labels[found.ends].ravel()} == {0, 1}, "nothing is known of stones"
    for first, second, number, _ in found.rows[:50]:
        saying = found.sayings[number]
        giraffe_first = labels[first] == 0
        assert ("the first has claws" in saying.wordings[0][0]) != giraffe_first
        assert ("the first has claws" in saying.wordings[0][1]) == giraffe_first, "the reverse is of the pair swapped"
        assert saying.marks[int(giraffe_first)] == ("an animal with claws",)
        assert len(saying.marks[1 - int(giraffe_first)]) == 2, "at most two are named"
        assert labels[first] != labels[second]
    assert not any("smell" in text for saying in found.sayings for wording in saying.wordings for text in wording)
    assert len(found.sayings) == 2, "a pair of classes and the same swapped name the same attributes"


def test_the_same_seeds_give_the_same_pairs_and_no_more_than_wanted() -> None:
    task = tasks.parse(SIZE, "size").model_copy(update={"pairs": 30, "images": 20})
    one, other = pairings(task, labelled(40, 40)), pairings(task, labelled(40, 40))
    np.testing.assert_array_equal(one[0].rows, other[0].rows)
    assert np.bincount(one[0].rows[:, 3]).max() == 30
    assert all(len(np.unique(one[0].ends[one[0].rows[:, 3] == seed])) <= 20 for seed in range(5))


def test_too_few_images_are_refused() -> None:
    with pytest.raises(TooFewLabelled, match="they make 0 pairs"):
        pairings(tasks.parse(SIZE, "size"), labelled(5, 0))
    alike = ATTRIBUTES.replace('["longneck", "legs", "spots", "smell"]', '["claws"]')
    with pytest.raises(TooFewLabelled, match="tell them apart"):
        pairings(tasks.parse(alike, "a"), labelled(9, 9, classes=("giraffe", "mole")))
