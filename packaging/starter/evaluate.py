"""How well a model orders photographs and scenes by words: the figures of the model card.

    python -m starter.evaluate photographs MODEL_FOLDER PICTURE_FOLDER [--limit 500]
    python -m starter.evaluate scores MODEL_FOLDER TABLE.csv COLUMN PROMPT [--limit 500]
    python -m starter.evaluate scenes MODEL_FOLDER [--count 400] [--photographed]

Directions come from the program itself (`engine.directions`), the reverse included. Photographs are judged by the
rank correlation with what is measured on their pixels, scenes by what the generator knows of them. Standard errors
are by bootstrap over pictures.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engine import clip as engine_clip
from engine.directions import direction
from engine.ranking import agree, spearman, verdict
from starter.attributes import clutter, colourfulness, hue_shares, lab, sharpness
from starter.dataset import SIZE, take_photographs
from starter.render import render
from starter.scene_model import COLOURS, KINDS, Scene, draw_scene, vary

SIDE = 256  # photographs are measured at this size; the model looks at them in its own way
RESAMPLES = 400
FORMATS = ("JPEG", "PNG", "WEBP")
FRESH = 9_000_000  # seeds from here on were never trained on


def photograph_targets(pictures: Tensor) -> dict[str, Tensor]:
    """What each prompt is measured as on (B, 3, SIDE, SIDE) photographs in 0..1."""
    lightness, _, yellow = lab(pictures)
    hues = hue_shares(pictures)
    return {
        "brighter": lightness.mean((1, 2)),
        "more colourful": colourfulness(pictures),
        "warmer": yellow.mean((1, 2)),
        "higher contrast": lightness.flatten(1).std(1),
        "blurrier": -sharpness(pictures),
        "greener": hues["green"],
        "redder": hues["red"],
        "bluer": hues["blue"],
        "more cluttered": clutter(pictures),
    }


def read_pictures(folder: Path, limit: int) -> list[Image.Image]:
    """The first pictures of a folder by name, as RGB."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    return [Image.open(path, formats=FORMATS).convert("RGB") for path in files[:limit]]


def embed(model: engine_clip.Clip, pictures: Sequence[Image.Image]) -> np.ndarray:
    """Unit vectors (N, D)."""
    batches = [pictures[start : start + 64] for start in range(0, len(pictures), 64)]
    return np.concatenate(
        [model.encode_images(torch.stack([model.preprocess(each) for each in batch])) for batch in batches]
    )


def bootstrap(statistic: Callable[[np.ndarray], float], count: int) -> tuple[float, float]:
    """A statistic of row numbers on all rows, and its standard error over resampled rows."""
    rng = np.random.default_rng(0)
    resampled = [statistic(rng.integers(0, count, count)) for _ in range(RESAMPLES)]
    return statistic(np.arange(count)), float(np.std(resampled))


