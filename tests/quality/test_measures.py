"""The measured values that rankings are compared with, on pictures whose values are known."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

from engine.evaluation.rules import TRAINED
from tests.engine.wordclip import DIM, WordClip, axis
from tests.quality import measure_rankings as measures
from tests.quality import measure_training as training


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


def test_zero_shot_and_measured_pairs_of_an_encoder_that_knows_light() -> None:
    words = {"bright": axis(0), "brighter": axis(0), "dark": -axis(0), "darker": -axis(0)}
    rng = np.random.default_rng(0)
    values = {look[2]: rng.random(60) for look in training.LOOKS}
    vectors = values["brighter"][:, None] * axis(0) - 0.5 * axis(0) + 0.01 * rng.normal(size=(60, DIM))
    data = training.Data(Path(), None, tuple((place, "dark") for place in range(60)), values)
    encoder = WordClip(words, taught=True, text_key="light")
    shares = training.labelled(data, encoder, vectors)
    assert shares["zero-shot"] == pytest.approx((1 + 0.5 + 0.5) / 3, abs=0.1), "of three looks it knows one"
    by_value = training.measured_pairs(data, encoder, vectors)
    assert by_value["brighter, ensemble"] > 0.95
    assert by_value["warmer, single"] == pytest.approx(0.5, abs=0.15)


def test_the_table_of_training_has_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    whens = ("before", "after", "at_full_strength")
    found = {(when, rule): [50.0, 60.0] for when in whens for rule in TRAINED} | {("after", "strength"): [0.5, 1.0]}
    options = argparse.Namespace(model="m", photographs=None, differences="values", seeds=2)
    training.show(options, found)
    printed = capsys.readouterr().out
    assert all(rule in printed for rule in TRAINED)
    assert "55.0 +-  5.0" in printed
