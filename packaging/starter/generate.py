"""Draw the training set or the sample library.

    python -m starter.generate dataset --out FOLDER [--textures 2400] [--scenes 1500] [--photographs 3]
    python -m starter.generate samples --out ../resources/samples

The same numbers and seed give the same pictures.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap
from torch import Tensor
from torch.nn import functional

from starter.attributes import LOOKS
from starter.dataset import COARSE, SIZE, coarsen, take_photographs
from starter.render import render
from starter.samples import write_samples
from starter.scene_model import Scene, draw_scene, write_scenes
from starter.textures import draw_textures

CHUNK = 24  # base pictures drawn at a time
BASE = 208  # pixels on a side of what is photographed, which crops cut from


def write_dataset(out: Path, *, textures: int, scenes: int, photographs: int, seed: int = 0) -> None:
    """Draw base pictures and photograph each several times; the folder is what `dataset.Dataset` reads.

    The first photograph of a scene is changed as strongly as those of textures, and serves like one of them: what
    captions say of things need not be true of it any more. The others are gentle.
    """
    out.mkdir(parents=True, exist_ok=True)
    held = [draw_scene(seed * 1_000_000 + number) for number in range(scenes)]
    total = (textures + scenes) * photographs
    pictures = open_memmap(out / "pictures.npy", mode="w+", dtype=np.uint8, shape=(total, 3, SIZE, SIZE))
    coarse = open_memmap(out / "coarse.npy", mode="w+", dtype=np.uint8, shape=(total, 3, COARSE, COARSE))
    looks = np.zeros((total, len(LOOKS)), np.float32)
    scene_of = np.full(total, -1, np.int32)
    starts = [*range(0, textures, CHUNK), *range(textures, textures + scenes, CHUNK)]
    row = 0
    for start in starts:
        stop = min(start + CHUNK, textures if start < textures else textures + scenes)
        if start < textures:
            base = draw_textures(stop - start, BASE, seed * 1_000_000 + start)
        else:
            base = torch.stack([draw_base(scene) for scene in held[start - textures : stop - textures]])
        for take in range(photographs):
            rows = slice(row, row + len(base))
            gentle = start >= textures and take > 0
            pictures[rows], looks[rows] = take_photographs(base, row + take, gentle=gentle)
            coarse[rows] = coarsen(pictures[rows])
            if gentle:
                scene_of[rows] = np.arange(start, stop) - textures
            row += len(base)
        print(f"{stop} of {textures + scenes} drawn", flush=True)
    pictures.flush()
    coarse.flush()
    np.save(out / "looks.npy", looks)
    np.save(out / "scene_of.npy", scene_of)
    write_scenes(held, out / "scenes.jsonl")


def draw_base(scene: Scene) -> Tensor:
    """The scene (3, BASE, BASE) uint8 by one ray per pixel, smoothed as the larger pixels of SIZE would: half the
    time of four rays for each of those."""
    noisy = render(scene, BASE, rays=1).float()
    tent = torch.tensor([0.25, 0.5, 0.25])
    padded = functional.pad(noisy[:, None], (1, 1, 1, 1), mode="replicate")
    return functional.conv2d(padded, (tent[:, None] * tent)[None, None])[:, 0].round().to(torch.uint8)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    commands = parser.add_subparsers(dest="command", required=True)
    dataset = commands.add_parser("dataset", help="the training set")
    dataset.add_argument("--out", type=Path, required=True)
    dataset.add_argument("--textures", type=int, default=2400, help="base pictures without things")
    dataset.add_argument("--scenes", type=int, default=1500, help="rendered scenes")
    dataset.add_argument("--photographs", type=int, default=3, help="photographs of each base picture")
    samples = commands.add_parser("samples", help="the sample library")
    samples.add_argument("--out", type=Path, required=True)
    samples.add_argument("--count", type=int, default=150)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.command == "samples":
        write_samples(given.out, given.count)
    else:
        write_dataset(given.out, textures=given.textures, scenes=given.scenes, photographs=given.photographs)


if __name__ == "__main__":
    main()
