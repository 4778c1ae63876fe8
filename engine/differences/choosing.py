"""Which images a run compares, as people say it: at random, near ones, far apart along a comparison, across folders.

Asked by `pairlens differences write` and by the engine. What a choice needs beyond the library (a model, the name of
an image encoder) is fetched only where it is needed, because a model takes seconds to load.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.differences.pairs import Pair, across_pairs, along_pairs, near_pairs, random_pairs
from engine.errors import CaptionsMissing, OneFolder
from engine.store import Library, texts

if TYPE_CHECKING:
    from engine.clip import Clip

CHOICES = ("random", "near", "along", "folders")


@dataclass(frozen=True)
class Choice:
    """``how``: one of `CHOICES`; ``prompt``: the comparison of "along"; ``captioned``: of images with a caption only.

    Another ``seed`` gives other pairs; the same gives the same, which makes a run resumable.
    """

    how: str = "random"
    prompt: str = ""
    seed: int = 0
    captioned: bool = True


def chosen_pairs(
    library: Library,
    choice: Choice,
    encoder_key: Callable[[], str],
    model: Callable[[], Clip],
    between: Callable[[], object] = lambda: None,
) -> Iterator[Pair]:
    """The pairs, in the order to write about them; ``between`` is called now and then while they are looked for.

    Raises CaptionsMissing where fewer than two images can be compared, OneFolder, and what loading a model and
    ranking raise.
    """
    images = _images(library, captioned=choice.captioned)
    match choice.how:
        case "random":
            return random_pairs(images, choice.seed)
        case "folders":
            paths = library.paths_of_images()
            folders = {image: os.path.dirname(paths[image]) for image in images}
            if len(set(folders.values())) < 2:
                raise OneFolder("All images that can be compared lie in one folder.")
            return across_pairs(images, folders, choice.seed)
        case "near":
            ids, vectors = library.vectors(encoder_key())
            chosen = np.isin(ids, images)
            return near_pairs(ids[chosen].tolist(), vectors[chosen].astype(np.float32), choice.seed, between)
        case "along":
            return _along(library, images, choice, model())
    raise ValueError(f"{choice.how!r} is none of {', '.join(CHOICES)}")


def _images(library: Library, *, captioned: bool) -> list[int]:
    shown = dict.fromkeys(library.files_of_images()[1].tolist())
    images = texts.captioned_images(library) if captioned else list(shown)
    if len(images) < 2:
        has = "captions" if captioned else "been read"
        raise CaptionsMissing(f"Only {len(images)} of {len(shown):,} images have {has}; a pair needs two.")
    return images


def _along(library: Library, images: list[int], choice: Choice, clip: Clip) -> Iterator[Pair]:
    from engine.ask import rank_library

    answer = rank_library(library, clip, choice.prompt)
    image_of = dict(zip(*(column.tolist() for column in library.files_of_images()), strict=True))
    scores = {image_of[file]: score for file, score in zip(answer.files.tolist(), answer.scores.tolist(), strict=True)}
    ranked = [image for image in images if image in scores]
    return along_pairs(ranked, [scores[image] for image in ranked], choice.seed)
