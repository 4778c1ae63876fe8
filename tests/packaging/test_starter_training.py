"""Training: a short run learns, and a stopped one goes on to the same model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from starter import generate, train
from starter.attributes import LOOKS
from starter.dataset import SIZE, Dataset

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


def test_a_run_can_go_on_from_a_model(data: Dataset, tmp_path: Path) -> None:
    one_step = replace(SHORT, pictures=8)
    train.train(data, tmp_path / "first", one_step)
    train.train(data, tmp_path / "second", replace(one_step, learning_rate=0.0, seed=1), start=tmp_path / "first")
    first, second = (load_file(tmp_path / name / "open_clip_model.safetensors") for name in ("first", "second"))
    assert torch.equal(first["text_projection"], second["text_projection"])
    assert torch.equal(first["visual.head.mlp.fc1.weight"], second["visual.head.mlp.fc1.weight"])
