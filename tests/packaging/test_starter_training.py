"""Training: a short run learns, and a stopped one goes on to the same model."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import open_clip
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import load_file
from starter import generate, image_half, text_half, train
from starter.attributes import LOOKS
from starter.claims import scene_claims, truth_table, weights
from starter.dataset import COARSE, SIZE, Dataset
from starter.recipe import Recipe

SHORT = Recipe(pictures=8 * 60, batch=8, texts=24 * 20, captions=24, vectors=16, warmup=0.1, simple=0, said_scenes=0.5)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Eight textures and eight scenes, each photographed twice, as the command draws them."""
    folder = tmp_path_factory.mktemp("dataset")
    generate.write_dataset(folder, textures=8, scenes=8, photographs=2)
    return Dataset(folder)


def losses(text: str, half: str) -> list[float]:
    return [float(line.split("loss ")[1]) for line in text.splitlines() if line.startswith(f"{half} step")]


def test_the_dataset_knows_its_scenes(data: Dataset) -> None:
    assert len(data) == 64
    # Two photographs of the textures, a strongly changed one of the scenes and a gentle one; then all in the mirror.
    assert data.with_scenes == [*range(24, 32), *range(56, 64)]
    assert data.without_scenes == [*range(24), *range(32, 56)]
    assert data.pictures([0, 20], SIZE).shape == (2, 3, SIZE, SIZE)
    assert data.pictures([0, 20], COARSE).shape == (2, 3, COARSE, COARSE)
    plain = data.shares(data.without_scenes)
    assert plain.mean(0) == pytest.approx(np.full(len(LOOKS), 0.5), abs=1e-3)


def test_a_mirrored_picture_is_described_as_it_is_seen(data: Dataset) -> None:
    one, other = data.pictures([24, 56], SIZE)
    assert torch.equal(one, other.flip(-1))
    before, after = data.scene(24), data.scene(56)
    assert before
    assert after
    assert after.place == pytest.approx(-before.place)
    assert (after.mean_radius, after.metal) == (before.mean_radius, before.metal)
    left = LOOKS.index("left_light")
    shares = data.shares([24, 56])
    assert shares[1, left] == pytest.approx(1 - shares[0, left])
    assert np.array_equal(np.delete(shares[0], left), np.delete(shares[1], left))


def test_a_scene_with_a_red_thing_is_redder_than_any_without(data: Dataset) -> None:
    red = data.shares(data.with_scenes)[:, LOOKS.index("red")]
    scenes = [data.scene(number) for number in data.with_scenes]
    there = np.array([any(thing.colour == "red" for thing in scene.things) for scene in scenes if scene])
    assert 0 < there.sum() < len(there)
    assert red[there].min() >= 0.5 >= red[~there].max()


def test_claims_are_the_looks_and_what_a_scene_holds(data: Dataset) -> None:
    table, names = truth_table(data), [*LOOKS, *scene_claims()]
    assert table.shape == (len(data), len(names))
    assert weights().shape == (len(names),)
    assert np.isnan(table[data.without_scenes, len(LOOKS) :]).all()
    for number in data.with_scenes:
        scene, row = data.scene(number), dict(zip(names, table[number], strict=True))
        assert scene
        assert {kind for kind in ("cube", "sphere") if row[kind]} == {t.kind for t in scene.things} & {"cube", "sphere"}
        assert {f"{t.colour} {t.kind}" for t in scene.things} <= {name for name, truth in row.items() if truth == 1}
        assert row["2 or more"] == (len(scene.things) >= 2)
    assert np.nanmin(table) >= 0
    assert np.nanmax(table) <= 1


def test_a_batch_holds_as_many_scenes_as_the_recipe_says(data: Dataset) -> None:
    recipe = replace(SHORT, batch=8, scenes=0.25, said_scenes=0.25, captions=60, recoloured=0)
    pictures, truth = image_half.draw_batch(data, truth_table(data), recipe, 0, COARSE, 0.5)
    assert pictures.shape == (8, 3, COARSE, COARSE)
    assert truth[:, len(LOOKS)].isnan().tolist() == [False] * 2 + [True] * 6
    numbers, tokens, truth = text_half.draw_batch(data, recipe, 0)
    assert len(numbers) == truth.shape[1] == 16
    assert tokens.shape[0] == truth.shape[0] == 60
    assert set(truth.isnan().sum(1).tolist()) == {0, 12}  # captions of scenes say nothing of the twelve others
    assert not truth[:, :4].isnan().any()


