"""A training run is a folder, made whole or not at all: plan a run, start its process, follow it, find it again.

    recipe.toml      what to train and how                       written once
    run.json         the plan: model, data, seed, versions       written once
    data.npz         sentences and image vectors                 written once
    metrics.jsonl    a line every few steps, and an evaluation   grows
    state.json       planned, running, paused, done, failed      replaced
    wish             "pause" or "stop", from outside             read before each step
    last.safetensors, best.safetensors                           checkpoints
    result.json      before and after                            written at the end
    train.log        what the process printed
    lock             held while a process is at work

The folder is written by the run's process alone, apart from ``wish``. A process outlives the one that started it.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from engine import settings
from engine.errors import DiskFull, Problem
from engine.training import anchors, pairs, recipes
from engine.training.errors import RunBusy, RunDamaged, RunFailed, RunUnknown, TrainingError
from engine.training.pairs import Pairs, Sentence
from engine.training.recipes import Recipe

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.store import Library

PLANNED, RUNNING, PAUSED, DONE, FAILED = STATES = ("planned", "running", "paused", "done", "failed")
PAUSE, STOP = WISHES = ("pause", "stop")
NAME = re.compile(r"\w[\w.+ -]*")
LAST, BEST = "last.safetensors", "best.safetensors"
PACKAGES = ("pairlens", "torch", "open_clip_torch", "numpy")


@dataclass(frozen=True)
class Plan:
    """What a run is made of, in run.json. ``pairs`` and ``images`` count each part of the split; ``refused`` says how
    many of the given pairs were left out, and why; ``bytes`` is what the run will take on the disk.
    """

    name: str
    model: str
    text_key: str
    encoder_key: str
    data: str  # digest
    seed: int
    steps: int
    pairs: dict[str, int]
    images: dict[str, int]
    refused: dict[str, int]
    bytes: int
    classes: list[str]
    anchors: list[str]
    versions: dict[str, str]


@dataclass(frozen=True)
class State:
    """Where a run stands; ``problem`` says why it failed."""

    state: str
    step: int = 0
    steps: int = 0
    problem: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """A run's folder; its name is the folder's."""

    folder: Path

    @property
    def name(self) -> str:
        """What the person called it."""
        return self.folder.name

    def recipe(self) -> Recipe:
        """Its own copy of the recipe."""
        return recipes.read(self.folder / "recipe.toml")

    def plan(self) -> Plan:
        """Raises `RunDamaged`."""
        try:
            return Plan(**self._json("run.json"))
        except TypeError as error:
            raise RunDamaged(f"The plan of the run {self.name} is of another version.", details=str(error)) from error

    def pairs(self, plan: Plan) -> Pairs:
        """Its data. Raises `RunDamaged` when they are not those of the plan."""
        found = Pairs.load(self.folder)
        if found.digest() != plan.data:
            raise RunDamaged(f"The data of the run {self.name} have changed since it was planned.")
        return found

    def state(self) -> State:
        """Where it stands. A run whose process was killed reads as paused: it can be resumed."""
        found = State(**self._json("state.json"))
        return State(PAUSED, found.step, found.steps) if found.state == RUNNING and not self.alive() else found

    def say(self, state: str, step: int, steps: int, problem: Problem | None = None) -> None:
        """Put the state down."""
        written = asdict(State(state, step, steps, asdict(problem) if problem else {}))
        write_json(self.folder / "state.json", written)

    def result(self) -> dict[str, Any]:
        """Before and after, of a run that is done."""
        return self._json("result.json")

    def metrics(self) -> list[dict[str, Any]]:
        """Every whole line of metrics.jsonl."""
        file = self.folder / "metrics.jsonl"
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def lock(self) -> FileLock:
        """Held by the process at work; the system lets it go when the process dies."""
        return FileLock(self.folder / "lock")

    def alive(self) -> bool:
        """Whether a process is at work on it."""
        try:
            with self.lock().acquire(timeout=0):
                return False
        except Timeout:
            return True

    def wish(self, wish: str) -> None:
        """Ask the process to pause, or to stop and keep the best; it does so before its next step."""
        (self.folder / "wish").write_text(wish)

    def wished(self) -> str:
        """What was asked for, "" for nothing."""
        try:
            return (self.folder / "wish").read_text()
        except FileNotFoundError:
            return ""

    def forget_wish(self) -> None:
        """Begin without one."""
        (self.folder / "wish").unlink(missing_ok=True)

    def _json(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunDamaged(f"{name} of the run {self.name} cannot be read.", details=str(error)) from error
        return found


# ---- finding --------------------------------------------------------------------------------------------


def find(name: str) -> Run:
    """The run of this name. Raises `RunUnknown`."""
    run = Run(settings.runs_dir() / name)
    if not NAME.fullmatch(name) or not (run.folder / "run.json").is_file():
        raise RunUnknown(f"There is no run called {name!r}.")
    return run


def every() -> list[Run]:
    """All runs, by name."""
    return [Run(file.parent) for file in sorted(settings.runs_dir().glob("[!.]*/run.json"))]


# ---- planning -------------------------------------------------------------------------------------------


def plan(
    name: str, recipe: Recipe, clip: Clip, library: Library, sentences: Iterable[Sentence], refused: Counter[str]
) -> Run:
    """Check everything that can be checked before, freeze the data and make the run's folder.

    Raises `TrainingError` (the name), `RunBusy` (the name is taken), `TooFewPairs`, `ModelUnfit`, `DiskFull`.
    """
    from engine.models import folder_of
    from engine.training import optimizing, towers

    if not NAME.fullmatch(name):
        raise TrainingError(f"{name!r} cannot be the name of a run: use letters, digits, spaces and . + - _ only.")
    folder = settings.runs_dir() / name
    if folder.exists() or folder_of(name).exists():
        raise RunBusy(f"A run or a model called {name!r} is here already.")
    data = pairs.build(sentences, library, clip, recipe, refused)
    trainee = towers.make_trainee(recipe, clip.network, clip.tokenize(data.texts))
    making = folder.with_name(f".{name}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    found = Plan(
        name=name, model=clip.name, text_key=clip.text_key, encoder_key=clip.encoder_key, data=data.digest(),
        seed=recipe.seed, steps=optimizing.length(recipe, len(data.part(pairs.TRAINING))),
        pairs={part: len(data.part(i)) for i, part in enumerate(pairs.PART_NAMES)},
        images={part: len(data.images_of(i)) for i, part in enumerate(pairs.PART_NAMES)},
        refused=dict(+refused), bytes=_bytes(trainee, clip), classes=anchors.class_prompts(clip.vocabulary),
        anchors=anchors.anchor_prompts(clip.vocabulary), versions=_versions(),
    )  # fmt: skip
    _check_space(making, found.bytes)
    (making / "recipe.toml").write_text(recipes.write(recipe), encoding="utf-8")
    data.save(making)
    Run(making).say(PLANNED, 0, found.steps)
    write_json(making / "run.json", asdict(found))
    os.replace(making, folder)
    return Run(folder)


def _bytes(trainee: Any, clip: Clip) -> int:
    """Two checkpoints (weights and Adam's two moments), one of them being replaced; the exported model, made twice."""
    trained = sum(parameter.numel() for parameter in trainee.trained().values())
    whole = sum(tensor.numel() for tensor in clip.network.state_dict().values())
    return 4 * (7 * trained + 2 * whole)


def _check_space(folder: Path, needed: int) -> None:
    if (free := shutil.disk_usage(folder).free) < needed:
        shutil.rmtree(folder)
        raise DiskFull(
            f"The run takes {needed / 1e6:,.0f} MB; {free / 1e6:,.0f} MB are free in {str(folder.parent)!r}."
        )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):  # run from a checkout that was not installed
            found[package] = importlib.metadata.version(package)
    return found


