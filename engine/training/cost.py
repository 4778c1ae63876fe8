"""What a run will take: time, memory, disk. Estimates from the model's size and a short measurement of the device.

Good to a factor of about two; the run itself measures its speed and tells the time left.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine import memory
from engine.training.optimizing import ANCHORS
from engine.training.pairs import TRAINING, VALIDATION, Pairs
from engine.training.recipes import Recipe
from engine.training_messages import Cost

if TYPE_CHECKING:
    import torch

    from engine.clip import Clip

PROCESS = 900_000_000  # bytes of a process that has imported torch and loaded a small model
KEPT = 28  # numbers of one width that a block keeps for the backward pass, a token
FLOAT = 4  # bytes
STRENGTHS = 14  # how often the validation sentences are encoded at the end: the curve, and the held-out figures
EFFICIENCY = 0.4  # of a step, against one large matrix product
STEP_SECONDS = 0.005  # that a step takes however small the model
START_SECONDS = 12.0  # importing torch, loading the model, writing the result
SIDE = 1024  # of the matrices measured with


def of(recipe: Recipe, clip: Clip, data: Pairs, trained: int, lengths: np.ndarray, steps: int, runs_dir: Path) -> Cost:
    """The cost of a run that changes ``trained`` numbers; ``lengths`` (T,): tokens of each text."""
    texts = min(min(recipe.batch, len(data.part(TRAINING))) * (2 if recipe.swap else 1), len(lengths)) + ANCHORS
    longest = float(np.quantile(lengths, 1 - 1 / texts)) if len(lengths) else 0.0
    device = clip.torch_device
    return Cost(
        seconds=_seconds(recipe, clip, data, trained, texts * _worked_on(clip, lengths, longest), lengths, steps),
        device=clip.device_words,
        memory=_memory(recipe, clip, data, trained, texts * longest),
        memory_free=free_memory(device),
        # Two checkpoints (weights and Adam's two moments), one of them being replaced; the exported model, made twice.
        disk=FLOAT * (7 * trained + 2 * _numbers(clip, "") + data.images.size),
        disk_free=free_disk(runs_dir),
    )


def _memory(recipe: Recipe, clip: Clip, data: Pairs, trained: int, tokens: float) -> int:
    """Model, gradients, Adam's moments and the weights from before; what the backward pass needs; the data."""
    held = _numbers(clip, "") + 4 * trained + data.images.size
    if recipe.trainer == "text-tower":
        text = clip.files.config["model_cfg"]["text_cfg"]
        held += int(tokens * KEPT * text.get("width", 768) * text.get("layers", 12))
    return PROCESS + FLOAT * held


def _worked_on(clip: Clip, lengths: np.ndarray, longest: float) -> float:
    """The places of a text that a step works on: its own tokens, or as many as the longest one has."""
    from engine.text_packing import can_pack

    packed = hasattr(clip.network, "transformer") and can_pack(clip.network)
    return float(lengths.mean()) if packed and len(lengths) else longest


def _seconds(
    recipe: Recipe, clip: Clip, data: Pairs, trained: int, tokens: float, lengths: np.ndarray, steps: int
) -> float:
    """``tokens``: places of the texts of a step."""
    tower = _numbers(clip, "text")
    once = float(lengths[data.texts_of(VALIDATION)].sum())
    evaluations = steps / recipe.evaluate_every + STRENGTHS if recipe.trainer == "text-tower" else STRENGTHS
    operations = 2 * tower * once * evaluations
    if recipe.trainer == "text-tower":
        back = 4 * min(1.0, trained / max(tower, 1))  # only through what is trained
        operations += (2 + back) * tower * tokens * steps
    else:
        operations += 2 * tower * float(lengths.sum())
    return START_SECONDS + steps * STEP_SECONDS + operations / (EFFICIENCY * speed(clip.torch_device))


def _numbers(clip: Clip, tower: str) -> int:
    """How many numbers the model has; "text": its text encoder's blocks, which do the work."""
    state = clip.network.state_dict()
    names = [name for name in state if not tower or ("resblocks" in name and not name.startswith("visual."))]
    if tower and not names:  # a text encoder of another make
        names = [name for name in state if not name.startswith("visual.") and "embed" not in name]
    return sum(state[name].numel() for name in names)


def speed(device: torch.device) -> float:
    """Operations a second of a matrix product on a device, measured in some hundredths of a second."""
    import torch

    kind = torch.bfloat16 if device.type == "cuda" else torch.float32
    matrix = torch.ones(SIDE, SIDE, device=device, dtype=kind)
    times = []
    for _ in range(3):
        began = time.perf_counter()
        float((matrix @ matrix)[0, 0])  # reading a number waits for the device
        times.append(time.perf_counter() - began)
    return 2 * SIDE**3 / min(times)


def free_memory(device: torch.device) -> int | None:
    """Bytes that can still be had on a device, None where the system does not say."""
    import torch

    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return memory.free() if device.type == "cpu" else None


def free_disk(folder: Path) -> int:
    """Bytes that are free where ``folder`` is or will be."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(there).free
