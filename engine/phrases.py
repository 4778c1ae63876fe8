"""The phrase bank (resources/phrases.toml): comparative phrases in groups, each with its reverse and words for both.

Loaded once per process, at the first prompt or when the prompt bar asks for suggestions; light, no torch.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine import settings
from engine.english import compare, inflections, plain, positive


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
        self.groups = {
            phrase.group: tuple(p for p in self.phrases if p.group == phrase.group) for phrase in self.phrases
        }
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
        typed = plain(prefix)
        names = [name for phrase in self.phrases for name in (phrase.phrase, phrase.reverse)]
        starts = [name for name in names if name.startswith(typed) or name.removeprefix("more ").startswith(typed)]
        holds = [name for name in names if f" {typed}" in name and name not in starts]
        return [*starts, *holds][:limit]


def _names(phrase: Phrase) -> Iterator[tuple[str, bool]]:
    yield phrase.phrase, False
    yield phrase.reverse, True


def _words(phrase: Phrase) -> Iterator[tuple[str, bool]]:
    for poles, backwards in ((phrase.high + phrase.also, False), (phrase.low, True)):
        for word in poles:
            yield from ((form, backwards) for form in inflections(word))


@lru_cache(maxsize=1)
def _shipped() -> PhraseBank:
    with (settings.resources_dir() / "phrases.toml").open("rb") as stream:
        groups = tomllib.load(stream)
    return PhraseBank(
        Phrase(group, name, entry["reverse"], *(tuple(entry.get(key, ())) for key in ("high", "low", "also")))
        for group, entries in groups.items()
        for name, entry in entries.items()
    )
