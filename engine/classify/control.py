"""The random-text control: the same change, made with words that have nothing to do with the classes.

Any text moves a class vector, and some of any ten random texts raise an accuracy by a little
(https://arxiv.org/abs/2412.11917). What is said of two classes is knowledge only as far as it does better than these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.classify.comparing import Said
from engine.classify.sets import AVERAGED, ClassSet
from engine.directions import TextEncoder
from engine.phrases import PhraseBank
from engine.readings import PHOTO, fill

DRAWS = 20
POOL = 48  # random texts that the draws are made of: encoded once, kept
MOST_WORDS = 30  # of a text

_known: dict[tuple[str, str], np.ndarray] = {}  # unit vectors (D,) by text_key and text


def random_texts(clip: TextEncoder, classes: ClassSet, said: Sequence[Said], draws: int = DRAWS) -> list[list[Said]]:
    """``draws`` versions of the comparatives ``said``, of random words of the phrase bank; the same on every call.

    Averaged form: as many random words as the text has. Symmetric: the direction from one random word to another.
    """
    random = np.random.default_rng(0)
    words = _words(classes)[:POOL]
    if classes.form == AVERAGED:
        lengths = [min(MOST_WORDS, len(each.text.split())) for each in classes.comparatives]
        pools = {length: _vectors(clip, _sentences(words, length)) for length in set(lengths)}
        rows = [[pools[length][random.integers(POOL)] for length in lengths] for _ in range(draws)]
    else:
        poles = np.mean([_vectors(clip, [fill(template, word) for word in words]) for template in PHOTO], axis=0)
        rows = [[_toward(poles, *random.choice(len(words), 2, replace=False)) for _ in said] for _ in range(draws)]
    return [[replace(each, vector=row) for each, row in zip(said, draw, strict=True)] for draw in rows]


def _sentences(words: Sequence[str], length: int) -> list[str]:
    random = np.random.default_rng(length)
    return [" ".join(random.choice(words, length)) for _ in range(POOL)]


def _toward(poles: np.ndarray, high: int, low: int) -> np.ndarray:
    step = poles[high] - poles[low]
    return step / max(float(np.linalg.norm(step)), 1e-12)


def _vectors(clip: TextEncoder, texts: Sequence[str]) -> np.ndarray:
    """Unit vectors (T, D); texts met before are not encoded again."""
    new = [text for text in dict.fromkeys(texts) if (clip.text_key, text) not in _known]
    for text, vector in zip(new, clip.encode_texts(new), strict=True):
        _known[clip.text_key, text] = vector
    return np.stack([_known[clip.text_key, text] for text in texts])


def _words(classes: ClassSet) -> list[str]:
    """Words of the phrase bank that no comparative and no class uses, in a random order that is always the same."""
    used = {word for text in (*classes.names, *(c.text for c in classes.comparatives)) for word in _parts(text)}
    every = sorted({word for phrase in PhraseBank.load().phrases for word in (*phrase.high, *phrase.low)})
    shuffled = np.random.default_rng(0).permutation(len(every)).tolist()
    return [every[place] for place in shuffled if not set(_parts(every[place])) & used]


def _parts(text: str) -> list[str]:
    return text.casefold().split()
