"""Two pictures compared: which of them has more of what was asked, and what else tells them apart.

`verdicts` answers prompts by the very scores that a ranking sorts by, so that the two never contradict each other.
`explain` goes through the phrase bank and the sentences of the library's own differences: the difference of the two
scores by each is held against the differences of random pairs of the library, so that phrases by which any two images
differ do not win. Only subtractions decide, so
swapping the pictures negates every score bit for bit.

Plain functions; called by the engine process and by the command line.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine import settings
from engine.ask import Shelf
from engine.pair_messages import Difference, Verdict
from engine.phrase_directions import PhraseDirections
from engine.ranking import ONE_WORD, SEVERAL_WORDS, agree, score, verdict

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.directions import Direction
    from engine.jobs import JobContext
    from engine.store import Library
    from engine.store.matrix import VectorTable

SAMPLE = 2_000  # images that a spread is measured on: to 2 %
FEW = 500  # of them that the agreement of every phrase is measured on
LEAST = 8  # images from which the library says what is usual
# Of a random pair's difference. 300 photographs, a small CLIP, the phrase of 200 that strays most: a picture against
# itself shifted by one pixel reaches .44, saved again as a poor JPEG .99, two different pictures 2.8.
NOISE = 1.0
RELATED = 0.6  # correlation, over the library, of phrases that say the same
MOST_TRUSTED = 0.8  # however well the wordings agree with each other, people agree less with them
ORDERS = SEVERAL_WORDS[-1][0]  # agreement below which a phrase does not order these images


@dataclass(frozen=True)
class Usual:
    """What is usual among some images, by each of M phrases: ``spread`` (M,) is the standard deviation of the
    difference of two random ones, ``agreement`` (M,) how well the phrase orders them, ``related`` (M, M) the
    correlations between the phrases' scores.
    """

    phrases: PhraseDirections
    spread: np.ndarray
    agreement: np.ndarray
    related: np.ndarray


def verdicts(
    library: Library,
    clip: Clip,
    first: bytes,
    second: bytes,
    prompts: Sequence[tuple[str, str]],
    shelf: Shelf | None = None,
) -> list[Verdict]:
    """A verdict on two image files for each (prompt, reverse); an empty reverse is found by the program.

    Raises ImageError, PromptError, LibraryError, DeviceError.
    """
    shelf = shelf or Shelf()
    asked = [shelf.direction(clip, prompt, reverse) for prompt, reverse in prompts]
    pair = np.stack([shelf.reference(library, clip, path=path).vector for path in (first, second)])
    matrix = background(shelf.selection(library, clip.encoder_key).table, clip)
    return [judge(toward, shelf.direction(clip, toward.reverse), pair, matrix) for toward in asked]


def standings(
    library: Library, clip: Clip, paths: Sequence[bytes], prompts: Sequence[tuple[str, str]], shelf: Shelf | None = None
) -> list[tuple[float, ...]]:
    """For each (prompt, reverse), where every image file stands: the share 0..1 of the library that has less of it.

    Raises what `verdicts` raises.
    """
    shelf = shelf or Shelf()
    asked = [shelf.direction(clip, prompt, reverse) for prompt, reverse in prompts]
    pictures = np.stack([shelf.reference(library, clip, path=path).vector for path in paths])
    matrix = background(shelf.selection(library, clip.encoder_key).table, clip)
    return [_stands(score(pictures, toward.vector), score(matrix, toward.vector)) for toward in asked]


def _stands(scores: np.ndarray, usual: np.ndarray) -> tuple[float, ...]:
    """The share of the ``usual`` scores (N,) below each of ``scores`` (K,), equal ones counted half."""
    ordered = np.sort(usual)
    below = np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")
    return tuple((below / (2 * len(ordered))).tolist())


def explain(
    library: Library,
    clip: Clip,
    first: bytes,
    second: bytes,
    *,
    top: int = 8,
    shelf: Shelf | None = None,
    context: JobContext | None = None,
) -> list[Difference]:
    """What tells two image files apart, the most unusual difference first; nothing where nothing does.

    By phrases of the bank, and by sentences of the library's own differences (`engine.said`). Raises ImageError,
    LibraryError, DeviceError, JobCancelled.
    """
    shelf = shelf or Shelf()
    a, b = (shelf.reference(library, clip, path=path).vector for path in (first, second))
    found = differences(shelf.usual(library, clip, context), a, b, top)
    said = shelf.said(library, clip, context)
    if said is not None:
        found += [replace(each, said=True) for each in differences(said, a, b, top)]
    return sorted(found, key=lambda each: -abs(each.z))[:top]


def samples_stand_in(library: Library, clip: Clip, shelf: Shelf) -> bool:
    """Whether the library has too few images to say what is usual, and the sample pictures do in its place."""
    return len(shelf.selection(library, clip.encoder_key).table.ids) < LEAST


# ---- verdicts -------------------------------------------------------------------------------------------


def judge(toward: Direction, back: Direction, pair: np.ndarray, matrix: np.ndarray) -> Verdict:
    """The verdict on ``pair`` (2, D) by the direction of a prompt; ``back`` is that of its reverse.

    ``matrix`` (N, D) are the images that say what is usual.
    """
    apart = _apart(toward.vector, pair)
    spread = math.sqrt(2) * float(np.std(score(matrix, toward.vector)))
    agreement = agree(matrix, toward)
    several = len(np.unique(toward.words)) > 1
    trusted = min(max(agreement or 0.0, 0.0) * (1.0 if several else 0.5), MOST_TRUSTED)
    return Verdict(
        prompt=toward.prompt,
        reverse=toward.reverse,
        score=apart,
        winner="a" if apart > 0 else "b" if apart < 0 else "tie",
        probability=probability(abs(apart) / spread if spread > 0 else 0.0, trusted),
        reverse_disagrees=bool(np.sign(_apart(back.vector, pair)) == -np.sign(apart)),
        agreement=agreement,
        trust=verdict(agreement, SEVERAL_WORDS if several else ONE_WORD),
    )


def _apart(vector: np.ndarray, pair: np.ndarray) -> float:
    first, second = score(pair, vector)
    return float(first - second)


def probability(z: float, trusted: float) -> float:
    """That a difference measured as ``z`` standard deviations is one, where measured and true differences correlate by
    ``trusted`` in 0..1 (both normal): Phi(t z / sqrt(1 - t^2)).

    The agreement of the members stands in for that correlation; where all are made of one word, half of it (see
    `engine.ranking.ONE_WORD`).
    """
    return 0.5 + 0.5 * math.erf(trusted * z / math.sqrt(2 * (1 - trusted**2)))


# ---- differences ----------------------------------------------------------------------------------------


def usual_in(phrases: PhraseDirections, matrix: np.ndarray) -> Usual:
    """What is usual among the images ``matrix`` (N, D), by each phrase."""
    scores = matrix @ phrases.vectors.T  # (N, M)
    spread = scores.std(axis=0)
    standard = np.divide(scores - scores.mean(axis=0), spread, out=np.zeros_like(scores), where=spread > 0)
    some = matrix[:: max(1, len(matrix) // FEW)]
    agreement = np.array([agree(some, each) or 0.0 for each in phrases.directions])
    return Usual(phrases, np.sqrt(2, dtype=np.float32) * spread, agreement, standard.T @ standard / len(matrix))


def differences(usual: Usual, first: np.ndarray, second: np.ndarray, top: int = 8) -> list[Difference]:
    """The phrases that tell two vectors (D,) apart, see `explain`; of phrases that say the same, the strongest.

    A step between pictures is told from none: ``second`` is then 0.
    """
    apart = score(usual.phrases.vectors, first) - score(usual.phrases.vectors, second)
    z = np.divide(apart, usual.spread, out=np.zeros_like(apart), where=usual.spread > 0)
    z[usual.agreement < ORDERS] = 0
    chosen: list[int] = []
    for place in np.argsort(-np.abs(z), kind="stable").tolist():
        if len(chosen) == top or abs(z[place]) < NOISE:
            break
        if not chosen or np.abs(usual.related[place, chosen]).max() < RELATED:
            chosen.append(place)
    named = usual.phrases.directions
    return [Difference(named[place].prompt, named[place].reverse, float(z[place])) for place in chosen]


def background(table: VectorTable, clip: Clip) -> np.ndarray:
    """Vectors (N, D) of the images that say what is usual: a sample of the library's, else the sample pictures'."""
    if len(table.ids) < LEAST:
        return _sample_pictures(clip)
    return table.matrix[:: max(1, len(table.ids) // SAMPLE)][:SAMPLE]


_pictures: dict[str, np.ndarray] = {}  # by encoder_key


def _sample_pictures(clip: Clip) -> np.ndarray:
    import torch

    from engine.pictures import read_picture

    if clip.encoder_key not in _pictures:
        files = sorted((settings.resources_dir() / "samples").glob("*.webp"))[::3]
        inputs = [clip.preprocess(read_picture(os.fsencode(f), target=clip.image_size).image) for f in files]
        _pictures[clip.encoder_key] = clip.encode_images(torch.stack(inputs))
    return _pictures[clip.encoder_key]
