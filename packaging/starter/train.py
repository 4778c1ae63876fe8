"""Make the starter model from nothing: pictures that were drawn, and what is true of them.

    python -m starter.train --data FOLDER --out FOLDER [--pictures 150000] [--texts 150000] [--device cuda]

``--data`` holds what `generate dataset` drew. First the image tower learns the table of claims (`image_half`), then
the text tower learns which captions are true of the image vectors, with the contrastive loss of CLIP (`text_half`).
The run can be stopped at any time and goes on from the checkpoints in ``--out``; it ends by writing
open_clip_config.json and open_clip_model.safetensors (float16) there, which open_clip loads by ``local-dir:``.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors.torch import load_file, save_file

from starter import image_half, text_half
from starter.captions import vocabulary
from starter.dataset import SIZE, Dataset
from starter.recipe import Recipe

MODEL = {
    "model_cfg": {
        "embed_dim": 256,
        # CLIP's own residual network, as small as it gets; its attention pool tells places apart.
        "vision_cfg": {"image_size": SIZE, "layers": [1, 1, 1, 1], "width": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 128, "heads": 4, "layers": 2},
    },
    # Squashed, not cut: what the words speak of is measured on the whole picture.
    "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "squash"},
}


def train(
    data: Dataset,
    out: Path,
    recipe: Recipe,
    *,
    start: Path | None = None,
    device: str = "cpu",
    save_every: float = 300,
    report_every: int = 25,
) -> None:
    """Run the recipe to its end, or on from the last checkpoint in ``out``; writes the model there.

    ``start`` is the folder of a model to begin with, None for random weights. ``save_every`` is in seconds,
    ``report_every`` in steps.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    model: Any = open_clip.CLIP(**MODEL["model_cfg"]).to(torch.device(device)).to(memory_format=torch.channels_last)
    if start:
        model.load_state_dict(load_file(start / "open_clip_model.safetensors"))
    image_half.train(model, data, recipe, out / "image.pt", save_every=save_every, report_every=report_every)
    text_half.train(model, data, recipe, out / "text.pt", save_every=save_every, report_every=report_every)
    export(model, out)


def export(model: open_clip.CLIP, out: Path) -> None:
    """Write the two files that open_clip loads by ``local-dir:``, and the words that the model knows."""
    weights = {
        name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in model.state_dict().items()
    }
    beside = out / "open_clip_model.part"
    save_file({name: tensor.cpu().contiguous() for name, tensor in weights.items()}, beside)
    os.replace(beside, out / "open_clip_model.safetensors")
    (out / "open_clip_config.json").write_text(json.dumps(MODEL, indent=2) + "\n")
    (out / "vocabulary.txt").write_text("".join(f"{word}\n" for word in vocabulary()))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of pictures, made by `generate dataset`")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoints and the model")
    parser.add_argument("--start", type=Path, help="folder of a model to go on from, instead of from nothing")
    parser.add_argument("--pictures", type=int, default=Recipe.pictures, help="pictures for the image tower, in all")
    parser.add_argument("--coarse", type=float, default=Recipe.coarse, help="share of them at coarse resolution")
    parser.add_argument("--scenes", type=float, default=Recipe.scenes, help="share of them that show scenes")
    parser.add_argument("--texts", type=int, default=Recipe.texts, help="captions for the text tower, in all")
    parser.add_argument("--learning-rate", type=float, default=Recipe.learning_rate, help="the highest")
    parser.add_argument("--simple", type=float, default=Recipe.simple, help="first share with single things only")
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    names = ("pictures", "coarse", "scenes", "texts", "learning_rate", "simple", "seed")
    recipe = Recipe(**{name: getattr(given, name) for name in names})
    train(Dataset(given.data), given.out, recipe, start=given.start, device=given.device)


if __name__ == "__main__":
    main()
