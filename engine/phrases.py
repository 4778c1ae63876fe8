"""The phrase bank (resources/phrases.toml) and how a comparison typed by a person is taken apart.

Loaded once per process, at the first prompt or when the prompt bar asks for suggestions; light, no torch.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine import settings

# What may stand before the comparison: the subject of a full sentence, and how strongly the comparison holds.
_SUBJECT = re.compile(
    r"^(?:(?:the )?(?P<which>first|second|left|right|one|other)(?: one)?(?: (?:image|photo|photograph|picture)s?)?"
    r"|(?:the |an? |this |these )?(?:image|photo|photograph|picture|scene)s?)(?: (?:that|which))?"
    r" (?:is|are|looks?|seems?|appears?|feels?|has|have|shows?|contains?)(?: to be)? "
)
_DEGREE = re.compile(r"^(?:very|much|far|a lot|a bit|a little|slightly|somewhat|even|way|really|clearly|so|as|an?|the) ")
_LESS = re.compile(r"^(?:not|no|less|fewer|least|without) ")
_MORE = re.compile(r"^(?:more|most|with more) ")
_THAN = re.compile(r"\s+(?:than|compared (?:to|with))\b.*$|\s+as the (?:first|second|other)\b.*$")
_SPELLING = (("colorful", "colourful"), ("color", "colour"), ("gray", "grey"), ("coz", "cos"), ("center", "centre"))
_IRREGULAR = {"better": "good", "worse": "bad", "best": "good", "worst": "bad", "further": "far", "farther": "far"}
# Plain words that end like comparatives; left as they are.
_NOT_COMPARATIVE = frozenset(
    "after amber banner beer border butter center corner cover cucumber dancer deer desert diner dinner disaster dollar "
    "driver farmer father feather fever fiber finger flower glitter grocer hammer helicopter her hunter lather lavender "
    "leader leather letter lover mother monster mower never number offer officer other otter over paper partner pepper "
    "pier player porter poster power printer prayer quarter river robber rubber runner shower silver singer sister "
    "skater soccer soldier spider summer super surfer sweater swimmer teacher temper theater thunder tiger timber toddler "
    "tower tractor trailer under verger water weather winter wonder worker writer amateur computer consumer designer "
    "layer leisure amber copper fur plaster roller ladder clutter litter counter order chapter hamster lobster oyster "
    "master character cover flier".split()
)


@dataclass(frozen=True)
class Phrase:
    """One comparison of the bank. ``high`` and ``low`` are words for the two poles, in pairs; ``low`` may be empty.

    ``also`` are further words by which the phrase is found.
    """

    group: str
    phrase: str
    reverse: str
    high: tuple[str, ...]
    low: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A prompt taken apart: the plain words that are compared, and whether less of them is meant."""

    words: str
    less: bool


@dataclass(frozen=True)
class Match:
    """The phrase of the bank a prompt means; ``backwards``: the prompt means its reverse."""

    phrase: Phrase
    backwards: bool

    @property
    def reverse(self) -> str:
        """What the opposite of the prompt is called."""
        return self.phrase.phrase if self.backwards else self.phrase.reverse


class PhraseBank:
    """The phrases, found by any way of saying them."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.phrases = tuple(phrases)
        self.groups = {phrase.group: tuple(p for p in self.phrases if p.group == phrase.group) for phrase in self.phrases}
        self._index: dict[str, Match] = {}
        # The names of all phrases first, then their words: "light" is the light of a photo before that of a feather.
        for names in (_names, _words):
            for phrase in self.phrases:
                for text, backwards in names(phrase):
                    found = compare(text)
                    self._index.setdefault(found.words, Match(phrase, backwards != found.less))

    @classmethod
    def load(cls) -> PhraseBank:
        """The bank shipped with the program, read once."""
        return _shipped()

    def find(self, prompt: str) -> Match | None:
        """The phrase a prompt means, however it is put: *brighter*, *more bright*, *bright*, *less dark*,
        *the first is brighter than the second*; None when the bank does not hold it.
        """
        found = compare(prompt)
        for words in (found.words, positive(found.words)):
            if match := self._index.get(words):
                return Match(match.phrase, match.backwards != found.less)
        return None

    def reverse_of(self, prompt: str) -> str | None:
        """The opposite comparison in words, None when the bank does not hold it."""
        match = self.find(prompt)
        return match.reverse if match else None

    def suggest(self, prefix: str, limit: int = 8) -> list[str]:
        """Phrases and reverses to complete what was typed: those that start with it, then those that hold it."""
        typed = _plain(prefix)
        names = [name for phrase in self.phrases for name in (phrase.phrase, phrase.reverse)]
        starts = [name for name in names if name.startswith(typed) or name.removeprefix("more ").startswith(typed)]
        holds = [name for name in names if f" {typed}" in name and name not in starts]
        return [*starts, *holds][:limit]


def compare(prompt: str) -> Comparison:
    """Take a prompt apart; see `PhraseBank.find` for what is understood."""
    text, less = _THAN.sub("", _plain(prompt)), False
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
    """Comparatives and superlatives put back into their plain form: "brighter" -> "bright", "longer beak" -> "long beak".

    English spelling is not invertible: where two forms are possible, the bank's own words are found by `_inflected`
    instead, and a word of the bank never comes here.
    """
    return " ".join(_positive(word) for word in words.split())


def _positive(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    stem = re.fullmatch(r"(.{2,})(?:er|est)", word)
    if not stem or word in _NOT_COMPARATIVE:
        return word
    root = stem[1]
    if root.endswith("i"):
        return root[:-1] + "y"  # happier
    if re.search(r"[^aeiou][aeiou]([bdgmnprt])\1$", root):
        return root[:-1]  # bigger
    if re.search(r"(?:[aeiou][cgsvz]|[aeiou]u?[r]|[nr]s|[ln]c|rg|dg|tl|bl|pl|mpl|u|[^aeiou][aeiou][dfmnpt])$", root):
        return root + "e"  # larger, nicer, denser, gentler, whiter
    return root


def _inflected(word: str) -> Iterator[str]:
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


def _names(phrase: Phrase) -> Iterator[tuple[str, bool]]:
    yield phrase.phrase, False
    yield phrase.reverse, True


def _words(phrase: Phrase) -> Iterator[tuple[str, bool]]:
    for poles, backwards in ((phrase.high + phrase.also, False), (phrase.low, True)):
        for word in poles:
            yield from ((form, backwards) for form in _inflected(word))


def _plain(text: str) -> str:
    """Lower case, single spaces, no quotes or closing marks, British spelling."""
    text = " ".join(text.casefold().replace("’", "'").split()).strip(" .,;:!?\"'")
    for american, british in _SPELLING:
        text = re.sub(rf"\b{american}", british, text)
    return text


@lru_cache(maxsize=1)
def _shipped() -> PhraseBank:
    with (settings.resources_dir() / "phrases.toml").open("rb") as stream:
        groups = tomllib.load(stream)
    return PhraseBank(
        Phrase(group, name, entry["reverse"], *(tuple(entry.get(key, ())) for key in ("high", "low", "also")))
        for group, entries in groups.items()
        for name, entry in entries.items()
    )
