"""A caption taken apart: the noun phrases it names, what its subject does, and itself as something that is shown.

Started by `scene` for every caption once. What cannot be understood is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.differences.phrases import Phrase, Reader, other_phrases, phrase_at, subject_phrases, with_article
from engine.differences.words import Words, bare_form, participle, words

_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*|[,.;:!?]")
_APOSTROPHE = re.compile(r"\s*[’'](?=s\b)")
# "This is a close-up of a cat": about the cat
_PICTURE_OF = re.compile(
    r"^(?:this is |there is )?(?:an? |the )?(?:close[- ]?up|picture|photo|photograph|image|shot|view)"
    r"(?: (?:picture|photo|shot|view|image))? of ",
    re.IGNORECASE,
)
_STOPS = {"!": ".", "?": ".", ";": ","}
_LAY = {"lay": "lie", "lays": "lies", "laying": "lying"}  # many write "laying on a bed"


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
    for place in range(len(low) - 1):
        if low[place] in _LAY and low[place + 1] in words().prepositions:
            tokens[place] = low[place] = _LAY[low[place]]
    reader = Reader(tokens, low)
    if tokens and (_is_common(low[0], reader.words) or (tokens[0].isalpha() and not tokens[0].isupper())):
        tokens[0] = low[0]
    if low[:2] in (["there", "is"], ["there", "are"]):
        reader.at = 2
    subjects = subject_phrases(reader)
    if not subjects:
        return Chunked()
    after = reader.at
    others = other_phrases(reader)
    shown = _shown(reader, subjects, after)
    reader.at = after
    listed = _is_list(reader)
    return Chunked(tuple(subjects), tuple(others), _action(reader, after), shown, listed)


def _is_common(word: str, known: Words) -> bool:
    return word in known.closed or word in known.modifiers or word in known.numbers or known.knows(word)


def _is_list(reader: Reader) -> bool:
    """Whether nothing follows the subjects but prepositions, noun phrases and commas."""
    known = reader.words
    while reader.at < len(reader.low):
        word = reader.word()
        if word in known.prepositions or word in (",", "and"):
            reader.at += 1
        elif word in known.auxiliaries or word in known.subordinators or phrase_at(reader) is None:
            if word not in known.modifiers:  # "in black and white"
                return False
            reader.at += 1
    return True


def _action(reader: Reader, start: int) -> str:
    """The participle of what the subjects do: "sitting" for "is sitting", "sits" and "sitting"."""
    known = reader.words
    reader.at = start
    if reader.word() in ("is", "are"):
        reader.at += 1
    word = reader.word()
    doing = word if word.endswith("ing") else known.participle_of(word)
    return doing if doing in known.actions else ""


def _shown(reader: Reader, subjects: list[Phrase], after: int) -> str:
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


class _Tail:
    """Reads what follows the subject and puts its finite verbs into participles; other clauses keep theirs."""

    def __init__(self, reader: Reader, plural: bool) -> None:
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
                if not self._is_left_open():
                    return self._out + reader.tokens[reader.at :]
                self._copy(2)  # "who wears"
                self._verb_place = False
                continue
            if not self._step(reader.word()):
                return None
        return self._out

    def _is_left_open(self) -> bool:
        """ "a man who wears shorts is standing": the subject's own verb comes after the clause that begins here."""
        known = self._known
        if self._main or self._reader.word() not in ("who", "that", "which"):
            return False
        rest = self._reader.low[self._reader.at :]
        return sum(word in known.auxiliaries or word in known.thirds for word in rest) > 1

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
        """Drop the "is" of "is running", and "is shown"; every other auxiliary is in the way."""
        following = self._reader.word(1)
        known = self._known
        continues = following.endswith("ing") or following in known.prepositions or following in known.participles
        if word not in ("is", "are") or self._main or not self._verb_place or not continues:
            return False
        self._reader.at += 1
        if following == "shown":
            self._reader.at += 1
        else:
            self._copy()
        self._main, self._verb_place = True, False
        return True

    def _object(self, word: str) -> bool:
        """A noun phrase, or a word that may stand in the place of one."""
        start = self._reader.at
        last = self._reader.low[start - 1] if start else ""
        if phrase_at(self._reader):
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
