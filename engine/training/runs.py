"""A training run is a folder, made whole or not at all: start its process, follow it, find it again.

    recipe.toml      what to train and how                       written once
    run.json         the plan: model, data, seed, versions       written once
    data.npz         sentences and image vectors                 written once
    metrics.jsonl    a line every few steps, and an evaluation   grows
    state.json       planned, running, paused, done, failed      replaced
    queued           since when it waits for others, on what     from outside; goes when it starts
    wish             "pause" or "stop"                           from outside; read before each step
    last.safetensors, best.safetensors                           checkpoints
    result.json      before and after                            written at the end
    train.log        what the process printed
    lock             held while a process is at work

`engine.training.planning` makes the folder, `engine.training.keeping` queues, renames and removes it; apart from
``queued`` and ``wish`` its files are the run's process's alone. A process outlives the one that started it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine import settings
from engine.errors import Problem
from engine.training import recipes
from engine.training.errors import RunBusy, RunDamaged, RunFailed, RunUnknown, TrainingError
from engine.training.pairs import Pairs
from engine.training.recipes import Recipe

PLANNED, RUNNING, PAUSED, DONE, FAILED = ("planned", "running", "paused", "done", "failed")  # as its process says
INTERRUPTED = "interrupted"  # it was running, and its process is gone: it can go on like one that was paused
QUEUED = "queued"
STATES = (PLANNED, QUEUED, RUNNING, PAUSED, INTERRUPTED, DONE, FAILED)
PAUSE, STOP = WISHES = ("pause", "stop")
PROBE = 0.05  # seconds: who only looks whether the lock is held has let go of it by then
NAME = re.compile(r"\w[\w.+ -]*")
LAST, BEST = "last.safetensors", "best.safetensors"


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
class Ticket:
    """A place in the queue: ``since`` in nanoseconds, the device to run on, and what to wish for once it runs."""

    since: int
    device: str = "auto"
    wish: str = ""


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
        """Where it stands, as its process wrote it down and as long as there is one. Raises `RunDamaged`."""
        try:
            found = State(**self._json("state.json"))
        except TypeError as error:
            raise RunDamaged(f"The state of the run {self.name} is of another version.", details=str(error)) from error
        if found.state == DONE:
            return found
        if self.alive():
            return State(RUNNING, found.step, found.steps)
        if found.state == RUNNING:
            found = State(INTERRUPTED, found.step, found.steps)
        return State(QUEUED, found.step, found.steps) if self.queued() is not None else found

    def say(self, state: str, step: int, steps: int, problem: Problem | None = None) -> None:
        """Put the state down."""
        written = asdict(State(state, step, steps, asdict(problem) if problem else {}))
        write_json(self.folder / "state.json", written)

    def result(self) -> dict[str, Any]:
        """Before and after, of a run that is done. Raises `RunDamaged`."""
        return self._json("result.json")

    def metrics(self) -> list[dict[str, Any]]:
        """Every whole line of metrics.jsonl. Raises `RunDamaged`."""
        file = self.folder / "metrics.jsonl"
        try:
            text = file.read_text(encoding="utf-8") if file.is_file() else ""
            return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        except (OSError, ValueError) as error:
            raise RunDamaged(f"metrics.jsonl of the run {self.name} cannot be read.", details=str(error)) from error

    def lock(self) -> FileLock:
        """Held by the process at work; the system lets it go when the process dies."""
        return FileLock(self.folder / "lock")

    def alive(self) -> bool:
        """Whether a process is at work on it; telling takes a moment where one is."""
        try:
            with self.lock().acquire(timeout=PROBE, poll_interval=PROBE / 5):
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

    def queued(self) -> Ticket | None:
        """Its place in the queue, None where it does not wait."""
        try:
            return Ticket(**json.loads((self.folder / "queued").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):  # none, or one that is no ticket any more
            return None

    def _json(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunDamaged(f"{name} of the run {self.name} cannot be read.", details=str(error)) from error
        if not isinstance(found, dict):
            raise RunDamaged(f"{name} of the run {self.name} holds something else than it should.")
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


def check_name(name: str) -> None:
    """Raise `TrainingError` for what cannot be a name, `RunBusy` for one that is taken."""
    from engine.models import folder_of

    if not NAME.fullmatch(name):
        raise TrainingError(f"{name!r} cannot be the name of a run: use letters, digits, spaces and . + - _ only.")
    if (settings.runs_dir() / name).exists() or folder_of(name).exists():
        raise RunBusy(f"A run or a model called {name!r} is here already.")


# ---- the process ----------------------------------------------------------------------------------------


def start(run: Run, device: str = "auto", wish: str = "") -> subprocess.Popen[bytes]:
    """Start the run's process, or let it go on; it belongs to no terminal and outlives its parent.

    Returns once it is at work (or has ended), so that nobody starts a second one. ``wish`` "stop": only finish with
    the best so far. Raises `RunBusy` when a process is at work on the run.
    """
    if run.alive():
        raise RunBusy(f"A process is at work on the run {run.name}.")
    run.forget_wish()
    if wish:
        run.wish(wish)
    command = [sys.executable, "-m", "engine.train", str(run.folder), "--device", device]
    root = str(Path(__file__).resolve().parents[2])  # a checkout need not be installed
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    with (run.folder / "train.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment
        )
    while process.poll() is None and not run.alive():
        time.sleep(PROBE)
    (run.folder / "queued").unlink(missing_ok=True)
    return process


def failure(run: Run) -> RunFailed | None:
    """What the run failed with, to raise."""
    problem = run.state().problem
    return RunFailed(Problem(**problem)) if problem else None


def write_json(file: Path, content: dict[str, Any]) -> None:
    """Beside its place, then moved there."""
    part = file.with_name(f".{file.name}.part")
    part.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    os.replace(part, file)
