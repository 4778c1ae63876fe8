"""Answers to the questions about training, as the engine process gives them; see `engine.workbench`."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from engine.protocol import JobCommand
from engine.training import keeping, planning, recipes, runs, sources
from engine.training.export import export, export_to
from engine.training.planning import Draft
from engine.training.runs import Run
from engine.training.trial import Trial
from engine.training_messages import (
    BeforeAfter,
    BeforeAfterResult,
    DataChoice,
    ExportRun,
    Preflight,
    PreflightResult,
    StartRun,
    UseRun,
)
from engine.workbench import Workbench


def perform(question: JobCommand, bench: Workbench) -> PreflightResult | BeforeAfterResult | None:
    """The result of a question. Raises what the functions called raise, all PairLensError."""
    match question:
        case Preflight(recipe=recipe, data=data):
            return _draft(recipe, data, bench).summary()
        case StartRun(name=name, recipe=recipe, data=data):
            runs.check_name(name.strip())
            run = planning.make(name.strip(), _draft(recipe, data, bench))
            keeping.enqueue(run, str(bench.clip().torch_device))
        case UseRun(run=name, strength=strength):
            _put_to_use(runs.find(name), strength, bench)
        case ExportRun(run=name, strength=strength, folder=folder):
            run = runs.find(name)
            export_to(run, strength, Path(os.fsdecode(folder)), _tried(run, bench))
        case BeforeAfter(run=name):
            return _tried(runs.find(name), bench).answer(question, bench.library, bench.shelf)
        case _:
            raise TypeError(f"{type(question).__name__} is no question about training")
    return None


def _put_to_use(run: Run, strength: float, bench: Workbench) -> None:
    made = keeping.model_of(run)
    if made is None or made.note.get("strength") != strength:
        export(run, strength, trial=_tried(run, bench))
        made = keeping.model_of(run)
    assert made is not None  # it was just written
    bench.use_model(made.name)


class _Desk:
    """The run that was tried out last."""

    def __init__(self) -> None:
        self.trial: Trial | None = None


def _tried(run: Run, bench: Workbench) -> Trial:
    desk, clip = bench.kept(_Desk, _Desk), bench.clip()
    if desk.trial is None or not desk.trial.fits(run, clip):
        desk.trial = None  # first: two models may not fit into memory
        desk.trial = Trial.of(run, clip)
    return desk.trial


def _draft(recipe: str, data: DataChoice, bench: Workbench) -> Draft:
    refused: Counter[str] = Counter()
    chosen = recipes.parse(recipe)
    if data.file:
        sentences = sources.of_file(Path(os.fsdecode(data.file)), bench.library, refused)
    else:
        sentences = sources.of_library(bench.library, data, refused)
    return planning.draft(chosen, bench.clip(), bench.library, sentences, refused)
