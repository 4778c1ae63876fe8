"""A caption cut into what the rule writer needs: noun phrases with number and modifiers, and what its subject does.

No model and no list of all words: a noun phrase runs from its determiner to the next word that cannot belong to it.
Verbs are told from nouns by their place and by number ("a dog leaps": no plural can follow "a", so *leaps* is a verb).
A phrase that stays in doubt is left out; nothing is said from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.differences.words import SEVERAL, Words, bare_form, number_word, participle, words

_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*|[,.;:!?]")
_APOSTROPHE = re.compile(r"\s*[’'](?=s\b)")
# "This is a close-up of a cat": about the cat
_PICTURE_OF = re.compile(
    r"^(?:this is |there is )?(?:an? |the )?(?:close[- ]?up|picture|photo|photograph|image|shot|view)"
    r"(?: (?:picture|photo|shot|view|image))? of ",
    re.IGNORECASE,
)
_STOPS = {"!": ".", "?": ".", ";": ","}
_SPOKEN_OF = ("", "the", "a", "one", "an", "this", "that", "these", "those", "each", "every", "another")
MAX_SUBJECTS = 8  # noun phrases in a row


@dataclass(frozen=True)
class Phrase:
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


@dataclass(frozen=True)
class Chunked:
    """A caption taken apart. ``subjects`` are the noun phrases it begins with, ``others`` come later.

    ``action`` is what the subject does ("sitting"), "" where that is in doubt; ``shown`` is the caption as it may
    follow "the image shows", "" where it cannot; ``listed``: the caption only names things and
    where they are.
    """

    subjects: tuple[Phrase, ...] = ()
    others: tuple[Phrase, ...] = ()
    action: str = ""
    shown: str = ""
    listed: bool = False


@dataclass
class _Reader:
    """A place in a caption's tokens, as written and in lower case."""

    tokens: list[str]
    low: list[str]
    at: int = 0
    words: Words = field(default_factory=words)

    def word(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.low[place] if place < len(self.low) else "."


def chunk(caption: str) -> Chunked:
    """Take a caption apart; what cannot be understood is left out."""
    plain = _APOSTROPHE.sub("'", _PICTURE_OF.sub("", caption))
    tokens = [_STOPS.get(token, token) for token in map(str, _TOKEN.findall(plain))]
    while tokens and tokens[-1] in (".", ","):
        tokens.pop()
    if "." in tokens:  # one caption, one sentence: the first
        tokens = tokens[: tokens.index(".")]
    if sum(token.isupper() and len(token) > 1 for token in tokens) > len(tokens) / 2:
        tokens = [token.lower() for token in tokens]
    low = [token.lower() for token in tokens]
    reader = _Reader(tokens, low)
    if tokens and (_is_common(low[0], reader.words) or (tokens[0].isalpha() and not tokens[0].isupper())):
        tokens[0] = low[0]
    if low[:2] in (["there", "is"], ["there", "are"]):
        reader.at = 2
    subjects = _subjects(reader)
    if not subjects:
        return Chunked()
    after = reader.at
    others = _others(reader)
    shown = _shown(reader, subjects, after)
    reader.at = after
    listed = _is_list(reader)
    return Chunked(tuple(subjects), tuple(others), _action(reader, after), shown, listed)


def _is_common(word: str, known: Words) -> bool:
    return word in known.closed or word in known.modifiers or word in known.numbers or known.knows(word)


# ---- noun phrases ---------------------------------------------------------------------------------------


def _subjects(reader: _Reader) -> list[Phrase]:
    """The noun phrases joined by commas and "and" that begin here; the reader stands after them."""
    found: list[Phrase] = []
    while len(found) < MAX_SUBJECTS and (phrase := _phrase(reader)):
        found.append(phrase)
        start = reader.at
        while reader.word() in (",", "and") and reader.at < len(reader.low):
            reader.at += 1
        if reader.at == start or not _begins_phrase(reader):
            reader.at = start
            break
        ahead = reader.at
        if _phrase(reader) is None:
            reader.at = start
            break
        reader.at = ahead
    return found


def _begins_phrase(reader: _Reader) -> bool:
    known = reader.words
    word = reader.word()
    return (word in known.determiners or word in known.numbers or word in known.several or known.knows(word)
            or word in known.modifiers)  # fmt: skip


def _others(reader: _Reader) -> list[Phrase]:
    """Every noun phrase from here on that follows a preposition or a verb."""
    found: list[Phrase] = []
    known = reader.words
    before = ""
    while reader.at < len(reader.low):
        word = reader.word()
        if word in known.prepositions:
            before = word
            reader.at += 1
            continue
        start = reader.at
        phrase = _phrase(reader, before) if word not in ("and", ",") else None
        if phrase:
            found.append(phrase)
        elif reader.at == start:
            reader.at += 1
        if word not in ("and", ","):
            before = ""
    return found


def _phrase(reader: _Reader, before: str = "") -> Phrase | None:
    """The noun phrase that begins here, or None; the reader then stands where it stood."""
    start, known = reader.at, reader.words
    determiner, number = _determiner(reader)
    first = reader.at
    while reader.at < len(reader.low) and _belongs(reader, first, number, determiner):
        reader.at += 1
    phrase = _build(reader, first, determiner, number, before)
    if phrase is None:
        reader.at = start
    elif phrase.head in known.groups and reader.word() == "of":
        return _group(reader, phrase, before)
    return phrase


def _group(reader: _Reader, group: Phrase, before: str) -> Phrase | None:
    """ "a group of people": several people. "a couple of", "a pair of": two."""
    reader.at += 1
    members = _phrase(reader, before)
    if members is None or not members.plural:
        return members
    number = 2 if group.head in ("couple", "pair") and group.number == 1 and not group.modifiers else SEVERAL
    whole = " ".join([group.text, "of", members.text])
    return Phrase(group.determiner, whole, members.head, number, True, members.modifiers, before)


def _determiner(reader: _Reader) -> tuple[str, int | None]:
    """(Determiner, number said by it or None); the reader stands after it."""
    known = reader.words
    word = reader.word()
    if word in ("all", "both", "just", "only", "about") and reader.word(1) in known.numbers | dict.fromkeys(["of"]):
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


def _belongs(reader: _Reader, first: int, number: int | None, determiner: str) -> bool:
    """Whether the word at the reader goes on with the noun phrase that began at ``first``."""
    known, word = reader.words, reader.word()
    last = reader.low[reader.at - 1] if reader.at > first else ""
    if word == "and":  # "a black and white dog"
        return known.modifiers.get(last) == known.modifiers.get(reader.word(1), "") and _is_open(reader, 2)
    if word in known.closed or word in known.numbers:
        return False
    alive = known.kind(last) in ("person", "animal")
    if word.endswith("ing") and (alive or word not in known.ing_nouns):
        return not last and bool(determiner) and _is_open(reader, 1)  # "a running dog", but "a dog running"
    if not last or last == "and" or (last in known.modifiers and last not in known.kinds):
        return not (word in known.thirds and not last and not determiner)
    if alive and word in known.bare and not known.knows(word):
        return False  # "a man and a child stand"
    if word in known.past or (word.endswith("ed") and word not in known.modifiers) or word in known.participles:
        return not known.knows(last) and not known.singular(last) and _is_open(reader, 1)
    single = number == 1 or (number is None and known.singular(last) is None)
    if word in known.thirds and not (known.knows(word) and _is_noun_place(reader, number)):
        return not (single and _may_be_head(last, known))
    if word.endswith("s") and single and not known.knows(word) and alive:
        return False  # "the dog snuffles": an unknown verb
    # After a plural only a verb, an adverb or an unknown word can stand: "boys leap", "dogs mid-air"
    return known.singular(last) is None or last in known.same


def _is_open(reader: _Reader, ahead: int) -> bool:
    return reader.word(ahead) not in reader.words.closed


def _may_be_head(word: str, known: Words) -> bool:
    return word not in known.modifiers or known.knows(word)


def _is_noun_place(reader: _Reader, number: int | None) -> bool:
    """Whether a word that is noun and verb ("slides") can be a noun here: its phrase may be plural, nothing follows."""
    return number != 1 and reader.word(1) in ("and", ",", ".")


def _build(reader: _Reader, first: int, determiner: str, number: int | None, before: str) -> Phrase | None:
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
    return Phrase(determiner, " ".join(tokens), single or word, number, plural, modifiers, before, owned)


def _is_sure(reader: _Reader, word: str, determiner: str, number: int | None) -> bool:
    """Whether an unknown word must be a noun: it ends a phrase with an article or a number, before a closed word."""
    known = reader.words
    article = determiner in ("a", "an", "the")
    if word in known.modifiers or word in known.thirds or not word.isalpha() or (word in known.bare and not article):
        return False
    after = reader.word()
    said = determiner in known.determiners or (number is not None and number != 1)
    ends = after.endswith(("ing", "ed")) or after in known.closed | known.participles | known.past
    return said and (ends or after in known.thirds)


# ---- the whole caption ----------------------------------------------------------------------------------


def _is_list(reader: _Reader) -> bool:
    """Whether nothing follows the subjects but prepositions, noun phrases and commas."""
    known = reader.words
    while reader.at < len(reader.low):
        word = reader.word()
        if word in known.prepositions or word in (",", "and"):
            reader.at += 1
        elif word in known.auxiliaries or word in known.subordinators or _phrase(reader) is None:
            if word not in known.modifiers:  # "in black and white"
                return False
            reader.at += 1
    return True


def _action(reader: _Reader, start: int) -> str:
    """The participle of what the subjects do: "sitting" for "is sitting", "sits" and "sitting"."""
    known = reader.words
    reader.at = start
    if reader.word() in ("is", "are"):
        reader.at += 1
    word = reader.word()
    doing = word if word.endswith("ing") else known.participle_of(word)
    return doing if doing in known.actions else ""


def _shown(reader: _Reader, subjects: list[Phrase], after: int) -> str:
    """The caption as the object of "shows": "The dog runs." -> "a dog running"; "" where that would be no English."""
    if subjects[0].owned:
        return ""
    reader.at = after
    tail = _Tail(reader, len(subjects) > 1 or subjects[0].plural).read()
    if tail is None:
        return ""
    named = [with_article(subjects[0], reader.words), *(" ".join((p.determiner, p.text)).strip() for p in subjects[1:])]
    listed = f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
    return f"{listed} {' '.join(tail)}".replace(" ,", ",").strip(" ,")


def with_article(phrase: Phrase, known: Words) -> str:
    """A noun phrase as it is first spoken of: "the dog" -> "a dog", "the dogs" -> "dogs", "man" -> "a man"."""
    if phrase.determiner not in _SPOKEN_OF:
        return f"{phrase.determiner} {phrase.text}"
    if phrase.plural and " of " in phrase.text:  # "the crowd of people"
        return known.article(phrase.text)
    if phrase.number > 1:
        return f"{number_word(phrase.number)} {phrase.text}"
    if phrase.plural or (known.kind(phrase.head) == "mass" and phrase.determiner not in ("a", "an", "one")):
        return phrase.text
    return known.article(phrase.text)


class _Tail:
    """Reads what follows the subject and puts its finite verbs into participles; other clauses keep theirs."""

    def __init__(self, reader: _Reader, plural: bool) -> None:
        self._reader = reader
        self._known = reader.words
        self._plural = plural
        self._main = False  # the subject's own verb was met
        self._verb_place = True  # a finite verb can stand here
        self._start = reader.at
        self._out: list[str] = []

    def read(self) -> list[str] | None:
        """The words, or None where one was met that does not fit."""
        reader = self._reader
        while reader.at < len(reader.low):
            if reader.word() in self._known.subordinators and not self._is_role():
                return self._out + reader.tokens[reader.at :]
            if not self._step(reader.word()):
                return None
        return self._out

    def _is_role(self) -> bool:
        """ "dressed (up) as a snowman": no clause begins here."""
        return (
            self._reader.word() == "as" and "dressed" in self._reader.low[max(self._reader.at - 2, 0) : self._reader.at]
        )

    def _step(self, word: str) -> bool:
        known, reader = self._known, self._reader
        if word in (",", "and", "or", "but"):
            self._copy()
            self._verb_place = True
        elif word in known.auxiliaries and word != "being":
            return self._auxiliary(word)
        elif self._verb_place and word in (known.bare if self._plural else known.thirds):
            self._out.append(known.participle_of(word) or word)
            reader.at += 1
            self._main, self._verb_place = True, False
        elif self._is_unknown_verb(word):
            self._out.append(participle(bare_form(word)))
            reader.at += 1
            self._main, self._verb_place = True, False
        elif word == "to" and reader.word(1) in known.bare:
            self._copy(2)
            self._verb_place = False
        elif word in known.prepositions or word == "as":
            self._copy()
            self._verb_place = False  # "in cool light": what follows is no verb
        elif word in known.adverbs:
            self._copy()
        elif word in known.participles or (
            word.endswith("ing") and (reader.at == self._start or word not in known.ing_nouns)
        ):
            self._copy()
            self._verb_place = False
        else:
            return self._object(word)
        return True

    def _is_unknown_verb(self, word: str) -> bool:
        """ "A dog bounds across": right after one subject, and before a word that can only follow a verb."""
        known, reader = self._known, self._reader
        if self._plural or reader.at != self._start or known.knows(word) or not word.isalpha():
            return False
        follows = reader.word(1) in known.closed - {"is", "are", "has", "have"}
        return follows and word.endswith("s") and not word.endswith("ss")

    def _auxiliary(self, word: str) -> bool:
        """Drop the "is" of "is running"; every other auxiliary is in the way."""
        following = self._reader.word(1)
        continues = following.endswith("ing") or following in self._known.prepositions | self._known.participles
        if word not in ("is", "are") or self._main or not self._verb_place or not continues:
            return False
        self._reader.at += 1
        self._copy()
        self._main, self._verb_place = True, False
        return True

    def _object(self, word: str) -> bool:
        """A noun phrase, or a word that may stand in the place of one."""
        start = self._reader.at
        last = self._reader.low[start - 1] if start else ""
        if _phrase(self._reader):
            self._out += self._reader.tokens[start : self._reader.at]
        elif (
            word in self._known.pronouns - {"he", "she", "they", "there"}
            or word in self._known.modifiers
            or last in self._known.prepositions
            or last.endswith("ing")  # "doing gymnastics": some noun or other
        ):
            self._copy()
        else:
            return False
        self._verb_place = not self._main
        return True

    def _copy(self, count: int = 1) -> None:
        self._out += self._reader.tokens[self._reader.at : self._reader.at + count]
        self._reader.at += count
