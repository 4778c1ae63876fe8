"""Second half of the training: the text tower learns which captions are true of which image vectors.

Started by `train`, with the image tower as `image_half` left it. The loss is CLIP's, between captions and pictures;
as the vectors of all pictures are there already, a step costs no more than its texts.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from open_clip.model import text_global_pool
from torch import Tensor, nn
from torch.nn import functional

from starter.captions import captions
from starter.dataset import SIZE, Dataset
from starter.recipe import Recipe, has_bfloat16, optimise

TOKENS = 18  # of the 77: captions are short, and the text tower costs by the token


class TextSide(nn.Module):
    """All of a model but its image tower, which is not in this half's checkpoint: it may have learned on since."""

    def __init__(self, model: open_clip.CLIP) -> None:
        super().__init__()
        for name, child in model.named_children():
            if name != "visual":
                self.add_module(name, child)
        for name, parameter in model.named_parameters(recurse=False):
            self.register_parameter(name, parameter)


def train(
    model: open_clip.CLIP, data: Dataset, recipe: Recipe, path: Path, *, save_every: float, report_every: int
) -> None:
    """Teach the text tower for ``recipe.texts``, on from the checkpoint at ``path``; see `recipe.optimise`."""
    device = model.logit_scale.device
    steps = recipe.texts // recipe.captions
    vectors = image_vectors(model, data)

    def loss_at(step: int) -> Tensor:
        numbers, tokens, truth = draw_batch(data, recipe, step)
        with torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device)):
            texts = encode_texts(model, tokens.to(device))
        return contrastive_loss(model, vectors[numbers], texts.float(), truth.to(device))

    optimise(TextSide(model), loss_at, steps, recipe, path, save_every=save_every, report_every=report_every)


@torch.no_grad()
def image_vectors(model: open_clip.CLIP, data: Dataset, batch: int = 64) -> Tensor:
    """Unit vectors (N / 2, D) of all pictures but the mirror images, as the finished model will see them."""
    model.eval()
    count = len(data) // 2
    device = model.logit_scale.device
    found = []
    for start in range(0, count, batch):
        pictures = data.pictures(range(start, min(start + batch, count)), SIZE)
        found.append(model.visual(pictures.to(device, memory_format=torch.channels_last)))
    return functional.normalize(torch.cat(found).float(), dim=-1)


def encode_texts(model: Any, tokens: Tensor) -> Tensor:
    """Unit text vectors (B, D) of (B, T) tokens: `CLIP.encode_text`, for T below the context length."""
    length = tokens.shape[1]
    states = model.token_embedding(tokens) + model.positional_embedding[:length]
    states = model.transformer(states, attn_mask=model.attn_mask[:length, :length])
    states = text_global_pool(model.ln_final(states), tokens, model.text_pool_type)
    return functional.normalize(states @ model.text_projection, dim=-1)


def draw_batch(data: Dataset, recipe: Recipe, step: int) -> tuple[list[int], Tensor, Tensor]:
    """Numbers of pictures (B), the tokens (K, T) of captions, and their truth (K, B) of each picture.

    Everything random follows from the step's number: a resumed run draws what an unbroken one would.
    """
    draw = random.Random(recipe.seed * 1_000_003 + step)
    half = len(data) // 2
    there = [[number for number in each if number < half] for each in (data.with_scenes, data.without_scenes)]
    shares = (recipe.said_scenes, 1 - recipe.said_scenes)
    wanted = [min(round(recipe.vectors * share), len(each)) for each, share in zip(there, shares, strict=True)]
    numbers = [number for each, count in zip(there, wanted, strict=True) for number in draw.sample(each, count)]
    shown = [data.scene(number) for number in numbers]
    texts, truth = captions(draw, recipe.captions, data.shares(numbers), shown)
    tokens = unknown_words(open_clip.tokenize(texts, context_length=TOKENS), recipe.unknown, draw)
    tokens = tokens[:, : int(tokens.argmax(1).max()) + 1]  # no further than the longest caption
    return numbers, tokens, torch.from_numpy(truth.astype(np.float32))


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
    """CLIP's symmetric loss between (B, D) images and (K, D) texts; targets are the truth (K, B), not a diagonal.

    Where the truth is NaN a text says nothing of a picture, and neither is a wrong answer to the other.
    """
    logits = model.logit_scale.exp().clamp(max=100) * texts @ images.T
    logits = logits.masked_fill(truth.isnan(), -1e4)
    truth = truth.nan_to_num(0.0)
    by_text = truth / truth.sum(1, keepdim=True)
    by_image = truth / truth.sum(0, keepdim=True)
    over_images = (by_text * (by_text.clamp_min(1e-9).log() - logits.log_softmax(1))).sum(1).mean()
    over_texts = (by_image * (by_image.clamp_min(1e-9).log() - logits.log_softmax(0))).sum(0).mean()
    return (over_images + over_texts) / 2
