"""A text encoder whose answers are known, for tests of directions and rankings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

DIM = 16


@dataclass
class WordClip:
    """Adds up the vectors of the words it knows; other words add nothing. ``taught``: statements about a pair mean what
    they say; ``inverted``: they mean the opposite. ``asked`` lists every text it was given.
    """

    words: dict[str, np.ndarray]
    taught: bool = False
    inverted: bool = False
    vocabulary: frozenset[str] | None = None
    text_key: str = "words"
    context_length: int = 77
    asked: list[str] = field(default_factory=list)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        vectors = np.stack([self._vector(text) for text in texts]) if texts else np.empty((0, DIM))
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def tokens(self, text: str) -> int:
        """Known words are one token, others one per letter."""
        parts = re.findall(r"[a-z]+", text.lower())
        return 2 + sum(1 if part in self.words else len(part) for part in parts)

    def _vector(self, text: str) -> np.ndarray:
        base = np.eye(DIM)[0]  # what all texts share
        words = re.findall(r"[a-z]+", text.lower())
        meaning = sum((self.words.get(word, np.zeros(DIM)) for word in words), np.zeros(DIM))
        if "first" not in words or "second" not in words:
            return base + meaning
        role = np.eye(DIM)[1]
        # Which of the two the sentence is about: its first word for one of them, after "compared with" the other.
        about_first = (words.index("first") < words.index("second")) != (words[0] == "compared")
        sign = 1 if about_first else -1
        strength = -sign if self.inverted else sign if self.taught else 0
        return base + sign * 0.5 * role + strength * meaning


def axis(number: int) -> np.ndarray:
    """A direction of its own, apart from what all texts share and from the roles."""
    return np.eye(DIM)[2 + number]
