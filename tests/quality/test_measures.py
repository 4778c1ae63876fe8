"""The measured values that rankings are compared with, on pictures whose values are known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.quality import measure_rankings as measures


def flat(*rgb: float) -> np.ndarray:
    return np.broadcast_to(np.array(rgb, float), (8, 8, 3))


def test_cielab_of_known_colours() -> None:
    for rgb, lab in (
        ((1, 1, 1), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((1, 0, 0), (53.2, 80.1, 67.2)),
        ((0, 0, 1), (32.3, 79.2, -107.9)),
    ):
        np.testing.assert_allclose(measures.lab(flat(*rgb))[0, 0], lab, atol=0.2)


def test_a_grey_picture_has_no_colour_contrast_or_hue() -> None:
    grey = flat(0.5, 0.5, 0.5)
    assert measures.colourfulness(grey) == pytest.approx(0)
    assert measures.contrast(grey) == pytest.approx(0)
    assert measures.hue_share(0, 30)(grey) == 0


@pytest.mark.parametrize(("rgb", "hue"), [((1, 0, 0), 0), ((0, 1, 0), 120), ((0, 0, 1), 240), ((1, 0, 1), 300)])
def test_hues(rgb: tuple[float, ...], hue: int) -> None:
    assert measures.hue_and_saturation(flat(*rgb))[0][0, 0] == hue
    assert measures.hue_share(hue, 10)(flat(*rgb)) == 1
    assert measures.hue_share(hue + 60, 10)(flat(*rgb)) == 0


def test_a_smoothed_picture_is_blurrier() -> None:
    noise = np.random.default_rng(0).random((64, 64, 3))
    smooth = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1)) / 3
    assert measures.blur(smooth) > measures.blur(noise)
