"""What every test stands on: an own home, a tiny random CLIP on disk, a folder of real image files."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Iterator
from pathlib import Path

# One thread a process: the suite runs engine processes beside itself, and OpenMP barriers between them cost 10x.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import pytest
from PIL import Image

from tests.forked import ForkedEngines

TINY_CLIP = {
    "model_cfg": {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
}


@pytest.fixture(autouse=True, scope="session")
def no_process_is_left() -> Iterator[None]:
    """A process that a test forgot would be waited for at the end of the run, for ever."""
    yield
    left = multiprocessing.active_children()
    for process in left:
        process.kill()
        process.join()
    assert not left, f"processes that no test ended: {left}"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything PairLens writes goes under this folder; spawned processes inherit it."""
    folder = tmp_path / "home"
    monkeypatch.setenv("PAIRLENS_HOME", str(folder))
    if phrases := sys.modules.get("engine.phrase_directions"):
        phrases._kept.clear()  # the text encoders of different tests may have the same key
    return folder


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """What pytest-qt makes the application with: the style is the program's."""
    from app.theme import STYLE

    return ["pairlens", *STYLE]


@pytest.fixture
def forked_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine processes begin in a moment: see `tests.forked`."""
    from engine import process

    monkeypatch.setattr(process, "_spawn", ForkedEngines())


def make_clip(folder: Path, seed: int = 0) -> str:
    """A CLIP with random weights (32 px, 32 dimensions) in a new folder; returns the name that --model takes."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder.mkdir()
    torch.manual_seed(seed)
    model = open_clip.CLIP(**TINY_CLIP["model_cfg"])
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    (folder / "open_clip_config.json").write_text(json.dumps(TINY_CLIP))
    return f"local-dir:{folder}"


@pytest.fixture(scope="session")
def tiny_model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny CLIP (seed 0), as open_clip's ``local-dir:`` wants it."""
    folder = tmp_path_factory.mktemp("models") / "tiny-clip"
    make_clip(folder)
    return folder


@pytest.fixture
def tiny_model(tiny_model_dir: Path) -> str:
    """The tiny CLIP by the name that --model takes."""
    return f"local-dir:{tiny_model_dir}"


def write_photo(path: Path, seed: int, size: tuple[int, int] = (64, 48)) -> Path:
    """A smooth random picture, different for every seed, in the format of the file name."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(small).resize(size, Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of twelve small pictures, two of them in a subfolder."""
    folder = tmp_path / "photos"
    for number in range(10):
        write_photo(folder / f"photo{number:02}.jpg", number)
    write_photo(folder / "more" / "one.png", 100)
    write_photo(folder / "more" / "two.webp", 101)
    return folder
