"""Measures models for the window, as the engine process does it; see `engine.workbench`."""

from __future__ import annotations

import json
import os
from pathlib import Path

from engine.evaluation import measuring, report, tasks
from engine.evaluation.subjects import subjects
from engine.evaluation_messages import Evaluate, EvaluationResult, FolderTask, ListMeasurable, Measurable
from engine.models import list_models
from engine.protocol import JobCommand
from engine.training import following, runs
from engine.workbench import Workbench


def perform(command: JobCommand, bench: Workbench) -> Measurable | EvaluationResult:
    """The result of a command. Raises PairLensError."""
    match command:
        case ListMeasurable():
            models = tuple(info.name for info in list_models() if info.is_usable)
            done = sorted(info.name for info in following.look_at_all() if info.state == runs.DONE)
            return Measurable(models, tuple(done))
        case Evaluate():
            return _evaluate(command, bench)
    raise TypeError(f"{type(command).__name__} measures nothing")


def _evaluate(command: Evaluate, bench: Workbench) -> EvaluationResult:
    task, folder = _task(command.task)
    root = Path(command.data) if command.data else folder / task.root
    chosen = subjects(command.models, command.runs, path=command.path)
    (result,) = measuring.measure([(task, root)], chosen, bench.library.setting("device", "auto"), bench.context)
    bench.session.mkdir(parents=True, exist_ok=True)
    figures = bench.session / f"evaluation-{bench.job}.json"
    part = figures.with_suffix(".part")
    part.write_text(json.dumps(result.as_json()), encoding="utf-8")
    os.replace(part, figures)
    page = figures.with_suffix(".html")
    report.write([result], page)
    return EvaluationResult(str(figures), str(page))


def _task(given: str | FolderTask) -> tuple[tasks.Task, Path]:
    if isinstance(given, str):
        return tasks.read(given)
    root = Path(given.root)
    words = {"name": given.prompt, "prompt": given.prompt, "reverse": given.reverse}
    compared = [{**words, "high": [given.high], "low": [given.low]}] if given.prompt else []
    note = "The images of a folder, each named by the folder that it lies in."
    values = {"name": root.name or str(root), "note": note, "comparisons": compared, "zero_shot": {}}
    return tasks.made(values, str(root)), root
