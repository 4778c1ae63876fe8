"""Prompts about one picture that finetuning is to leave in place, and by which zero-shot is watched.

Chosen when a run is planned, from words that the text encoder knows, and kept in the run's plan.
"""

from __future__ import annotations

import re

from engine.phrases import PhraseBank
from engine.readings import fill

# Everyday things: classes for a zero-shot that needs no labels (does each image keep its class?).
NOUNS = (
    "dog", "cat", "bird", "horse", "cow", "sheep", "fish", "butterfly", "flower", "tree", "forest", "mountain", "beach",
    "river", "lake", "desert", "street", "city", "house", "church", "bridge", "car", "bus", "train", "bicycle", "boat",
    "plane", "man", "woman", "child", "crowd", "face", "hand", "kitchen", "bedroom", "office", "book", "chair", "table",
    "bottle", "cup", "cake", "fruit", "bread", "pizza", "guitar", "phone", "computer", "clock", "ball", "shoe", "dress",
    "hat", "toy", "painting", "statue", "sign", "field", "garden", "market", "shop",
)  # fmt: skip
FEWEST = 8  # classes


def class_prompts(vocabulary: frozenset[str] | None) -> list[str]:
    """One prompt a class: everyday things, or looks where the encoder knows few things (the starter model)."""
    nouns = [noun for noun in NOUNS if vocabulary is None or noun in vocabulary]
    if len(nouns) >= FEWEST:
        return [f"a photo of a{'n' if noun[0] in 'aeiou' else ''} {noun}" for noun in nouns]
    return _looks(vocabulary)


def anchor_prompts(vocabulary: frozenset[str] | None) -> list[str]:
    """The class prompts, and the antonym prompts that comparisons are asked with."""
    return list(dict.fromkeys([*class_prompts(vocabulary), *_looks(vocabulary)]))


def _looks(vocabulary: frozenset[str] | None) -> list[str]:
    """ "a bright photo", "a dark photo" and so on for every pole of the phrase bank that is one known word."""
    words = [pole for phrase in PhraseBank.load().phrases for pole in (*phrase.high, *phrase.low)]
    known = [word for word in words if re.fullmatch(r"[a-z]+", word) and (vocabulary is None or word in vocabulary)]
    return [fill("a {} photo", word) for word in dict.fromkeys(known)]
