"""The shipped sample library: whole, small, and as described."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image
from starter.attributes import measure
from starter.dataset import SIZE

from .conftest import REPOSITORY

SAMPLES = REPOSITORY / "resources" / "samples"


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
