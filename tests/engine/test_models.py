"""Names of models, imported checkpoints, damage."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import open_clip
import open_clip.pretrained
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine import models, settings
from engine.catalogue import RECOMMENDED
from engine.clip import load
from engine.errors import (
    CheckpointDamaged,
    ModelDamaged,
    ModelError,
    ModelNotHere,
    ModelUnfit,
    ModelUnknown,
    ModelUnsafe,
)
from engine.jobs import JobContext

NAME = "tiny-test/seed0"


# ---- names


def test_unknown_names_get_a_hint() -> None:
    with pytest.raises(ModelUnknown, match=r"'ViT-B-32/laion2b_s34b'\. Did you mean ViT-B-32/laion2b_s34b_b79k"):
        models.resolve("ViT-B-32/laion2b_s34b")
    with pytest.raises(ModelUnknown, match=r"'ViT-B-32'\. Did you mean ViT-B-32/[\w-]+, ViT-B-32/"):
        models.known("ViT-B-32")
    with pytest.raises(ModelUnknown, match=r"'startr'\. Did you mean starter\?"):
        models.known("startr")
    with pytest.raises(ModelUnknown, match="'elephant'"):
        models.get("elephant", JobContext())
    for name in ("..", ".", "../..", "//"):
        with pytest.raises(ModelUnknown):
            models.resolve(name)


def test_known_models_that_are_not_here_are_named_as_open_clip_spells_them() -> None:
    with pytest.raises(ModelNotHere, match="ViT-B-32/openai is not on this machine"):
        models.resolve("vit-b-32:OPENAI")


def test_the_recommended_models_exist() -> None:
    known = {f"{architecture}/{tag}" for architecture, tag in open_clip.list_pretrained()}
    assert {model.name for model in RECOMMENDED} <= known
    for info in (model.info() for model in RECOMMENDED):
        assert info.size_bytes > 100_000_000
        assert info.licence
        assert info.note.endswith(".")
        assert set(info.details) == {"memory", "speed"}


def test_models_with_another_tokenizer_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelUnfit, match="`transformers`"):
        models.get("ViT-B-16-SigLIP/webli", JobContext())


# ---- checkpoints


@pytest.fixture
def checkpoint(tiny_model_dir: Path, tmp_path: Path) -> Callable[[str], Path]:
    """The tiny CLIP's weights in a file of this kind."""

    def write(kind: str) -> Path:
        weights = load_file(tiny_model_dir / "open_clip_model.safetensors")
        file = tmp_path / f"mine.{kind}"
        match kind:
            case "safetensors":
                save_file(weights, file)
            case "pt":  # as a training loop saves it
                prefixed = {f"module.{key}": value for key, value in weights.items()}
                torch.save({"epoch": 3, "state_dict": prefixed}, file)
            case "old":
                torch.save(weights, file, _use_new_zipfile_serialization=False)
        return file

    return write


@pytest.mark.parametrize("kind", ["safetensors", "pt", "old"])
def test_checkpoints_of_every_kind_are_imported(kind: str, checkpoint, tiny_model: str) -> None:
    found = models.import_checkpoint(checkpoint(kind), tiny_model, "mine")
    assert (found.name, found.state) == ("mine", "imported")
    clip, original = load("mine"), load(tiny_model)
    assert (clip.title, clip.encoder_key, clip.text_key) == ("mine", original.encoder_key, original.text_key)
    with pytest.raises(ModelError, match="'mine' is here already"):
        models.import_checkpoint(checkpoint(kind), tiny_model, "mine")
    models.remove("mine")
    assert "mine" not in [info.name for info in models.list_models()]
    assert list(settings.models_dir().iterdir()) == []


class Evil:
    def __reduce__(self):
        return (open, ("/nonexistent/evil", "w"))


@pytest.mark.parametrize("legacy", [False, True])
def test_pickled_code_is_refused_and_not_run(tmp_path: Path, tiny_model: str, legacy: bool) -> None:
    file = tmp_path / "evil.pt"
    torch.save({"state_dict": Evil()}, file, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(ModelUnsafe, match=r"'evil\.pt' holds more than tensors"):
        models.import_checkpoint(file, tiny_model, "evil")
    file.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ModelUnsafe):
        models.import_checkpoint(file, tiny_model, "evil")


