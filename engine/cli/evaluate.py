"""`pairlens evaluate`: how often words are right about labelled images, by rule, before and after finetuning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption
from engine.errors import ExchangeError

if TYPE_CHECKING:
    from engine.evaluation.measuring import TaskResult
    from engine.evaluation.tasks import Task


def evaluate(
    library: LibraryOption,
    task: Annotated[
        list[str] | None,
        typer.Option(
            "--task", metavar="FILE.toml", help="What to measure, or the name of a task of --list; repeatable."
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="FOLDER", readable=False, help="Where the task's images are, instead of its root."
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="NAME", help="A model to measure; several are compared with the first."),
    ] = None,
    run: Annotated[
        list[str] | None,
        typer.Option("--run", metavar="RUN", help="A run of `pairlens train`: before, as it was chosen, and after."),
    ] = None,
    path: Annotated[bool, typer.Option("--path", help="Every tenth of the way from before to after a --run.")] = False,
    seeds: Annotated[
        int | None, typer.Option("--seeds", min=1, help="Draws of the images, instead of the task's.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", readable=False, help="Write a report with plots: .html or .md."),
    ] = None,
    list_tasks: Annotated[
        bool, typer.Option("--list", help="List the tasks that come with the program and end.")
    ] = False,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Measure models on labelled images: difference-based classification, zero-shot, geometry, with controls."""
    from engine.cli.terminal import working
    from engine.evaluation import measuring, subjects
    from engine.evaluation.report import write

    if list_tasks:
        return _list(as_json=as_json)
    if not task:
        raise typer.BadParameter("name a --task; --list shows those that come with the program")
    if report is not None and report.suffix.lower() not in {".html", ".md"}:
        raise typer.BadParameter("a report ends in .html or .md")
    if report is not None and not report.absolute().parent.is_dir():  # told before the work, not after it
        raise ExchangeError(f"There is no folder {str(report.absolute().parent)!r} for the report.")
    tasks = [_read(name, data, seeds) for name in task]
    models = list(model or [])
    if not (models or run):
        models = [_last_model(library)]
    chosen = subjects.subjects(models, run or [], path=path)
    with working() as context:
        results = measuring.measure(tasks, chosen, device, context)
    if report is not None:
        write(results, report)
    if as_json:
        output.document({"tasks": [result.as_json() for result in results]})
        return None
    for result in results:
        _show(result)
    if report is not None:
        print()
        print(output.printable(f"the report is {report}"))
    return None


def _last_model(library: Path) -> str:
    """The library's last model; a library is not needed here."""
    from engine.cli.session import model_name
    from engine.store import Library

    if not library.is_file():
        return ""
    with Library(library) as source:
        return model_name(source, "")


def _read(name: str, data: Path | None, seeds: int | None) -> tuple[Task, Path]:
    from engine.evaluation import tasks

    task, folder = tasks.read(name)
    task = task.model_copy(update={"seeds": seeds}) if seeds else task
    return task, data if data is not None else folder / task.root


def _list(*, as_json: bool) -> None:
    from engine.evaluation.bundled import about

    if as_json:
        output.document({"tasks": [{"task": name, "title": a.title, "note": a.note} for name, a in about().items()]})
        return
    for name, found in about().items():
        print(f"{name}: {found.note}")


def _show(result: TaskResult) -> None:
    """The figures as tables."""
    unusable = f", {result.unusable:,} could not be read" if result.unusable else ""
    print()
    print(output.printable(f"{result.task}: {result.images:,} images{unusable}, {result.seeds} seeds"))
    for show in (_show_figures, _show_zero_shot, _show_prompting, _show_geometry, _show_tests):
        show(result)


def _line(*names: str, width: int = 64) -> str:
    """The first column of a table; of a name that is too long, its end."""
    name = output.printable(", ".join(filter(None, names)))
    return name.ljust(width) if len(name) <= width else f"…{name[1 - width :]}"


def _show_figures(result: TaskResult) -> None:
    if result.figures:
        print(f"\n{'difference-based classification':<64} {'accuracy':>14} {'shuffled':>14} {'pairs':>8}")
    for each in result.figures:
        accuracy = _percent(each.accuracy, each.standard_error)
        shuffled = _percent(each.shuffled, each.shuffled_error)
        print(f"{_line(each.model, each.comparison, each.rule)} {accuracy} {shuffled} {each.pairs:>8,}")
    for each in result.strays:
        if each.stray:
            print(f"{_line(each.model, each.comparison)} other questions stray {100 * each.stray:.1f} points")


def _show_zero_shot(result: TaskResult) -> None:
    if result.zero_shot:
        print(f"\n{'zero-shot':<64} {'accuracy':>14}   images")
    for each in result.zero_shot:
        print(f"{_line(each.model)} {_percent(each.accuracy, each.standard_error)} {each.images:>8,}")


def _show_prompting(result: TaskResult) -> None:
    if result.comparative_prompting:
        print(f"\n{'comparative prompting':<64} {'accuracy':>8} {'gained':>14} {'random':>8}        p")
    for each in result.comparative_prompting:
        gained = _change(each.gained, each.gained_error)
        name = _line(each.model, each.form, f"{each.alpha:g}")
        print(f"{name} {100 * each.accuracy:>8.1f} {gained} {100 * each.random_gain:>+8.1f} {each.p:>8.4f}")


def _show_geometry(result: TaskResult) -> None:
    if result.geometry:
        print(f"\n{'cosine with class differences':<64} {'in words':>16} {'in pictures':>16}")
    for each in result.geometry:
        words = f"{each.words:+.3f} +- {each.words_error:.3f}"
        pictures = f"{each.pictures:+.3f} +- {each.pictures_error:.3f}"
        print(f"{_line(each.model, each.source, each.rule)} {words:>16} {pictures:>16}")


def _show_tests(result: TaskResult) -> None:
    if result.tests:
        print(f"\n{'change of the accuracy':<64} {'points':>14}        p")
    for each in result.tests:
        change = _change(each.difference, each.standard_error)
        print(f"{_line(each.model, each.comparison, each.rule)} {change} {each.p:>8.4f}")


def _percent(share: float, error: float) -> str:
    return f"{100 * share:>6.1f} +- {100 * error:>4.1f}"


def _change(share: float, error: float) -> str:
    return f"{100 * share:>+6.1f} +- {100 * error:>4.1f}"
