"""Planning a run: what can be checked before, what it will cost, and its folder, made whole or not at all."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine import settings
from engine.errors import DiskFull
from engine.training import anchors, cost, optimizing, pairs, recipes, towers
from engine.training.errors import TooLittleMemory
from engine.training.pairs import Pairs, Sentence
from engine.training.recipes import Recipe
from engine.training.runs import PLANNED, Plan, Run, check_name, write_json
from engine.training_messages import Cost, PreflightResult

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.store import Library

PACKAGES = ("pairlens", "torch", "open_clip_torch", "numpy")


@dataclass(frozen=True)
class Draft:
    """A run that could be made: its data, checked, and its cost."""

    recipe: Recipe
    clip: Clip
    data: Pairs
    refused: Counter[str]
    tokens: float  # of a text, on average
    cost: Cost

    @property
    def steps(self) -> int:
        """How many there will be."""
        return optimizing.length(self.recipe, len(self.data.part(pairs.TRAINING)))

    def summary(self) -> PreflightResult:
        """For people."""
        rows = {name: len(self.data.part(part)) for part, name in enumerate(pairs.PART_NAMES)}
        images = {name: len(self.data.images_of(part)) for part, name in enumerate(pairs.PART_NAMES)}
        return PreflightResult(
            pairs=rows, images=images, refused=dict(+self.refused), texts=len(self.data.texts), tokens=self.tokens,
            steps=self.steps, batch=min(self.recipe.batch, rows[pairs.PART_NAMES[pairs.TRAINING]]), cost=self.cost,
        )  # fmt: skip


def plan(
    name: str,
    recipe: Recipe,
    clip: Clip,
    library: Library,
    sentences: Iterable[Sentence],
    refused: Counter[str],
    tell: Callable[[Draft], None] = lambda _: None,
) -> Run:
    """Check everything that can be checked before, ``tell`` what it will cost, freeze the data, make the run's folder.

    Raises `TrainingError` (the name), `RunBusy` (the name is taken) and what `draft` and `make` raise.
    """
    check_name(name)
    made = draft(recipe, clip, library, sentences, refused)
    tell(made)
    return make(name, made)


def draft(recipe: Recipe, clip: Clip, library: Library, sentences: Iterable[Sentence], refused: Counter[str]) -> Draft:
    """Check the data and tell the cost. Raises `TooFewPairs`, `ModelUnfit`."""
    data = pairs.build(sentences, library, clip, recipe, refused)
    trained = towers.trained_numbers(recipe, clip.network)
    lengths = np.array([clip.tokens(text) for text in data.texts])
    steps = optimizing.length(recipe, len(data.part(pairs.TRAINING)))
    made = cost.of(recipe, clip, data, trained, lengths, steps, settings.runs_dir())
    return Draft(recipe, clip, data, refused, float(lengths.mean()), made)


def make(name: str, given: Draft) -> Run:
    """Make the run's folder. Raises `DiskFull`, `TooLittleMemory`."""
    recipe, clip, data = given.recipe, given.clip, given.data
    _check(given.cost)
    folder = settings.runs_dir() / name
    making = folder.with_name(f".{name}")
    shutil.rmtree(making, ignore_errors=True)
    counts = given.summary()
    found = Plan(
        name=name, model=clip.name, text_key=clip.text_key, encoder_key=clip.encoder_key, data=data.digest(),
        seed=recipe.seed, steps=given.steps, pairs=counts.pairs, images=counts.images, refused=counts.refused,
        bytes=given.cost.disk, classes=anchors.class_prompts(clip.vocabulary),
        anchors=anchors.anchor_prompts(clip.vocabulary), versions=_versions(),
    )  # fmt: skip
    try:
        making.mkdir(parents=True)
        (making / "recipe.toml").write_text(recipes.write(recipe), encoding="utf-8")
        data.save(making)
        Run(making).say(PLANNED, 0, found.steps)
        write_json(making / "run.json", asdict(found))
        os.replace(making, folder)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise DiskFull(f"The run {name!r} could not be written: {error.strerror or error}.") from error
    return Run(folder)


def _check(found: Cost) -> None:
    """Raise what would only be found out later."""
    if found.disk_free < found.disk:
        where = str(settings.runs_dir())
        raise DiskFull(
            f"The run takes {size_in_words(found.disk)}; {size_in_words(found.disk_free)} are free in {where!r}."
        )
    if found.memory_free is not None and found.memory_free < found.memory:
        needed, free = size_in_words(found.memory), size_in_words(found.memory_free)
        raise TooLittleMemory(f"The run takes about {needed} of memory; {free} are free on {found.device}.")


def size_in_words(count: int) -> str:
    """ "1.2 GB"."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):  # run from a checkout that was not installed
            found[package] = importlib.metadata.version(package)
    return found
