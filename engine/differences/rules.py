"""The writer that needs no model: what the captions of two images say differently, as sentences.

Every statement is a pattern filled with what is said of the first image and of the second, so its reverse is the same
pattern filled the other way round: exact by construction. That something is *not* in an image is said only where its
captions give reason to: they list what there is, or they are about another person or animal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from engine.differences.scene import Scene, Thing
from engine.differences.words import SEVERAL, number_word, words

T = TypeVar("T")

VERSION = "3"
PER_PAIR = 4  # sentences kept of one pair; those about one attribute come first


class Statement(NamedTuple):
    """A sentence on an ordered pair, and the same of the pair swapped. ``about``: the kind of difference."""

    text: str
    reverse: str
    about: str


class _Pair(NamedTuple):
    """Two images' scenes, and the things of one name that both hold."""

    first: Scene
    second: Scene
    shared: list[tuple[Thing, Thing]]


def statements(first: Scene, second: Scene) -> list[Statement]:
    """What tells two images apart, by their captions; the most telling first, at most `PER_PAIR`."""
    there = second.things
    pair = _Pair(first, second, [(thing, there[head]) for head, thing in first.things.items() if head in there])
    found: list[Statement] = []
    for rule in (_attributes, _numbers, _inventories, _looks, _places, _actions, _absent, _shown):
        found += rule(pair)
        if len(found) >= PER_PAIR:
            break
    return found[:PER_PAIR] or list(_about(pair))


def _both(pattern: Callable[[T, T], str], first: T, second: T, about: str) -> Statement:
    return Statement(pattern(first, second), pattern(second, first), about)


# ---- things that both images hold -----------------------------------------------------------------------


def _attributes(pair: _Pair) -> Iterator[Statement]:
    """One thing of a name in each image, and a different look."""
    grey = pair.first.grey or pair.second.grey
    for one, other in pair.shared:
        if not one.looks or not other.looks or one.kind == "mass" or not _are_alike(one, other):
            continue
        for name in sorted(one.looks.keys() & other.looks.keys()):
            mine, theirs = one.looks[name], other.looks[name]
            if name == "colour" and (grey or set(mine.split()) & set(theirs.split()) - {"and"}):
                continue
            if mine != theirs:
                yield _attribute(one, other, name, mine, theirs)


def _are_alike(one: Thing, other: Thing) -> bool:
    """Whether "the dog in the first image" is clear in both, or "the dogs" are in both."""
    return one.number is not None and other.number is not None and (one.number == 1) == (other.number == 1)


def _attribute(one: Thing, other: Thing, name: str, mine: str, theirs: str) -> Statement:
    plural = one.number != 1 or one.kind == "pair"
    noun, verb, rest = (words().plural(one.head), "are", "those") if plural else (one.head, "is", "the one")
    if name in ("size", "age") and not plural:
        return Statement(
            f"The {noun} in the first image is {_COMPARATIVE[mine]} than the one in the second.",
            f"The {noun} in the first image is {_COMPARATIVE[theirs]} than the one in the second.",
            name,
        )
    made = "made of " if name == "material" else ""
    return _both(
        lambda a, b: f"The {noun} in the first image {verb} {made}{a}, while {rest} in the second {verb} {made}{b}.",
        mine,
        theirs,
        name,
    )


_COMPARATIVE = {"large": "larger", "small": "smaller", "old": "older", "young": "younger"}


def _numbers(pair: _Pair) -> Iterator[Statement]:
    """Things of one name, more of them in one image. What is named in passing ("in red shirts") is not counted."""
    counted = pair.first.total and pair.second.total
    for one, other in pair.shared:
        if not one.subject or not other.subject or (counted and one.head in words().generic):
            continue  # `_inventories` counts all things
        if one.number is None or other.number is None or one.number == other.number or one.kind in ("mass", "pair"):
            continue
        if SEVERAL in (one.number, other.number) and 1 not in (one.number, other.number):
            continue  # several may be as many
        yield _number_of(one.head, one.number, other.number)


def _number_of(noun: str, one: int, other: int) -> Statement:
    plural = words().plural(noun)

    def pattern(a: str, b: str) -> str:
        verb, named = ("is", noun) if a == "one" else ("are", plural)
        return f"There {verb} {a} {named} in the first image and {b} in the second."

    return _both(pattern, number_word(one), number_word(other), "number")


def _inventories(pair: _Pair) -> Iterator[Statement]:
    """Captions that list all there is: how many things, and of which colours."""
    first, second, _ = pair
    if not first.total or not second.total:
        return
    if first.total != second.total:
        yield _number_of("thing", first.total, second.total)
    mine, theirs = first.colours, second.colours
    if mine and theirs and not mine & theirs and not first.grey and not second.grey:
        if first.total == 1 and second.total == 1 and first.things.keys() == second.things.keys():
            return  # said of the thing itself
        yield _both(_coloured, (first.total, _listed(mine)), (second.total, _listed(theirs)), "colour")


def _coloured(one: tuple[int, str], other: tuple[int, str]) -> str:
    first = (
        f"The thing in the first image is {one[1]}" if one[0] == 1 else f"The things in the first image are {one[1]}"
    )
    second = f"the one in the second is {other[1]}" if other[0] == 1 else f"those in the second are {other[1]}"
    return f"{first}, while {second}."


