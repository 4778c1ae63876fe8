"""The training set on disk: finished photographs, the measured looks of each, and what each rendered scene holds.

Written by `generate dataset`, read by `train`. A folder holds pictures.npy (N, 3, SIZE, SIZE) uint8, coarse.npy, the
same at COARSE pixels, looks.npy (N, looks)
float32 in the order of `LOOKS`, scene_of.npy (N,) int32 (a line of scenes.jsonl, or -1 for a picture without a
scene that captions could speak of), and scenes.jsonl.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from starter.attributes import HUES, LOOKS, measure
from starter.photographic import photograph
from starter.scene_model import Scene, mirrored, read_scenes

SIZE = 160  # pixels on a side: what the model looks at
COARSE = 96  # pixels on a side in the first part of the training
# Hues that things of a colour are called by.
HUE_OF = {**{hue: hue for hue in HUES}, "brown": "orange", "pink": "purple"}


class Dataset:
    """A folder of training pictures, each there twice: number n, and n + half the length for its mirror image.

    Raises FileNotFoundError where the folder is not complete.
    """

    def __init__(self, folder: Path) -> None:
        self._pictures = np.load(folder / "pictures.npy", mmap_mode="r")
        self._coarse = np.load(folder / "coarse.npy", mmap_mode="r")
        self._scene_of = np.load(folder / "scene_of.npy")
        self._scenes = read_scenes(folder / "scenes.jsonl")
        self._mirrored = [mirrored(scene) for scene in self._scenes]
        self._shares = self._judge(np.load(folder / "looks.npy"))

    def __len__(self) -> int:
        return 2 * len(self._pictures)

    @cached_property
    def with_scenes(self) -> list[int]:
        """Numbers of the pictures that show a scene."""
        return [number for number in range(len(self)) if self.scene(number)]

    @cached_property
    def with_one_thing(self) -> list[int]:
        """Numbers of those that show a single thing."""
        return [number for number in self.with_scenes if (scene := self.scene(number)) and len(scene.things) == 1]

    @cached_property
    def without_scenes(self) -> list[int]:
        """Numbers of the other pictures."""
        return [number for number in range(len(self)) if not self.scene(number)]

    def pictures(self, numbers: Sequence[int], size: int) -> Tensor:
        """(B, 3, size, size) float in -1..1, as the model's own preprocessing makes them; size is SIZE or COARSE."""
        half, stored = len(self._pictures), self._pictures if size == SIZE else self._coarse
        rows = [stored[number % half][..., :: -1 if number >= half else 1] for number in numbers]
        return torch.from_numpy(np.stack(rows)).float() / 127.5 - 1

    def shares(self, numbers: Sequence[int]) -> np.ndarray:
        """Of each look the share of all pictures without a scene that each picture beats: (B, looks) in 0..1."""
        chosen = np.asarray(numbers)
        result = self._shares[chosen % len(self._pictures)]  # a copy
        left = LOOKS.index("left_light")
        is_mirrored = chosen >= len(self._pictures)
        result[is_mirrored, left] = 1 - result[is_mirrored, left]
        return result

    def scene(self, number: int) -> Scene | None:
        """What picture ``number`` shows; None where it shows no scene."""
        half = len(self._pictures)
        line = int(self._scene_of[number % half])
        return (self._scenes if number < half else self._mirrored)[line] if line >= 0 else None

    def _judge(self, looks: np.ndarray) -> np.ndarray:
        """Shares of `shares`. Hues of a scene are those of its things first, then those of its pixels."""
        plain = self._scene_of < 0
        result = shares(looks, looks[plain] if plain.any() else looks)
        for row in np.flatnonzero(~plain):
            there = {HUE_OF.get(thing.colour) for thing in self._scenes[self._scene_of[row]].things}
            for hue in HUES:
                column = LOOKS.index(hue)
                result[row, column] = (result[row, column] + (hue in there)) / 2
        return result


def shares(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Share of the rows of ``among`` that each value beats in its column, (N, looks) in 0..1; ties count half."""
    ordered = np.sort(among, axis=0)
    result = np.empty_like(values)
    for column in range(values.shape[1]):
        below = np.searchsorted(ordered[:, column], values[:, column], side="left")
        upto = np.searchsorted(ordered[:, column], values[:, column], side="right")
        result[:, column] = (below + upto) / (2 * len(among))
    least = 0.5 / len(among)  # what beats all others beats them by this much only
    return result.clip(least, 1 - least)


def coarsen(pictures: np.ndarray) -> np.ndarray:
    """(B, 3, COARSE, COARSE) uint8 of larger pictures."""
    small = functional.interpolate(
        torch.from_numpy(pictures).float(), (COARSE, COARSE), mode="bilinear", antialias=True
    )
    return small.round().clamp(0, 255).to(torch.uint8).numpy()


def take_photographs(base: Tensor, seed: int, *, gentle: bool) -> tuple[np.ndarray, np.ndarray]:
    """One photograph of each (B, 3, S, S) uint8 picture: uint8 (B, 3, SIZE, SIZE), and looks (B, looks) float32."""
    generator = torch.Generator().manual_seed(seed)
    pictures, grain = photograph(base, SIZE, generator, gentle=gentle)
    measured = {**measure(pictures), "grain": grain}
    looks = torch.stack([measured[look] for look in LOOKS], dim=1)
    return (pictures * 255).round().to(torch.uint8).numpy(), looks.numpy()
