"""Which pairs of images are asked about, and what is truly said of each; the same for every model.

A *saying* is what is said of many pairs: in several wordings, each with its reverse (the same of the pair swapped),
and as a question about one image. The order within a pair is drawn, so that nothing can be right by saying always
*the first*; the statement is always true of the order drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.evaluation.errors import TooFewLabelled
from engine.evaluation.layouts import Labelled
from engine.evaluation.tasks import Attributes, Comparison, Task, Wording

ATTRIBUTES = "attributes"  # the comparison that is made of what classes have


@dataclass(frozen=True)
class Saying:
    """``wordings``: statement and reverse. Either a question, ``prompt`` with its ``reverse``, or ``marks``: texts
    about one image that hold of the first, and those that hold of the second.
    """

    wordings: tuple[Wording, ...]
    prompt: str = ""
    reverse: str = ""
    marks: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


@dataclass(frozen=True)
class Pairing:
    """The pairs of one comparison. ``rows`` (P, 4): first, second (images), saying (into ``sayings``), seed."""

    comparison: str
    sayings: tuple[Saying, ...]
    rows: np.ndarray

    @property
    def ends(self) -> np.ndarray:
        """The images of each pair (P, 2)."""
        return self.rows[:, :2]


def pairings(task: Task, labelled: Labelled) -> list[Pairing]:
    """All comparisons of a task. Raises `TooFewLabelled`, `TaskUnfit`."""
    found = [_fixed(task, comparison, labelled) for comparison in task.comparisons]
    if task.attributes:
        found.append(_by_attributes(task, task.attributes, labelled))
    return found


def _fixed(task: Task, comparison: Comparison, labelled: Labelled) -> Pairing:
    """Pairs of which one image has more: saying 0 where it is the first, saying 1 where it is the second."""
    amounts = _amounts(comparison, labelled)
    eligible = np.flatnonzero(np.isfinite(amounts))
    apart = comparison.apart * amounts[eligible].std() if comparison.column else 0.0

    def differ(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return np.abs(amounts[first] - amounts[second]) > apart

    ends, seeds = _draw(task, comparison.name, eligible, differ)
    saying = (amounts[ends[:, 0]] < amounts[ends[:, 1]]).astype(np.int64)
    sayings = (
        _asked(comparison, comparison.prompt, comparison.reverse, comparison.prompt),
        _asked(comparison, comparison.opposite, comparison.prompt if comparison.reverse else "", comparison.opposite),
    )
    return Pairing(comparison.name, sayings, np.column_stack([ends, saying, seeds]))


def _asked(comparison: Comparison, prompt: str, reverse: str, more: str) -> Saying:
    """Where the program finds the reverse, it is asked without one, as people ask."""
    wordings = tuple(tuple(text.replace("{more}", more) for text in wording) for wording in comparison.wordings)
    return Saying(tuple((first, second) for first, second in wordings), prompt, reverse)


def _amounts(comparison: Comparison, labelled: Labelled) -> np.ndarray:
    """How much each image has (N,): its value, or 1 and 0 by its class; NaN where it takes no part."""
    if comparison.column:
        return labelled.values[comparison.column]
    amounts = np.full(len(labelled.labels), np.nan)
    for names, amount in ((comparison.high, 1.0), (comparison.low, 0.0)):
        numbers = [labelled.classes.index(name) for name in names]
        amounts[np.isin(labelled.labels, numbers)] = amount
    return amounts


def _by_attributes(task: Task, attributes: Attributes, labelled: Labelled) -> Pairing:
    """Pairs of two classes, a saying for each ordered pair of classes."""
    table = attributes.table or labelled.attributes
    has = {name: _in_words(attributes, table.get(name, ())) for name in labelled.classes}
    told = [number for number, name in enumerate(labelled.classes) if has[name]]

    def differ(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return labelled.labels[first] != labelled.labels[second]

    ends, seeds = _draw(task, ATTRIBUTES, np.flatnonzero(np.isin(labelled.labels, told)), differ)
    sayings: list[Saying] = []
    numbers: dict[tuple[int, int], int] = {}  # of the ordered pairs of classes; -1: nothing tells them apart
    for a, b in np.unique(labelled.labels[ends], axis=0):
        only_a, only_b = _only(has, labelled.classes[a], labelled.classes[b])
        numbers[a, b] = len(sayings) if only_a and only_b else -1
        if only_a and only_b:
            sayings.append(_told(attributes, only_a, only_b))
    saying = np.array([numbers[a, b] for a, b in labelled.labels[ends]], np.int64)
    kept = saying >= 0
    if not kept.any():
        raise TooFewLabelled(f"No two classes of {task.name} have attributes that tell them apart.")
    return Pairing(ATTRIBUTES, tuple(sayings), np.column_stack([ends, saying, seeds])[kept])


def _in_words(attributes: Attributes, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(attributes.words.get(name, name) for name in names if name not in attributes.ignore)


def _only(has: dict[str, tuple[str, ...]], a: str, b: str) -> tuple[list[str], list[str]]:
    return [name for name in has[a] if name not in has[b]], [name for name in has[b] if name not in has[a]]


def _told(attributes: Attributes, first: list[str], second: list[str]) -> Saying:
    # Drawn by the names alone: a pair of classes and the same pair swapped name the same attributes.
    rng = np.random.default_rng(np.frombuffer("/".join(sorted([*first, *second])).encode(), np.uint8))
    one, other = sorted((first, second))
    drawn = {tuple(names): _few(rng, names, attributes.most) for names in (one, other)}
    a, b = drawn[tuple(first)], drawn[tuple(second)]
    wordings = tuple((_filled(text, a, b), _filled(text, b, a)) for text in attributes.wordings)
    marks = tuple(tuple(attributes.photo.replace("{}", name) for name in names) for names in (a, b))
    return Saying(wordings, marks=(marks[0], marks[1]))


def _few(rng: np.random.Generator, names: list[str], most: int) -> list[str]:
    places = np.sort(rng.permutation(len(names))[:most])
    return [names[place] for place in places]


def _filled(text: str, first: list[str], second: list[str]) -> str:
    return text.replace("{first}", _listed(first)).replace("{second}", _listed(second))


def _listed(names: list[str]) -> str:
    """ "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


Differ = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _draw(task: Task, comparison: str, eligible: np.ndarray, differ: Differ) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of images (P, 2) and their seeds (P,): for each seed some images, all their pairs that differ, in a drawn
    order, and at most so many of them. Raises `TooFewLabelled`.
    """
    pairs, seeds = [], []
    for seed in range(task.seeds):
        rng = np.random.default_rng(seed)
        chosen = rng.permutation(eligible)[: task.images]
        first, second = np.triu_indices(len(chosen), 1)
        ends = chosen[np.column_stack([first, second])]
        ends = ends[differ(ends[:, 0], ends[:, 1])] if len(ends) else ends
        ends = rng.permutation(ends)[: task.pairs]
        turned = rng.random(len(ends)) < 0.5
        ends[turned] = ends[turned, ::-1]
        if len(ends) < 2:
            raise TooFewLabelled(
                f"For {comparison} in {task.name}, {len(eligible):,} images take part; they make {len(ends)} pairs."
            )
        pairs.append(ends)
        seeds.append(np.full(len(ends), seed))
    return np.concatenate(pairs), np.concatenate(seeds)
