"""How often the sentences are right about pairs of images, under each rule, with standard errors.

The paper's test: a true statement T about the pair (i, j) is right when q . (u_i - u_j) > 0. The rules differ in q:

* single: f(T), the paper's
* reversed: f(T) - f(T'), T' the statement with the images swapped
* antonym: the antonym prompts of `engine.directions` for what T compares, where the phrase bank knows it
* ensemble: all that the program asks with, `engine.directions.direction`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from engine.clip import Clip
from engine.directions import direction
from engine.evaluation.statistics import bootstrap_error
from engine.phrases import PhraseBank
from engine.training.pairs import Pairs


@dataclass(frozen=True)
class Accuracy:
    """A share in 0..1, its standard error over draws of the *images* (pairs share them), and how many pairs."""

    accuracy: float
    standard_error: float
    pairs: int

    def as_json(self) -> dict[str, float]:
        """Rounded, for files and people."""
        return {key: round(value, 4) for key, value in asdict(self).items()}


class Encoder:
    """A text encoder in the middle of its training, under a name of its own (directions are cached by it)."""

    def __init__(self, clip: Clip, text_key: str) -> None:
        self.text_key = text_key
        self.context_length = clip.context_length
        self.vocabulary = clip.vocabulary
        self._clip = clip

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors (B, D)."""
        return self._clip.encode_texts(texts)

    def tokens(self, text: str) -> int:
        """Tokens with start and end."""
        return self._clip.tokens(text)


def by_statements(texts: np.ndarray, pairs: Pairs, part: int) -> dict[str, Accuracy]:
    """The rules *single* and *reversed* on one part; ``texts`` (T, D): the vectors of ``pairs.texts``."""
    rows = pairs.part(part)
    both = rows[rows[:, 3] >= 0]
    found = {"single": _accuracy(texts[rows[:, 2]], pairs, rows)}
    if len(both):
        found["reversed"] = _accuracy(texts[both[:, 2]] - texts[both[:, 3]], pairs, both)
    return found


def by_prompts(encoder: Encoder, pairs: Pairs, part: int) -> dict[str, Accuracy]:
    """The rules *antonym* and *ensemble* on one part: the pairs whose comparison the phrase bank knows."""
    bank = PhraseBank.load()
    rows = pairs.part(part)
    known = [text for text in np.unique(rows[:, 2]) if bank.find(pairs.texts[text])]
    if not known:
        return {}
    asked = {text: direction(encoder, pairs.texts[text], bank=bank) for text in known}
    rows = rows[np.isin(rows[:, 2], known)]
    antonyms = {text: (found.weights * (found.words >= 0)) @ found.members for text, found in asked.items()}
    return {
        "antonym": _accuracy(np.stack([antonyms[text] for text in rows[:, 2]]), pairs, rows),
        "ensemble": _accuracy(np.stack([asked[text].vector for text in rows[:, 2]]), pairs, rows),
    }


def kept(classes: np.ndarray, before: np.ndarray, images: np.ndarray) -> float:
    """Zero-shot kept, in 0..1: the share of the other class prompts (K, D) that the class which an image (N, D) was
    given before still beats, on average. 1: every image keeps its class.
    """
    scores = images @ classes.T  # (N, K)
    given = (images @ before.T).argmax(1)[:, None]
    beaten = scores < np.take_along_axis(scores, given, 1)
    return float(beaten.sum(1).mean() / (len(classes) - 1))


def _accuracy(asked: np.ndarray, pairs: Pairs, rows: np.ndarray) -> Accuracy:
    """The share of ``rows`` (P, 4) that their own directions (P, D) put in the right order; a tie is half right."""
    margins = ((pairs.images[rows[:, 0]] - pairs.images[rows[:, 1]]) * asked).sum(1)
    right = (margins > 0) + 0.5 * (margins == 0)
    return Accuracy(float(right.mean()), bootstrap_error(right, rows[:, :2]), len(rows))


Curve = list[dict[str, float]]


def strengths(measure: Callable[[float], Mapping[str, float]], steps: int = 10) -> Curve:
    """The validation curve along the path of weight averaging: ``measure`` at 0, 0.1 ... 1."""
    return [{"strength": step / steps, **measure(step / steps)} for step in range(steps + 1)]


def best_strength(curve: Curve, keep: float) -> float:
    """The strength with the highest accuracy (mean of the rules) among those that keep enough of zero-shot."""
    allowed = [point for point in curve if point["zero_shot_kept"] >= keep] or curve[:1]
    return max(allowed, key=lambda point: point["accuracy"])["strength"]
