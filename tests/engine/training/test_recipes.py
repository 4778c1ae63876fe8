"""Recipes: what is written is read again, and what is wrong is said in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.training.errors import RecipeUnfit
from engine.training.recipes import PRESETS, Recipe, parse, preset, read, write


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_read_as_they_are_written(name: str) -> None:
    assert parse(write(preset(name)), name) == preset(name)


@given(st.floats(1e-12, 10), st.integers(1, 10**6), st.sampled_from(["text-tower", "adapter"]))
def test_any_recipe_is_read_as_it_is_written(rate: float, steps: int, trainer: str) -> None:
    recipe = Recipe.model_validate({"learning_rate": rate, "steps": steps, "trainer": trainer})
    assert parse(write(recipe), "mine") == recipe


def test_what_a_recipe_does_not_say_is_as_in_its_preset() -> None:
    assert parse("", "empty") == preset("text-tower")
    assert parse('trainer = "adapter"', "mine") == preset("adapter")
    assert parse("epochs = 3", "mine").steps is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("learning_rat = 1", "unknown key 'learning_rat'"),
        ("batch = 1", "batch = 1: input should be greater"),
        ("learning_rate = nan", "learning_rate"),
        ('trainer = "magic"', "trainer = 'magic'"),
        ("steps = 1\nepochs = 1", "either steps or epochs"),
        ("parts = []", "parts"),
        (f"seed = {2**63}", "seed = 9"),
        ("steps = 100_000_000_000", "steps = 100"),
        ("= 3", "no TOML"),
    ],
)
def test_impossible_values_are_named(text: str, words: str) -> None:
    with pytest.raises(RecipeUnfit, match=words):
        parse(text, "mine.toml")


def test_a_missing_file_and_preset_are_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeUnfit, match="no recipe"):
        read(tmp_path / "none.toml")
    with pytest.raises(RecipeUnfit, match="text-tower, adapter, paper"):
        preset("magic")
