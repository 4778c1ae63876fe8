"""A prompt understood: which texts stand for its two poles (no model is asked).

`engine.directions` turns what this module returns into vectors. The poles keep a fixed order whichever of prompt and
reverse is asked for; ``backwards`` says that the prompt means the low pole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.english import compare, positive
from engine.phrases import Match, Phrase, PhraseBank

PHOTO = ("a {} photo", "a {} picture", "a photo of a {} scene")
THING = ("a photo of a {} object", "a {} thing", "a photo of something {}")
PERSON = ("a photo of a {} person", "a {} person", "a {} photo")
NOUN = ("a photo of {}", "a picture of {}", "{}")
ANY = ("a {} photo", "a photo of a {} scene", "a photo of something {}", "{}")
GROUP_TEMPLATES = {"texture": THING, "objects": THING, "scale": THING, "people": PERSON}
NOUN_PHRASE = ("a ", "an ", "the ", "many ", "no ", "one ", "only ", "people ")


@dataclass(frozen=True)
class Contrast:
    """Texts of one pole against texts of the other; the mean is taken where a pole has several."""

    high: tuple[str, ...]
    low: tuple[str, ...]
    weight: float = 1.0
    word: int = 0  # contrasts made of the same words share it


@dataclass(frozen=True)
class Reading:
    """A prompt understood: contrasts in a fixed order of the poles; ``backwards``: the prompt means the low pole."""

    contrasts: tuple[Contrast, ...]
    more: str  # the comparative of the high pole
    verb: str
    backwards: bool
    words: tuple[str, str]  # the poles for people, high and low

    def in_words(self) -> str:
        """What the prompt was taken to mean."""
        return " against ".join(reversed(self.words) if self.backwards else self.words)


def read(bank: PhraseBank, prompt: str, reverse: str = "") -> Reading:
    """Understand a prompt, and the reverse that the person typed ("" = none)."""
    match, other = bank.find(prompt), bank.find(reverse) if reverse else None
    opposite = match and other and other.phrase is match.phrase and other.backwards != match.backwards
    if match and (opposite or not reverse):
        return _read_match(bank, match)
    if reverse:
        return _read_pair(bank, prompt, reverse)
    found = compare(prompt)
    return _read_words(bank, found.words, found.less)


def _read_match(bank: PhraseBank, match: Match) -> Reading:
    phrase = match.phrase
    pairs = [(high, (low,)) for high, low in zip(phrase.high, phrase.low, strict=False)]
    words = _against(pairs)
    if not phrase.low:
        pairs = [(high, _siblings(bank, phrase)) for high in phrase.high]
        words = (", ".join(phrase.high), "the other colours")
    return Reading(_contrasts(pairs, phrase.group), phrase.phrase, _verb(phrase.high[0]), match.backwards, words)


def _siblings(bank: PhraseBank, phrase: Phrase) -> tuple[str, ...]:
    """What a phrase without an opposite, a colour, is set against: the others of its group."""
    return tuple(other.high[0] for other in bank.groups[phrase.group] if not other.low and other is not phrase)


def _read_pair(bank: PhraseBank, prompt: str, reverse: str) -> Reading:
    """Two texts typed by the person, in the order of the alphabet: a fixed one."""
    first, second = sorted((prompt, reverse), key=lambda text: (text.casefold(), text))
    pairs = [(high, (low,)) for high, low in zip(_pole(bank, first), _pole(bank, second), strict=False)]
    match = bank.find(first) or bank.find(second)
    contrasts = _contrasts(pairs, match.phrase.group if match else None)
    return Reading(contrasts, first, "is", prompt != first, _against(pairs))


def _pole(bank: PhraseBank, text: str) -> tuple[str, ...]:
    match, found = bank.find(text), compare(text)
    if match and (pole := match.phrase.low if match.backwards else match.phrase.high):
        return pole
    return (f"not {found.words}" if found.less else positive(found.words),)


def _read_words(bank: PhraseBank, words: str, less: bool) -> Reading:
    """A prompt that the bank does not hold: by a comparison of the bank inside it ("longer beak"), else by itself."""
    parts = words.split()
    for place, part in enumerate(parts if len(parts) > 1 else ()):
        match = bank.find(part)
        compared = place == 0 or positive(part) != part
        if match and compared and positive(part) in (*match.phrase.high, *match.phrase.low):
            return _read_within(bank, match, parts, place, less)
    plain = positive(words)
    pairs = [(plain, _others(bank, plain))]
    more = words if plain != words or len(parts) > 1 else f"more {words}"
    return Reading(_contrasts(pairs, None), more, _verb(plain), less, (plain, "other words of the phrase bank"))


def _read_within(bank: PhraseBank, match: Match, parts: list[str], place: int, less: bool) -> Reading:
    def put(word: str) -> str:
        return " ".join([*parts[:place], word, *parts[place + 1 :]])

    phrase = match.phrase
    highs, lows = (phrase.low, phrase.high) if match.backwards else (phrase.high, phrase.low)
    pairs = [(put(highs[0]), tuple(put(low) for low in lows[:1] or _siblings(bank, phrase)))]
    return Reading(_contrasts(pairs, None), " ".join(parts), "has", less, _against(pairs))


def _others(bank: PhraseBank, words: str) -> tuple[str, ...]:
    """What words without an opposite are set against: words of their kind, from all over the bank."""
    poles = [phrase.high[0] for phrase in bank.phrases]
    if _is_noun(words):
        return tuple(pole for pole in poles if _is_noun_phrase(pole))[::4]
    return tuple(pole for pole in poles if " " not in pole and pole != words)[::8]


def _against(pairs: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[str, str]:
    return ", ".join(high for high, _ in pairs), ", ".join(low for _, lows in pairs for low in lows)


def _templates(term: str, group: str | None) -> tuple[str, ...]:
    if _is_noun_phrase(term) or (group is None and _is_noun(term)):
        return NOUN
    return ANY if group is None else GROUP_TEMPLATES.get(group, PHOTO)


def _is_noun_phrase(term: str) -> bool:
    return term.startswith(NOUN_PHRASE)


def _is_noun(words: str) -> bool:
    """A guess for words that are in no group: several words, or a plural."""
    return " " in words or (words.endswith("s") and not words.endswith(("ss", "ous")))


def _verb(term: str) -> str:
    return "has" if _is_noun_phrase(term) else "is"


def _contrasts(pairs: Sequence[tuple[str, tuple[str, ...]]], group: str | None) -> tuple[Contrast, ...]:
    """Each pair of a word and its opposites in all templates. The first pair, the plainest words, weighs as much as all
    others together: synonyms steady the direction, but "light" is also the light of a feather.
    """
    made = []
    for place, (high, lows) in enumerate(pairs):
        templates = _templates(high, group)
        weight = max(1, len(pairs) - 1 if place == 0 else 1) / len(templates)
        made += [Contrast((fill(t, high),), tuple(fill(t, low) for low in lows), weight, place) for t in templates]
    return tuple(made)


def fill(template: str, term: str) -> str:
    """A term put into a template, with its article."""
    text = template.format(term)
    return f"an{text[1:]}" if template.startswith("a {}") and term[0] in "aeiou" else text
