"""Which words a text encoder knows: the part of the trust in a ranking that no statistic of the ranking can give.

An invented word moves an encoder as far, and as steadily from template to template, as a real one does (measured: mean
agreement of the members .93 for both), so its ranking looks trustworthy and is luck. But the word itself tells: a model
made from scratch here lists the words of its training texts (vocabulary.txt beside the weights), and for all others the
tokenizer does, since common words are one token of their own and invented ones come in pieces (97 of 100).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from engine.english import compare, positive
from engine.phrases import PhraseBank
from engine.readings import Contrast

# Say nothing about what is compared.
_FUNCTION_WORDS = frozenset(
    """
    a an the of in on at to with and or is are be it its this that which who has have than as by for from one photo
    image picture first second other looking like
    """.split()
)
_ENDINGS = re.compile(r"(ed|ing|s|es|ly|ness|able|y|ier|iest|er|est|less|like)$")


class Reader(Protocol):
    """The part of a `Clip` that is asked."""

    vocabulary: frozenset[str] | None

    def tokens(self, text: str) -> int:
        """Tokens with start and end."""
        ...


@dataclass(frozen=True)
class Knowledge:
    """``share`` in 0..1: how much of the words is known; ``doubtful``: those that are not, or not surely."""

    share: float
    doubtful: tuple[str, ...]


def knowledge(reader: Reader, text: str) -> Knowledge:
    """How far ``reader`` knows the words of a prompt.

    Without a list of what it was trained with, words outside a-z are taken as known: nothing can tell.
    """
    words = [word for word in re.findall(r"[^\W\d_]+", compare(text).words) if word not in _FUNCTION_WORDS]
    known = [_known(reader, word) for word in words]
    # No letters at all (emoji, digits): a model with a list of its words does not have them on it.
    share = sum(known) / len(known) if known else float(reader.vocabulary is None)
    return Knowledge(share, tuple(word for word, value in zip(words, known, strict=True) if value < 1))


def in_vocabulary(reader: Reader, contrasts: Sequence[Contrast]) -> list[Contrast]:
    """The contrasts made of words that the model was trained with; all of them where that is not known, or none is."""
    if (vocabulary := reader.vocabulary) is None:
        return list(contrasts)

    def understood(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(text for text in texts if vocabulary.issuperset(re.findall(r"[a-z]+", text)))

    kept = [replace(each, high=understood(each.high), low=understood(each.low)) for each in contrasts]
    return [each for each in kept if each.high and each.low] or list(contrasts)


def _known(reader: Reader, word: str) -> float:
    """1 known, 0 unknown, 1/2 for a word in two pieces: a rarer real word as often as an invented one."""
    if reader.vocabulary is not None:
        return float(word in reader.vocabulary or positive(word) in reader.vocabulary)
    if not re.fullmatch("[a-z]+", word) or word in _bank_words() or any(_whole(reader, form) for form in _forms(word)):
        return 1.0
    return 0.5 if _pieces(reader, word) == 2 else 0.0


def _whole(reader: Reader, word: str) -> bool:
    return len(word) >= 3 and _pieces(reader, word) == 1


def _pieces(reader: Reader, word: str) -> int:
    return reader.tokens(word) - 2  # without start and end


def _forms(word: str) -> set[str]:
    """The word, its plain form, and what is left without an ending: "cloudier" -> "cloudy", "wrinkled" -> "wrinkle"."""
    forms = {word, positive(word)}
    if ending := _ENDINGS.search(word):
        stem = word[: ending.start()]
        forms |= {stem, stem + "e", stem + "y", re.sub(r"(.)\1$", r"\1", stem), re.sub("i$", "y", stem)}
    return forms


@lru_cache(maxsize=1)
def _bank_words() -> frozenset[str]:
    phrases = PhraseBank.load().phrases
    texts = (text for phrase in phrases for text in (phrase.phrase, phrase.reverse, *phrase.high, *phrase.low))
    return frozenset(word for text in texts for word in re.findall(r"[a-z]+", text))