def test_torchscript_is_code(tmp_path: Path, tiny_model: str) -> None:
    class Add(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + 1

    with pytest.warns(FutureWarning, match="torch.jit"):
        torch.jit.save(torch.jit.trace(Add(), torch.zeros(1)), tmp_path / "script.pt")
    with pytest.raises(ModelUnsafe):
        models.import_checkpoint(tmp_path / "script.pt", tiny_model, "script")


@pytest.mark.parametrize("content", ["code", "text", "half"])
def test_a_bad_file_is_refused_before_a_network_is_built(
    content: str, tmp_path: Path, tiny_model: str, tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*given: object, **more: object) -> None:
        pytest.fail("a network was built")

    file = tmp_path / {"code": "evil.pt", "text": "page.pth", "half": "half.safetensors"}[content]
    match content:
        case "code":
            torch.save({"state_dict": Evil()}, file)
        case "text":
            file.write_text("<html>no model</html>" * 1000)
        case "half":
            whole = (tiny_model_dir / "open_clip_model.safetensors").read_bytes()
            file.write_bytes(whole[: len(whole) // 2])
    monkeypatch.setattr("open_clip.create_model", build)
    with pytest.raises(ModelUnsafe if content == "code" else CheckpointDamaged):
        models.import_checkpoint(file, tiny_model, "bad")


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"<html>no model</html>", b"\xff" * 8 + b"{}"])
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_files_that_are_no_checkpoint(content: bytes, suffix: str, tmp_path: Path, tiny_model: str) -> None:
    file = tmp_path / f"file{suffix}"
    file.write_bytes(content)
    with pytest.raises(CheckpointDamaged, match=f"file{suffix}"):
        models.import_checkpoint(file, tiny_model, "file")


def test_taking_in_a_checkpoint_says_nothing_of_open_clips_own(
    checkpoint, tiny_model: str, caplog: pytest.LogCaptureFixture
) -> None:
    models.import_checkpoint(checkpoint("safetensors"), tiny_model, "mine")
    assert caplog.records == []


def test_a_checkpoint_of_another_architecture_names_the_first_misfits(
    tiny_model_dir: Path, tmp_path: Path, tiny_model: str
) -> None:
    weights = load_file(tiny_model_dir / "open_clip_model.safetensors")
    weights["visual.conv1.weight"] = torch.zeros(64, 3, 16, 16)
    del weights["text_projection"]
    save_file(weights, tmp_path / "other.safetensors")
    with pytest.raises(
        ModelUnfit,
        match=r"'other.safetensors' does not fit its architecture: "
        r"tensors missing: 1 \(first text_projection\), of another shape: 1 \(first visual\.conv1\.weight\)\.",
    ):
        models.import_checkpoint(tmp_path / "other.safetensors", tiny_model, "other")
    torch.save({"state_dict": {"a": torch.zeros(1), "b": torch.zeros(1)}}, tmp_path / "odd.pt")
    with pytest.raises(ModelUnfit, match=r"tensors missing: \d\d \(first [\w.]+\), unknown: 2 \(first a\)\.$"):
        models.import_checkpoint(tmp_path / "odd.pt", tiny_model, "odd")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(ModelUnfit, match="something else than the weights of a CLIP"):
        models.import_checkpoint(tmp_path / "list.pt", tiny_model, "list")
    assert not settings.models_dir().exists() or list(settings.models_dir().iterdir()) == []


def test_odd_names_and_missing_things_are_refused(checkpoint, tiny_model: str, tmp_path: Path) -> None:
    file = checkpoint("safetensors")
    for name in ("", "..", "a/b", "-x", "starter"):
        with pytest.raises(ModelError):
            models.import_checkpoint(file, tiny_model, name)
    with pytest.raises(ModelUnknown, match="Did you mean ViT-B-32"):
        models.import_checkpoint(file, "ViT-B-33", "mine")
    with pytest.raises(ModelUnknown, match="no file"):
        models.import_checkpoint(tmp_path / "none.pt", tiny_model, "mine")


# ---- damage and removal


def test_a_flipped_bit_is_found(checkpoint, tiny_model: str) -> None:
    models.import_checkpoint(checkpoint("safetensors"), tiny_model, "mine")
    file = settings.models_dir() / "mine" / "open_clip_model.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelDamaged, match="weights of mine have changed"):
        load("mine")


def test_what_was_not_fetched_is_not_removed(tiny_model: str) -> None:
    for name in ("starter", tiny_model):
        with pytest.raises(ModelError, match="left as they are"):
            models.remove(name)
    with pytest.raises(ModelNotHere):
        models.remove("RN50/openai")
    with pytest.raises(ModelUnknown):
        models.remove("nothing at all")
