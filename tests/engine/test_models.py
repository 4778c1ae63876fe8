"""Names, downloads from a stand-in hub, imported checkpoints, damage."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
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
    DiskFull,
    JobCancelled,
    ModelDamaged,
    ModelError,
    ModelNotHere,
    ModelOffline,
    ModelUnfit,
    ModelUnknown,
    ModelUnsafe,
)
from engine.jobs import JobContext
from engine.protocol import Progress
from tests.conftest import TINY_CLIP

NAME = "tiny-test/seed0"


class Hub(ThreadingHTTPServer):
    """A model hub on this machine: knows ranges and redirects, and can misbehave as told."""

    daemon_threads = True

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cuts: list[int] = []  # bytes after which the next connections are cut
        self.digest: str | None = None  # announced instead of the right one
        self.ranges = True
        self.asked: list[tuple[str, str, str]] = []
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        content = self._found()
        if content is None:
            return
        digest = self.server.digest or hashlib.sha256(content).hexdigest()
        self.send_response(302)
        self.send_header("Location", f"{self.server.url}/stored{self.path}")
        self.send_header("X-Linked-Size", str(len(content)))
        self.send_header("X-Linked-Etag", f'"{digest}"')
        self.end_headers()

    def do_GET(self) -> None:
        if not self.path.startswith("/stored"):
            self.send_response(302)
            self.send_header("Location", f"{self.server.url}/stored{self.path}")
            self.end_headers()
            return
        content = self._found(self.path.removeprefix("/stored"))
        if content is None:
            return
        start = int(self.headers.get("Range", "bytes=0-").split("=")[1].split("-")[0]) if self.server.ranges else 0
        self.send_response(206 if self.server.ranges and "Range" in self.headers else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        cut = self.server.cuts.pop(0) if self.server.cuts else len(content)
        self.wfile.write(content[start : start + cut])

    def _found(self, path: str = "") -> bytes | None:
        path = path or self.path
        self.server.asked.append((self.command, path, self.headers.get("Range", "")))
        content = self.server.files.get(path)
        if content is None:
            self.send_error(404)
        return content

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tiny_model_dir: Path, tmp_path: Path) -> Iterator[Hub]:
    """A hub that holds the tiny CLIP, under a name that open_clip is told of."""
    config = tmp_path / "tiny-test.json"
    config.write_text(json.dumps(TINY_CLIP["model_cfg"]))
    monkeypatch.setattr(open_clip.factory, "_MODEL_CONFIG_PATHS", [*open_clip.factory._MODEL_CONFIG_PATHS])
    monkeypatch.setattr(open_clip.factory, "_MODEL_CONFIGS", {})
    open_clip.add_model_config(config)
    known = {
        **open_clip.pretrained._PRETRAINED,
        "tiny-test": {"seed0": open_clip.pretrained._slpcfg(hf_hub="us/tiny/")},
    }
    monkeypatch.setattr(open_clip.pretrained, "_PRETRAINED", known)
    server = Hub()
    server.files[WEIGHTS] = (tiny_model_dir / "open_clip_model.safetensors").read_bytes()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


WEIGHTS = "/us/tiny/resolve/main/open_clip_model.safetensors"


def gets(hub: Hub) -> list[str]:
    """Ranges that were downloaded."""
    return [ranges for method, path, ranges in hub.asked if method == "GET" and path == WEIGHTS]


def test_a_model_is_fetched_once_and_loads(hub: Hub) -> None:
    seen: list[Progress] = []
    found = models.get("TINY-test:seed0", JobContext(report=seen.append))
    assert (found.name, found.state, found.size_bytes) == (NAME, "here", len(hub.files[WEIGHTS]))
    assert [progress.unit for progress in seen] == ["bytes"] * len(seen)
    assert (seen[-1].done, seen[-1].total) == (len(hub.files[WEIGHTS]),) * 2
    clip = load(NAME)
    assert (clip.name, clip.title, clip.dim) == (NAME, "tiny-test (seed0)", 32)
    assert NAME in [info.name for info in models.list_models()]

    hub.asked.clear()
    assert models.get(NAME, JobContext()) == found
    assert hub.asked == []
    assert sorted(path.name for path in settings.models_dir().iterdir()) == ["tiny-test--seed0"]


def test_the_tags_own_preprocessing_is_used(hub: Hub) -> None:
    models.get(NAME, JobContext())
    config = json.loads((settings.models_dir() / "tiny-test--seed0" / "open_clip_config.json").read_text())
    assert config["preprocess_cfg"] == {
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
        "interpolation": "bicubic",
        "resize_mode": "squash",
    }


def test_torch_weights_are_taken_where_there_are_no_others(hub: Hub, tiny_model_dir: Path, tmp_path: Path) -> None:
    weights = load_file(tiny_model_dir / "open_clip_model.safetensors")
    torch.save(weights, tmp_path / "w.bin")
    hub.files = {WEIGHTS.replace("model.safetensors", "pytorch_model.bin"): (tmp_path / "w.bin").read_bytes()}
    models.get(NAME, JobContext())
    clip, original = load(NAME), load(f"local-dir:{tiny_model_dir}")
    np.testing.assert_array_equal(clip.encode_texts(["a dog"]), original.encode_texts(["a dog"]))


def cancel_after(count: int) -> JobContext:
    context = JobContext(report=lambda progress: context.cancelled.set() if progress.done >= count else None)
    return context


def test_a_cancelled_download_goes_on_where_it_stopped(hub: Hub) -> None:
    with pytest.raises(JobCancelled):
        models.get(NAME, cancel_after(1 << 20))
    assert NAME not in [info.name for info in models.list_models()]
    with pytest.raises(ModelNotHere):
        models.resolve(NAME)
    hub.asked.clear()
    models.get(NAME, JobContext())
    (resumed,) = gets(hub)
    assert int(resumed.removeprefix("bytes=").rstrip("-")) >= 1 << 20
    assert load(NAME).dim == 32


def test_cut_connections_are_taken_up_again(hub: Hub) -> None:
    hub.cuts = [1_000_000, 700_000, 1]
    models.get(NAME, JobContext())
    assert gets(hub)[:4] == ["bytes=0-", "bytes=1000000-", "bytes=1700000-", "bytes=1700001-"]
    assert load(NAME).dim == 32


def test_a_server_without_ranges_sends_everything_again(hub: Hub) -> None:
    hub.ranges = False
    hub.cuts = [1_000_000]
    models.get(NAME, JobContext())
    assert load(NAME).dim == 32


def test_a_connection_that_brings_nothing_ends_in_a_sentence(hub: Hub) -> None:
    hub.cuts = [2_000_000, 0, 0, 0]
    with pytest.raises(ModelOffline, match=r"tiny-test/seed0 broke off after 2 of \d+ MB"):
        models.get(NAME, JobContext())
    models.get(NAME, JobContext())


def test_a_file_that_is_not_what_was_announced_is_thrown_away(hub: Hub) -> None:
    hub.digest = "0" * 64
    with pytest.raises(ModelDamaged, match="not what the hub announced"):
        models.get(NAME, JobContext())
    hub.digest = None
    models.get(NAME, JobContext())


def test_weights_that_do_not_fit_are_refused_and_leave_nothing(hub: Hub, tmp_path: Path) -> None:
    save_file({"nothing": torch.zeros(3)}, tmp_path / "other.safetensors")
    hub.files[WEIGHTS] = (tmp_path / "other.safetensors").read_bytes()
    with pytest.raises(ModelUnfit, match=r"tiny-test \(seed0\) does not fit its architecture"):
        models.get(NAME, JobContext())
    assert list(settings.models_dir().iterdir()) == []


def test_no_network_is_said_at_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelOffline, match=r"127\.0\.0\.1:9 cannot be reached"):
        models.get(NAME, JobContext())
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelOffline, match="HF_HUB_OFFLINE"):
        models.get(NAME, JobContext())


def test_a_hub_without_the_file_and_a_broken_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.files.clear()
    with pytest.raises(ModelUnknown, match=r"holds no open_clip_model\.safetensors or open_clip_pytorch_model\.bin"):
        models.get(NAME, JobContext())
    monkeypatch.setattr(Answer, "do_HEAD", lambda self: self.send_error(503))
    with pytest.raises(ModelOffline, match="error 503"):
        models.get(NAME, JobContext())


def test_too_little_space_is_said_before_the_download(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(DiskFull, match=r"takes \d+ MB; 1 MB are free"):
        models.get(NAME, JobContext())
    assert gets(hub) == []


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


def test_an_unfinished_download_can_be_removed(hub: Hub) -> None:
    with pytest.raises(JobCancelled):
        models.get(NAME, cancel_after(1))
    models.remove(NAME)
    assert list(settings.models_dir().iterdir()) == []


def test_a_damaged_model_is_listed_as_such_beside_the_others_and_can_be_removed(hub: Hub) -> None:
    models.get(NAME, JobContext())
    folder = models.folder_of(NAME)
    (folder / "pairlens.json").write_text("{")
    (found,) = (info for info in models.list_models() if info.state == models.DAMAGED)
    assert not found.is_usable
    assert "cannot be read" in found.note
    assert "starter" in [info.name for info in models.list_models() if info.is_usable]
    models.remove(found.name)
    assert not folder.exists()
