"""What the captions of one image say together: things with number and looks, places, light; used by the rule writer.

Several people caption one image and do not agree. Here a fact counts when no caption contradicts it; who says less,
contradicts nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.differences.chunks import Chunked, chunk
from engine.differences.phrases import Phrase, with_article
from engine.differences.words import SEVERAL, Words, words

CLASSES = ("colour", "size", "age", "material", "pattern")
_TOYS = frozenset({"toy", "teddy", "stuffed", "plastic", "wooden", "rubber", "stone", "metal"})  # no living animal
_NO_PLACES = ("jungle gym",)
_INDOORS = ("bar", "room", "kitchen", "store", "shop", "restaurant", "office", "gym")
_NO_ARTICLE = ("water", "sand", "snow", "ice", "grass")
SURFACES = ("ground", "background", "backdrop")
SHOWN_WORDS = 20  # of the longest caption that is quoted whole
AGREED = 0.5  # share of the captions that name a subject, for it to be one of the image
_SIZES = {"large": "large", "small": "small", "old": "old", "young": "young"}
_SPELLING = {"gray": "grey", "colorful": "colourful", "golden": "gold", "blonde": "blond", "wooden": "wood"}

# Light and air, time of day, sharpness: said of the whole image. The first word decides how it is said of an image.
_LOOK = re.compile(
    r"\b(?:(in|under) ((?:the )?(?:\w+ ){0,2}?(?:light|sunlight|sunshine|moonlight|haze|fog|mist|focus|darkness))"
    r"|(in) (the dark)|(at) ((?:\w+ ){0,2}?(?:dusk|dawn|sunset|sunrise|night|twilight))|(in) (black and white)"
    r"|(in|with) ((?:(?!water )\w+ )?(?:colou?rs|contrast))|(out) (of focus))(?=$|[ ,.]*$|,)"
)
_COLOURS_OF_ALL = re.compile(
    r"^(?:\w+) (?:things|objects|items|shapes) in ((?:\w+(?:, | and |,? and )?)+?)(?= on | in |,? *$|\.)"
)


@dataclass(frozen=True)
class Thing:
    """What is said of the things of one name. ``number`` is None where captions disagree.

    ``looks`` maps a class of modifiers to what every one of the things is (only where all are said to be alike);
    ``posture`` is what it does with its whole body ("sitting"), "" where captions disagree or do not say;
    ``weight`` is the share of captions that name the thing; ``text`` a noun phrase to show it by.
    """

    head: str
    kind: str
    number: int | None
    text: str
    looks: dict[str, str]
    posture: str
    weight: float
    subject: bool


@dataclass(frozen=True)
class Scene:
    """What an image's captions say. ``closed``: they name everything there is, with all colours; else they are open.

    An image is compared with many others, so what a comparison asks of it is worked out once.
    """

    things: dict[str, Thing]
    places: dict[str, str]  # place -> "on a sandy beach"
    tags: frozenset[str]  # of all places named
    looks: tuple[str, ...]  # "in dim light"
    colours: frozenset[str]  # of all things, where the captions are closed about colour
    total: int | None  # how many things in all, where that is known
    shown: tuple[str, ...]  # captions that may follow "the image shows"
    closed: bool
    grey: bool  # a photograph in black and white; its colours are not seen

    @cached_property
    def main(self) -> Thing | None:
        """The thing that most captions name as their subject."""
        return max((thing for thing in self.things.values() if thing.subject), key=_weight, default=None)

    @cached_property
    def subjects(self) -> tuple[Thing, ...]:
        """The subjects that most captions agree on, by their own names; the most named first."""
        chosen = (t for t in self.things.values() if t.subject and t.weight >= AGREED and t.head not in words().generic)
        return tuple(sorted(chosen, key=_weight, reverse=True))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Of all things."""
        return frozenset(thing.kind for thing in self.things.values())

    @cached_property
    def subject_kinds(self) -> frozenset[str]:
        """Of the things that are subjects."""
        return frozenset(thing.kind for thing in self.things.values() if thing.subject)

    @cached_property
    def setting(self) -> str:
        """Where the image is set: "on a sandy beach"; "" where no place is named."""
        return next((said for place, said in self.places.items() if place not in SURFACES), "")

    @cached_property
    def surfaces(self) -> dict[str, str]:
        """The ground and what is behind, where they are of some kind: "on a white ground"."""
        return {name: said for name in SURFACES if len((said := self.places.get(name, "")).split()) > 3}


