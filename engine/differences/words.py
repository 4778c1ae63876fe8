"""The English of captions: lists of words (resources/caption_words.toml), number and forms by rule.

Used by the chunker and the rule writer; loaded once, when the first caption is read.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, cached_property
from typing import Any

from engine import settings

SEVERAL = 0  # a number of things that is more than one, and not said
_NUMBER_WORDS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_SHORT = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")  # one syllable that ends as "run" does: its last letter is doubled
_DOUBLED = frozenset({"squat", "begin", "forget", "quit"})


class Words:
    """The lists as sets, and the questions that the chunker asks of a word (always in lower case)."""

    def __init__(self, content: dict[str, Any]) -> None:
        nouns, closed, forms = content["nouns"], content["closed"], content["forms"]
        self.kinds = {word: kind for kind, text in nouns.items() if kind != "generic" for word in _words(text)}
        self.generic = frozenset(_words(nouns["generic"]))
        self.places = {place: frozenset(tags.split()) for place, tags in content["places"].items()}
        self.plurals = _pairs(forms["plurals"])
        self._plural_of = {single: plural for plural, single in reversed(self.plurals.items())}
        self.modifiers = {word: name for name, text in content["modifiers"].items() for word in _words(text)}
        self.same = frozenset(_words(forms["same"]))
        self.singular_s = frozenset(_words(forms["singular_s"]))
        self.ing_nouns = frozenset(_words(forms["ing_nouns"]))
        self.numbers = {word: int(value) for word, value in _pairs(forms["numbers"]).items()}
        self.several = frozenset(_words(forms["several"]))
        self.groups = frozenset(_words(forms["groups"]))
        self.determiners = frozenset(_words(closed["determiners"]))
        self.possessives = frozenset(_words(closed["possessives"]))
        self.prepositions = frozenset(_words(closed["prepositions"]))
        self.subordinators = frozenset(_words(closed["subordinators"]))
        self.pronouns = frozenset(_words(closed["pronouns"]))
        self.auxiliaries = frozenset(_words(closed["auxiliaries"]))
        self.adverbs = frozenset(_words(closed["adverbs"]))
        self.participles = frozenset(_words(content["verbs"]["participles"]))
        self.past = frozenset(_words(content["verbs"]["past"]))
        self._an, self._a = tuple(_words(forms["an_words"])), tuple(_words(forms["a_words"]))
        verbs = _words(content["verbs"]["list"])
        self.bare = frozenset(verb.rstrip("!") for verb in verbs)
        self.thirds = {third_person(verb): verb for verb in self.bare}
        self.actions = frozenset(participle(verb[:-1]) for verb in verbs if verb.endswith("!"))
        ways = [group.split("/") for group in _words(content["verbs"]["postures"])]
        self.postures = {participle(verb): way[0] for way in ways for verb in way}

    @cached_property
    def closed(self) -> frozenset[str]:
        """The words that end a noun phrase whatever stands before them."""
        return (
            self.determiners | self.possessives | self.prepositions | self.subordinators | self.pronouns
            | self.auxiliaries | self.adverbs | {"and", "or", "but", ",", ".", ";", ":"}
        )  # fmt: skip

    def singular(self, word: str) -> str | None:
        """The singular of a plural noun; None for a word that is no plural, as far as its form tells."""
        if word in self.plurals:
            return self.plurals[word]
        if word in self.singular_s or self.kind(word) in ("pair", "mass") or not word.endswith("s"):
            return None
        if word.endswith(("ss", "us", "is", "'s")) or len(word) < 4:
            return None
        if word.endswith("ies") and len(word) > 4:
            return word[:-3] + "y"
        if word.endswith(("ches", "shes", "sses", "xes", "zes")) or word in ("buses", "potatoes", "tomatoes", "dishes"):
            return word[:-2]
        return word[:-1]

    def plural(self, noun: str) -> str:
        """The plural of a singular noun: "dog" -> "dogs", "child" -> "children"."""
        if noun in self.same:
            return noun
        return self._plural_of.get(noun) or third_person(noun)

    def kind(self, noun: str) -> str:
        """The list that holds a singular noun: "person", "animal", "clothing", "pair", "mass", "thing", or ""."""
        return self.kinds.get(noun, "")

    def knows(self, noun: str) -> bool:
        """Whether a word is a noun of the lists, singular or plural."""
        single = self.singular(noun) or noun
        return single in self.kinds or single in self.places

    def article(self, phrase: str) -> str:
        """The phrase with "a" or "an" before it."""
        first = phrase.lower()
        vowel = (first[:1] in "aeiou" and not first.startswith(self._a)) or first.startswith(self._an)
        return f"{'an' if vowel else 'a'} {phrase}"

    def participle_of(self, verb: str) -> str | None:
        """ "sits" or "sit" -> "sitting"; None for a word that is no known verb."""
        bare = self.thirds.get(verb, verb)
        return participle(bare) if bare in self.bare else None


def third_person(verb: str) -> str:
    """The form after he or she: "watch" -> "watches"."""
    if verb in ("have", "do", "go"):
        return {"have": "has", "do": "does", "go": "goes"}[verb]
    if verb.endswith(("s", "sh", "ch", "x", "z")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def bare_form(third: str) -> str:
    """ "bounds" -> "bound", "splashes" -> "splash", "carries" -> "carry"; for verbs that are in no list."""
    if third.endswith("ies") and len(third) > 4:
        return third[:-3] + "y"
    return third[:-2] if third.endswith(("ches", "shes", "sses", "xes", "zes")) else third[:-1]


def participle(verb: str) -> str:
    """The -ing form: "sit" -> "sitting", "ride" -> "riding", "lie" -> "lying"."""
    if verb == "lie":
        return "lying"
    if verb in _DOUBLED or _SHORT.fullmatch(verb):
        return verb + verb[-1] + "ing"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    return verb + "ing"


def number_word(number: int) -> str:
    """ "three" for 3; digits beyond twelve, "several" for `SEVERAL`."""
    if number == SEVERAL:
        return "several"
    return _NUMBER_WORDS[number] if number < len(_NUMBER_WORDS) else str(number)


@cache
def words() -> Words:
    """The lists, read from the program's resources."""
    with (settings.resources_dir() / "caption_words.toml").open("rb") as stream:
        return Words(tomllib.load(stream))


def _words(text: str) -> list[str]:
    return [word.replace("_", " ") for word in text.split()]


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in text.split())
