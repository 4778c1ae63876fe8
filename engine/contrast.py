"""What tells one set of images from another: phrases of the bank that separate them, tested, with example images.

The sets are two folders, or images that a person chose and all others.

Each phrase scores all images; its AUROC is the chance that a random image of the first set has more of it than one of
the second. Shuffling who belongs where (the same shuffles for every phrase) tells how often chance does as well, and
the limit of Benjamini and Hochberg keeps the share of phrases that are chance below 5 %: where nothing tells the sets
apart, nothing is found. Plain functions; called by the engine process and by the command line.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.ask import Selection, Shelf
from engine.errors import FolderWithoutImages
from engine.explain import ORDERS, Usual
from engine.jobs import JobContext
from engine.pair_messages import ContrastResult, TellingPhrase
from engine.store import Library

if TYPE_CHECKING:
    from engine.clip import Clip

MOST = 1_000  # images of a set that are looked at
SHUFFLES = 9_999  # 200 phrases need p-values below .05 / 200
BLOCK = 500  # shuffles at once
FALSE_SHARE = 0.05
EXAMPLES = 6


@dataclass(frozen=True)
class Telling:
    """A phrase that tells two sets apart: the phrase's ``place`` in the bank, its AUROC and two-sided p-value.

    ``corrected``: the p-value adjusted by Benjamini and Hochberg, the smallest share of chance among the phrases kept
    at which this one is among them. ``examples_a`` and ``examples_b``: rows of the images that show it best, those of
    the set that has more of it with the most, the others with the least.
    """

    place: int
    auroc: float
    p: float
    corrected: float
    examples_a: tuple[int, ...]
    examples_b: tuple[int, ...]


def contrast_folders(
    library: Library,
    clip: Clip,
    first: bytes,
    second: bytes,
    *,
    shelf: Shelf | None = None,
    context: JobContext | None = None,
) -> ContrastResult:
    """What tells the library's images below one folder from those below another, by absolute paths.

    Of folders in one another, the images of the inner one count only there. Raises FolderWithoutImages, LibraryError,
    DeviceError, JobCancelled.
    """
    shelf = shelf or Shelf()
    selection = shelf.selection(library, clip.encoder_key)
    sides = [_below(library, selection, *folders) for folders in ((first, second), (second, first))]
    return _contrast_sides(library, clip, selection, sides, shelf, context)


def contrast_chosen(
    library: Library,
    clip: Clip,
    chosen: Collection[int],
    *,
    shelf: Shelf | None = None,
    context: JobContext | None = None,
) -> ContrastResult:
    """What tells the images of the ``chosen`` files (ids) from all others of the library.

    A picture that lies in several files is chosen as soon as one of them is. Raises as `contrast_folders` does.
    """
    shelf = shelf or Shelf()
    selection = shelf.selection(library, clip.encoder_key)
    holds = _side(selection, chosen)
    others = {row: file for row, file in _side(selection, selection.files.tolist()).items() if row not in holds}
    for side, words in ((holds, "None of the chosen images has a vector."), (others, "All images are chosen.")):
        if not side:
            raise FolderWithoutImages(words)
    return _contrast_sides(library, clip, selection, [holds, others], shelf, context)


def _contrast_sides(
    library: Library,
    clip: Clip,
    selection: Selection,
    sides: list[dict[int, int]],
    shelf: Shelf,
    context: JobContext | None,
) -> ContrastResult:
    """Contrast two sides, each rows of the table with a file."""
    matrix = selection.table.matrix
    usual = shelf.usual(library, clip, context)
    found = contrast(usual, *(matrix[list(side)] for side in sides), context=context)
    files = [list(side.values()) for side in sides]

    def named(each: Telling) -> TellingPhrase:
        toward = usual.phrases.directions[each.place]
        shown = (each.examples_a, each.examples_b)
        examples = (tuple(of[row] for row in rows) for of, rows in zip(files, shown, strict=True))
        return TellingPhrase(toward.prompt, toward.reverse, each.auroc, each.p, each.corrected, *examples)

    return ContrastResult(len(files[0]), len(files[1]), tuple(map(named, found)))


def _below(library: Library, selection: Selection, folder: bytes, other: bytes) -> dict[int, int]:
    """The images below ``folder``, and not below ``other`` inside it."""
    separator = os.fsencode(os.sep)
    prefix, inner = (path.rstrip(separator) + separator for path in (folder, other))
    wanted = {
        file.id
        for file in library.files()
        if file.path.startswith(prefix)
        and not (inner.startswith(prefix) and inner != prefix and file.path.startswith(inner))
    }
    side = _side(selection, wanted)
    if not side:
        name = folder.decode("utf-8", "replace")
        raise FolderWithoutImages(f"No image with a vector is in {name} and not in the other folder.")
    return side


def _side(selection: Selection, wanted: Collection[int]) -> dict[int, int]:
    """The images shown by the ``wanted`` files: rows of the table, each with the first of them."""
    among = set(wanted)
    side: dict[int, int] = {}
    for row, image in enumerate(selection.table.ids.tolist()):
        start = selection.first[image]
        for file in selection.files[start : start + selection.count[image]].tolist():
            if file in among:
                side.setdefault(row, file)
    return side


def contrast(usual: Usual, first: np.ndarray, second: np.ndarray, context: JobContext | None = None) -> list[Telling]:
    """What tells the images ``first`` (A, D) from ``second`` (B, D), the clearest first; [] where nothing does.

    Raises JobCancelled.
    """
    rows = [_spread_out(len(vectors)) for vectors in (first, second)]
    useful = np.flatnonzero((usual.agreement >= ORDERS) & (usual.spread > 0))
    if not len(useful) or not len(first) or not len(second):
        return []
    vectors = usual.phrases.vectors[useful].T
    scores = first[rows[0]] @ vectors, second[rows[1]] @ vectors
    found, p = permutation_test(np.concatenate(scores), len(rows[0]), context or JobContext())
    corrected = benjamini_hochberg(p)
    kept = np.flatnonzero(corrected <= FALSE_SHARE)
    return [
        _telling(int(useful[k]), (float(found[k]), float(p[k]), float(corrected[k])), [s[:, k] for s in scores], rows)
        for k in kept[np.argsort(-np.abs(found[kept] - 0.5), kind="stable")].tolist()
    ]


def permutation_test(scores: np.ndarray, first: int, context: JobContext) -> tuple[np.ndarray, np.ndarray]:
    """AUROC (M,) of ``scores`` (N, M), whose ``first`` rows are one set, and its two-sided p-value (M,).

    AUROC: the chance that one of the first rows lies above one of the others, where equal ones count half.
    """
    ranks = _ranks(scores)
    usual = first * (len(scores) + 1) / 2  # sum of the ranks of as many rows at random; all sums here are exact
    found = ranks[:first].sum(axis=0) - usual
    as_far = np.zeros(scores.shape[1])
    for members in _shuffles(len(scores), first, context):
        as_far += (np.abs(members @ ranks - usual) >= np.abs(found)).sum(axis=0)
    return 0.5 + found / (first * (len(scores) - first)), (as_far + 1) / (SHUFFLES + 1)


def _shuffles(count: int, first: int, context: JobContext) -> Iterator[np.ndarray]:
    """Who belongs to the first set, at random: blocks (up to `BLOCK`, count) of 0 and 1, `SHUFFLES` rows in all."""
    random = np.random.default_rng(0)  # the same answer to the same question
    for start in range(0, SHUFFLES, BLOCK):
        context.breathe()
        context.progress("Telling the two apart", start, SHUFFLES, "shuffles")
        drawn = random.random((min(BLOCK, SHUFFLES - start), count), np.float32)
        members = np.zeros(drawn.shape, np.float32)
        np.put_along_axis(members, np.argpartition(drawn, first - 1, axis=1)[:, :first], 1, axis=1)
        yield members


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """The p-values (M,) adjusted: of those up to a limit, no more than that share are chance; (M,)."""
    order = np.argsort(p, kind="stable")
    shares = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.minimum.accumulate(shares[::-1])[::-1], 1)
    return np.maximum(adjusted, p)  # p * M / M may be rounded below p


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Ranks from 1 within each column of (N, M), ties averaged: float32 (N, M)."""
    ranks = np.empty(scores.shape, np.float32)
    for column in range(scores.shape[1]):
        _, place, counts = np.unique(scores[:, column], return_inverse=True, return_counts=True)
        ranks[:, column] = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks


def _spread_out(count: int) -> np.ndarray:
    """Rows of a set that are looked at: all, or about `MOST` of them, evenly spread."""
    return np.arange(0, count, max(1, math.ceil(count / MOST)))


def _telling(
    place: int, figures: tuple[float, float, float], scores: list[np.ndarray], rows: list[np.ndarray]
) -> Telling:
    """``figures``: AUROC, p-value, corrected p-value; ``scores``: of the looked-at rows of either set."""
    sign = 1 if figures[0] > 0.5 else -1
    shown_a = rows[0][np.argsort(-sign * scores[0], kind="stable")[:EXAMPLES]]
    shown_b = rows[1][np.argsort(sign * scores[1], kind="stable")[:EXAMPLES]]
    return Telling(place, *figures, tuple(shown_a.tolist()), tuple(shown_b.tolist()))