def test_scenes_of_a_single_thing_come_as_often_as_asked(data: Dataset) -> None:
    table, single = truth_table(data), len(data.with_one_thing)
    assert 0 < single < len(data.with_scenes)
    recipe = replace(SHORT, batch=2 * single, scenes=0.5, recoloured=0)
    _, truth = image_half.draw_batch(data, table, recipe, 0, COARSE, 1.0)
    assert (truth[:single, [*LOOKS, *scene_claims()].index("2 or more")] == 0).all()


@pytest.mark.parametrize("size", [COARSE, SIZE])
def test_the_tower_takes_pictures_of_both_sizes_and_learns_its_places_from_both(size: int) -> None:
    tower = open_clip.CLIP(**train.MODEL["model_cfg"]).visual
    vectors = image_half.at_any_size(tower, torch.randn(2, 3, size, size))
    assert vectors.shape == (2, train.MODEL["model_cfg"]["embed_dim"])
    vectors.sum().backward()
    assert tower.attnpool.positional_embedding.grad.abs().sum() > 0
    if size == SIZE:
        assert torch.equal(
            tower.train()(torch.ones(2, 3, size, size)), image_half.at_any_size(tower, torch.ones(2, 3, size, size))
        )


def test_recoloured_scenes_keep_all_claims_but_those_of_colours(data: Dataset) -> None:
    table, names = truth_table(data), [*LOOKS, *scene_claims()]
    plain = replace(SHORT, scenes=1, recoloured=0)
    pictures, truth = image_half.draw_batch(data, table, plain, 3, COARSE, 0)
    recoloured, kept = image_half.draw_batch(data, table, replace(plain, recoloured=1), 3, COARSE, 0)
    assert not torch.equal(pictures, recoloured)
    assert recoloured.min() >= -1
    assert recoloured.max() <= 1
    silent = {name for name, column in zip(names, kept.T, strict=True) if column.isnan().all()}
    assert {*LOOKS, "on sand", "red", "purple cone"} <= silent
    assert silent.isdisjoint({"cone", "shine", "size", "place", "3 or more", "metal cube"})
    said = ~kept.isnan() & ~truth.isnan()
    assert said.any()
    assert torch.equal(kept[said], truth[said])


def test_nothing_is_claimed_of_the_type_of_a_single_thing_in_its_own_colour(data: Dataset) -> None:
    names = [*LOOKS, *scene_claims()]
    recipe = replace(SHORT, scenes=1, recoloured=0)
    _, truth = image_half.draw_batch(data, truth_table(data), recipe, 3, COARSE, 1)  # single things come first
    silent = {
        name for name, column in zip(names, truth.T, strict=True) if column[: len(data.with_one_thing)].isnan().all()
    }
    assert silent == {name for name in names if {"sphere", "cube", "cylinder", "cone"} & set(name.split())}


@given(st.integers(0, 2**32))
def test_recolouring_keeps_the_order_of_the_values_of_a_primary(seed: int) -> None:
    ramp = torch.linspace(-1, 1, 9).expand(3, 9)[..., None].clone()
    recoloured = image_half.recolour(random.Random(seed), ramp)
    assert (recoloured.diff(dim=1) > 0).all()
    assert recoloured[:, [0, -1], 0] == pytest.approx(torch.tensor([[-1.0, 1.0]] * 3), abs=1e-6)


def test_what_is_not_claimed_does_not_count() -> None:
    truth = torch.tensor([[0.9, float("nan")], [0.2, 1.0]])
    odds = truth.nan_to_num(0.5).clamp(0.001, 0.999).logit()
    weight = torch.ones(2)
    loss = image_half.claims_loss(odds, truth, weight)
    assert loss == pytest.approx(0, abs=2e-3)
    unclaimed = odds.clone()
    unclaimed[0, 1] = 30.0
    assert torch.equal(loss, image_half.claims_loss(unclaimed, truth, weight))
    assert image_half.claims_loss(odds + 1, truth, weight) > loss + 0.02


