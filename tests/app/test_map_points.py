"""The map as numbers: places from two rankings, zoom and pan, which images are shown as pictures, the dots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.map_dots import CHOSEN, CROWDS, crowds, dots
from app.map_frame import LARGEST_ZOOM, Frame
from app.map_layout import PICTURE, Layout
from app.map_points import Points, nearest, neighbour

Rows = list[tuple[int, float]]

FRAMES = st.builds(
    Frame,
    width=st.floats(200, 4000),
    height=st.floats(200, 3000),
    edge=st.just(40.0),
)
SHARES = st.floats(0, 1)


def ranking(rows: Rows) -> np.ndarray:
    """Rows (file, score) as the engine writes them, best first."""
    return np.array(sorted(rows, key=lambda row: -row[1]), [("file", "<i8"), ("score", "<f4")])


def scattered(count: int, seed: int = 0) -> Points:
    rng = np.random.default_rng(seed)
    rows = [list(enumerate(rng.normal(size=count).tolist(), 1)) for _ in range(2)]
    return Points.of(*map(ranking, rows))


def test_files_with_both_scores_have_a_place_within_the_range_of_each_axis() -> None:
    points = Points.of(ranking([(1, 0.5), (2, -1.5), (3, 2.5), (9, 0.0)]), ranking([(3, 7.0), (2, 5.0), (1, 9.0)]))
    places = {int(points.ids[n]): (points.across.places[n], points.up.places[n]) for n in range(len(points))}
    assert places == {1: (0.5, 1.0), 2: (0.0, 0.0), 3: (1.0, 0.5)}
    shares = {int(points.ids[n]): (points.across.shares[n], points.up.shares[n]) for n in range(len(points))}
    assert shares[3] == pytest.approx((0.75, 1 / 3))  # of four, three have less; of three, one


def test_an_axis_on_which_all_are_alike_puts_them_in_its_middle() -> None:
    points = Points.of(ranking([(1, 2.0), (2, 2.0)]), ranking([(1, 1.0), (2, 3.0)]))
    assert points.across.places.tolist() == [0.5, 0.5]
    assert len(Points.of(ranking([]), ranking([]))) == 0
    assert Points().find([1, 2]).tolist() == []


def test_swapping_the_axes_swaps_places_and_twice_is_nothing() -> None:
    points = scattered(50)
    assert points.swapped().across is points.up
    assert np.array_equal(points.swapped().swapped().across.places, points.across.places)


def test_the_order_of_the_points_stays_when_others_come() -> None:
    few, many = scattered(40), scattered(60)
    kept = many.only(many.ids <= 40)
    assert kept.ids.tolist() == few.ids.tolist()
    assert kept.ids[kept.find([7, 99, 12])].tolist() == [7, 12]


@given(FRAMES, SHARES, SHARES, st.floats(1, 64))
def test_what_is_under_the_pointer_stays_there_while_one_zooms_in(
    frame: Frame, right: float, down: float, factor: float
) -> None:
    x, y = frame.edge + right * (frame.width - 80), frame.edge + down * (frame.height - 80)
    place = frame.place(x, y)
    closer = frame.scaled(factor, x, y)
    assert closer.place(x, y) == pytest.approx(place, abs=1e-6)
    back = closer.scaled(1 / factor, x, y)
    assert (back.zoom, back.x, back.y) == pytest.approx((1, 0.5, 0.5))


@given(FRAMES, st.lists(st.tuples(st.floats(0.01, 100), SHARES, SHARES, st.floats(-1e4, 1e4)), max_size=8))
def test_no_zoom_or_pan_leads_away_from_the_map(frame: Frame, steps: list[tuple[float, float, float, float]]) -> None:
    for factor, right, down, by in steps:
        frame = frame.scaled(factor, right * frame.width, down * frame.height).moved(by, -by)
        assert 1 <= frame.zoom <= LARGEST_ZOOM
        assert -1e-9 <= frame.x <= 1 + 1e-9
        assert -1e-9 <= frame.y <= 1 + 1e-9
    assert frame.whole() == replace(frame, zoom=1.0, x=0.5, y=0.5)


@given(FRAMES, SHARES, SHARES, st.floats(1, 500))
def test_an_image_that_is_gone_to_is_in_view(frame: Frame, x: float, y: float, zoom: float) -> None:
    there = frame.scaled(zoom, 10, 10).showing(x, y)
    right, down = there.pixels(np.array([x], np.float32), np.array([y], np.float32))
    assert -1 <= right[0] <= there.width + 1
    assert -1 <= down[0] <= there.height + 1


@pytest.mark.parametrize("zoom", [1.0, 1.7, 6.0, 40.0])
def test_pictures_never_overlap_and_leave_little_room_unused(zoom: float) -> None:
    points = scattered(5000)
    frame = Frame(1200, 700, edge=44).scaled(zoom, 600, 350)
    shown = Layout().pictures(points, frame)
    x, y = frame.pixels(points.across.places[shown], points.up.places[shown])
    apart = np.maximum(np.abs(x[:, None] - x), np.abs(y[:, None] - y))
    np.fill_diagonal(apart, np.inf)
    assert apart.min() >= PICTURE
    all_x, all_y = frame.pixels(points.across.places, points.up.places)
    seen = np.flatnonzero((all_x > 0) & (all_x < 1200) & (all_y > 0) & (all_y < 700))
    alone = [n for n in seen if np.maximum(np.abs(all_x[n] - x), np.abs(all_y[n] - y)).min() > 1.5 * PICTURE]
    assert alone == [], "where there is room for a picture there is one"


def test_panning_keeps_the_pictures_and_zooming_in_keeps_those_that_stand_first() -> None:
    points, layout = scattered(2000), Layout()
    frame = Frame(1200, 700, edge=44).scaled(4, 600, 350)

    def shown(at: Frame) -> set[int]:
        pictures = layout.pictures(points, at)
        x, y = at.pixels(points.across.places[pictures], points.up.places[pictures])
        return set(pictures[(x > 0) & (x < 1200) & (y > 0) & (y < 700)].tolist())

    before = shown(frame)
    after = shown(frame.moved(90, 40))
    both = {n for n in before | after if in_view(points, frame, n) and in_view(points, frame.moved(90, 40), n)}
    assert len(both - before) + len(both - after) <= len(both) / 10
    first = min(before)
    at = [float(value[0]) for value in frame.pixels(points.across.places[[first]], points.up.places[[first]])]
    assert first in shown(frame.scaled(2, *at))


def in_view(points: Points, frame: Frame, index: int) -> bool:
    x, y = frame.pixels(points.across.places[[index]], points.up.places[[index]])
    return 0 < x[0] < frame.width and 0 < y[0] < frame.height


def test_a_dot_is_a_disc_with_a_softer_edge_and_chosen_dots_are_above() -> None:
    x, y = np.array([20, 23, 500], np.float32), np.array([10, 10, 10], np.float32)
    picture = dots((40, 20), x, y, np.array([1, CHOSEN, 1], np.uint8), 2.0)
    assert picture.shape == (20, 40)
    assert picture[10, 20] == 2
    assert picture[10, 23] == 2 * CHOSEN
    assert picture[10, 22] == 2 * CHOSEN
    assert picture[12, 20] == 1
    assert picture[13, 20] == 0
    assert picture[0].max() == 0


def test_dots_at_the_very_edge_do_not_come_out_at_the_other() -> None:
    picture = dots((30, 30), np.array([29.5], np.float32), np.array([0.0], np.float32), np.ones(1, np.uint8), 3.0)
    assert picture[:, :20].max() == 0
    assert picture[20:].max() == 0
    assert picture[0, 29] == 2


def test_dots_in_a_crowd_are_stronger() -> None:
    x = np.concatenate([np.full(CROWDS[-1] + 1, 4.0), np.full(CROWDS[0] + 1, 100.0), [50.0, 4000.0]]).astype(np.float32)
    shades = crowds((200, 100), x, np.full(len(x), 5, np.float32))
    assert shades[0] == len(CROWDS) + 1
    assert shades[CROWDS[-1] + 1] == 2
    assert shades[-2:].tolist() == [1, 1]
    assert crowds((9, 9), x[:0], x[:0]).tolist() == []


def test_the_nearest_point_and_the_next_one_that_way() -> None:
    x, y = np.array([0, 10, 10, -30], np.float32), np.array([0, 2, 40, 1], np.float32)
    assert nearest(x, y, (8, 3), 12) == 1
    assert nearest(x, y, (100, 100), 12) is None
    assert nearest(x[:0], y[:0], (0, 0), 12) is None
    assert neighbour(x, y, 0, (1, 0)) == 1
    assert neighbour(x, y, 0, (-1, 0)) == 3
    assert neighbour(x, y, 0, (0, 1)) == 2
    assert neighbour(x, y, 0, (0, -1)) is None
