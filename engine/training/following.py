"""Reading what a run says of itself while it goes on: its state and figures for the window, its new measurements."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from engine.errors import PairLensError, Problem
from engine.evaluation.rules import TRAINED
from engine.model_folders import ModelFiles
from engine.training.errors import RunDamaged
from engine.training.keeping import models_of_runs, queue
from engine.training.runs import DONE, RUNNING, Run, State, every
from engine.training_messages import (
    CurvePoint,
    Figure,
    Line,
    RunDetails,
    RunInfo,
    RunOutcome,
    TrainingLine,
    ValidationLine,
)

LINES_ACROSS = 4000  # of a `RunDetails`: messages stay under 1 MB
LOG_END = 4000  # characters
DAMAGED = "damaged"  # the state of a run whose files cannot be read


class Follower:
    """Reads new lines of a run's metrics.jsonl, each once; from the beginning when the file was replaced (resumed)."""

    def __init__(self, run: Run) -> None:
        self._name = run.name
        self._file = run.folder / "metrics.jsonl"
        self._read = 0  # bytes
        self._inode = 0

    def new(self) -> tuple[Line, ...]:
        """The whole lines that came since the last call. Raises `RunDamaged`, once, where one is no such line."""
        try:
            with self._file.open("rb") as stream:
                inode = self._file.stat().st_ino
                if inode != self._inode:
                    self._inode, self._read = inode, 0
                stream.seek(self._read)
                text = stream.read()
        except FileNotFoundError:
            return ()
        whole = text[: text.rfind(b"\n") + 1]
        self._read += len(whole)
        with _well_formed(self._name):
            return tuple(line_of(json.loads(line)) for line in whole.splitlines())


@contextmanager
def _well_formed(run: str) -> Iterator[None]:
    """What a file of a run lacks, or has in another form, is raised as `RunDamaged`."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        sentence = f"The figures of the run {run} are damaged, or of another version of PairLens."
        raise RunDamaged(sentence, details=repr(error)) from error


def line_of(found: dict[str, Any]) -> Line:
    """One line of metrics.jsonl, as `engine.training.metrics` writes it."""
    if "validation" in found:
        found = {**found["validation"], "step": found["step"], "best_step": found["best_step"]}
        return ValidationLine(**_fields(ValidationLine, {"reversed": None, **found}))
    return TrainingLine(**_fields(TrainingLine, found))


def _fields(kind: type, found: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: value for name, value in found.items() if name in names}


def look_at_all() -> list[RunInfo]:
    """Where all runs stand, the newest first."""
    places, made = _places(), models_of_runs()
    return sorted((_look(run, places, made) for run in every()), key=lambda info: -info.created)


def look(run: Run) -> RunInfo:
    """Where a run stands; one that cannot be read says why."""
    return _look(run, _places(), models_of_runs())


def _places() -> dict[str, int]:
    """Name of a run that waits -> its place in the queue."""
    return {waiting.name: place for place, waiting in enumerate(queue(), 1)}


def _look(run: Run, places: Mapping[str, int], made: Mapping[str, ModelFiles]) -> RunInfo:
    created = run.folder.stat().st_mtime
    try:
        state, plan, recipe = run.state(), run.plan(), run.recipe()
        created = (run.folder / "run.json").stat().st_mtime
        model = made.get(run.name)
        with _well_formed(run.name):
            problem = _problem(state)
            outcome = outcome_of(run.result()) if state.state == DONE else None
    except (PairLensError, OSError) as error:
        problem = error.problem() if isinstance(error, PairLensError) else Problem("run-damaged", str(error), "")
        return RunInfo(run.name, DAMAGED, 0, 0, 0, "", "", 0, created, problem=problem)
    return RunInfo(
        name=run.name, state=state.state, step=state.step, steps=state.steps or plan.steps, batch=recipe.batch,
        trainer=recipe.trainer, base=plan.model, pairs=plan.pairs["training"], created=created,
        place=places.get(run.name, 0), wish=run.wished() if state.state == RUNNING else "",
        problem=problem, outcome=outcome, model=model.name if model else "",
        model_strength=model.note.get("strength", 0.0) if model else 0.0,
    )  # fmt: skip


def _problem(state: State) -> Problem | None:
    return Problem(**state.problem) if state.problem else None


def outcome_of(result: dict[str, Any]) -> RunOutcome:
    """result.json, as `engine.training.scoring` writes it."""
    before, after = result["before"], result["after"]
    figures = [
        Figure(
            rule, before[rule]["pairs"], before[rule]["accuracy"], before[rule]["standard_error"],
            after[rule]["accuracy"], after[rule]["standard_error"],
        )
        for rule in TRAINED
        if rule in before and rule in after
    ]  # fmt: skip
    curve = tuple(CurvePoint(p["strength"], p["accuracy"], p["zero_shot_kept"]) for p in result["curve"])
    return RunOutcome(result["strength"], tuple(figures), after["zero_shot_kept"], curve, result["best_step"])


def details(run: Run) -> RunDetails:
    """Everything about a run. Raises `RunDamaged`."""
    plan = run.plan()
    with _well_formed(run.name):
        lines = tuple(line_of(line) for line in run.metrics())
    thin = 1 + len(lines) // LINES_ACROSS
    return RunDetails(
        info=look(run), recipe=(run.folder / "recipe.toml").read_text(encoding="utf-8"), pairs=plan.pairs,
        images=plan.images, refused=plan.refused, versions=plan.versions, seed=plan.seed, data=plan.data,
        lines=tuple(line for place, line in enumerate(lines) if place % thin == 0 or isinstance(line, ValidationLine)),
        log=_end(run.folder / "train.log"),
    )  # fmt: skip


def _end(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")[-LOG_END:]
    except OSError:
        return ""