def _listed(names: frozenset[str]) -> str:
    ordered = sorted(names)
    return f"{', '.join(ordered[:-1])} and {ordered[-1]}" if len(ordered) > 1 else ordered[0]


# ---- the whole image ------------------------------------------------------------------------------------


def _looks(pair: _Pair) -> Iterator[Statement]:
    """Light, air, time of day, sharpness."""
    for mine in pair.first.looks:
        for theirs in pair.second.looks:
            one, other = mine.split(), theirs.split()
            if one[-1] == other[-1] and (len(one) < 3 or len(other) < 3 or set(one[1:-1]) & set(other[1:-1])):
                continue  # "in soft focus" and "out of focus" say the same
            if {one[-1], other[-1]} <= _DARK:
                continue
            yield _both(
                lambda a, b: (
                    f"The first image {_look_verb(a)} {_look_of(a)}, while the second {_look_verb(b)} {_look_of(b)}."
                ),
                mine,
                theirs,
                "look",
            )
            return


_DARK = frozenset({"night", "dark", "darkness", "moonlight"})


def _look_verb(look: str) -> str:
    preposition = look.split()[0]
    return {"with": "has", "at": "was taken at", "under": "was taken under"}.get(preposition, f"is {preposition}")


def _look_of(look: str) -> str:
    return look.split(maxsplit=1)[1]


def _places(pair: _Pair) -> Iterator[Statement]:
    """Where the image is set, when the two places cannot be one; or a ground or background of another kind."""
    first, second, _ = pair
    for name, surface in first.surfaces.items():
        if surface != second.surfaces.get(name, surface):
            yield _set(surface, second.surfaces[name])
            return
    if first.setting and second.setting and not first.tags & second.tags:
        yield _set(first.setting, second.setting)


def _set(mine: str, theirs: str) -> Statement:
    return _both(lambda a, b: f"The first image is set {a}, while the second is set {b}.", mine, theirs, "place")


# ---- persons, animals and what they do ------------------------------------------------------------------


def _actions(pair: _Pair) -> Iterator[Statement]:
    """What the one subject of a name does, where nobody can do both at a time: who plays, may sit or run."""
    for one, other in pair.shared:
        if not one.posture or not other.posture or not _are_alike(one, other):
            continue
        if words().postures[one.posture] != words().postures[other.posture]:
            yield _both(_doing(one), one.posture, other.posture, "action")
            return


def _doing(thing: Thing) -> Callable[[str, str], str]:
    plural = thing.number != 1
    noun, verb, rest = (words().plural(thing.head), "are", "those") if plural else (thing.head, "is", "the one")
    return lambda a, b: f"The {noun} in the first image {verb} {a}, while {rest} in the second {verb} {b}."


def _absent(pair: _Pair) -> Iterator[Statement]:
    """Somebody or something that is in one image and, for good reason, not in the other."""
    first, second, _ = pair
    mine = _only(first, second)
    theirs = _only(second, first)
    if mine and theirs:
        yield _both(
            lambda a, b: f"The first image shows {a}, while the second shows {b}.", mine.text, theirs.text, "subject"
        )
    elif mine and (other := second.main):
        yield Statement(
            f"The first image shows {mine.text}, while the second shows {other.text} but {_none_of(mine)}.",
            f"The first image shows {other.text} but {_none_of(mine)}, while the second shows {mine.text}.",
            "presence",
        )
    elif theirs and (other := first.main):
        yield Statement(
            f"The first image shows {other.text} but {_none_of(theirs)}, while the second shows {theirs.text}.",
            f"The first image shows {theirs.text}, while the second shows {other.text} but {_none_of(theirs)}.",
            "presence",
        )


def _none_of(thing: Thing) -> str:
    return f"no {thing.head}" if thing.number == 1 else f"no {words().plural(thing.head)}"


def _only(scene: Scene, other: Scene) -> Thing | None:
    """A subject of one image that the other's captions give reason to believe is not in the other."""
    for thing in scene.subjects:
        if thing.head in other.things:
            continue
        listed = thing.kind == "thing" and other.closed
        seen = thing.kind == "animal" and "animal" not in other.kinds and "person" in other.subject_kinds
        if listed or seen:
            return thing
    return None


def _shown(pair: _Pair) -> Iterator[Statement]:
    """The captions themselves, one beside the other."""
    for mine, theirs in zip(pair.first.shown, pair.second.shown, strict=False):
        if mine != theirs:
            yield _both(lambda a, b: f"The first image shows {a}, while the second shows {b}.", mine, theirs, "caption")
            return


def _about(pair: _Pair) -> Iterator[Statement]:
    """What each image is about."""
    one, other = pair.first.main, pair.second.main
    if one is None or other is None or not {one.head, other.head}.isdisjoint(words().generic):
        return
    if one.head != other.head and one.kind and other.kind:
        yield _both(
            lambda a, b: f"The first image shows {a}, while the second shows {b}.", one.text, other.text, "subject"
        )
