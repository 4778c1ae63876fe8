"""First half of the training: the image tower learns the whole table of claims, without a text tower.

Started by `train`. Each claim has a vector of its own; its cosine with the image vector, scaled, is the log odds of
its truth. What a picture shows is so laid out along straight lines, which is where the words of the second half find
it, and which lets differences between pictures be added up.
"""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from starter.claims import coloured, shaped, truth_table, weights
from starter.dataset import COARSE, SIZE, Dataset
from starter.recipe import Recipe, has_bfloat16, optimise

FIRST_SCALE = 10.0  # of the cosine, before training
STRIDE = 32  # pixels of a picture to one of the tower's last map
BEND = 0.5  # spread of the log exponents by which `recolour` bends the primaries
SUREST = 0.02  # no claim is truer than 1 - SUREST: a cosine cannot grow for ever


class ClaimedTower(nn.Module):
    """An image tower with a vector, a scale and a bias per claim; ``usual`` (claims,) is how often each is true."""

    def __init__(self, tower: nn.Module, width: int, usual: Tensor) -> None:
        super().__init__()
        self.tower = tower
        self.claims = nn.Parameter(torch.randn(len(usual), width) / math.sqrt(width))
        self.scale = nn.Parameter(torch.full((len(usual),), math.log(FIRST_SCALE)))
        self.bias = nn.Parameter(usual.logit())

    def forward(self, pictures: Tensor) -> Tensor:
        """Log odds (B, claims) of each claim for (B, 3, S, S) pictures."""
        images = functional.normalize(at_any_size(self.tower, pictures).float(), dim=-1)
        return images @ functional.normalize(self.claims, dim=-1).T * self.scale.exp() + self.bias


def at_any_size(tower: Any, pictures: Tensor) -> Tensor:
    """Image vectors (B, D) of (B, 3, S, S) pictures: the places of the pool's map are spread over another one."""
    places = tower.attnpool.positional_embedding  # (1 + side * side, C): the average, then the map row by row
    side, wanted = math.isqrt(len(places) - 1), pictures.shape[-1] // STRIDE
    if wanted == side:
        return tower(pictures)
    spread = places[1:].T.reshape(1, -1, side, side)
    spread = functional.interpolate(spread, (wanted, wanted), mode="bilinear", align_corners=True)
    resized = torch.cat([places[:1], spread.reshape(len(spread[0]), -1).T])
    return torch.func.functional_call(tower, {"attnpool.positional_embedding": resized}, pictures)


def train(model: Any, data: Dataset, recipe: Recipe, path: Path, *, save_every: float, report_every: int) -> None:
    """Teach ``model.visual`` for ``recipe.pictures``, on from the checkpoint at ``path``; see `recipe.optimise`."""
    table = truth_table(data).clip(SUREST, 1 - SUREST)
    device = model.logit_scale.device
    usual = np.nan_to_num(np.nanmean(table, 0) if data.with_scenes else table.mean(0), nan=0.5)
    trained = ClaimedTower(model.visual, model.text_projection.shape[1], torch.from_numpy(usual)).to(device)
    weight = torch.from_numpy(weights()).to(device)
    steps = recipe.pictures // recipe.batch

    def loss_at(step: int) -> Tensor:
        size = COARSE if step < recipe.coarse * steps else SIZE
        alone = 1.0 if step < recipe.simple * steps else recipe.alone
        pictures, truth = draw_batch(data, table, recipe, step, size, alone)
        with torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device)):
            odds = trained(pictures.to(device, memory_format=torch.channels_last))
        return claims_loss(odds.float(), truth.to(device), weight)

    trained.train()
    optimise(trained, loss_at, steps, recipe, path, save_every=save_every, report_every=report_every)


def draw_batch(
    data: Dataset, table: np.ndarray, recipe: Recipe, step: int, size: int, alone: float
) -> tuple[Tensor, Tensor]:
    """Pictures (B, 3, size, size) and the truth (B, claims), as many with a scene as the recipe says; of the scenes a
    share ``alone`` holds a single thing.

    A tower that could would guess a thing's type from the combinations of colour and size that it saw. So most scenes
    have their colours changed beyond telling, and nothing is claimed of them, but a cube is still a cube; and of a
    single thing in its own colour nothing is claimed of its type.

    Everything random follows from the step's number: a resumed run draws what an unbroken one would.
    """
    draw = random.Random(recipe.seed * 1_000_003 + step)
    scenes = round(recipe.batch * recipe.scenes) if data.with_scenes else 0
    single = min(round(scenes * alone), len(data.with_one_thing))
    numbers = (
        draw.sample(data.with_one_thing, single)
        + draw.sample(data.with_scenes, scenes - single)
        + draw.sample(data.without_scenes, recipe.batch - scenes)
    )
    pictures, truth = data.pictures(numbers, size), torch.from_numpy(table[numbers])
    of_colours, of_types = torch.from_numpy(coloured()), torch.from_numpy(shaped())
    single_things = set(data.with_one_thing)
    for row in range(scenes):
        if draw.random() < recipe.recoloured:
            pictures[row] = recolour(draw, pictures[row])
            truth[row, of_colours] = torch.nan
        elif numbers[row] in single_things:
            truth[row, of_types] = torch.nan
    return pictures, truth


def recolour(draw: random.Random, picture: Tensor) -> Tensor:
    """A (3, S, S) picture in -1..1 with its primaries exchanged and each made lighter or darker in the middle, which
    gives greys a colour too."""
    bends = torch.tensor([math.exp(draw.gauss(0, BEND)) for _ in range(3)])
    mixed = picture[draw.sample(range(3), 3)]
    return ((mixed + 1) / 2) ** bends[:, None, None] * 2 - 1


def claims_loss(odds: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Divergence of the log odds (B, claims) from the truth (B, claims), NaN where nothing is claimed.

    Each claim counts with its ``weight`` (claims,), however many of the pictures it speaks of.
    """
    known = ~truth.isnan()
    truth = truth.nan_to_num(0.5)
    unavoidable = functional.binary_cross_entropy(truth, truth, reduction="none")
    loss = functional.binary_cross_entropy_with_logits(odds, truth, reduction="none") - unavoidable
    each = (loss * known).sum(0) / known.sum(0).clamp_min(1)
    return (each * weight).sum() / weight.sum()
