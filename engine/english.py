"""English comparisons taken apart: what is compared, whether less of it is meant, and the plain form of the words.

Rules of grammar only, no model and no list of meanings; used by the phrase bank and by directions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# What may stand before the comparison: the subject of a full sentence, and how strongly the comparison holds.
_SUBJECT = re.compile(
    r"^(?:(?:the )?(?P<which>first|second|left|right|one|other)(?: one)?(?: (?:image|photo|photograph|picture)s?)?"
    r"|(?:the |an? |this |these )?(?:image|photo|photograph|picture|scene)s?)(?: (?:that|which))?"
    r" (?:is|are|looks?|seems?|appears?|feels?|has|have|shows?|contains?)(?: to be)? "
)
_DEGREE = re.compile(
    r"^(?:very|much|far|a lot|a bit|a little|slightly|somewhat|even|way|really|clearly|so|as|an?|the) "
)
_LESS = re.compile(r"^(?:not|no|less|fewer|least|without) ")
_MORE = re.compile(r"^(?:more|most|with more) ")
_THAN = re.compile(r"\s+(?:than|compared (?:to|with))\b.*$|\s+as the (?:first|second|other)\b.*$")
_SPELLING = (("colorful", "colourful"), ("color", "colour"), ("gray", "grey"), ("coz", "cos"), ("center", "centre"))
_IRREGULAR = {"better": "good", "worse": "bad", "best": "good", "worst": "bad", "further": "far", "farther": "far"}
# Plain words that end like comparatives or superlatives; left as they are.
_NOT_COMPARED = frozenset(
    """
    after amateur amber banner beer best border butter center chapter character chest clutter computer consumer
    copper corner counter cover cucumber dancer deer desert designer diner dinner disaster dollar driver farmer
    father feather fever fiber finger flier flower forest fur glitter grocer guest hammer hamster harvest helicopter
    her hunter interest ladder lather lavender layer leader leather leisure letter litter lobster lover master
    monster mother mower nest never number offer officer order other otter over oyster paper partner pepper pier
    plaster player porter poster power prayer printer quarter rest river robber roller rubber runner shower silver
    singer sister skater soccer soldier spider summer super surfer sweater swimmer teacher temper test theater
    thunder tiger timber toddler tower tractor trailer under water weather west winter wonder worker writer
    """.split()
)


_FIRST_WHILE_SECOND = re.compile(
    r"(the first (?:image |picture |photo )?)((?:[^.]|\.\d)+?)(,? (?:while|whereas|but|and) the second )"
    r"((?:[^.]|\.\d)+)(\.?)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Comparison:
    """A prompt taken apart: the plain words that are compared, and whether less of them is meant."""

    words: str
    less: bool


def compare(prompt: str) -> Comparison:
    """Take a prompt apart; see `PhraseBank.find` for what is understood."""
    text, less = _THAN.sub("", plain(prompt)), False
    if subject := _SUBJECT.match(text):
        less = subject["which"] in ("second", "right", "other")
        text = text[subject.end() :]
    while True:
        if found := _LESS.match(text):
            less = not less
        else:
            found = _DEGREE.match(text) or _MORE.match(text)
        if not found:
            return Comparison(text, less)
        text = text[found.end() :]


def positive(words: str) -> str:
    """Comparatives and superlatives put back into their plain form: "longer beak" -> "long beak".

    A rule of spelling, right for common adjectives; the phrase bank finds its own words by `inflections` instead.
    """
    return " ".join(_positive(word) for word in words.split())


def _positive(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    stem = re.fullmatch(r"(.{2,})(?:er|est)", word)
    if not stem or word in _NOT_COMPARED:
        return word
    root = stem[1]
    if root.endswith("i"):
        return root[:-1] + "y"  # happier
    if re.search(r"[^aeiou][aeiou]([bdgmnprt])\1$", root):
        return root[:-1]  # bigger
    if re.search(r"(?:[aeiou][cgsvz]|[aeiou]u?[r]|[nr]s|[ln]c|rg|dg|tl|bl|pl|mpl|u|[^aeiou][aeiou][dfmnpt])$", root):
        return root + "e"  # larger, nicer, denser, gentler, whiter
    return root


def inflections(word: str) -> Iterator[str]:
    """The word itself, its comparative and its superlative."""
    yield word
    if " " in word:
        return
    if word.endswith("e"):
        stem = word[:-1]
    elif re.search(r"[^aeiou]y$", word):
        stem = word[:-1] + "i"
    elif re.search(r"^[^aeiou]*[aeiou][bdgmnpt]$", word):
        stem = word + word[-1]
    else:
        stem = word
    yield stem + "er"
    yield stem + "est"


def plain(text: str) -> str:
    """Lower case, single spaces, no quotes or closing marks, British spelling."""
    text = " ".join(text.casefold().replace("’", "'").split()).strip(" .,;:!?\"'")
    for american, british in _SPELLING:
        text = re.sub(rf"\b{american}", british, text)
    return text


# ---- statements about a pair ----------------------------------------------------------------------------


def swapped(text: str) -> str:
    """The sentence with *first* and *second* exchanged; "" where it holds neither."""

    def other(match: re.Match[str]) -> str:
        word = "second" if match[0].lower() == "first" else "first"
        return word.capitalize() if match[0][0].isupper() else word

    found = re.sub(r"\b(?:first|second)\b", other, text, flags=re.IGNORECASE)
    return found if found != text else ""


def reverse_of(text: str) -> str:
    """What a statement says of the pair swapped, the first image first where its form allows it, else `swapped`."""
    found = _FIRST_WHILE_SECOND.fullmatch(text)
    if found and not re.search(r"\b(?:first|second)\b", f"{found[2]} {found[4]}", re.IGNORECASE):
        return found[1] + found[4] + found[3] + found[2] + found[5]
    return swapped(text)
