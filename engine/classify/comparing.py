"""Comparative prompting: class vectors moved by what is said of how two classes differ.

With t the unit class vectors and T_ab a text on how class a differs from class b:

* *averaged* (Finetuning CLIP to Reason about Pairwise Differences, arXiv 2409.09721, Eq. 3): the second class of each
  comparative goes to  t'_b = norm( alpha t_b + (1-alpha) mean_a( t_a - f(T_ab) ) ), f(T) being the text as typed.
* *symmetric*: both classes go along one direction d_ab = -d_ba, t'_a towards t_a + d_ab and t'_b towards t_b - d_ab;
  where a class is in several pairs, the mean over its pairs, each pair being the mean of its comparatives, so that the
  number of sentences gives no class an advantage. d_ab is the direction of the text (`engine.directions`: both poles,
  several wordings), without what the images of the two classes share (`without_shared`): a direction that all of them
  lie along would only shift the border between the two.

A class without a comparative keeps its vector, and alpha = 1 keeps all of them, bit for bit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.classify.sets import AVERAGED, ClassSet, Comparative
from engine.directions import TextEncoder, direction
from engine.english import plain
from engine.phrases import PhraseBank


@dataclass(frozen=True)
class Said:
    """One comparative as a vector: classes ``first`` and ``second`` (places in the list), ``vector`` (D,)."""

    first: int
    second: int
    vector: np.ndarray


@dataclass(frozen=True)
class Moved:
    """Where comparatives move classes: ``places`` (K,) of the classes, the vectors ``start`` (K, D) they have, the
    ``target`` (K, D) that they go towards, not of unit length.
    """

    places: np.ndarray
    start: np.ndarray
    target: np.ndarray

    def at(self, alpha: float) -> np.ndarray:
        """The unit vectors (K, D) at ``alpha``; at 1 exactly ``start``."""
        if alpha == 1:
            return self.start
        mixed = np.float32(alpha) * self.start + np.float32(1 - alpha) * self.target
        return mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), np.float32(1e-12))


def comparative_prompting(vectors: np.ndarray, said: Sequence[Said], alpha: float, form: str = AVERAGED) -> np.ndarray:
    """The class vectors (C, D) with those moved that something is said of."""
    change = moved(vectors, said, form)
    made = vectors.copy()
    made[change.places] = change.at(alpha)
    return made


def moved(vectors: np.ndarray, said: Sequence[Said], form: str = AVERAGED) -> Moved:
    """Where the comparatives move the classes of ``vectors`` (C, D)."""
    targets = _averaged(vectors, said) if form == AVERAGED else _symmetric(vectors, said)
    places = np.array(sorted(targets), np.int64)
    target = np.array([targets[place] for place in places.tolist()], np.float32).reshape(-1, vectors.shape[1])
    return Moved(places, vectors[places], target)


def _averaged(vectors: np.ndarray, said: Sequence[Said]) -> dict[int, np.ndarray]:
    towards: dict[int, list[np.ndarray]] = {}
    for each in said:
        towards.setdefault(each.second, []).append(vectors[each.first] - each.vector)
    return {place: np.mean(found, axis=0) for place, found in towards.items()}


def _symmetric(vectors: np.ndarray, said: Sequence[Said]) -> dict[int, np.ndarray]:
    pairs: dict[tuple[int, int], list[np.ndarray]] = {}
    for each in said:
        low, high = sorted((each.first, each.second))
        pairs.setdefault((low, high), []).append(each.vector if each.first == low else -each.vector)
    steps: dict[int, list[np.ndarray]] = {}
    for (low, high), found in pairs.items():
        step = np.mean(found, axis=0)
        steps.setdefault(low, []).append(step)
        steps.setdefault(high, []).append(-step)
    return {place: vectors[place] + np.mean(found, axis=0) for place, found in steps.items()}


def compared(said: Sequence[Said]) -> set[tuple[int, int]]:
    """The pairs of classes that something is said of, the lower place first."""
    return {(min(each.first, each.second), max(each.first, each.second)) for each in said}


# ---- texts to vectors -----------------------------------------------------------------------------------


def as_typed(clip: TextEncoder, classes: ClassSet) -> list[Said]:
    """The comparatives for the averaged form: f(T), each text as it was typed."""
    texts = [each.text for each in classes.comparatives]
    return _placed(classes, clip.encode_texts(texts)) if texts else []


def as_directions(clip: TextEncoder, classes: ClassSet, bank: PhraseBank | None = None) -> list[Said]:
    """The comparatives for the symmetric form: unit directions, to be taken `without_shared`.

    Raises PromptEmpty, PromptTooLong.
    """
    made = [direction(clip, phrase_of(each), bank=bank).vector for each in classes.comparatives]
    return _placed(classes, np.array(made, np.float32))


def phrase_of(said: Comparative) -> str:
    """The comparison in a text that may name the classes: "a dog is fluffier than a wolf" is read as "the first is
    fluffier than the second".
    """
    text = plain(said.text)
    for name, which in sorted(((said.first, "first"), (said.second, "second")), key=lambda pair: -len(pair[0])):
        text = re.sub(rf"\b(?:(?:the|an?|most|these) )?{re.escape(plain(name))}(?:e?s)?\b", f"the {which}", text)
    text = re.sub(r"\b(?:images?|photos?|pictures?|photographs?) of (?=the (?:first|second)\b)", "", text)
    return re.sub(r"\b(the (?:first|second)) (are|have|look|seem|appear|show)\b", _singular, text)


def _singular(found: re.Match[str]) -> str:
    forms = {"are": "is", "have": "has"}
    return f"{found[1]} {forms.get(found[2], found[2] + 's')}"


def without_shared(said: Sequence[Said], centres: dict[int, np.ndarray]) -> list[Said]:
    """The directions without what the two classes' images share, unit again: d - (d.m) m, where m is the unit vector
    midway between the two ``centres`` (mean image vectors (D,) of classes; a class without images has none).
    """
    return [Said(each.first, each.second, _apart(each, centres)) for each in said]


def _apart(said: Said, centres: dict[int, np.ndarray]) -> np.ndarray:
    known = [centres[place] for place in (said.first, said.second) if place in centres]
    if not known:
        return said.vector
    middle = np.mean(known, axis=0)
    middle = middle / max(float(np.linalg.norm(middle)), 1e-12)
    new = said.vector - (said.vector @ middle) * middle
    length = float(np.linalg.norm(new))
    return (new / length if length > 1e-6 else np.zeros_like(new)).astype(np.float32)


def _placed(classes: ClassSet, vectors: np.ndarray) -> list[Said]:
    place = {name: number for number, name in enumerate(classes.names)}
    return [
        Said(place[each.first], place[each.second], vector)
        for each, vector in zip(classes.comparatives, vectors, strict=True)
    ]