def test_a_text_that_says_nothing_of_a_picture_does_not_count() -> None:
    model = open_clip.CLIP(**train.MODEL["model_cfg"])
    images, texts = torch.eye(4), torch.eye(4)[:3]
    truth = torch.tensor([[0.9, 0.1, 0.5, 0.5], [0.2, 0.8, 0.5, 0.5], [1.0, 0.0, float("nan"), float("nan")]])
    loss = text_half.contrastive_loss(model, images, texts, truth)
    moved = images.clone()
    moved[2:] = torch.tensor([[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, -1.0, 0.0]])  # near the third text, or far from it
    assert loss.isfinite()
    assert torch.allclose(loss, text_half.contrastive_loss(model, moved, texts, truth))


def text_loss(model: open_clip.CLIP, data: Dataset) -> float:
    """Mean loss of the text half over the captions and pictures of twenty steps."""
    vectors = text_half.image_vectors(model, data)
    total = 0.0
    for step in range(20):
        numbers, tokens, truth = text_half.draw_batch(data, SHORT, step)
        total += text_half.contrastive_loss(
            model, vectors[numbers], text_half.encode_texts(model, tokens), truth
        ).item()
    return total / 20


def test_a_short_run_of_each_half_learns(data: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train.train(data, tmp_path, SHORT, report_every=1)
    printed = capsys.readouterr().out
    assert len(losses(printed, "text")) == 20
    measured = losses(printed, "image")
    assert len(measured) == 60
    assert np.mean(measured[-15:]) < 0.9 * np.mean(measured[:15])
    weights = load_file(tmp_path / "open_clip_model.safetensors")
    learned = open_clip.CLIP(**train.MODEL["model_cfg"])
    learned.load_state_dict(weights)
    torch.manual_seed(0)
    begun = open_clip.CLIP(**train.MODEL["model_cfg"])
    begun.visual.load_state_dict(learned.visual.state_dict())
    with torch.no_grad():
        assert text_loss(learned, data) < 0.9 * text_loss(begun, data)
    assert all(tensor.isfinite().all() for tensor in weights.values() if tensor.is_floating_point())
    saved = torch.load(tmp_path / "text.pt", weights_only=True)["trained"]
    assert not any(name.startswith("visual") for name in saved)
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{tmp_path}")  # no more than open_clip
    vector = model.eval().encode_image(preprocess(Image.new("RGB", (90, 60), "red"))[None])
    assert vector.shape == (1, train.MODEL["model_cfg"]["embed_dim"])


@pytest.mark.parametrize("half", [image_half, text_half])
def test_a_stopped_run_goes_on_to_the_same_model(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, half: ModuleType
) -> None:
    recipe = replace(SHORT, pictures=8 * 4, texts=24 * 4)
    train.train(data, tmp_path / "whole", recipe)
    steps = iter(range(2))
    real = half.draw_batch

    def stop_at_the_third(*arguments: object) -> object:
        if next(steps, None) is None:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(half, "draw_batch", stop_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            train.train(data, tmp_path / "stopped", recipe, save_every=0)
    train.train(data, tmp_path / "stopped", recipe)
    whole, stopped = (load_file(tmp_path / name / "open_clip_model.safetensors") for name in ("whole", "stopped"))
    for name, tensor in whole.items():
        assert torch.equal(tensor, stopped[name]), name


def test_a_run_can_go_on_from_a_model(data: Dataset, tmp_path: Path) -> None:
    one_step = replace(SHORT, pictures=8, texts=24)
    train.train(data, tmp_path / "first", one_step)
    train.train(data, tmp_path / "second", replace(one_step, learning_rate=0.0, seed=1), start=tmp_path / "first")
    first, second = (load_file(tmp_path / name / "open_clip_model.safetensors") for name in ("first", "second"))
    assert torch.equal(first["text_projection"], second["text_projection"])
    assert torch.equal(first["visual.attnpool.c_proj.weight"], second["visual.attnpool.c_proj.weight"])