# ---- the process ----------------------------------------------------------------------------------------


def start(run: Run, device: str = "auto") -> subprocess.Popen[bytes]:
    """Start the run's process, or let it go on; it belongs to no terminal and outlives its parent.

    Raises `RunBusy` when one is at work on it.
    """
    if run.alive():
        raise RunBusy(f"A process is at work on the run {run.name}.")
    run.forget_wish()
    command = [sys.executable, "-m", "engine.train", str(run.folder), "--device", device]
    root = str(Path(__file__).resolve().parents[2])  # a checkout need not be installed
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    with (run.folder / "train.log").open("ab") as log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment
        )


def failure(run: Run) -> RunFailed | None:
    """What the run failed with, to raise."""
    problem = run.state().problem
    return RunFailed(Problem(**problem)) if problem else None


def remove(run: Run) -> None:
    """Delete a run's folder; the model that was made of it stays. Raises `RunBusy`."""
    if run.alive():
        raise RunBusy(f"A process is at work on the run {run.name}.")
    doomed = run.folder.with_name(f".{run.name}.removed")
    os.replace(run.folder, doomed)
    shutil.rmtree(doomed)


def write_json(file: Path, content: dict[str, Any]) -> None:
    """Beside its place, then moved there."""
    part = file.with_name(f".{file.name}.part")
    part.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    os.replace(part, file)