def _weight(thing: Thing) -> float:
    return thing.weight


def read_scene(captions: Sequence[str]) -> Scene:
    """What the captions of one image say together."""
    known = words()
    chunks = [chunk(caption) for caption in captions]
    looks = tuple(dict.fromkeys(look for caption in captions for look in _looks(caption)))
    grey = "in black and white" in looks
    things = _things(chunks, known)
    places, tags = _places(chunks, known)
    listed = bool(chunks) and all(chunk.listed for chunk in chunks)
    colours, total = _inventory(captions, chunks, known) if listed else (frozenset(), None)
    return Scene(
        things=things,
        places=places,
        tags=tags,
        looks=looks,
        colours=colours,
        total=total,
        shown=tuple(sorted((c.shown for c in chunks if 0 < len(c.shown.split()) <= SHOWN_WORDS), key=_is_compound)),
        closed=listed and all(_names_all(found, known) for found in chunks),
        grey=grey,
    )


def _names_all(found: Chunked, known: Words) -> bool:
    """Whether a caption lists what there is: things by their own names, on a ground, and nothing else."""
    return all(
        known.kind(phrase.head) == "thing" and phrase.head not in known.generic for phrase in found.subjects
    ) and all(phrase.head in SURFACES or known.kind(phrase.head) == "mass" for phrase in found.others)


def _is_compound(text: str) -> bool:
    """Whether a caption holds a clause of its own, which sits badly inside another sentence."""
    return not {"while", "whilst", "as", ","}.isdisjoint(text.replace(",", " ,").split())


# ---- things ---------------------------------------------------------------------------------------------


def _things(chunks: Sequence[Chunked], known: Words) -> dict[str, Thing]:
    phrases: dict[str, list[list[Phrase]]] = defaultdict(list)  # head -> one list a caption that names it
    actions: dict[str, set[str]] = defaultdict(set)
    subjects: Counter[str] = Counter()
    for found in chunks:
        named: dict[str, list[Phrase]] = defaultdict(list)
        for phrase in (*found.subjects, *found.others):
            if phrase.head not in known.places and not phrase.owned:
                named[phrase.head].append(phrase)
        for head, group in named.items():
            phrases[head].append(group)
        for phrase in found.subjects:
            subjects[phrase.head] += 1
            if found.action and len(found.subjects) == 1:
                actions[phrase.head].add(found.action)
    return {
        head: _thing(head, groups, _posture(actions[head], known), len(chunks), subjects[head], known)
        for head, groups in phrases.items()
    }


def _thing(head: str, groups: list[list[Phrase]], posture: str, captions: int, subjects: int, known: Words) -> Thing:
    numbers = {_number(group) for group in groups}
    number = numbers.pop() if len(numbers) == 1 else None
    plain = min(
        (phrase for group in groups for phrase in group),
        key=lambda p: (p.number == SEVERAL, p.before != "", len(p.text)),
    )
    looks = {} if number is None else _common_looks(groups, known)
    toy = any(not _TOYS.isdisjoint(phrase.modifiers) for group in groups for phrase in group)
    return Thing(
        head,
        "thing" if toy else known.kind(head),
        number,
        with_article(plain, known),
        looks,
        posture,
        len(groups) / captions,
        subjects > 0,
    )


def _posture(actions: set[str], known: Words) -> str:
    """The one way to be that all captions agree on: "sitting"; "running" and "jogging" are one way."""
    found = sorted(actions & known.postures.keys())
    return found[0] if len({known.postures[action] for action in found}) == 1 else ""


