"""Looking at two pictures together: fractions, whatever their sizes and shapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.pair_look import WHOLE, Look, follow, look_of

lengths = st.integers(50, 5000)
views = st.integers(100, 3000)
looks = st.builds(Look, st.floats(1, 8), st.floats(0, 1), st.floats(0, 1))


@given(looks, lengths, lengths, views, views)
def test_a_look_that_can_be_had_is_the_look_that_is_had(look: Look, w: int, h: int, vw: int, vh: int) -> None:
    had = look_of(look.zoom(w, h, vw, vh))  # edges and the largest scale may hold it back, but only once
    again = look_of(had.zoom(w, h, vw, vh))
    assert (again.closer, again.x, again.y) == pytest.approx((had.closer, had.x, had.y), rel=1e-6)


@given(looks, lengths, lengths, views, views)
def test_copies_of_another_size_show_the_same_part(look: Look, w: int, h: int, vw: int, vh: int) -> None:
    one, twice = look.zoom(w, h, vw, vh), look.zoom(2 * w, 2 * h, vw, vh)
    if one.fit < 2 and one.shown_scale < 32 and twice.shown_scale < 32:  # neither limit of the zoom plays a part
        assert one.x / w == pytest.approx(twice.x / (2 * w), abs=1e-6)
        assert one.y / h == pytest.approx(twice.y / (2 * h), abs=1e-6)
        assert w * one.shown_scale == pytest.approx(2 * w * twice.shown_scale)


@given(looks, looks)
def test_pictures_looked_at_alike_stay_so(before: Look, after: Look) -> None:
    assert follow(before, before, after) == after


@given(looks, looks)
def test_the_whole_picture_brings_the_other_back_too(other: Look, before: Look) -> None:
    assert follow(other, before, WHOLE) == WHOLE


def test_what_was_set_apart_stays_apart() -> None:
    moved = follow(Look(2.0, 0.5, 0.4), Look(4.0, 0.25, 0.5), Look(8.0, 0.5, 0.5))
    assert (moved.closer, moved.x, moved.y) == pytest.approx((4.0, 0.75, 0.4))
