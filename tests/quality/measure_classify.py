"""Print what comparatives, drafted without labels, do to the accuracy of zero-shot classes, beside random words.

    python -m tests.quality.measure_classify folders FOLDER [--model NAME]
    python -m tests.quality.measure_classify captions FOLDER --classes dog,man,woman,boy,girl [--model NAME]
    python -m tests.quality.measure_classify table FOLDER --column NAME --classes "LOW WORDS,HIGH WORDS" [--model NAME]
    PYTHONPATH=packaging python -m tests.quality.measure_classify scenes [--count 400] [--model NAME]

The classes are the subfolders of FOLDER; or the one word of the list that at least three captions of a picture use and
no other word of the list is used by two (FOLDER holds images/ and captions.txt: image,caption); or the lowest and the
highest third by a column of FOLDER/labels.csv (with a column path); or rendered scenes of single things that differ
from those of one other class in size, in shine or in a colour that is partly the other's. Everything goes through the
calls that `pairlens classify` makes. Standard errors are of the difference over the same pictures (McNemar); *on the
pairs* counts only pictures whose class was compared.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from engine.classify import figures
from engine.classify.classifying import Classification, Pictures, classify, control_of
from engine.classify.drafting import draft_pairs
from engine.classify.labels import Known
from engine.classify.sets import AVERAGED, SYMMETRIC, ClassSet, names_typed
from engine.clip import Clip, load
from engine.explain import usual_in
from engine.phrase_directions import phrase_directions
from engine.pictures import read_picture

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
BATCH = 32
PAIRS = 3
TRIES = ((SYMMETRIC, 0.9), (SYMMETRIC, 0.8), (SYMMETRIC, 0.6), (AVERAGED, 0.9))
SCENE_CLASSES = ("large cube", "small cube", "shiny sphere", "matt sphere", "red cone", "orange cone")
MIXED = 0.5  # how much of a red cone's colour may be orange, and the other way round


@dataclass(frozen=True)
class Task:
    """Pictures ``matrix`` (N, D) and the places ``true`` (N,) of their classes ``names``."""

    names: tuple[str, ...]
    matrix: np.ndarray
    true: np.ndarray


def embed(clip: Clip, paths: list[Path]) -> np.ndarray:
    """Vectors (N, D) of files, as an index would store them."""
    vectors = []
    for start in range(0, len(paths), BATCH):
        some = [read_picture(os.fsencode(path), target=clip.image_size).image for path in paths[start : start + BATCH]]
        vectors.append(clip.encode_images(torch.stack([clip.preprocess(picture) for picture in some])))
        print(f"\r{start + len(some)} of {len(paths)} pictures", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return np.concatenate(vectors).astype(np.float16).astype(np.float32)


def of_folders(clip: Clip, folder: Path) -> Task:
    """The subfolders are the classes."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    classes = [path.relative_to(folder).parts[0] for path in paths]
    names = sorted(set(classes))
    shown = tuple(name.replace("_", " ") for name in names)
    return Task(shown, embed(clip, paths), np.array([names.index(name) for name in classes]))


def of_captions(clip: Clip, folder: Path, names: tuple[str, ...]) -> Task:
    """The word that most captions of a picture use is its class; pictures of several are left out."""
    said: dict[str, list[str]] = defaultdict(list)
    with (folder / "captions.txt").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            said[row["image"]].append(row["caption"].lower())
    paths, true = [], []
    for image, captions in sorted(said.items()):
        counts = Counter(
            {n: sum(bool(re.search(rf"\b{name}s?\b", c)) for c in captions) for n, name in enumerate(names)}
        )
        (first, most), (_, next_most), *_ = counts.most_common()
        if most >= 3 and next_most < 2:
            paths.append(folder / "images" / image)
            true.append(first)
    return Task(names, embed(clip, paths), np.array(true))


def of_table(clip: Clip, folder: Path, column: str, names: tuple[str, ...]) -> Task:
    """The lowest and the highest third by a column of labels.csv."""
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as stream:
        rows = sorted((float(row[column]), row["path"]) for row in csv.DictReader(stream) if row[column])
    third = len(rows) // 3
    paths = [folder / path for _, path in (*rows[:third], *rows[-third:])]
    return Task(names, embed(clip, paths), np.repeat([0, 1], third))


