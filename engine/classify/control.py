"""The random-text control: the same change, made with words that have nothing to do with the classes.

Any text moves a class vector, and some of any ten random texts raise an accuracy by a little
(https://arxiv.org/abs/2412.11917). What is said of two classes is knowledge only as far as it does better than these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.classify.comparing import Said
from engine.classify.sets import AVERAGED, ClassSet
from engine.directions import TextEncoder
from engine.phrases import PhraseBank
from engine.readings import PHOTO, fill

DRAWS = 20
MOST_WORDS = 30  # of a text


@dataclass(frozen=True)
class Control:
    """What random texts gained: the accuracy's change in each of the draws, sorted.

    ``as_good``: how many of them gained at least as much as the comparatives did.
    """

    gains: tuple[float, ...]
    as_good: int

    @property
    def mean(self) -> float:
        """What random texts gain on average."""
        return float(np.mean(self.gains)) if self.gains else 0.0

    @property
    def chance(self) -> float:
        """How probable it is that random texts gain as much: (as good + 1) / (draws + 1)."""
        return (self.as_good + 1) / (len(self.gains) + 1)


def random_texts(clip: TextEncoder, classes: ClassSet, said: Sequence[Said], draws: int = DRAWS) -> list[list[Said]]:
    """``draws`` versions of the comparatives ``said``, of random words of the phrase bank; the same on every call.

    Averaged form: as many random words as the text has. Symmetric: the direction from one random word to another.
    """
    random = np.random.default_rng(0)
    words = _words(classes)
    if classes.form == AVERAGED:
        lengths = [min(MOST_WORDS, len(each.text.split())) for each in classes.comparatives]
        texts = [" ".join(random.choice(words, length)) for _ in range(draws) for length in lengths]
        vectors = clip.encode_texts(texts)
    else:
        pairs = [random.choice(words, 2, replace=False) for _ in range(draws * len(said))]
        texts = [fill(template, word) for pair in pairs for word in pair for template in PHOTO]
        poles = clip.encode_texts(texts).reshape(len(pairs), 2, len(PHOTO), -1).mean(axis=2)
        vectors = poles[:, 0] - poles[:, 1]
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
    rows = vectors.reshape(draws, len(said), -1)
    return [[replace(each, vector=row) for each, row in zip(said, draw, strict=True)] for draw in rows]


def _words(classes: ClassSet) -> list[str]:
    """Words of the phrase bank that no comparative and no class uses."""
    used = {word for text in (*classes.names, *(c.text for c in classes.comparatives)) for word in _parts(text)}
    all_words = {word for phrase in PhraseBank.load().phrases for word in (*phrase.high, *phrase.low)}
    return sorted(word for word in all_words if not set(_parts(word)) & used)


def _parts(text: str) -> list[str]:
    return text.casefold().split()
