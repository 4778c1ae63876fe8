"""Print how much finetuning helps: held-out accuracy by rule, before and after, means and standard errors over seeds.

    python -m tests.quality.measure_training                            # sample library, differences from its captions
    python -m tests.quality.measure_training --differences values       # ... and from what was measured in its pictures
    python -m tests.quality.measure_training --photographs FOLDER --captions FILE.csv --model local-dir:PATH

Every seed splits the images anew, trains, chooses its strength on its validation images and is measured on images that
took no part. *zero-shot* is true zero-shot on labels: which of two opposite looks a picture has (those in the upper and
the lower quarter by what is measured in them), over all pictures; R@5 is the caption's own picture among all of them.
Then come pairs of all pictures that a measured value tells apart, by rule. Everything is written below a temporary
home. Minutes on two cores.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine import settings
from engine.cli import main as pairlens
from engine.clip import load
from engine.directions import TextEncoder
from engine.evaluation import tasks
from engine.evaluation.asking import by_rule
from engine.evaluation.comparing import right
from engine.evaluation.layouts import Labelled
from engine.evaluation.pairing import pairings
from engine.evaluation.rules import RULES as EVERY_RULE
from engine.evaluation.rules import TRAINED
from engine.evaluation.statistics import mean_and_error
from engine.evaluation.subjects import encoders, subjects
from engine.jobs import JobContext
from engine.pictures import read_picture
from engine.store import Library
from engine.training import planning, recipes, sources
from engine.training.loop import finetune
from engine.training.optimizing import Group
from engine.training_messages import DataChoice
from tests.quality import measure_rankings as measures
from tests.quality.rule_differences import differences

RULES = (*TRAINED, "zero_shot_kept")
PAIRS = (("brighter", "darker"), ("more colourful", "more monochrome"), ("warmer", "cooler"))
LOOKS = (("bright", "dark", "brighter"), ("colourful", "monochrome", "more colourful"), ("warm", "cool", "warmer"))


@dataclass(frozen=True)
class Data:
    """A library that was indexed, differences about its images, and what is known of them."""

    library: Path
    sentences: Path | None  # JSON Lines; None: the library's own
    captions: tuple[tuple[int, str], ...]  # (place among the images, text)
    looks: Mapping[str, np.ndarray]  # prompt -> measured values (N,)


def main() -> None:
    """Make the library, train under every seed, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="starter")
    parser.add_argument("--photographs", type=Path, help="a folder, instead of the sample library")
    parser.add_argument("--captions", type=Path, help="CSV with the columns image and caption, for --photographs")
    parser.add_argument("--differences", choices=("captions", "values"), default="captions")
    parser.add_argument("--pairs", type=int, default=6000, help="pairs that differences are written about")
    parser.add_argument("--recipe", type=Path)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    chosen = recipes.Recipe(steps=options.steps, batch=options.batch)
    chosen = recipes.read(options.recipe) if options.recipe else chosen
    with tempfile.TemporaryDirectory() as home:
        os.environ["PAIRLENS_HOME"] = home
        data = prepare(options, Path(home))
        found: dict[tuple[str, str], list[float]] = defaultdict(list)
        for seed in range(options.seeds):
            began = time.monotonic()
            took = train(data, options.model, chosen.model_copy(update={"seed": seed}))
            for key, value in took.items():
                found[key].append(value)
            changes = [f"{rule} {took['before', rule]:.1f} -> {took['after', rule]:.1f}" for rule in RULES[:2]]
            seconds = time.monotonic() - began
            print(f"seed {seed}: {', '.join(changes)} ({seconds:.0f} s)", file=sys.stderr, flush=True)
    show(options, found)


# ---- the library ------------------------------------------------------------------------------------------


def prepare(options: argparse.Namespace, home: Path) -> Data:
    """Index the pictures, bring in captions, write differences."""
    folder = options.photographs or settings.resources_dir() / "samples"
    common = ["--model", options.model, "--device", "cpu"]
    check(pairlens(["index", str(folder), *common]))
    rows = captions_of(options.captions) if options.photographs else sample_captions(folder)
    lines = home / "captions.jsonl"
    lines.write_text("".join(json.dumps({"path": str(folder / name), "caption": text}) + "\n" for name, text in rows))
    check(pairlens(["captions", "import", str(lines)]))
    sentences = None
    if options.differences == "values":
        sentences = home / "differences.jsonl"
        sentences.write_text("".join(json.dumps(line) + "\n" for line in differences(folder)))
    else:
        check(pairlens(["differences", "write", "--pairs", str(options.pairs), "--writer", "rules"]))
    library = settings.default_library()
    with Library(library) as source:
        ids = source.vectors(source.encoders()[0].key)[0].tolist()
        paths = source.paths_of_images()
    place = {os.path.basename(os.fsdecode(paths[image])): number for number, image in enumerate(ids)}
    captions = tuple((place[name], text) for name, text in rows if name in place)
    return Data(library, sentences, captions, measured([paths[image] for image in ids]))


def check(code: int) -> None:
    """Stop where a command failed; it has said why."""
    if code:
        raise SystemExit(code)


def sample_captions(folder: Path) -> list[tuple[str, str]]:
    """File and caption of every sample."""
    rows = (json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines())
    return [(row["file"], row["caption"]) for row in rows]


