"""`pairlens train`: teach the text encoder to compare, follow the run, use what came of it."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption
from engine.errors import JobCancelled
from engine.training.errors import TrainingLost

if TYPE_CHECKING:
    from engine.jobs import JobContext
    from engine.store import Library
    from engine.training.planning import Draft
    from engine.training.recipes import Recipe
    from engine.training.runs import Run
    from engine.training_messages import DataChoice

LOOK_EVERY = 0.2  # seconds between two looks at a run's folder


def train(
    library: LibraryOption,
    recipe: Annotated[
        Path | None, typer.Option("--recipe", metavar="FILE.toml", readable=False, help="What to train and how.")
    ] = None,
    preset: Annotated[
        str, typer.Option("--preset", metavar="NAME", help="Without a recipe: text-tower, adapter or paper.")
    ] = "text-tower",
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What the run and its model are called.")] = "",
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FILE.jsonl",
            readable=False,
            help="Differences to learn from, instead of the library's own.",
        ),
    ] = None,
    writer: Annotated[
        list[str] | None, typer.Option("--writer", metavar="NAME", help="Only differences of this writer; may repeat.")
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="STATUS", help="Only new, accepted or edited ones; may repeat."),
    ] = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option(
            "--attribute",
            metavar="NAME",
            help="Learn from your judgements on this attribute, alone or beside --writer; may repeat.",
        ),
    ] = None,
    resume: Annotated[str, typer.Option("--resume", metavar="RUN", help="Go on with a run that stopped.")] = "",
    strength: Annotated[
        float | None,
        typer.Option("--strength", metavar="0..1", help="Make the model of --resume RUN again, taught this much."),
    ] = None,
    prepare: Annotated[bool, typer.Option("--prepare", help="Only plan the run, for torchrun.")] = False,
    show_recipe: Annotated[bool, typer.Option("--show-recipe", help="Print the recipe and end.")] = False,
    list_runs: Annotated[bool, typer.Option("--list", help="List the runs and end.")] = False,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Finetune the text encoder on differences; images are not indexed again. Ctrl-C pauses the run."""
    from engine.store.texts import ACCEPTED, EDITED, NEW
    from engine.training import recipes, runs

    if list_runs:
        return _list(as_json=as_json)
    if strength is not None and not resume:
        raise typer.BadParameter("--strength is that of a run; name it with --resume")
    chosen = recipes.read(recipe) if recipe else recipes.preset(preset)
    if wrong := set(status or ()) - {NEW, ACCEPTED, EDITED}:
        raise typer.BadParameter(f"{min(wrong)!r} is none of new, accepted, edited", param_hint="--status")
    if show_recipe:
        return _show_recipe(chosen, as_json=as_json)
    given = _Given(data, writer or [], status or [], attribute or [])
    run = runs.find(resume) if resume else _plan(library, chosen, name, given, model)
    if strength is not None:
        return _export(run, strength, as_json=as_json)
    if not prepare:
        _follow(run, runs.start(run, device) if run.state().state != runs.DONE else None)
    _show(run, as_json=as_json)
    return None


@dataclass(frozen=True)
class _Given:
    """What the command line says about the data."""

    file: Path | None
    writers: list[str]
    statuses: list[str]
    attributes: list[str]

    def choice(self, library: Library) -> DataChoice:
        """The same by id; judgements alone where only attributes are named. Raises `AttributeUnknown`."""
        from engine.judgements.desk import attribute_named
        from engine.training_messages import LEARNED_FROM, DataChoice

        writers = tuple(self.writers) or (() if self.attributes else None)
        attributes = tuple(attribute_named(library, name).id for name in self.attributes)
        return DataChoice(writers, tuple(self.statuses) or LEARNED_FROM, attributes=attributes)


def _plan(library: Path, recipe: Recipe, name: str, given: _Given, model: str) -> Run:
    from engine.cli.session import load_model
    from engine.store import Library
    from engine.training import planning, sources

    clip = load_model(library, model, "cpu")
    refused: Counter[str] = Counter()
    with Library(library) as source:
        if given.file:
            sentences = sources.of_file(given.file, source, refused)
        else:
            sentences = sources.of_library(source, given.choice(source), refused)
        name = name or time.strftime("run-%Y%m%d-%H%M%S")
        return planning.plan(name, recipe, clip, source, sentences, refused, _tell_cost)


