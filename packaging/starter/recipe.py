"""What decides a training run besides the pictures, and the loop that both of its halves share."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result besides the pictures."""

    pictures: int = 150_000  # for the image tower, in all
    batch: int = 64  # pictures a step of the image tower
    texts: int = 150_000  # captions for the text tower, in all
    captions: int = 128  # a step of the text tower
    vectors: int = 256  # pictures a step of the text tower, whose vectors are there already
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warmup: float = 0.03  # share of each half
    coarse: float = 0.8  # share of the pictures at coarse resolution, which costs a third and teaches all but sharpness
    scenes: float = 0.5  # share of the pictures of a batch that show a scene, where there are any
    alone: float = 0.6  # share of the scenes of the image tower that hold a single thing: they teach types and shine
    simple: float = 0.2  # share of the pictures in which all of them do
    recoloured: float = 0.6  # share of the pictures of scenes whose colours are changed beyond telling
    said_scenes: float = 0.3  # share of the pictures of a batch of the text tower that show a scene
    unknown: float = 0.15  # share of the captions that get words which say nothing
    seed: int = 0


def optimise(
    trained: nn.Module,
    loss_at: Callable[[int], Tensor],
    steps: int,
    recipe: Recipe,
    path: Path,
    *,
    save_every: float,
    report_every: int,
) -> None:
    """Lower ``loss_at(step)`` over the parameters of ``trained`` that ask for gradients, on from the checkpoint.

    ``path`` is the checkpoint, saved every ``save_every`` seconds and at the end; ``report_every`` is in steps.
    """
    optimizer = torch.optim.AdamW(parameter_groups(trained, recipe), betas=(0.9, 0.98), fused=True)
    step = resume(path, trained, optimizer)
    saved = time.monotonic()
    while step < steps:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(recipe, (step + 1) / steps)
        loss = loss_at(step)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        if step % report_every == 0:
            print(f"{path.stem} step {step}/{steps} loss {loss.item():.4f}", flush=True)
        if time.monotonic() - saved > save_every or step == steps:
            checkpoint(path, trained, optimizer, step)
            saved = time.monotonic()


def learning_rate(recipe: Recipe, done: float) -> float:
    """Linear warm-up, then half a cosine to zero; ``done`` is the share of the half."""
    if done < recipe.warmup:
        return recipe.learning_rate * done / recipe.warmup
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * (done - recipe.warmup) / (1 - recipe.warmup)))


def parameter_groups(trained: nn.Module, recipe: Recipe) -> list[dict]:
    """Weight decay for matrices only: not for gains, biases, embeddings and the temperature."""
    decayed, plain = [], []
    for name, parameter in trained.named_parameters():
        if parameter.requires_grad:
            (plain if parameter.ndim < 2 or "embed" in name else decayed).append(parameter)
    return [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}]


def has_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is faster there than float32: on GPUs, and on CPUs that hold 512 bits at once."""
    return device.type != "cpu" or "AVX512" in torch.backends.cpu.get_cpu_capability()


def resume(path: Path, trained: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """The step to go on from: 0, or that of the checkpoint, which is loaded."""
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    trained.load_state_dict(state["trained"])
    optimizer.load_state_dict(state["optimizer"])
    return state["step"]


def checkpoint(path: Path, trained: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
    """Save what `resume` needs; a run killed while saving keeps the checkpoint before."""
    beside = path.with_suffix(".part")
    torch.save({"trained": trained.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, beside)
    os.replace(beside, path)
