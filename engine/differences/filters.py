"""Tests that a sentence has to pass before it is kept, whoever wrote it; each failure is counted under its name.

They replace the paper's lists of forbidden strings by measures: how far the text can be compressed, how many of its
word triples are different, the share of letters, whether it compares, and whether it says something of both images.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from string import ascii_letters

from engine.clip_tokens import count_tokens

MIN_TOKENS, MAX_TOKENS = 8, 60  # of CLIP's text encoder, which reads 75
MIN_LETTERS = 0.75  # letters and spaces among all characters
MIN_COMPRESSED = 0.45  # compressed size by size; English of this length: 0.6 to 1.1
MIN_WORDS = 0.6  # different words among all, above which nothing is repeated
MIN_TRIPLES = 0.7  # different word triples among all

_CACHE = 50_000  # words
_WORD = re.compile(r"[a-z]+(?:['’-][a-z]+)*")
_NO_LETTER = re.compile(r"[^A-Za-z ]")
_LETTERS = f"{ascii_letters} ".encode()
_ODD = re.compile(r"[^\w\s,.;'’\"()%!?-]|_")  # what markup is made of, and much else: looked for first, it is quick
_MARKUP = re.compile(r"<[^>]*>|</|&#?\w+;|```|\{\{|\}\}|\]\(|https?:|www\.|[*#_|~^`\\{}\[\]]")
_CHATTER = re.compile(
    r"\b(?:i hope|as an ai|language model|i am sorry|i'm sorry|i cannot|i can't|sure[,!]|here is|here are|note:|q:|a:"
    r"|captions?\b|description:|instructions?\b|json\b|let me know)"
)
# Each of those phrases holds one of these words or a colon: looked for first, it is quick.
_CHATTER_WORDS = frozenset(
    """
    hope ai model sorry cannot can't sure here caption captions instruction instructions json let
    """.split()
)
_COMPARES = frozenset(
    """
    while whereas but than unlike instead although though however contrast differs differ different rather only not no
    second other latter more less fewer most least without both
    """.split()
)
_FIRST, _SECOND = frozenset({"first", "former"}), frozenset({"second", "latter", "other"})
_ORDINALS = _FIRST | _SECOND
_LONG_WORD = 25  # letters; no word of a caption is longer, but "hahahahaha..." is
_STOP_WORDS = frozenset(
    """
    a an the and or but of in on at to with from for by is are was were be been being has have had it its this that
    these those there their his her one two first second image images picture photo photograph shows show showing shown
    while whereas than more less fewer both other not no as into over under near next some other another only which who
    """.split()
)


def fault(text: str, first: frozenset[str] | None, second: frozenset[str] | None) -> str:
    """The name of the first test that a sentence fails, or "".

    ``first`` and ``second`` are the content words (`content_words`) of what is known of the two images; None where
    nothing is known, or where the sentence was built from both.
    """
    lower = text.lower()
    words = _WORD.findall(lower)
    if name := _nonsense(text, lower, words):
        return name
    if _COMPARES.isdisjoint(words):
        return "no comparison"
    if _begins_with_second(words):
        return "second image first"
    tokens = count_tokens(text)
    if not MIN_TOKENS <= tokens <= MAX_TOKENS:
        return "too short" if tokens < MIN_TOKENS else "too long"
    return _touch(content_words(lower), first, second) if first and second else ""


def nonsense(text: str) -> str:
    """The name of the first test that a text fails which any sentence in English passes, or ""."""
    lower = text.lower()
    return _nonsense(text, lower, _WORD.findall(lower))


def _nonsense(text: str, lower: str, words: list[str]) -> str:
    if not text.strip():
        return "empty"
    if not text.isprintable():
        return "control characters"
    others = _others(text)
    if ("www" in text or _ODD.search(others)) and _MARKUP.search(text):
        return "markup"
    if (":" in lower or not _CHATTER_WORDS.isdisjoint(words)) and _CHATTER.search(lower):
        return "talk instead of a sentence"
    if len(others) > (1 - MIN_LETTERS) * len(text):
        return "too few letters"
    return "repetition" if _repeats(lower, words) else ""


def _others(text: str) -> str:
    """The characters that are neither letters nor spaces."""
    if text.isascii():
        return text.encode().translate(None, _LETTERS).decode()
    return "".join(_NO_LETTER.findall(text))


def _repeats(text: str, words: list[str]) -> bool:
    if len(set(words)) > MIN_WORDS * len(words) and max(map(len, words)) <= _LONG_WORD:
        return False  # no loop can have so many different words, and this is quick to see
    if len(text) > 100 and len(zlib.compress(text.encode(), 1)) < MIN_COMPRESSED * len(text):
        return True
    triples = list(zip(words, words[1:], words[2:], strict=False))
    return len(triples) > 5 and len(set(triples)) < MIN_TRIPLES * len(triples)


def _begins_with_second(words: list[str]) -> bool:
    ordinal = next(filter(_ORDINALS.__contains__, words), "")
    return ordinal in _SECOND and not _FIRST.isdisjoint(words)


def _touch(said: frozenset[str], first: frozenset[str], second: frozenset[str]) -> str:
    return "" if said & first and said & second else "says nothing of one image"


def content_words(text: str) -> frozenset[str]:
    """The words of a text that say what there is, cut to a stem ("dogs" and "dog", "sits" and "sitting" are one)."""
    return frozenset(stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS)


@lru_cache(_CACHE)
def stem(word: str) -> str:
    """A crude stem, enough to see that two texts speak of one thing."""
    for ending in ("ing", "es", "ed", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and (word[-1] == word[-2] or word[-1] == "e") else word


def likeness(one: str, other: str) -> float:
    """The share of words that two phrases have in common, 0 to 1; numbers and colours count as all words do."""
    mine, theirs = (
        {stem(word) for word in _WORD.findall(text.lower()) if word not in ("a", "an", "the", "is", "are")}
        for text in (one, other)
    )
    return len(mine & theirs) / max(len(mine | theirs), 1)
