"""The shipped model loads with open_clip alone, keeps within its size, and orders pictures that it never saw."""

from __future__ import annotations

import json

import open_clip
import pytest
import torch
from PIL import Image
from starter.attributes import measure
from starter.dataset import take_photographs
from starter.textures import draw_textures

from engine.ranking import spearman

from .conftest import REPOSITORY

MODEL = REPOSITORY / "resources" / "starter"


def test_the_shipped_model_loads_with_open_clip_alone_and_is_small() -> None:
    files = [path for path in MODEL.iterdir() if path.suffix in (".json", ".safetensors")]
    assert sum(path.stat().st_size for path in files) <= 32 * 2**20
    config = json.loads((MODEL / "open_clip_config.json").read_text())
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{MODEL}")
    vector = model.eval().encode_image(preprocess(Image.new("RGB", (90, 60), "red"))[None])
    assert vector.shape == (1, config["model_cfg"]["embed_dim"])


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
    photographs, _ = take_photographs(draw_textures(48, 208, seed=987_654), 1, gentle=False)
    pictures = torch.from_numpy(photographs).float() / 255
    model = open_clip.create_model_and_transforms(f"local-dir:{MODEL}")[0].eval()
    tokenize = open_clip.get_tokenizer(f"local-dir:{MODEL}")
    with torch.no_grad():
        texts = model.encode_text(tokenize([high, low]), normalize=True)
        images = model.encode_image(pictures * 2 - 1, normalize=True)
    scores = images @ (texts[0] - texts[1])
    assert spearman(scores.numpy(), measure(pictures)[look].numpy()) > 0.7
