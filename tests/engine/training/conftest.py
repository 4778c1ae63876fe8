"""A small library whose differences are true of its pixels, and runs planned on it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.clip import Clip, load
from engine.index import index_folders
from engine.jobs import JobContext
from engine.store import Library, Writer
from engine.store.changes import add_folder
from engine.training import planning, sources
from engine.training.loop import finetune
from engine.training.optimizing import Group
from engine.training.recipes import Recipe
from engine.training.runs import Run

IMAGES = 60
SMALL = Recipe(steps=30, batch=64, warmup=0, learning_rate=1e-3, evaluate_every=10, validation=0.25, held_out=0.25)


@pytest.fixture(scope="session")
def clip(tiny_model_dir: Path) -> Clip:
    """The tiny model; whoever changes its weights loads his own."""
    return load(f"local-dir:{tiny_model_dir}", "cpu")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory, clip: Clip) -> Path:
    """A folder with a library of plain pictures, and differences.jsonl: which is brighter, which redder."""
    folder = tmp_path_factory.mktemp("shelf")
    rng = np.random.default_rng(0)
    colours = rng.integers(30, 226, (IMAGES, 3), dtype=np.uint8)
    for number, colour in enumerate(colours):
        noise = rng.integers(-20, 20, (32, 32, 1))
        picture = np.clip(colour.astype(int) + noise, 0, 255).astype(np.uint8)
        (folder / "pictures").mkdir(exist_ok=True)
        Image.fromarray(picture).save(folder / "pictures" / f"{number:02}.png")
    with Writer(folder / "library.pairlens") as writer:
        writer.call(lambda db: add_folder(db, os.fsencode(folder / "pictures")))
        index_folders(writer, None, clip, JobContext())
    (folder / "differences.jsonl").write_text("".join(json.dumps(line) + "\n" for line in _differences(colours)))
    return folder


def _differences(colours: np.ndarray) -> list[dict[str, str]]:
    bright = colours.astype(int).sum(1)
    red = colours[:, 0].astype(int) - colours[:, 1]
    lines = []
    for i, j in itertools.combinations(range(len(colours)), 2):
        for values, more, less in ((bright, "brighter", "darker"), (red, "redder", "greener")):
            word = more if values[i] > values[j] else less
            ends = {"first": f"pictures/{i:02}.png", "second": f"pictures/{j:02}.png"}
            lines.append({**ends, "text": f"the first is {word} than the second"})
    return lines


@pytest.fixture
def library(shelf: Path) -> Path:
    return shelf / "library.pairlens"


@pytest.fixture
def data(shelf: Path) -> Path:
    return shelf / "differences.jsonl"


Planner = Callable[..., Run]


def make_planner(clip: Clip, shelf: Path) -> Planner:
    """Plans runs: ``planned("name", steps=5)`` changes the small recipe."""

    def plan(name: str = "mine", **changes: object) -> Run:
        refused: Counter[str] = Counter()
        recipe = Recipe.model_validate({**SMALL.model_dump(), **changes})
        with Library(shelf / "library.pairlens") as source:
            sentences = sources.of_file(shelf / "differences.jsonl", source, refused)
            return planning.plan(name, recipe, clip, source, sentences, refused)

    return plan


@pytest.fixture
def planned(clip: Clip, shelf: Path) -> Planner:
    """Plan a run in the home of this test."""
    return make_planner(clip, shelf)


def train(run: Run) -> Run:
    """All of a run in this process, as its own process would."""
    finetune(run, load(run.plan().model, "cpu"), Group())
    return run


@pytest.fixture(scope="session")
def trained(clip: Clip, shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The small recipe to its end, called "whole", in a home of its own; nobody changes it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAIRLENS_HOME", str(tmp_path_factory.mktemp("trained")))
        return train(make_planner(clip, shelf)("whole"))


@pytest.fixture
def whole(trained: Run, home: Path) -> Run:
    """A copy of it, and of its model, in the home of this test."""
    shutil.copytree(trained.folder.parent.parent, home / "data")
    return Run(home / "data" / "runs" / "whole")