def _tell_cost(draft: Draft) -> None:
    """What the run will take, before it begins."""
    from engine.training.planning import size_in_words

    cost = draft.cost
    minutes = f"about {max(1, round(cost.seconds / 60)):,} min, " if cost.seconds is not None else ""
    sizes = f"{size_in_words(cost.memory)} of memory, {size_in_words(cost.disk)} on the disk"
    output.say(f"{draft.steps:,} steps will take {minutes}{sizes}")


def _follow(run: Run, process: subprocess.Popen[bytes] | None) -> None:
    """Report until the process ends; raises what the run failed with. Ctrl-C pauses it and waits for that."""
    from engine.cli.terminal import working
    from engine.training import runs

    if process is None:
        return
    with working() as context:
        while True:
            try:
                process.wait(LOOK_EVERY)
                break
            except subprocess.TimeoutExpired:
                _report(run, context)
            if context.cancelled.is_set() and run.wished() != runs.PAUSE:
                run.wish(runs.PAUSE)
    state = run.state()
    if error := runs.failure(run):
        raise error
    if state.state == runs.PAUSED and context.cancelled.is_set():
        output.say(f"the run {run.name} is paused at step {state.step}; go on with --resume {run.name}")
        raise JobCancelled("Paused.")
    if process.returncode:
        raise TrainingLost(f"The process of the run {run.name} ended unexpectedly (code {process.returncode}).")


def _report(run: Run, context: JobContext) -> None:
    state = run.state()
    if state.steps:
        context.progress(f"Training {run.name}", state.step, state.steps, unit="steps")


def _export(run: Run, strength: float, *, as_json: bool) -> None:
    from engine.training.export import export

    folder = export(run, strength)
    if as_json:
        output.document({"run": run.name, "strength": strength, "checkpoint": str(folder)})
    else:
        print(output.printable(f"the model {run.name} now has strength {strength:g}"))


def _list(*, as_json: bool) -> None:
    from engine.training import following

    found = sorted(following.look_at_all(), key=lambda run: run.name)
    if as_json:
        rows = [{"run": run.name, "state": run.state, "step": run.step, "steps": run.steps} for run in found]
        output.document({"runs": rows})
        return
    for run in found:
        print(output.printable(f"{run.name}: {run.state}, step {run.step:,} of {run.steps:,}"))


def _show_recipe(recipe: Recipe, *, as_json: bool) -> None:
    from engine.training import recipes

    if as_json:
        output.document({"recipe": recipe.model_dump(mode="json")})
    else:
        print(recipes.write(recipe), end="")


def _show(run: Run, *, as_json: bool) -> None:
    """The plan, and before and after where the run is done."""
    from engine.training import runs

    plan, state = run.plan(), run.state()
    result = run.result() if state.state == runs.DONE else {}
    if as_json:
        shown = {"pairs": plan.pairs, "images": plan.images, "refused": plan.refused, "bytes": plan.bytes}
        output.document({"run": run.name, "folder": str(run.folder), "state": state.state, **shown, **result})
        return
    print(output.printable(f"{run.name} in {run.folder}: {state.state}, step {state.step:,} of {state.steps:,}"))
    print(f"pairs: {_counts(plan.pairs)}; images: {_counts(plan.images)}; {plan.bytes / 1e6:,.0f} MB on the disk")
    for reason, count in plan.refused.items():
        print(f"  {count:,} pairs left out: {reason}")
    if result:
        _show_result(run, result)


def _counts(parts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {part}" for part, count in parts.items())


def _show_result(run: Run, result: dict[str, Any]) -> None:
    print(f"\n{'on held-out images':<20} {'before':>14} {'after':>14}   pairs")
    for rule, before in result["before"].items():
        after = result["after"][rule]
        if isinstance(before, dict):
            print(f"{rule:<20} {_percent(before)} {_percent(after)} {before['pairs']:>7,}")
        else:
            print(f"{'zero-shot kept':<20} {100 * before:>14.1f} {100 * after:>14.1f}")
    print()
    print(output.printable(f"strength {result['strength']:g}, chosen on validation images; use it: --model {run.name}"))


def _percent(found: dict[str, float]) -> str:
    return f"{100 * found['accuracy']:>6.1f} +- {100 * found['standard_error']:>4.1f}"
