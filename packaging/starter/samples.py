"""The sample library: rendered pictures worth looking at, each with its caption and true attributes.

Started by `generate samples`. Writes sample-001.webp ... (512 px) and samples.jsonl, one line per picture: file,
caption, the measured looks, and the things in the scene. The pictures differ in light, colour and sharpness as a
roll of film does, so that every comparison that the starter model knows has something to order.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional
from torchvision.transforms import functional as develop

from starter.attributes import measure
from starter.dataset import SIZE
from starter.render import render
from starter.scene_captions import article
from starter.scene_model import Scene, Thing, draw_scene

SIDE = 512  # pixels
SEED = 77_000
MANY = 5  # from this count on, a caption sums up
NUMBERS = ("", "one", "two", "three", "four", "five", "six", "seven")

# How a picture was developed, with the words for its caption.
FINISHES: tuple[tuple[str, Callable[[Tensor], Tensor]], ...] = (
    ("in dim light", lambda picture: develop.adjust_brightness(picture, 0.45)),
    ("in bright light", lambda picture: develop.adjust_brightness(picture, 1.35)),
    ("in warm evening light", lambda picture: tint(picture, 1.18, 0.72)),
    ("in cool morning light", lambda picture: tint(picture, 0.78, 1.15)),
    ("in vivid colours", lambda picture: develop.adjust_saturation(picture, 1.7)),
    ("in muted colours", lambda picture: develop.adjust_saturation(picture, 0.4)),
    ("in black and white", lambda picture: develop.adjust_saturation(picture, 0.0)),
    ("with strong contrast", lambda picture: develop.adjust_contrast(picture, 1.6)),
    ("in haze", lambda picture: develop.adjust_contrast(picture, 0.5)),
    ("out of focus", lambda picture: develop.gaussian_blur(picture, [31, 31], [7.0, 7.0])),
    ("in soft focus", lambda picture: develop.gaussian_blur(picture, [15, 15], [2.5, 2.5])),
)


def write_samples(out: Path, count: int, *, side: int = SIDE, rays: int = 3) -> None:
    """Draw the library into ``out``; a file is replaced only by a whole one."""
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for number in range(count):
        scene = draw_scene(SEED + number)
        finish, change = choose_finish(random.Random(SEED + number))
        picture = change(render(scene, side, rays=rays).float() / 255).clamp(0, 1)
        name = f"sample-{number + 1:03}.webp"
        save(picture, out / name)
        lines.append(json.dumps(describe_sample(name, scene, finish, picture)) + "\n")
        print(f"{name} {number + 1} of {count}", flush=True)
    beside = out / "samples.part"
    beside.write_text("".join(lines))
    os.replace(beside, out / "samples.jsonl")


def choose_finish(draw: random.Random) -> tuple[str, Callable[[Tensor], Tensor]]:
    """One of `FINISHES`, or half of the time none."""
    return draw.choice(FINISHES) if draw.random() < 0.5 else ("", lambda picture: picture)


def tint(picture: Tensor, red: float, blue: float) -> Tensor:
    """White balance: gains of the red and the blue channel."""
    return picture * torch.tensor([red, 1.0, blue])[:, None, None]


def save(picture: Tensor, path: Path) -> None:
    """Write (3, H, W) in 0..1 as WebP."""
    pixels = (picture * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
    beside = path.with_suffix(".part")
    Image.fromarray(pixels).save(beside, "WEBP", quality=88, method=6)
    os.replace(beside, path)


def describe_sample(name: str, scene: Scene, finish: str, picture: Tensor) -> dict[str, object]:
    """The line of samples.jsonl for a picture."""
    small = functional.interpolate(picture[None], (SIZE, SIZE), mode="area")
    looks = {look: round(float(value), 4) for look, value in measure(small).items()}
    things = [
        {
            key: value
            for key, value in asdict(thing).items()
            if key in ("kind", "colour", "material", "size", "radius", "x", "z")
        }
        for thing in scene.things
    ]
    return {
        "file": name,
        "caption": caption_sample(scene, finish),
        "looks": looks,
        "count": len(scene.things),
        "ground": scene.ground,
        "things": things,
    }


def caption_sample(scene: Scene, finish: str) -> str:
    """One sentence that names everything, or counts it where there is much."""
    if len(scene.things) >= MANY:
        colours = sorted({thing.colour for thing in scene.things})
        listed = f"{', '.join(colours[:-1])} and {colours[-1]}" if len(colours) > 1 else colours[0]
        what = f"{NUMBERS[len(scene.things)]} things in {listed}"
    else:
        names = [name_thing(thing) for thing in sorted(scene.things, key=lambda thing: -thing.radius)]
        what = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    where = f"on {article(scene.ground)} {scene.ground} ground"
    return f"{what[0].upper()}{what[1:]} {where}{', ' + finish if finish else ''}."


def name_thing(thing: Thing) -> str:
    """*a large red metal sphere*."""
    words = [
        word
        for word in (thing.size if thing.size != "medium" else "", thing.colour, thing.material, thing.kind)
        if word
    ]
    return f"{article(words[0])} {' '.join(words)}"
