"""Make the starter model from nothing: the contrastive loss of CLIP on drawn pictures and true captions.

    python -m starter.train --data FOLDER --out FOLDER [--pictures 200000] [--device cuda]

``--data`` holds what `generate dataset` drew. The run can be stopped at any time and goes on from
``--out``/checkpoint.pt; it ends by writing open_clip_config.json and open_clip_model.safetensors (float16) there,
which open_clip loads by ``local-dir:``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import open_clip
import torch
from open_clip.model import text_global_pool
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from starter.captions import captions, vocabulary
from starter.dataset import SIZE, Dataset

MODEL = {
    "model_cfg": {
        "embed_dim": 128,
        "vision_cfg": {
            "image_size": SIZE,
            "timm_model_name": "test_resnet",
            "timm_pool": "avg",
            "timm_proj": "mlp",
        },
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 128, "heads": 4, "layers": 2},
    },
    # Squashed, not cut: what the words speak of is measured on the whole picture.
    "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "squash"},
}
COARSE = 96  # pixels on a side in the first part of the run
TOKENS = 14  # of the 77: captions are short, and the text tower costs by the token


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result besides the pictures."""

    pictures: int = 200_000
    batch: int = 64
    captions: int = 112  # per batch
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warmup: float = 0.03  # share of the run
    coarse: float = 0.6  # share of the run at COARSE pixels, which costs a third and teaches all but sharpness
    unknown: float = 0.15  # share of the captions that get words which say nothing
    seed: int = 0

    @property
    def steps(self) -> int:
        """Batches in all."""
        return self.pictures // self.batch


def encode_texts(model: open_clip.CLIP, tokens: Tensor) -> Tensor:
    """Unit text vectors (B, D) of (B, T) tokens: `CLIP.encode_text`, for T below the context length."""
    length = tokens.shape[1]
    states = model.token_embedding(tokens) + model.positional_embedding[:length]
    states = model.transformer(states, attn_mask=model.attn_mask[:length, :length])
    states = text_global_pool(model.ln_final(states), tokens, model.text_pool_type)
    return functional.normalize(states @ model.text_projection, dim=-1)


def unknown_words(tokens: Tensor, share: float, draw: random.Random) -> Tensor:
    """Put a word of the vocabulary at random before the last place of some captions: unknown words must say nothing."""
    last = tokens.argmax(1).tolist()
    for row, end in enumerate(last):
        if draw.random() < share and end + 1 < tokens.shape[1]:
            place = draw.randint(1, end)
            tokens[row, place + 1 : end + 2] = tokens[row, place : end + 1].clone()
            tokens[row, place] = draw.randrange(256, 49406)
    return tokens


def contrastive_loss(model: open_clip.CLIP, images: Tensor, texts: Tensor, truth: Tensor) -> Tensor:
    """CLIP's symmetric loss between (B, D) images and (K, D) texts; targets are the truth (K, B), not a diagonal."""
    logits = model.logit_scale.exp().clamp(max=100) * texts @ images.T
    by_text = truth / truth.sum(1, keepdim=True)
    by_image = truth / truth.sum(0, keepdim=True)
    over_images = (by_text * (by_text.clamp_min(1e-9).log() - logits.log_softmax(1))).sum(1).mean()
    over_texts = (by_image * (by_image.clamp_min(1e-9).log() - logits.log_softmax(0))).sum(0).mean()
    return (over_images + over_texts) / 2


def learning_rate(recipe: Recipe, done: float) -> float:
    """Linear warm-up, then half a cosine to zero; ``done`` is the share of the run."""
    if done < recipe.warmup:
        return recipe.learning_rate * done / recipe.warmup
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * (done - recipe.warmup) / (1 - recipe.warmup)))


def parameter_groups(model: open_clip.CLIP, recipe: Recipe) -> list[dict]:
    """Weight decay for matrices only: not for gains, biases, embeddings and the temperature."""
    decayed, plain = [], []
    for name, parameter in model.named_parameters():
        (plain if parameter.ndim < 2 or "embedding" in name else decayed).append(parameter)
    return [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}]


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
    model = open_clip.CLIP(**MODEL["model_cfg"]).to(device, memory_format=torch.channels_last)
    if start:
        model.load_state_dict(load_file(start / "open_clip_model.safetensors"))
    optimizer = torch.optim.AdamW(parameter_groups(model, recipe), betas=(0.9, 0.98), fused=True)
    step = resume(out / "checkpoint.pt", model, optimizer)
    saved = time.monotonic()
    model.train()
    while step < recipe.steps:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(recipe, (step + 1) / recipe.steps)
        inputs, tokens, truth = (tensor.to(device) for tensor in draw_batch(data, recipe, step))
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            images = functional.normalize(model.visual(inputs), dim=-1)
            texts = encode_texts(model, tokens)
        loss = contrastive_loss(model, images.float(), texts.float(), truth)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        if step % report_every == 0:
            scale = model.logit_scale.exp().item()
            print(f"step {step}/{recipe.steps} loss {loss.item():.4f} scale {scale:.1f}", flush=True)
        if time.monotonic() - saved > save_every:
            checkpoint(out / "checkpoint.pt", model, optimizer, step)
            saved = time.monotonic()
    checkpoint(out / "checkpoint.pt", model, optimizer, step)
    export(model, out)


def draw_batch(data: Dataset, recipe: Recipe, step: int) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures (B, 3, S, S), the tokens (K, T) of captions, and their truth (K, B) of each picture.

    Everything random follows from the step's number: a resumed run draws what an unbroken one would.
    """
    draw = random.Random(recipe.seed * 1_000_003 + step)
    numbers = draw.sample(range(len(data)), recipe.batch)
    scenes = [data.scene(number) for number in numbers]
    texts, truth = captions(draw, recipe.captions, data.shares(numbers), scenes)
    tokens = unknown_words(open_clip.tokenize(texts, context_length=TOKENS), recipe.unknown, draw)
    inputs = data.pictures(numbers)
    if step < recipe.coarse * recipe.steps:
        inputs = functional.interpolate(inputs, (COARSE, COARSE), mode="bilinear", antialias=True)
    inputs = inputs.contiguous(memory_format=torch.channels_last)
    return inputs, tokens, torch.from_numpy(truth.astype(np.float32))


def resume(path: Path, model: open_clip.CLIP, optimizer: torch.optim.Optimizer) -> int:
    """The step to go on from: 0, or that of the checkpoint, which is loaded."""
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return state["step"]


def checkpoint(path: Path, model: open_clip.CLIP, optimizer: torch.optim.Optimizer, step: int) -> None:
    """Save what `resume` needs; a run killed while saving keeps the checkpoint before."""
    beside = path.with_suffix(".part")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, beside)
    os.replace(beside, path)


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
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint and the model")
    parser.add_argument("--start", type=Path, help="folder of a model to go on from, instead of from nothing")
    parser.add_argument("--coarse", type=float, default=Recipe.coarse, help="share of the run at coarse resolution")
    parser.add_argument("--pictures", type=int, default=Recipe.pictures, help="pictures to train on, in all")
    parser.add_argument("--batch", type=int, default=Recipe.batch)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    recipe = Recipe(pictures=given.pictures, batch=given.batch, coarse=given.coarse, seed=given.seed)
    train(Dataset(given.data), given.out, recipe, start=given.start, device=given.device)


if __name__ == "__main__":
    main()