def judge_photographs(model: engine_clip.Clip, folder: Path, limit: int) -> None:
    """Print the rank correlation of every prompt with its measure."""
    pictures = read_pictures(folder, limit)
    squares = [np.asarray(each.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for each in pictures]
    measured = photograph_targets(torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float() / 255)
    vectors = embed(model, pictures)
    for prompt, target in measured.items():
        scores, values = vectors @ direction(model, prompt).vector, target.numpy()
        value, error = bootstrap(lambda rows, s=scores, v=values: spearman(s[rows], v[rows]), len(pictures))
        print(f"{prompt:18} rank correlation {value:+.3f} +- {error:.3f}")
    judge_nonsense(model, vectors)


def judge_scores(model: engine_clip.Clip, table: Path, column: str, prompt: str, limit: int) -> None:
    """Print the rank correlation with people's scores: ``column`` of a table with a column ``path``."""
    with table.open(newline="") as stream:
        rows = list(islice(csv.DictReader(stream), limit))
    pictures = [Image.open(table.parent / row["path"], formats=FORMATS).convert("RGB") for row in rows]
    scores = embed(model, pictures) @ direction(model, prompt).vector
    values = np.array([float(row[column]) for row in rows])
    value, error = bootstrap(lambda rows: spearman(scores[rows], values[rows]), len(rows))
    print(f"{prompt:18} rank correlation with {column} {value:+.3f} +- {error:.3f}")


def judge_nonsense(model: engine_clip.Clip, vectors: np.ndarray) -> None:
    """Print the share of invented words that pass as meaningful, by the program's own verdict."""
    draw = random.Random(0)
    passed = np.zeros(200)
    for number in range(len(passed)):
        word = "".join(draw.choice("bcdfglmnprstvz") + draw.choice("aeiou") for _ in range(draw.randint(2, 4)))
        agreement = agree(vectors, direction(model, f"more {word}"))
        passed[number] = verdict(agreement) != "none"
    value, error = bootstrap(lambda rows: float(passed[rows].mean()), len(passed))
    print(f"{'invented words':18} pass as meaningful {value:.3f} +- {error:.3f}")


def judge_scenes(model: engine_clip.Clip, count: int, *, photographed: bool) -> None:
    """Print pair accuracy by comparative prompts, and zero-shot accuracy of type and colour, on unseen combinations."""
    alone = [draw_scene(FRESH + number, count=1, unseen=True) for number in range(count)]
    groups = [draw_scene(FRESH + count + number) for number in range(count)]
    alone_vectors, group_vectors = (embed_scenes(model, scenes, photographed) for scenes in (alone, groups))
    measures: list[tuple[str, np.ndarray, Sequence[Scene], Callable[[Scene], float]]] = [
        ("larger", alone_vectors, alone, lambda scene: scene.mean_radius),
        ("more objects", group_vectors, groups, lambda scene: len(scene.things)),
        ("further left", alone_vectors, alone, lambda scene: -scene.place),
        ("redder", alone_vectors, alone, lambda scene: float(scene.things[0].colour == "red")),
        ("shinier", alone_vectors, alone, lambda scene: scene.metal),
    ]
    for prompt, vectors, scenes, measure in measures:
        scores = vectors @ direction(model, prompt).vector
        values = np.array([measure(scene) for scene in scenes])
        value, error = bootstrap(lambda rows, s=scores, v=values: pair_accuracy(s[rows], v[rows]), len(scenes))
        print(f"{prompt:18} pair accuracy {value:.3f} +- {error:.3f}")
    for name, classes, truth in (
        ("type", KINDS, [scene.things[0].kind for scene in alone]),
        ("colour", tuple(COLOURS), [scene.things[0].colour for scene in alone]),
    ):
        template = "a photo of a {}" if name == "type" else "a photo of a {} object"
        texts = model.encode_texts([template.format(each) for each in classes])
        right = np.array([classes[best] for best in (alone_vectors @ texts.T).argmax(1)]) == np.array(truth)
        value, error = bootstrap(lambda rows, r=right: float(r[rows].mean()), len(alone))
        print(f"{name:18} zero-shot accuracy {value:.3f} +- {error:.3f}")
    judge_analogies(model, alone[: count // 4], photographed=photographed)


def judge_analogies(model: engine_clip.Clip, scenes: Sequence[Scene], *, photographed: bool, choices: int = 50) -> None:
    """Print how often a : b :: c : ? finds its answer first among 50 scenes; a and b, c and ? differ in colour only."""
    draw = random.Random(0)
    quads: list[Scene] = []
    for first, third in zip(scenes, [*scenes[1:], *scenes[:1]], strict=True):
        before, after = draw.sample(tuple(COLOURS), 2)
        quads += [recoloured(draw, scene, colour) for scene in (first, third) for colour in (before, after)]
    vectors = embed_scenes(model, quads, photographed).reshape(len(scenes), 4, -1)
    a, b, c, answers = vectors.transpose(1, 0, 2)
    right = []
    for row, wanted in enumerate(c + b - a):
        others = [other for other in range(len(scenes)) if other != row]
        candidates = [row, *draw.sample(others, min(choices - 1, len(others)))]
        right.append(float((answers[candidates] @ wanted).argmax() == 0))
    found = np.array(right)
    value, error = bootstrap(lambda rows: float(found[rows].mean()), len(found))
    print(f"{'analogies':18} top-1 of {choices} {value:.3f} +- {error:.3f}")


def recoloured(draw: random.Random, scene: Scene, colour: str) -> Scene:
    """The scene with its things in another colour."""
    tint = vary(draw, COLOURS[colour], 0.04)
    return replace(scene, things=tuple(replace(thing, colour=colour, tint=tint) for thing in scene.things))


def embed_scenes(model: engine_clip.Clip, scenes: Sequence[Scene], photographed: bool) -> np.ndarray:
    """Unit vectors (N, D) of scenes as they are rendered, or each photographed once as gently as in training."""
    vectors = []
    for start in range(0, len(scenes), 48):
        pictures = torch.stack([render(scene, SIZE) for scene in scenes[start : start + 48]])
        if photographed:
            pictures = torch.from_numpy(take_photographs(pictures, FRESH + start, gentle=True)[0])
        vectors.append(model.encode_images(pictures.float() / 127.5 - 1))
    return np.concatenate(vectors)


def pair_accuracy(scores: np.ndarray, values: np.ndarray) -> float:
    """Share of the pairs with different values that the scores put in the right order."""
    order = np.sign(values[:, None] - values[None])
    agrees = np.sign(scores[:, None] - scores[None]) == order
    return float(agrees[order != 0].mean()) if (order != 0).any() else 0.5


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    commands = parser.add_subparsers(dest="command", required=True)
    photographs = commands.add_parser("photographs", help="rank correlations on a folder of photographs")
    photographs.add_argument("model", type=Path)
    photographs.add_argument("folder", type=Path)
    photographs.add_argument("--limit", type=int, default=500)
    scores = commands.add_parser("scores", help="rank correlation with people's scores")
    scores.add_argument("model", type=Path)
    scores.add_argument("table", type=Path)
    scores.add_argument("column")
    scores.add_argument("prompt")
    scores.add_argument("--limit", type=int, default=500)
    scenes = commands.add_parser("scenes", help="pair and zero-shot accuracy on fresh scenes")
    scenes.add_argument("model", type=Path)
    scenes.add_argument("--count", type=int, default=400)
    scenes.add_argument("--photographed", action="store_true", help="scenes with the changes that a camera makes")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    model = engine_clip.load(f"local-dir:{given.model.resolve()}", "cpu")
    if given.command == "photographs":
        judge_photographs(model, given.folder, given.limit)
    elif given.command == "scores":
        judge_scores(model, given.table, given.column, given.prompt, given.limit)
    else:
        judge_scenes(model, given.count, photographed=given.photographed)


if __name__ == "__main__":
    main()
