"""Tests that a sentence has to pass before it is kept, whoever wrote it; each failure is counted under its name.

They replace the paper's lists of forbidden strings by measures: how far the text can be compressed, how many of its
word triples are different, the share of letters, whether it compares, and whether it says something of both images.
"""

from __future__ import annotations

import re
import zlib

from engine.clip_tokens import count_tokens

MIN_TOKENS, MAX_TOKENS = 8, 60  # of CLIP's text encoder, which reads 75
MIN_LETTERS = 0.75  # letters and spaces among all characters
MIN_COMPRESSED = 0.45  # compressed size by size; English of this length: 0.6 to 1.1
MIN_TRIPLES = 0.7  # different word triples among all

_WORD = re.compile(r"[a-z]+(?:['’-][a-z]+)*")
_NO_LETTER = re.compile(r"[^A-Za-z ]")
_ODD = re.compile(r"[^\w\s,.;'’\"()%!?-]|_|www")  # what markup is made of, and much else: looked for first, it is quick
_MARKUP = re.compile(r"<[^>]*>|</|&#?\w+;|```|\{\{|\}\}|\]\(|https?:|www\.|[*#_|~^`\\{}\[\]]")
_CHATTER = re.compile(
    r"\b(?:i hope|as an ai|language model|i am sorry|i'm sorry|i cannot|i can't|sure[,!]|here is|here are|note:|q:|a:"
    r"|captions?\b|description:|instructions?\b|json\b|let me know)"
)
_COMPARES = re.compile(
    r"\b(?:while|whereas|but|than|unlike|instead|although|though|however|contrast|differs?|different|rather|only|not|no"
    r"|second|other|latter|more|less|fewer|most|least|without|both)\b"
)
_FIRST = re.compile(r"\b(?:first|former)\b")
_SECOND = re.compile(r"\b(?:second|latter|other)\b")
_STOP_WORDS = frozenset(
    """
    a an the and or but of in on at to with from for by is are was were be been being has have had it its this that
    these those there their his her one two first second image images picture photo photograph shows show showing shown
    while whereas than more less fewer both other not no as into over under near next some other another only which who
    """.split()  # noqa: SIM905
)


def fault(text: str, first: frozenset[str] | None, second: frozenset[str] | None) -> str:
    """The name of the first test that a sentence fails, or "".

    ``first`` and ``second`` are the content words (`content_words`) of what is known of the two images; None where
    nothing is known, or where the sentence was built from both.
    """
    if name := nonsense(text):
        return name
    lower = text.lower()
    if not _COMPARES.search(lower):
        return "no comparison"
    if _begins_with_second(lower):
        return "second image first"
    tokens = count_tokens(text)
    if not MIN_TOKENS <= tokens <= MAX_TOKENS:
        return "too short" if tokens < MIN_TOKENS else "too long"
    return _touch(content_words(lower), first, second) if first and second else ""


def nonsense(text: str) -> str:
    """The name of the first test that a text fails which any sentence in English passes, or ""."""
    if not text.strip():
        return "empty"
    if not text.isprintable():
        return "control characters"
    if _ODD.search(text) and _MARKUP.search(text):
        return "markup"
    lower = text.lower()
    if _CHATTER.search(lower):
        return "talk instead of a sentence"
    if len(_NO_LETTER.findall(text)) > (1 - MIN_LETTERS) * len(text):
        return "too few letters"
    return "repetition" if _repeats(lower, _WORD.findall(lower)) else ""


def _repeats(text: str, words: list[str]) -> bool:
    if len(text) > 100 and len(zlib.compress(text.encode(), 1)) < MIN_COMPRESSED * len(text):
        return True
    triples = list(zip(words, words[1:], words[2:], strict=False))
    return len(triples) > 5 and len(set(triples)) < MIN_TRIPLES * len(triples)


def _begins_with_second(text: str) -> bool:
    first, second = _FIRST.search(text), _SECOND.search(text)
    return first is not None and second is not None and second.start() < first.start()


def _touch(said: frozenset[str], first: frozenset[str], second: frozenset[str]) -> str:
    return "" if said & first and said & second else "says nothing of one image"


def content_words(text: str) -> frozenset[str]:
    """The words of a text that say what there is, cut to a stem ("dogs" and "dog", "sits" and "sitting" are one)."""
    return frozenset(stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS)


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
