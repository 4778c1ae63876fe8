"""Loading, devices, unit vectors, keys, memory."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from engine import clip as clip_module
from engine.clip import Clip, choose_device, device_words, load
from engine.errors import DeviceUnavailable, ModelDamaged, ModelNotHere, ModelUnfit, ModelUnknown, OutOfMemory
from tests.conftest import write_photo


@pytest.fixture(scope="module")
def tiny(tiny_model_dir: Path) -> Clip:
    return load(f"local-dir:{tiny_model_dir}", "cpu")


@pytest.fixture
def copy_of_tiny(tiny_model_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model_dir, tmp_path / "copy"))


def pictures(tmp_path: Path, count: int) -> list[Image.Image]:
    paths = [write_photo(tmp_path / f"{number}.png", number) for number in range(count)]
    return [Image.open(path, formats=["PNG"]).convert("RGB") for path in paths]


def test_vectors_are_those_of_open_clip(tiny: Clip, tiny_model_dir: Path, tmp_path: Path) -> None:
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{tiny_model_dir}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{tiny_model_dir}")
    images = pictures(tmp_path, 5)
    with torch.inference_mode():
        seen = model.eval().encode_image(torch.stack([preprocess(image) for image in images]), normalize=True)
        read = model.encode_text(tokenizer(["a dog", "two cats"]), normalize=True)

    ours = tiny.encode_images(torch.stack([tiny.preprocess(image) for image in images]))
    assert ours.dtype == np.float32
    assert ours.shape == (5, tiny.dim) == (5, 32)
    np.testing.assert_allclose(ours, seen.numpy(), atol=1e-6)
    np.testing.assert_allclose(tiny.encode_texts(["a dog", "two cats"]), read.numpy(), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-6)


def test_what_a_clip_says_of_itself(tiny: Clip, tiny_model_dir: Path) -> None:
    assert tiny.name == f"local-dir:{tiny_model_dir.resolve()}"
    assert (tiny.device, tiny.device_words) == ("cpu", "CPU")
    assert (tiny.dim, tiny.image_size, tiny.context_length) == (32, 32, 77)
    assert tiny.tokens("a dog") == 4
    assert tiny.tokens("word " * 100) == 102
    assert load(tiny.name).encoder_key == tiny.encoder_key


def test_no_inputs_give_no_vectors(tiny: Clip) -> None:
    assert tiny.encode_texts([]).shape == (0, 32)
    assert tiny.encode_images(torch.empty(0, 3, 32, 32)).shape == (0, 32)


def test_many_texts_come_back_in_order(tiny: Clip) -> None:
    texts = [f"photo number {number}" for number in range(600)]
    whole = tiny.encode_texts(texts)
    np.testing.assert_allclose(whole[[0, 300, 599]], tiny.encode_texts([texts[i] for i in (0, 300, 599)]), atol=1e-6)


def edit_weights(folder: Path, prefix: str) -> None:
    weights = load_file(folder / "open_clip_model.safetensors")
    changed = {key: value + 0.01 if key.startswith(prefix) else value for key, value in weights.items()}
    save_file(changed, folder / "open_clip_model.safetensors")


def test_a_finetuned_text_tower_keeps_the_encoder_key(tiny: Clip, copy_of_tiny: Path) -> None:
    edit_weights(copy_of_tiny, "transformer.")
    finetuned = load(f"local-dir:{copy_of_tiny}")
    assert finetuned.encoder_key == tiny.encoder_key
    assert finetuned.text_key != tiny.text_key


def test_another_image_tower_or_preprocessing_is_another_encoder(tiny: Clip, copy_of_tiny: Path) -> None:
    config = json.loads((copy_of_tiny / "open_clip_config.json").read_text())
    config["preprocess_cfg"]["mean"] = [0.4, 0.4, 0.4]
    (copy_of_tiny / "open_clip_config.json").write_text(json.dumps(config))
    reprocessed = load(f"local-dir:{copy_of_tiny}")
    assert reprocessed.encoder_key != tiny.encoder_key
    assert reprocessed.text_key == tiny.text_key
    edit_weights(copy_of_tiny, "visual.")
    assert load(f"local-dir:{copy_of_tiny}").encoder_key not in (tiny.encoder_key, reprocessed.encoder_key)


# ---- memory


def starve(monkeypatch: pytest.MonkeyPatch, clip: Clip, fits: int, error: Exception) -> list[int]:
    """Let `clip` run out of memory above ``fits`` images; returns the batch sizes that were tried."""
    tried: list[int] = []
    encode = clip.network.encode_image

    def limited(batch: torch.Tensor) -> torch.Tensor:
        tried.append(len(batch))
        if len(batch) > fits:
            raise error
        return encode(batch)

    monkeypatch.setattr(clip.network, "encode_image", limited)
    return tried


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)")],
)
def test_out_of_memory_halves_the_batch_and_remembers(
    tiny_model: str, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    clip = load(tiny_model, "cpu")
    images = torch.rand(256, 3, 32, 32)
    expected = clip.encode_images(images)
    tried = starve(monkeypatch, clip, 100, error)
    np.testing.assert_allclose(clip.encode_images(images), expected, atol=1e-6)
    assert tried == [256, 128, 64, 64, 64, 64]
    tried.clear()
    clip.encode_images(images)
    assert tried == [64, 64, 64, 64]


def test_a_picture_that_never_fits_is_a_named_problem(tiny_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = load(tiny_model, "cpu")
    tried = starve(monkeypatch, clip, 0, torch.OutOfMemoryError("CUDA out of memory."))
    with pytest.raises(OutOfMemory, match="Not even one image at a time fits into the memory of CPU"):
        clip.encode_images(torch.rand(4, 3, 32, 32))
    assert tried == [4, 2, 1]


def test_other_errors_of_the_network_are_not_taken_for_memory(tiny: Clip) -> None:
    with pytest.raises(RuntimeError, match="size"):
        tiny.encode_images(torch.rand(2, 3, 16, 16))


def test_a_picture_answered_with_nan_is_a_row_of_nan(tiny: Clip) -> None:
    images = torch.rand(3, 3, 32, 32)
    images[1] = torch.nan
    vectors = tiny.encode_images(images)
    assert np.isnan(vectors).all(axis=1).tolist() == [False, True, False]


# ---- devices


def test_a_device_that_is_not_there_is_refused_by_name() -> None:
    for name in ("cuda:99", "tpu", ""):
        with pytest.raises(DeviceUnavailable, match=f"no device '{name}' here; this machine has: .*cpu"):
            choose_device(name)


def test_auto_prefers_the_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_module, "_devices", lambda: ["cuda:0", "cuda:1", "cpu"])
    assert str(choose_device("auto")) == "cuda:0"
    assert str(choose_device("cuda")) == "cuda:0"
    assert str(choose_device("cuda:1")) == "cuda:1"
    assert str(choose_device("cpu")) == "cpu"
    assert device_words(torch.device("mps")) == "MPS: Apple GPU"


# ---- files that are no model


def test_folders_that_hold_no_model(tmp_path: Path, tiny_model_dir: Path) -> None:
    with pytest.raises(ModelUnknown, match="no folder"):
        load(f"local-dir:{tmp_path / 'nowhere'}")
    with pytest.raises(ModelUnknown, match=r"holds no open_clip_config\.json"):
        load(f"local-dir:{tmp_path}")
    (tmp_path / "open_clip_config.json").write_text("{}")
    with pytest.raises(ModelDamaged, match="does not describe a model"):
        load(f"local-dir:{tmp_path}")
    shutil.copy(tiny_model_dir / "open_clip_config.json", tmp_path)
    with pytest.raises(ModelDamaged, match="holds no weights"):
        load(f"local-dir:{tmp_path}")


def test_no_model_at_all_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.settings.resources_dir", lambda: tmp_path)
    with pytest.raises(ModelNotHere) as caught:
        load()
    assert "pairlens models get" in str(caught.value.problem())


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"\xff" * 8 + b"{}", b"garbage that is no header at all"])
def test_damaged_weights_are_named(copy_of_tiny: Path, content: bytes) -> None:
    (copy_of_tiny / "open_clip_model.safetensors").write_bytes(content)
    with pytest.raises(ModelDamaged, match="copy is damaged: "):
        load(f"local-dir:{copy_of_tiny}")


def test_truncated_weights_are_named(copy_of_tiny: Path) -> None:
    weights = copy_of_tiny / "open_clip_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(ModelDamaged, match="copy is damaged: "):
        load(f"local-dir:{copy_of_tiny}")


def test_weights_of_another_architecture_are_named(copy_of_tiny: Path) -> None:
    config = json.loads((copy_of_tiny / "open_clip_config.json").read_text())
    config["model_cfg"]["vision_cfg"]["width"] = 64
    (copy_of_tiny / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(
        ModelUnfit, match=r"copy does not fit its architecture: tensors of another shape: 20 \(first visual\."
    ):
        load(f"local-dir:{copy_of_tiny}")
