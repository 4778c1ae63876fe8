"""Training: a short run learns and resumes; the shipped model loads with open_clip alone and keeps within its size."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from starter import generate, train
from starter.attributes import LOOKS, measure
from starter.dataset import SIZE, Dataset, take_photographs
from starter.textures import draw_textures

from engine.ranking import spearman

from .conftest import REPOSITORY

MODEL = REPOSITORY / "resources" / "starter"
SAMPLES = REPOSITORY / "resources" / "samples"
SHORT = train.Recipe(pictures=8 * 20, batch=8, captions=24, warmup=0.1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Twelve base pictures, each photographed twice, as the command draws them."""
    folder = tmp_path_factory.mktemp("dataset")
    generate.write_dataset(folder, textures=8, scenes=4, photographs=2)
    return Dataset(folder)


def losses(text: str) -> list[float]:
    return [float(line.split("loss ")[1].split()[0]) for line in text.splitlines() if "loss" in line]


def test_the_dataset_knows_its_scenes(data: Dataset) -> None:
    assert len(data) == 24
    assert [data.scene(number) is None for number in range(24)] == [True] * 16 + [False] * 8
    assert data.pictures([0, 20]).shape == (2, 3, SIZE, SIZE)
    assert data.shares(range(24)).mean(0) == pytest.approx(np.full(len(LOOKS), 0.5), abs=1e-3)


def test_twenty_steps_learn(data: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train.train(data, tmp_path, SHORT, report_every=1)
    measured = losses(capsys.readouterr().out)
    assert len(measured) == 20
    assert np.mean(measured[-5:]) < np.mean(measured[:5]) - 0.02
    weights = load_file(tmp_path / "open_clip_model.safetensors")
    assert all(tensor.isfinite().all() for tensor in weights.values() if tensor.is_floating_point())


def test_a_stopped_run_goes_on_to_the_same_model(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(SHORT, pictures=8 * 4)
    train.train(data, tmp_path / "whole", recipe)
    steps = iter(range(2))
    real = train.captions

    def stop_at_the_third(*arguments: object) -> object:
        if next(steps, None) is None:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(train, "captions", stop_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            train.train(data, tmp_path / "stopped", recipe, save_every=0)
    train.train(data, tmp_path / "stopped", recipe)
    whole, stopped = (load_file(tmp_path / name / "open_clip_model.safetensors") for name in ("whole", "stopped"))
    for name, tensor in whole.items():
        assert torch.equal(tensor, stopped[name]), name


def test_the_shipped_model_loads_with_open_clip_alone_and_is_small() -> None:
    files = [path for path in MODEL.iterdir() if path.suffix in (".json", ".safetensors")]
    assert sum(path.stat().st_size for path in files) <= 32 * 2**20
    assert json.loads((MODEL / "open_clip_config.json").read_text()) == train.MODEL
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{MODEL}")
    vector = model.eval().encode_image(preprocess(Image.new("RGB", (90, 60), "red"))[None])
    assert vector.shape == (1, train.MODEL["model_cfg"]["embed_dim"])


@pytest.mark.parametrize(
    ("look", "high", "low"),
    [
        ("brightness", "a bright photo", "a dark photo"),
        ("warmth", "a warm photo", "a cool photo"),
        ("colourfulness", "a colourful photo", "a grey photo"),
        ("sharpness", "a sharp photo", "a blurry photo"),
    ],
)
def test_the_shipped_model_orders_fresh_pictures(look: str, high: str, low: str) -> None:
    photographs, _ = take_photographs(draw_textures(48, 208, seed=987_654), 1, keep_frame=False)
    pictures = torch.from_numpy(photographs).float() / 255
    model = open_clip.create_model_and_transforms(f"local-dir:{MODEL}")[0].eval()
    tokenize = open_clip.get_tokenizer(f"local-dir:{MODEL}")
    with torch.no_grad():
        texts = model.encode_text(tokenize([high, low]), normalize=True)
        images = model.encode_image(pictures * 2 - 1, normalize=True)
    scores = images @ (texts[0] - texts[1])
    assert spearman(scores.numpy(), measure(pictures)[look].numpy()) > 0.7


def test_the_sample_library_is_whole_and_described() -> None:
    lines = [json.loads(line) for line in (SAMPLES / "samples.jsonl").read_text().splitlines()]
    files = sorted(SAMPLES.glob("*.webp"))
    assert [line["file"] for line in lines] == [path.name for path in files]
    assert len(files) >= 140
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) <= 8 * 2**20
    for line in lines[::24]:
        picture = Image.open(SAMPLES / line["file"], formats=("WEBP",)).convert("RGB")
        assert picture.size == (512, 512)
        pixels = torch.from_numpy(np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BOX)).copy())
        measured = measure(pixels.permute(2, 0, 1)[None].float() / 255)
        assert float(measured["brightness"]) == pytest.approx(line["looks"]["brightness"], abs=1.5)
        assert line["count"] == len(line["things"])
        assert line["caption"].endswith(".")
