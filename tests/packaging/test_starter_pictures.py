"""The generator: same seed same pictures, and captions and attributes that are true of the pixels."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from starter import samples
from starter.attributes import LOOKS, colourfulness, hue_shares, lab, measure, sharpness
from starter.captions import LOOK_WORDS, captions
from starter.dataset import SIZE, shares, take_photographs
from starter.render import render
from starter.scene_captions import say_scene
from starter.scene_model import COLOURS, KINDS, Scene, Thing, draw_scene, held_out, read_scenes, write_scenes
from starter.textures import draw_textures


def plain(colour: tuple[float, float, float]) -> torch.Tensor:
    """One picture (1, 3, 32, 32) of one colour."""
    return torch.tensor(colour)[None, :, None, None].expand(1, 3, 32, 32).clone()


def one_thing(**changes: object) -> Scene:
    """A scene with one red rubber sphere in the middle, changed as asked."""
    thing = Thing("sphere", "red", "rubber", "large", 1.0, 0.0, 0.0, 0.3, COLOURS["red"])
    scene = draw_scene(3, count=1)
    return replace(scene, things=(replace(thing, **changes),), ground="grey", ground_tint=(0.5, 0.5, 0.5))


def test_the_same_seed_draws_the_same_pictures() -> None:
    first, second, other = draw_textures(3, 48, seed=5), draw_textures(3, 48, seed=5), draw_textures(3, 48, seed=6)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    scene = draw_scene(11)
    assert scene == draw_scene(11)
    assert torch.equal(render(scene, 32), render(scene, 32))
    photographs, looks = take_photographs(first, 1, gentle=False)
    again, looks_again = take_photographs(first, 1, gentle=False)
    assert np.array_equal(photographs, again)
    assert np.array_equal(looks, looks_again)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [((1.0, 1.0, 1.0), (100, 0, 0)), ((0.0, 0.0, 0.0), (0, 0, 0)), ((1.0, 0.0, 0.0), (53.2, 80.1, 67.2))],
)
def test_lab_agrees_with_published_values(colour: tuple[float, float, float], expected: tuple[float, ...]) -> None:
    measured = [float(channel.mean()) for channel in lab(plain(colour))]
    assert measured == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize(
    ("hue", "colour"), [("red", (0.9, 0.1, 0.1)), ("green", (0.1, 0.8, 0.2)), ("blue", (0.1, 0.2, 0.9))]
)
def test_a_hue_is_found_where_it_is_and_nowhere_else(hue: str, colour: tuple[float, float, float]) -> None:
    found = {name: float(share) for name, share in hue_shares(plain(colour)).items()}
    assert found.pop(hue) > 0.8
    assert set(found.values()) == {0.0}


def test_looks_follow_the_pixels() -> None:
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.avg_pool2d(noise, 5, 1, 2)
    assert sharpness(noise) > sharpness(smooth)
    assert colourfulness(noise) > colourfulness(noise.mean(1, keepdim=True).expand(-1, 3, -1, -1))
    left = torch.cat([torch.ones(1, 3, 32, 16), torch.zeros(1, 3, 32, 16)], dim=3)
    assert measure(left)["left_light"] > 50 > measure(left.transpose(2, 3))["left_light"]
    assert measure(noise).keys() | {"grain"} == set(LOOKS)


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=2, max_size=40))
def test_shares_are_ranks(values: list[float]) -> None:
    column = np.array(values, np.float32)[:, None]
    result = shares(column, column)[:, 0]
    assert ((result > 0) & (result < 1)).all()
    assert result.mean() == pytest.approx(0.5, abs=1e-4)
    order = np.argsort(column[:, 0], kind="stable")
    assert (np.diff(result[order]) >= 0).all()


def test_every_look_has_words_for_both_poles() -> None:
    assert set(LOOK_WORDS) == set(LOOKS)
    for words in LOOK_WORDS.values():
        assert all((words.high, words.low, words.higher, words.lower, words.with_high, words.with_low))


def test_captions_are_truer_of_pictures_that_have_more_of_what_they_say() -> None:
    ladder = np.linspace(0.02, 0.98, 9, dtype=np.float32)[:, None].repeat(len(LOOKS), 1)
    texts, truth = captions(random.Random(0), 4000, ladder, [None] * 9)
    assert truth.shape == (4000, 9)
    assert ((truth >= 0) & (truth <= 1)).all()
    assert (truth.max(1) > 0).all()
    highs = {word for words in LOOK_WORDS.values() for word in (*words.high, *words.higher)}
    lows = {word for words in LOOK_WORDS.values() for word in (*words.low, *words.lower)}
    checked = set()
    for text, row in zip(texts, truth, strict=True):
        if text in highs ^ lows:  # a word alone, which no other look uses for its other pole
            assert (np.diff(row if text in highs else -row) > 0).all(), text
            checked.add(text)
    assert len(checked & highs) > 30
    assert len(checked & lows) > 30


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_a_caption_of_a_scene_is_true_of_it(seed: int) -> None:
    draw, scene = random.Random(seed), draw_scene(seed)
    text, truth = say_scene(draw, scene)
    assert 0 <= truth(scene) <= 1
    named = [colour for colour in COLOURS if f" {colour} " in f" {text} "]
    if named:
        assert truth(scene) == 1
        assert {*named} <= {scene.ground, *(thing.colour for thing in scene.things)}


def test_held_out_combinations_are_never_trained_on() -> None:
    for seed in range(200):
        assert not any(held_out(thing.kind, thing.colour, thing.size) for thing in draw_scene(seed).things)
        assert all(held_out(thing.kind, thing.colour, thing.size) for thing in draw_scene(seed, unseen=True).things)


def test_things_do_not_touch() -> None:
    for seed in range(100):
        things = draw_scene(seed).things
        for number, one in enumerate(things):
            for other in things[:number]:
                assert (one.x - other.x) ** 2 + (one.z - other.z) ** 2 > (one.radius + other.radius) ** 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_rendered_thing_is_where_and_how_large_its_scene_says(kind: str) -> None:
    def reds(scene: Scene) -> torch.Tensor:
        picture = render(scene, 64, rays=1).float()
        return (picture[0] > picture[1] * 1.8) & (picture[0] > picture[2] * 1.8)

    small, large = reds(one_thing(kind=kind, radius=0.5)), reds(one_thing(kind=kind))
    assert 3 < small.sum() * 2 < large.sum()
    left, right = reds(one_thing(kind=kind, x=-1.2)), reds(one_thing(kind=kind, x=1.2))
    columns = torch.arange(64.0)
    assert (left.sum(0) * columns).sum() / left.sum() < 30
    assert (right.sum(0) * columns).sum() / right.sum() > 34


def test_scenes_survive_the_disk(tmp_path: Path) -> None:
    scenes = [draw_scene(seed) for seed in range(5)]
    write_scenes(scenes, tmp_path / "scenes.jsonl")
    assert read_scenes(tmp_path / "scenes.jsonl") == scenes


def test_photographs_have_the_size_the_model_sees() -> None:
    base = draw_textures(4, 64, seed=0)
    photographs, looks = take_photographs(base, 0, gentle=True)
    assert photographs.shape == (4, 3, SIZE, SIZE)
    assert looks.shape == (4, len(LOOKS))
    assert np.isfinite(looks).all()


def test_samples_are_written_whole_with_true_captions(tmp_path: Path) -> None:
    samples.write_samples(tmp_path, 2, side=48, rays=1)
    lines = (tmp_path / "samples.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"samples.jsonl", "sample-001.webp", "sample-002.webp"}
