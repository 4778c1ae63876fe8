"""Noun phrases in the words of a caption, with number and modifiers; read by `chunks` for the rule writer.

No model and no list of all words: a noun phrase runs from its determiner to the next word that cannot belong to it.
Verbs are told from nouns by their place and by number ("a dog leaps": no plural can follow "a", so *leaps* is a verb).
A phrase that stays in doubt is left out; nothing is said from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from engine.differences.words import SEVERAL, Words, number_word, participle, third_person, words

_SPOKEN_OF = ("", "the", "a", "one", "an", "this", "that", "these", "those", "each", "every", "another")
_NEVER_SPOKEN_OF = ("someone", "something")  # with an article
_COVERED = frozenset({"covered", "filled", "topped", "capped", "lined"})
_LOOKING = frozenset(  # at what is elsewhere
    form
    for verb in ("look", "stare", "gaze", "glance", "peer", "point", "smile", "wave", "aim", "bark", "yell", "laugh")
    for form in (verb, third_person(verb), participle(verb))
)
MAX_SUBJECTS = 8  # noun phrases in a row


class Phrase(NamedTuple):
    """A noun phrase: "a large black dog". ``number``: 1, 2, ... or `SEVERAL`; ``head`` is singular, lower case.

    ``text`` leaves out determiner and number. ``before`` is the preposition it follows, "" for the subject.
    """

    determiner: str
    text: str
    head: str
    number: int
    plural: bool
    modifiers: tuple[str, ...]
    before: str = ""
    owned: bool = False  # "his dog": whose, is not said here


@dataclass
class Reader:
    """A place in a caption's tokens, as written and in lower case."""

    tokens: list[str]
    low: list[str]
    at: int = 0
    words: Words = field(default_factory=words)
    phrases: dict[int, tuple[Phrase | None, int]] = field(default_factory=dict)  # place -> what `phrase_at` found, end

    def word(self, ahead: int = 0) -> str:
        """The word here, or so many further on, in lower case; "." beyond the end."""
        place = self.at + ahead
        return self.low[place] if place < len(self.low) else "."


def with_article(phrase: Phrase, known: Words) -> str:
    """A noun phrase as it is first spoken of: "the dog" -> "a dog", "the dogs" -> "dogs", "man" -> "a man"."""
    if phrase.head in _NEVER_SPOKEN_OF:
        return phrase.text
    if phrase.determiner not in _SPOKEN_OF:
        return f"{phrase.determiner} {phrase.text}"
    if phrase.plural and " of " in phrase.text:  # "the crowd of people"
        return known.article(phrase.text)
    if phrase.number > 1:
        return f"{number_word(phrase.number)} {phrase.text}"
    if phrase.plural or (known.kind(phrase.head) == "mass" and phrase.determiner not in ("a", "an", "one")):
        return phrase.text
    return known.article(phrase.text)


def subject_phrases(reader: Reader) -> list[Phrase]:
    """The noun phrases joined by commas and "and" that begin here; the reader stands after them."""
    found: list[Phrase] = []
    while len(found) < MAX_SUBJECTS and (phrase := phrase_at(reader)):
        found.append(phrase)
        start = reader.at
        while reader.word() in (",", "and") and reader.at < len(reader.low):
            reader.at += 1
        if reader.at == start or not _begins_phrase(reader):
            reader.at = start
            break
        ahead = reader.at
        if phrase_at(reader) is None:
            reader.at = start
            break
        reader.at = ahead
    return found


def _begins_phrase(reader: Reader) -> bool:
    known = reader.words
    word = reader.word()
    return (word in known.determiners or word in known.numbers or word in known.several or known.knows(word)
            or word in known.modifiers)  # fmt: skip


def other_phrases(reader: Reader) -> list[Phrase]:
    """Every noun phrase from here on that follows a preposition or a verb."""
    found: list[Phrase] = []
    known = reader.words
    before = ""
    while reader.at < len(reader.low):
        word = reader.word()
        if word in known.prepositions:
            before = "" if word == "at" and reader.at and reader.word(-1) in _LOOKING else word
            reader.at += 1
            continue
        start = reader.at
        phrase = phrase_at(reader) if word not in ("and", ",") else None
        if phrase:
            found.append(phrase._replace(before=before))
        elif reader.at == start:
            reader.at += 1
        if word not in ("and", ","):
            before = ""
    return found


def phrase_at(reader: Reader) -> Phrase | None:
    """The noun phrase that begins here, or None; the reader then stands where it stood.

    A caption is gone through several times, for subjects, for places, for what it shows; each phrase is read once.
    """
    start = reader.at
    if start not in reader.phrases:
        phrase = _read_phrase(reader)
        reader.phrases[start] = phrase, reader.at
    phrase, reader.at = reader.phrases[start]
    return phrase


def _read_phrase(reader: Reader) -> Phrase | None:
    start, known = reader.at, reader.words
    determiner, number = _determiner(reader)
    first = reader.at
    while reader.at < len(reader.low) and _belongs(reader, first, number, determiner):
        reader.at += 1
    phrase = _build(reader, first, determiner, number)
    if phrase is None:
        reader.at = start
    elif phrase.head in known.groups and reader.word() == "of":
        return _group(reader, phrase)
    return phrase


