"""Comparatives proposed: which pairs of classes need one, and which phrases say how the two differ. No labels are used.

Pairs are those that are mistaken for each other most, by expectation. The two groups of a pair are the images that
zero-shot takes for the one and for the other; phrases of the bank that separate the groups better than chance
(`engine.contrast`) are proposed, if the text encoder says the same of the two classes' names as of their images.
A language model can be asked as well: it knows the classes by their names only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, Field

from engine.classify.prompts import class_vectors
from engine.classify.scoring import Scored, zero_shot
from engine.classify.sets import LONGEST, ClassSet, Comparative, without_contradictions
from engine.contrast import Telling, contrast
from engine.explain import RELATED, Usual
from engine.jobs import JobContext, run_async

if TYPE_CHECKING:
    from engine.classify.classifying import Pictures
    from engine.clip import Clip
    from engine.local_llm import LocalModel

PHRASES = 3  # proposed for a pair
LEAST = 5  # images that a group needs
SYSTEM = (
    "You help to tell photographs of two kinds apart. Answer with short comparative phrases about what can be seen, "
    "such as: longer ears, rounder, more metallic. Each has to be true of the first kind compared with the second. "
    "Do not name the kinds."
)


def draft(
    usual: Usual,
    matrix: np.ndarray,
    found: Scored,
    vectors: np.ndarray,
    names: Sequence[str],
    pair: tuple[int, int],
    *,
    context: JobContext | None = None,
) -> list[Comparative]:
    """How the first class of the pair differs from the second, in up to `PHRASES` phrases of the bank; often none.

    ``matrix`` (N, D) are the images, ``found`` what zero-shot takes them for, ``vectors`` (C, D) the classes,
    ``usual`` what is usual among the images. Raises JobCancelled.
    """
    groups = [matrix[found.label == place] for place in pair]
    if min(map(len, groups)) < LEAST:
        return []
    telling = contrast(usual, *groups, context=context)
    apart = usual.phrases.vectors @ (vectors[pair[0]] - vectors[pair[1]])
    agreed = [each for each in telling if (each.auroc > 0.5) == (apart[each.place] > 0)]
    return [_said(usual, each, names[pair[0]], names[pair[1]]) for each in _different(usual, agreed)]


def draft_pairs(
    usual: Usual,
    pictures: Pictures,
    clip: Clip,
    classes: ClassSet,
    most: int,
    *,
    context: JobContext | None = None,
) -> list[Comparative]:
    """Comparatives for the ``most`` pairs of classes that are mistaken for each other most and have none yet.

    Raises ClassesUnfit, DeviceError, JobCancelled.
    """
    vectors = class_vectors(clip, classes, context)
    found = zero_shot(pictures.matrix, vectors, clip.logit_scale, context=context)
    drafted: list[Comparative] = []
    for pair in _open(found, classes, most):
        drafted += draft(usual, pictures.matrix, found, vectors, classes.names, pair, context=context)
    return drafted


def open_pairs(
    pictures: Pictures, clip: Clip, classes: ClassSet, most: int, context: JobContext | None = None
) -> list[tuple[int, int]]:
    """The ``most`` pairs of classes that are mistaken for each other most and have no comparative yet."""
    vectors = class_vectors(clip, classes, context)
    return _open(zero_shot(pictures.matrix, vectors, clip.logit_scale, context=context), classes, most)


def _open(found: Scored, classes: ClassSet, most: int) -> list[tuple[int, int]]:
    said = {frozenset((each.first, each.second)) for each in classes.comparatives}
    pairs = found.likeliest_pairs(most + len(said))
    return [pair for pair in pairs if _named(classes, pair) not in said][:most]


def _named(classes: ClassSet, pair: tuple[int, int]) -> frozenset[str]:
    return frozenset(classes.names[place] for place in pair)


def _different(usual: Usual, telling: Sequence[Telling]) -> list[Telling]:
    """The clearest phrases that do not say the same."""
    chosen: list[Telling] = []
    for each in telling:
        if all(abs(usual.related[each.place, other.place]) < RELATED for other in chosen):
            chosen.append(each)
        if len(chosen) == PHRASES:
            break
    return chosen


def _said(usual: Usual, telling: Telling, first: str, second: str) -> Comparative:
    toward = usual.phrases.directions[telling.place]
    return Comparative(first, second, toward.prompt if telling.auroc > 0.5 else toward.reverse)


# ---- by a language model --------------------------------------------------------------------------------


class Answer(BaseModel):
    """What the model is asked for."""

    phrases: list[str] = Field(min_length=1, max_length=6)


def ask_for(model: LocalModel, first: str, second: str, context: JobContext | None = None) -> list[Comparative]:
    """How the first class differs from the second, as a language model says, up to `PHRASES`; often none of use.

    Raises LanguageModelError, JobCancelled.
    """

    async def asked() -> Answer:
        async with model:
            question = f"First kind: {first}\nSecond kind: {second}\nHow does the first look, compared with the second?"
            return await model.ask(SYSTEM, question, Answer, answer_tokens=200)

    answer = run_async(context or JobContext(), asked())
    texts = dict.fromkeys(" ".join(text.split()).strip(" .") for text in answer.phrases)
    said = [Comparative(first, second, text) for text in texts if text and len(text) <= LONGEST]
    return without_contradictions(said)[:PHRASES]
