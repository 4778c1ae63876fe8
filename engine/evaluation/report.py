"""The result of an evaluation as a report: one HTML file with its plots inside, or Markdown with plots beside it.

Called by `pairlens evaluate` and by the engine process for the Evaluate page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from engine.evaluation.charts import Point, bars, lines
from engine.evaluation.comparing import Figure
from engine.evaluation.documents import Block, Heading, Plot, Table, Text, as_html, as_markdown
from engine.evaluation.measuring import TaskResult
from engine.evaluation.naming import Named
from engine.evaluation.rules import RULES
from engine.evaluation.subjects import Subject
from engine.replacing import replacing

READING = (
    "Accuracy: of how many pairs of images the true statement is right, in percent, mean over draws of the images with "
    "its standard error. Shuffled: every pair with another pair's statement; 50 within its error. Swapped: the images "
    "change places; 100 less the accuracy. Stray: how far the answers to unrelated questions come out from 50, at the "
    "95th percentile; an accuracy nearer to 50 than that proves nothing."
)


def write(results: Sequence[TaskResult], file: Path) -> None:
    """Write the report, HTML or Markdown by the file's ending; an existing file is replaced. Raises ExchangeError."""
    found = list(blocks(results))
    if file.suffix.lower() != ".md":
        _put(file, as_html(found))
        return
    plots = [block for block in found if isinstance(block, Plot)]
    names = [f"{file.stem}-{number}.svg" for number in range(1, len(plots) + 1)]
    for plot, name in zip(plots, names, strict=True):
        _put(file.with_name(name), plot.svg)
    _put(file, as_markdown(found, names))


def blocks(results: Iterable[TaskResult]) -> Iterator[Block]:
    """The report."""
    yield Heading(1, "PairLens evaluation")
    yield Text(READING)
    for result in results:
        yield Heading(2, result.task)
        yield Text(" ".join(result.note.split()))
        unusable = f"; {result.unusable:,} could not be read" if result.unusable else ""
        yield Text(f"{result.images:,} images, {result.classes} classes, {result.seeds} draws of the images{unusable}.")
        yield from _comparisons(result)
        yield from _zero_shot(result)
        yield from _prompting(result)
        yield from _geometry(result)
        yield from _tests(result)


# ---- the parts of a task --------------------------------------------------------------------------------


def _comparisons(result: TaskResult) -> Iterator[Block]:
    for comparison in dict.fromkeys(figure.comparison for figure in result.figures):
        figures = {(each.model, each.rule): each for each in result.figures if each.comparison == comparison}
        yield Heading(3, f"Difference-based classification: {comparison}")
        shown = [subject for subject in result.subjects if not _between(result, subject)]
        series = [(each.title, [_point(figures[each.title, rule]) for rule in RULES]) for each in shown]
        yield Plot(bars(tuple(RULES), series), f"Accuracy by rule on {comparison}, in percent, with standard errors")
        for run in dict.fromkeys(subject.run for subject in result.subjects if subject.run):
            way = [subject for subject in result.subjects if subject.run == run]
            if len(way) > 3:
                yield _path(run, way, result, comparison)
        yield Table(
            ("model", "rule", "accuracy", "shuffled", "swapped", "pairs"),
            tuple(
                (
                    each.model, RULES[each.rule], _percent(each.accuracy, each.standard_error),
                    _percent(each.shuffled, each.shuffled_error), f"{100 * each.swapped:.1f}", f"{each.pairs:,}",
                )
                for each in figures.values()
            ),
        )  # fmt: skip
        strays = [each for each in result.strays if each.comparison == comparison and each.stray]
        if strays:
            yield Table(("model", "stray"), tuple((each.model, f"{100 * each.stray:.1f}") for each in strays))