def _group(reader: Reader, group: Phrase) -> Phrase | None:
    """ "a group of people": several people. "a couple of", "a pair of": two."""
    reader.at += 1
    members = phrase_at(reader)
    if members is None or not members.plural:
        return members
    number = 2 if group.head in ("couple", "pair") and group.number == 1 and not group.modifiers else SEVERAL
    whole = " ".join([group.text, "of", members.text])
    return Phrase(group.determiner, whole, members.head, number, True, members.modifiers)


def _determiner(reader: Reader) -> tuple[str, int | None]:
    """(Determiner, number said by it or None); the reader stands after it."""
    known = reader.words
    word = reader.word()
    if word in ("all", "both", "just", "only", "about") and (reader.word(1) == "of" or reader.word(1) in known.numbers):
        reader.at += 2 if reader.word(1) == "of" else 1
        word = reader.word()
    number: int | None = None
    determiner = ""
    if word in known.determiners or word in known.possessives:
        determiner = word
        reader.at += 1
        number = 1 if word in ("a", "an", "another", "this", "that", "each", "every") else None
        word = reader.word()
    if word in known.numbers or word.isdigit():
        determiner = determiner or word
        number = known.numbers.get(word) or int(word)
        reader.at += 1
    elif word in known.several and not (word == "few" and determiner == ""):
        determiner = f"{determiner} {word}".strip()  # "a few", "the several"
        number = SEVERAL
        reader.at += 1
    return determiner, number


def _belongs(reader: Reader, first: int, number: int | None, determiner: str) -> bool:
    """Whether the word at the reader goes on with the noun phrase that began at ``first``."""
    known, word = reader.words, reader.word()
    last = reader.low[reader.at - 1] if reader.at > first else ""
    if word == "and":  # "a black and white dog"
        return known.modifiers.get(last) == known.modifiers.get(reader.word(1), "") and _is_open(reader, 2)
    if word in known.closed or word in known.numbers:
        return False
    if word in known.bare and known.knows(last) and reader.word(1) in known.possessives:
        return False  # "people in the snow put their gear in order"
    kind = known.kind(known.singular(last) or last)
    alive = kind in ("person", "animal")
    dressed = kind in ("clothing", "pair")
    if word.endswith("ing") and (alive or dressed or word not in known.ing_nouns):
        return not last and bool(determiner) and _is_open(reader, 1)  # "a running dog", but "a dog running"
    if not last or last == "and" or (last in known.modifiers and last not in known.kinds):
        return not (word in known.thirds and not last and not determiner)
    if (alive or dressed) and word in known.bare and not known.knows(word):
        return False  # "a man and a child stand", "a man and a man in a red shirt jump"
    if word in known.past or (word.endswith("ed") and word not in known.modifiers) or word in known.participles:
        covering = kind == "mass" and word in _COVERED  # "a snow covered hill"
        return (covering or not (known.knows(last) or known.singular(last))) and _is_open(reader, 1)
    single = number == 1 or (number is None and known.singular(last) is None)
    if word in known.thirds and not (known.knows(word) and _is_noun_place(reader, number)):
        return known.singular(last) is None and not (single and _may_be_head(last, known))
    if word.endswith("s") and single and not known.knows(word) and alive:
        return False  # "the dog snuffles": an unknown verb
    # After a plural only a verb, an adverb or an unknown word can stand: "boys leap", "dogs mid-air"
    return known.singular(last) is None or last in known.same


def _is_open(reader: Reader, ahead: int) -> bool:
    return reader.word(ahead) not in reader.words.closed


def _may_be_head(word: str, known: Words) -> bool:
    return word not in known.modifiers or known.knows(word)


def _is_noun_place(reader: Reader, number: int | None) -> bool:
    """Whether a word that is noun and verb ("slides") can be a noun here: its phrase may be plural, nothing follows."""
    return number != 1 and reader.word(1) in ("and", ",", ".")


def _build(reader: Reader, first: int, determiner: str, number: int | None) -> Phrase | None:
    known = reader.words
    tokens, low = reader.tokens[first : reader.at], reader.low[first : reader.at]
    if not low or low[-1].endswith(("'s", "’s")):
        return None
    word = low[-1]
    single = known.singular(word)
    kind = known.kind(single or word)
    if not kind and (single or word) not in known.places and not _is_sure(reader, word, determiner, number):
        return None
    plural = kind == "pair" or (number not in (1, None) if word in known.same else single is not None)
    if number is None:
        number = SEVERAL if plural else 1
    if kind != "pair" and plural != (number != 1):
        return None  # "a dogs", "two dog": misread or misspelt
    modifiers = tuple(name for name in low[:-1] if name != "and")
    owned = determiner in known.possessives
    return Phrase(determiner, " ".join(tokens), single or word, number, plural, modifiers, owned=owned)


def _is_sure(reader: Reader, word: str, determiner: str, number: int | None) -> bool:
    """Whether an unknown word must be a noun: it ends a phrase with an article or a number, before a closed word."""
    known = reader.words
    article = determiner in ("a", "an", "the")
    if word in known.modifiers or word in known.thirds or not word.isalpha() or (word in known.bare and not article):
        return False
    after = reader.word()
    said = determiner in known.determiners or (number is not None and number != 1)
    ends = (known.closed, known.participles, known.past, known.thirds)
    return said and (after.endswith(("ing", "ed")) or any(after in words for words in ends))