def captions_of(file: Path) -> list[tuple[str, str]]:
    """File and caption from a table."""
    with file.open(newline="", encoding="utf-8") as stream:
        return [(row["image"], row["caption"]) for row in csv.DictReader(stream)]


def measured(paths: Iterable[bytes]) -> dict[str, np.ndarray]:
    """What is measured in the pixels, by prompt (N,)."""
    functions = {prompt: function for prompt, _, function in measures.MEASURES if prompt in {look[2] for look in LOOKS}}
    rows = []
    for path in paths:
        picture = read_picture(path).image
        picture.thumbnail((measures.SIDE, measures.SIDE))
        rgb = np.asarray(picture, np.float64) / 255
        rows.append([function(rgb) for function in functions.values()])
    return dict(zip(functions, np.array(rows).T, strict=True))


# ---- one seed ---------------------------------------------------------------------------------------------


def train(data: Data, model: str, recipe: recipes.Recipe) -> dict[tuple[str, str], float]:
    """Train under one seed: figures in percent by (when, what)."""
    name, clip = f"seed-{recipe.seed}", load(model, "cpu")
    refused: Counter[str] = Counter()
    with Library(data.library) as source:
        told = (
            sources.of_file(data.sentences, source, refused)
            if data.sentences
            else sources.of_library(source, DataChoice(), refused)
        )
        run = planning.plan(name, recipe, clip, source, told, refused)
    finetune(run, clip, Group())
    result = run.result()
    found = {}
    for when in ("before", "after", "at_full_strength"):
        for rule, figure in result[when].items():
            found[when, rule] = 100 * (figure["accuracy"] if isinstance(figure, dict) else figure)
    found["after", "strength"] = result["strength"]
    with Library(data.library) as source:
        vectors = source.vectors(clip.encoder_key)[1].astype(np.float32)
    for subject, _, encoder in encoders(subjects([], [name], path=False), "cpu"):
        when = "before" if not subject.strength else "after" if subject.chosen else "at_full_strength"
        shares = labelled(data, encoder, vectors) | measured_pairs(data, encoder, vectors)
        # The chosen strength may be the full one.
        whens = (when, "at_full_strength") if subject.strength == 1 else (when,)
        found |= {(each, what): 100 * share for each in whens for what, share in shares.items()}
    return found


def measured_pairs(data: Data, encoder: TextEncoder, vectors: np.ndarray) -> dict[str, float]:
    """Difference-based classification of pairs that a measured value tells apart, by rule: "brighter, single"."""
    looks = tuple(
        tasks.Comparison(name=prompt, prompt=prompt, reverse=reverse, column=prompt) for prompt, reverse in PAIRS
    )
    task = tasks.Task(name="looks", layout="table", table="-", comparisons=looks)
    known = Labelled([b""] * len(vectors), np.full(len(vectors), -1), (), data.looks)
    shares = {}
    for pairing in pairings(task, known):
        for rule, directions in by_rule(encoder, pairing.sayings, JobContext()).items():
            shares[f"{pairing.comparison}, {rule}"] = float(right(vectors, pairing, directions).mean())
    return shares


def labelled(data: Data, encoder: TextEncoder, vectors: np.ndarray) -> dict[str, float]:
    """True zero-shot: opposite looks, and the picture of a caption among all."""
    shares = []
    for high, low, prompt in LOOKS:
        poles = encoder.encode_texts([f"a {high} photo", f"a {low} photo"])
        order = np.argsort(data.looks[prompt])
        quarter = len(order) // 4
        margins = vectors @ (poles[0] - poles[1])
        ends = np.r_[margins[order[-quarter:]], -margins[order[:quarter]]]
        shares.append(float(((ends > 0) + 0.5 * (ends == 0)).mean()))
    places, texts = zip(*data.captions, strict=True)
    scores = encoder.encode_texts(texts) @ vectors.T
    own = scores[np.arange(len(places)), places]
    ranks = (scores > own[:, None]).sum(1)
    return {"zero-shot": float(np.mean(shares)), "caption R@5": float((ranks < 5).mean())}


# ---- the table --------------------------------------------------------------------------------------------


def show(options: argparse.Namespace, found: Mapping[tuple[str, str], list[float]]) -> None:
    """Before, after, and the change of each seed's own split."""
    what = options.photographs or "the sample library"
    print(f"{options.model} on {what}, differences from {options.differences}, {options.seeds} seeds, percent")
    print(f"{'held out':<24} {'before':>16} {'chosen strength':>16} {'change':>16} {'full strength':>16}")
    pairs_by_value = [f"{prompt}, {rule}" for prompt, _ in PAIRS for rule in EVERY_RULE]
    for name in (*RULES, "zero-shot", "caption R@5", *pairs_by_value):
        columns = [found.get((when, name)) for when in ("before", "after", "at_full_strength")]
        before, after, full = columns
        if before is None or after is None or full is None:
            continue
        change = [b - a for a, b in zip(before, after, strict=True)]
        print(f"{name:<24} {figure(before)} {figure(after)} {figure(change, sign='+')} {figure(full)}")
    print(f"strengths: {', '.join(f'{strength:g}' for strength in found['after', 'strength'])}")


def figure(values: list[float], sign: str = "") -> str:
    """Mean and standard error over the seeds."""
    mean, error = mean_and_error(values)
    return f"{mean:>{sign}8.1f} +- {error:>4.1f}"


if __name__ == "__main__":
    main()