def _path(run: str, way: Sequence[Subject], result: TaskResult, comparison: str) -> Plot:
    """Accuracy by rule, and zero-shot, along the path of weight averaging."""
    figures = {(each.model, each.rule): each for each in result.figures if each.comparison == comparison}
    series = [(rule, [_point(figures[each.title, rule], each.strength) for each in way]) for rule in RULES]
    if named := {each.model: each for each in result.zero_shot}:
        series.append(("zero-shot", [_point(named[each.title], each.strength) for each in way]))
    return Plot(lines(series, f"strength of {run}"), f"{run} from before (0) to after (1): accuracy in percent")


def _between(result: TaskResult, subject: Subject) -> bool:
    """Whether a subject is a mere point of a path: bars show before, the chosen strength and after."""
    way = [each.strength for each in result.subjects if each.run == subject.run]
    return bool(subject.run) and not subject.chosen and subject.strength not in (min(way), max(way))


def _zero_shot(result: TaskResult) -> Iterator[Block]:
    if not result.zero_shot:
        return
    yield Heading(3, "Zero-shot classification")
    rows = (
        (each.model, _percent(each.accuracy, each.standard_error), f"{100 * each.chance:.1f}", f"{each.images:,}")
        for each in result.zero_shot
    )
    yield Table(("model", "accuracy", "chance", "images"), tuple(rows))


def _prompting(result: TaskResult) -> Iterator[Block]:
    if not result.comparative_prompting:
        return
    yield Heading(3, "Comparative prompting")
    yield Text(
        "Zero-shot with class vectors moved by the task's comparatives, the same for every model. Gained: points over "
        "zero-shot with their standard error, and McNemar's p; random: what random words in their place gain. Compared "
        "classes: the accuracy on their images alone, with only them to choose from, before and after."
    )
    rows = (
        (
            each.model, each.form, f"{each.alpha:g}", f"{100 * each.accuracy:.1f}",
            f"{100 * each.gained:+.1f}{_error(100 * each.gained_error, 1)}", f"{each.p:.4f}",
            f"{100 * each.random_gain:+.1f}", f"{100 * each.confused_before:.1f} to {100 * each.confused:.1f}",
        )
        for each in result.comparative_prompting
    )  # fmt: skip
    yield Table(("model", "form", "alpha", "accuracy", "gained", "p", "random", "compared classes"), tuple(rows))


def _geometry(result: TaskResult) -> Iterator[Block]:
    if not result.geometry:
        return
    yield Heading(3, "Geometry")
    yield Text(
        "Cosines of what is said of two classes with the difference of their prompts, and of their mean images, with "
        "standard errors over the pairs of classes."
    )
    rows = (
        (
            each.model, each.source, RULES[each.rule], f"{each.words:+.3f}{_error(each.words_error, 3)}",
            f"{each.pictures:+.3f}{_error(each.pictures_error, 3)}", str(each.differences),
        )
        for each in result.geometry
    )  # fmt: skip
    yield Table(("model", "statements", "rule", "in words", "in pictures", "pairs of classes"), tuple(rows))


def _tests(result: TaskResult) -> Iterator[Block]:
    if not result.tests:
        return
    yield Heading(3, "Tests between models")
    yield Text(
        f"Each model against {result.tests[0].against} on the same pairs or images: change in points with its standard "
        "error over draws of the images, and two-sided p (bootstrap over images; McNemar for zero-shot)."
    )
    rows = (
        (
            each.model, each.comparison, RULES.get(each.rule, ""),
            f"{100 * each.difference:+.1f}{_error(100 * each.standard_error, 1)}", f"{each.p:.4f}",
        )
        for each in result.tests
    )  # fmt: skip
    yield Table(("model", "comparison", "rule", "change", "p"), tuple(rows))


def _point(figure: Figure | Named, x: float = 0.0) -> Point:
    return Point(figure.accuracy, figure.standard_error, x)


def _percent(share: float, error: float) -> str:
    return f"{100 * share:.1f}{_error(100 * error, 1)}"


def _error(error: float, decimals: int) -> str:
    return f" ± {error:.{decimals}f}" if math.isfinite(error) else ""


def _put(file: Path, text: str) -> None:
    with replacing(file) as part:
        part.write_text(text, encoding="utf-8")
