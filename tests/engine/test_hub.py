"""Downloads from a stand-in hub: resumed, cancelled, refused, removed."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import open_clip
import open_clip.pretrained
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine import models, settings
from engine.clip import load
from engine.errors import (
    DiskFull,
    JobCancelled,
    ModelDamaged,
    ModelNotHere,
    ModelOffline,
    ModelUnfit,
    ModelUnknown,
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
