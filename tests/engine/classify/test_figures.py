"""Accuracies, intervals and gains against figures worked out by hand or by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.classify import figures

labelled = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-1, 3)), min_size=1, max_size=60)


def test_wilson_against_the_published_formula() -> None:
    assert figures.wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert figures.wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert figures.wilson(10, 10)[1] == 1
    assert figures.wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share(counts: tuple[int, int]) -> None:
    low, high = figures.wilson(*counts)
    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


@given(labelled)
def test_figures_agree_with_the_confusion_matrix(rows: list[tuple[int, int, int]]) -> None:
    before, after, true = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    matrix = figures.confusion(after, true, 4)
    known = [(a, t) for _, a, t in rows if t >= 0]
    assert matrix.sum() == len(known)
    assert figures.accuracy(after, true).right == np.trace(matrix) == sum(a == t for a, t in known)
    for place, each in enumerate(figures.by_class(after, true, 4)):
        assert (each.images, each.labelled) == (matrix[place].sum(), matrix[:, place].sum())
        assert each.recall == (pytest.approx(matrix[place, place] / each.images) if each.images else None)
        assert each.precision == (pytest.approx(matrix[place, place] / each.labelled) if each.labelled else None)
    mistakes = {(t, a): c for t, a, c in figures.confused(after, true, 4)}
    assert mistakes == {(t, a): matrix[t, a] for t in range(4) for a in range(4) if t != a and matrix[t, a]}
    change = figures.gained(before, after, true)
    difference = [(a == t) - (b == t) for b, a, t in rows if t >= 0]
    assert change.gain == pytest.approx(np.mean(difference) if difference else 0)
    if difference:
        assert change.error == pytest.approx(np.std(difference) / np.sqrt(len(difference)), abs=1e-9)
