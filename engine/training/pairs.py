"""Difference sentences and the vectors of their images, checked, split by image and frozen into a run's folder.

The sentences come from `engine.training.sources`. Made once, when a run is planned; the run itself never opens the
library, so that what happens to it meanwhile cannot change a result.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.english import swapped
from engine.store import Library
from engine.training.errors import RunDamaged, TooFewPairs

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.training.recipes import Recipe

TRAINING, VALIDATION, HELD_OUT = range(3)
PART_NAMES = ("training", "validation", "held out")
FEWEST = (16, 4, 4)  # pairs that each part needs
NEAREST = 1e-3  # images whose vectors lie closer are one image to the model
DATA = "data.npz"


@dataclass(frozen=True)
class Sentence:
    """What tells the image ``first`` from ``second`` (image ids); ``reverse`` says it of the pair swapped, or ""."""

    first: int
    second: int
    text: str
    reverse: str


@dataclass(frozen=True)
class Pairs:
    """``texts``: every distinct sentence. ``images`` (N, D) float32: unit vectors. ``rows`` (P, 4) int64: first, second
    (into ``images``), text, reverse (into ``texts``; -1 = none). ``parts`` (P,) int64: where each pair belongs; no two
    parts share an image.
    """

    texts: tuple[str, ...]
    images: np.ndarray
    rows: np.ndarray
    parts: np.ndarray

    def part(self, part: int) -> np.ndarray:
        """The rows of one part (p, 4)."""
        return self.rows[self.parts == part]

    def texts_of(self, part: int) -> np.ndarray:
        """The numbers of the texts of one part, reverses too (t,)."""
        numbers = np.unique(self.part(part)[:, 2:])
        return numbers[numbers >= 0]

    def images_of(self, part: int) -> np.ndarray:
        """The vectors of the images of one part (n, D)."""
        return self.images[np.unique(self.part(part)[:, :2])]

    def digest(self) -> str:
        """32 hexadecimal digits that name these data."""
        digest = hashlib.blake2b(json.dumps(self.texts).encode(), digest_size=16)
        for array in (self.images, self.rows, self.parts):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def save(self, folder: Path) -> None:
        """Write into a folder that is being made."""
        np.savez(folder / DATA, texts=np.array(self.texts), images=self.images, rows=self.rows, parts=self.parts)

    @classmethod
    def load(cls, folder: Path) -> Pairs:
        """Read what `save` wrote. Raises `RunDamaged`."""
        try:
            with (folder / DATA).open("rb") as stream, np.load(stream, allow_pickle=False) as found:
                return cls(tuple(found["texts"].tolist()), found["images"], found["rows"], found["parts"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise RunDamaged(f"The data of the run {folder.name} cannot be read.", details=str(error)) from error


# ---- to data --------------------------------------------------------------------------------------------


def build(sentences: Iterable[Sentence], library: Library, clip: Clip, recipe: Recipe, refused: Counter[str]) -> Pairs:
    """Check the sentences, number texts and images, split by image. What is left out is counted in ``refused``.

    Raises `TooFewPairs`.
    """
    ids, vectors = library.vectors(clip.encoder_key)
    place = {int(image): row for row, image in enumerate(ids)}
    vectors = vectors.astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) if len(vectors) else 1
    lengths: dict[str, int] = {}
    numbers: dict[str, int] = {}
    rows = []
    for sentence in sentences:
        text, reverse = sentence.text.strip(), sentence.reverse.strip() or swapped(sentence.text.strip())
        for words in (text, reverse):
            lengths.setdefault(words, clip.tokens(words))
        ends = [place.get(image, -1) for image in (sentence.first, sentence.second)]
        if reason := _unfit(text, lengths[text], clip.context_length, ends, vectors):
            refused[reason] += 1
            continue
        said = [numbers.setdefault(text, len(numbers)), -1]
        if reverse and lengths[reverse] <= clip.context_length:
            said[1] = numbers.setdefault(reverse, len(numbers))
        rows.append([*ends, *said])
    return _split(tuple(numbers), vectors, np.array(rows, np.int64).reshape(-1, 4), recipe, refused)


def _unfit(text: str, length: int, longest: int, ends: list[int], vectors: np.ndarray) -> str:
    """Why a pair cannot be learned from, "" when it can."""
    if not text:
        return "an empty sentence"
    if length > longest:
        return f"a sentence of more than {longest} tokens"
    if min(ends) < 0:
        return "an image without a vector under this model"
    if np.linalg.norm(vectors[ends[0]] - vectors[ends[1]]) < NEAREST:
        return "two images that are one to the model"
    return ""


def _split(
    texts: tuple[str, ...], vectors: np.ndarray, rows: np.ndarray, recipe: Recipe, refused: Counter[str]
) -> Pairs:
    used = np.unique(rows[:, :2])
    order = np.random.default_rng(recipe.seed).permutation(len(used))
    shares = np.array([recipe.validation, recipe.held_out])
    ends = np.round(np.cumsum(shares) * len(used)).astype(int)
    part_of = np.zeros(len(used), np.int64)
    part_of[order[: ends[0]]] = VALIDATION
    part_of[order[ends[0] : ends[1]]] = HELD_OUT
    rows = np.column_stack([np.searchsorted(used, rows[:, :2]), rows[:, 2:]])
    first, second = part_of[rows[:, 0]], part_of[rows[:, 1]]
    whole = first == second
    refused["the two images lie in different parts of the split"] += int((~whole).sum())
    pairs = Pairs(texts, vectors[used], rows[whole], first[whole])
    _check(pairs, len(rows), +refused)
    return pairs


def _check(pairs: Pairs, given: int, refused: Counter[str]) -> None:
    """Raise `TooFewPairs` where the parts do not suffice."""
    if not given and not refused:
        raise TooFewPairs("There are no differences to learn from, of those that were chosen.")
    counts = [len(pairs.part(part)) for part in range(3)]
    why = "; ".join(f"{count:,} left out: {reason}" for reason, count in refused.most_common())
    why = f" ({why})" if why else ""
    for name, count, fewest in zip(PART_NAMES, counts, FEWEST, strict=True):
        if count < fewest:
            raise TooFewPairs(f"Of {given:,} pairs, {count:,} are {name}; {fewest} are needed{why}.")
    if len(np.unique(pairs.part(TRAINING)[:, 2])) < 2:
        raise TooFewPairs("All pairs say the same; there is nothing to tell apart.")