def _number(group: list[Phrase]) -> int:
    """How many one caption names: "a black dog and two white dogs" are three."""
    if any(phrase.number == SEVERAL for phrase in group):
        return SEVERAL
    return sum(phrase.number for phrase in group)


def _common_looks(groups: list[list[Phrase]], known: Words) -> dict[str, str]:
    """Class -> value that all captions agree on; several things in one caption must all be said to be so."""
    values: dict[str, set[str]] = defaultdict(set)
    for group in groups:
        said = [modifiers_of(phrase, known) for phrase in group]
        for name in {name for looks in said for name in looks}:
            values[name] |= {looks.get(name, "") for looks in said}
    return {name: found.pop() for name, found in values.items() if len(found) == 1}


def modifiers_of(phrase: Phrase, known: Words) -> dict[str, str]:
    """Class -> value of a phrase: "large black and white dog" -> {"size": "large", "colour": "black and white"}."""
    found: dict[str, list[str]] = defaultdict(list)
    for word in phrase.modifiers:
        name = known.modifiers.get(word, "")
        if name in ("large", "small"):
            found["size"].append(name)
        elif name in ("old", "young"):
            found["age"].append(name)
        elif name in CLASSES:
            found[name].append(_SPELLING.get(word, word))
    if phrase.head in ("boy", "girl", "man", "woman", "child", "person"):
        found.pop("size", None)  # "a little girl" tells her age
    return {name: " and ".join(sorted(values)) for name, values in found.items()}


# ---- places and looks -----------------------------------------------------------------------------------


def _places(chunks: Sequence[Chunked], known: Words) -> tuple[dict[str, str], frozenset[str]]:
    """The places that the image is set in, as they are said, and what all places named go with."""
    places: dict[str, str] = {}
    tags: set[str] = set()
    for found in chunks:
        for phrase in found.others:
            if phrase.head in known.places:
                tags |= known.places[phrase.head]
                said = _setting(phrase, known)
                if said:
                    places.setdefault(phrase.head, said)
    return places, frozenset(tags)


def _setting(phrase: Phrase, known: Words) -> str:
    """ "on a sandy beach": a place phrase as it may follow "the image is set", or ""."""
    if phrase.before not in ("on", "in", "at") or phrase.owned or phrase.number != 1 or "of" in phrase.text.split():
        return ""
    if phrase.before == "on" and phrase.head in _INDOORS:  # "on a metal bar"
        return ""
    if phrase.text.endswith(_NO_PLACES):
        return ""
    if phrase.determiner == "the" or (phrase.determiner not in ("a", "an") and phrase.head in _NO_ARTICLE):
        return " ".join(filter(None, (phrase.before, phrase.determiner, phrase.text)))
    return f"{phrase.before} {known.article(phrase.text)}"


def _looks(caption: str) -> list[str]:
    return [" ".join(part for part in match if part) for match in _LOOK.findall(caption.lower().strip(" ."))]


def _inventory(captions: Sequence[str], chunks: Sequence[Chunked], known: Words) -> tuple[frozenset[str], int | None]:
    """(Colours of all things, how many things) of captions that are lists; empty and None where that is not told."""
    colours: set[str] = set()
    totals: set[int] = set()
    for caption, found in zip(captions, chunks, strict=True):
        if any(known.kind(phrase.head) != "thing" for phrase in found.subjects):
            return frozenset(), None
        told = _COLOURS_OF_ALL.match(caption.lower())
        each = [modifiers_of(phrase, known).get("colour", "") for phrase in found.subjects]
        if told:
            colours |= set(re.split(r", and |, | and ", told[1]))
        elif all(each):
            colours |= set(each)
        else:
            return frozenset(), None
        numbers = [phrase.number for phrase in found.subjects]
        totals.add(SEVERAL if SEVERAL in numbers else sum(numbers))
    known_total = totals.pop() if len(totals) == 1 else SEVERAL
    return frozenset(_SPELLING.get(colour, colour) for colour in colours), known_total or None
