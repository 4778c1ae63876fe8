"""The training set on disk: finished photographs, the measured looks of each, and what each rendered scene holds.

Written by `generate dataset`, read by `train`. A folder holds pictures.npy (N, 3, S, S) uint8, looks.npy (N, looks)
float32 in the order of `LOOKS`, scene_of.npy (N,) int32 (a line of scenes.jsonl, or -1 for a picture without a
scene), and scenes.jsonl.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from starter.attributes import LOOKS, measure
from starter.photographic import photograph
from starter.scene_model import Scene, read_scenes

SIZE = 160  # pixels on a side: what the model looks at


class Dataset:
    """A folder of training pictures. Raises FileNotFoundError where it is not complete."""

    def __init__(self, folder: Path) -> None:
        self._pictures = np.load(folder / "pictures.npy", mmap_mode="r")
        self._scene_of = np.load(folder / "scene_of.npy")
        self._scenes = read_scenes(folder / "scenes.jsonl")
        self._shares = shares(np.load(folder / "looks.npy"))

    def __len__(self) -> int:
        return len(self._pictures)

    def pictures(self, numbers: Sequence[int]) -> Tensor:
        """(B, 3, SIZE, SIZE) float in -1..1, as the model's own preprocessing makes them."""
        return torch.from_numpy(self._pictures[list(numbers)]).float() / 127.5 - 1

    def shares(self, numbers: Sequence[int]) -> np.ndarray:
        """Of each look the share of all pictures that each picture beats: (B, looks) in 0..1."""
        return self._shares[list(numbers)]

    def scene(self, number: int) -> Scene | None:
        """What picture ``number`` shows; None where it shows no scene."""
        line = int(self._scene_of[number])
        return self._scenes[line] if line >= 0 else None


def shares(values: np.ndarray) -> np.ndarray:
    """Share of the rows that each value beats in its column, (N, looks) in 0..1; ties count half."""
    ordered = np.sort(values, axis=0)
    result = np.empty_like(values)
    for column in range(values.shape[1]):
        below = np.searchsorted(ordered[:, column], values[:, column], side="left")
        upto = np.searchsorted(ordered[:, column], values[:, column], side="right")
        result[:, column] = (below + upto) / (2 * len(values))
    return result


def take_photographs(base: Tensor, seed: int, *, keep_frame: bool) -> tuple[np.ndarray, np.ndarray]:
    """One photograph of each (B, 3, S, S) uint8 picture: uint8 (B, 3, SIZE, SIZE), and looks (B, looks) float32."""
    generator = torch.Generator().manual_seed(seed)
    pictures, grain = photograph(base, SIZE, generator, keep_frame=torch.full((len(base),), keep_frame))
    measured = {**measure(pictures), "grain": grain}
    looks = torch.stack([measured[look] for look in LOOKS], dim=1)
    return (pictures * 255).round().to(torch.uint8).numpy(), looks.numpy()