def of_scenes(clip: Clip, count: int) -> Task:
    """Single things, drawn by the generator of the sample library; the two of each type differ in one thing only."""
    from PIL import Image
    from starter.render import render
    from starter.scene_model import COLOURS, SIZES, Thing, draw_scene

    def made(thing: Thing, word: str, draw: random.Random) -> Thing:
        if word in SIZES:
            return replace(thing, radius=draw.uniform(*SIZES[word]))
        if word in ("shiny", "matt"):
            return replace(thing, material="metal" if word == "shiny" else "rubber")
        other = COLOURS["orange" if word == "red" else "red"]
        share = draw.uniform(0, MIXED)
        red, green, blue = ((1 - share) * a + share * b for a, b in zip(COLOURS[word], other, strict=True))
        return replace(thing, tint=(red, green, blue))

    inputs, true = [], []
    for seed in range(count):
        place = seed % len(SCENE_CLASSES)
        word, kind = SCENE_CLASSES[place].split()
        scene = draw_scene(9_000_000 + seed, count=1)
        thing = made(replace(scene.things[0], kind=kind), word, random.Random(seed))
        pixels = render(replace(scene, things=(thing,)), clip.image_size).permute(1, 2, 0).numpy()
        inputs.append(clip.preprocess(Image.fromarray(pixels)))
        true.append(place)
    return Task(SCENE_CLASSES, clip.encode_images(torch.stack(inputs)), np.array(true))


def measure(clip: Clip, task: Task) -> None:
    """Print the table of one task."""
    numbers = np.arange(len(task.true))
    pictures = Pictures(numbers, numbers, numbers, [b""] * len(numbers), task.matrix)
    known = Known(task.true, {})
    classes = ClassSet(task.names)
    plain = classify(pictures, clip, classes, known)
    print(f"{clip.title}: {len(task.true)} pictures, {len(task.names)} classes, zero-shot {words(plain.accuracy)}")
    usual = usual_in(phrase_directions(clip), task.matrix)
    drafted = draft_pairs(usual, pictures, clip, classes, PAIRS)
    for each in drafted:
        print(f"  {each}")
    if not drafted:
        print("  nothing drafted: no phrase tells the groups apart")
        return
    compared = [task.names.index(name) for each in drafted for name in (each.first, each.second)]
    on_pairs = Known(np.where(np.isin(task.true, compared), task.true, -1), {})
    print(
        f"  {'form':<10} alpha   gain, points         on the pairs         random words: mean, range, chance of as much"
    )
    for form, alpha in TRIES:
        said = replace(classes, comparatives=tuple(drafted), form=form, alpha=alpha)
        found = classify(pictures, clip, said, known)
        print(f"  {form:<10} {alpha:<5}   {gain(found, known):<20} {gain(found, on_pairs):<20} {beside(found, clip)}")


def words(accuracy: figures.Accuracy | None) -> str:
    """An accuracy in percent, with its interval."""
    if accuracy is None:
        return ""
    return f"{100 * accuracy.share:.1f} % ({100 * accuracy.low:.1f} to {100 * accuracy.high:.1f})"


def gain(found: Classification, known: Known) -> str:
    """The gain over zero-shot of the pictures that are known."""
    gained = figures.gained(found.zero_shot_label, found.label, known.true)
    return f"{100 * gained.gain:+.1f} +- {100 * gained.error:.1f}"


def beside(found: Classification, clip: Clip) -> str:
    """What random words gain."""
    control = control_of(found, clip)
    if control is None:
        return ""
    low, high = control.gains[0], control.gains[-1]
    return f"{100 * control.mean:+.1f} ({100 * low:+.1f} to {100 * high:+.1f}), {control.chance:.2f}"


def main() -> None:
    """Parse the arguments, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kind", choices=("folders", "captions", "table", "scenes"))
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--classes", default="dog,man,woman,boy,girl")
    parser.add_argument("--column", default="Disorder")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--model", default="")
    options = parser.parse_args()
    if options.kind != "scenes" and options.folder is None:
        parser.error("name a FOLDER")
    clip, names = load(options.model), names_typed(options.classes)
    if options.kind == "scenes":
        task = of_scenes(clip, options.count)
    elif options.kind == "folders":
        task = of_folders(clip, options.folder)
    elif options.kind == "captions":
        task = of_captions(clip, options.folder, names)
    else:
        task = of_table(clip, options.folder, options.column, names)
    measure(clip, task)


if __name__ == "__main__":
    main()
