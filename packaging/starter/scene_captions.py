"""Captions of rendered scenes: types, sizes, colours, materials, counts and places.

Started by `captions.captions`. Every sentence comes with a function that tells how far it is true of any scene, in
0..1: comparisons (larger, more objects, further left, shinier) are true by degrees.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable

from starter.scene_model import COLOURS, GROUNDS, Scene

Said = tuple[str, Callable[[Scene], float]]

KIND_WORDS: dict[str, tuple[str, ...]] = {
    "sphere": ("sphere", "sphere", "ball", "globe"),
    "cube": ("cube", "cube", "block", "die"),
    "cylinder": ("cylinder", "cylinder", "tube", "drum"),
    "cone": ("cone", "cone", "pyramid"),
}
MATERIAL_WORDS: dict[str, tuple[str, ...]] = {
    "metal": ("metal", "shiny", "metallic", "glossy", "reflective"),
    "rubber": ("rubber", "matte", "dull", "rubbery"),
}
SIZE_WORDS: dict[str, tuple[str, ...]] = {
    "small": ("small", "tiny", "little"),
    "medium": ("medium", "medium-sized"),
    "large": ("large", "big", "huge"),
}
COLOUR_WORDS: dict[str, tuple[str, ...]] = {"grey": ("grey", "gray")}
NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven")
THING_WORDS = ("object", "thing", "object", "shape")
MANY_WORDS = ("many objects", "many things", "more objects", "several objects", "a lot of things", "more things")
FEW_WORDS = ("few objects", "one object", "fewer objects", "a single thing", "few things", "only one thing")
RIGHT_WORDS = ("on the right", "at the right side", "to the right", "further right", "in the right half")
LEFT_WORDS = ("on the left", "at the left side", "to the left", "further left", "in the left half")
LARGE_WORDS = ("large", "big", "huge", "larger", "bigger", "giant", "very large")
SMALL_WORDS = ("small", "tiny", "little", "smaller", "littler", "miniature", "very small")
SHINY_WORDS = ("shiny", "metal", "metallic", "glossy", "shinier", "glossier", "reflective", "polished")
GROUND_WORDS = ("ground", "ground", "background", "floor")
MATTE_WORDS = ("matte", "rubber", "dull", "rubbery", "duller", "not shiny", "unpolished")


def say_scene(draw: random.Random, scene: Scene) -> Said:
    """One sentence or phrase that is true of the scene, and its truth for any other."""
    say = draw.choices((say_thing, say_count, say_place, say_size, say_shine, say_ground), (9, 4, 3, 3, 3, 2))[0]
    text, truth = say(draw, scene)
    opening = draw.choice(
        ("", "", "a photo of ", "a photo of ", "a picture of ", "an image of ", "there is ", "this is ")
    )
    return opening + text, truth


def article(word: str) -> str:
    """*a* or *an*."""
    return "an" if word[0] in "aeiou" and not word.startswith("uni") else "a"


def say_thing(draw: random.Random, scene: Scene) -> Said:
    """One thing by some of its properties: *a small red ball*, *a shiny object*, *a cube*."""
    thing = draw.choice(scene.things)
    words, wanted = [], {}
    if draw.random() < 0.35:
        wanted["size"] = thing.size
        words.append(draw.choice(SIZE_WORDS[thing.size]))
    if draw.random() < 0.6:
        wanted["colour"] = thing.colour
        words.append(draw.choice(COLOUR_WORDS.get(thing.colour, (thing.colour,))))
    if draw.random() < 0.25:
        wanted["material"] = thing.material
        words.append(draw.choice(MATERIAL_WORDS[thing.material]))
    if not words or draw.random() < 0.65:
        wanted["kind"] = thing.kind
        words.append(draw.choice(KIND_WORDS[thing.kind]))
    else:
        words.append(draw.choice(THING_WORDS))

    def truth(other: Scene) -> float:
        return float(any(all(getattr(each, key) == value for key, value in wanted.items()) for each in other.things))

    return f"{article(words[0])} {' '.join(words)}", truth


def say_count(draw: random.Random, scene: Scene) -> Said:
    """How many things, or how many of the most frequent type; many and few by degrees."""
    count, pick = len(scene.things), draw.random()
    if pick < 0.3:
        noun = draw.choice(THING_WORDS)
        return f"{NUMBER_WORDS[count]} {noun}{'s' if count > 1 else ''}", lambda other: float(
            len(other.things) == count
        )
    if pick < 0.45:
        kind, number = Counter(thing.kind for thing in scene.things).most_common(1)[0]
        text = f"{NUMBER_WORDS[number]} {draw.choice(KIND_WORDS[kind])}{'s' if number > 1 else ''}"
        return text, lambda other: float(sum(thing.kind == kind for thing in other.things) == number)
    many = draw.random() < 0.5
    text = draw.choice(MANY_WORDS if many else FEW_WORDS)
    return text, by_degrees(lambda other: (len(other.things) - 1) / 6, many)


def say_place(draw: random.Random, scene: Scene) -> Said:
    """Left or right, for one thing or the middle of all."""
    is_right = draw.random() < 0.5
    noun = draw.choice(("an object", "a thing", "things", "objects"))
    text = f"{noun} {draw.choice(RIGHT_WORDS if is_right else LEFT_WORDS)}"
    return text, by_degrees(right, is_right)


def say_size(draw: random.Random, scene: Scene) -> Said:
    """Large or small, of one thing or all, as the camera sees them."""
    is_large = draw.random() < 0.5
    word, noun = draw.choice(LARGE_WORDS if is_large else SMALL_WORDS), draw.choice(THING_WORDS)
    return name_some(draw, word, noun), by_degrees(large, is_large)


def say_shine(draw: random.Random, scene: Scene) -> Said:
    """Shiny or matte, of one thing or most."""
    shiny = draw.random() < 0.5
    word, noun = draw.choice(SHINY_WORDS if shiny else MATTE_WORDS), draw.choice(THING_WORDS)
    return name_some(draw, word, noun), by_degrees(lambda other: other.metal, shiny)


def say_ground(draw: random.Random, scene: Scene) -> Said:
    """What the things stand on, alone or under one of them: *a cone on a slate ground*."""
    text = f"{article(scene.ground)} {scene.ground} {draw.choice(GROUND_WORDS)}"
    if draw.random() < 0.5:
        return draw.choice((text, f"on {text}")), lambda other: float(other.ground == scene.ground)
    thing, holds = say_thing(draw, scene)
    return f"{thing} on {text}", lambda other: holds(other) * (other.ground == scene.ground)


def name_some(draw: random.Random, word: str, noun: str) -> str:
    """*a shiny object*, *shiny objects* or *something shiny*."""
    return draw.choice((f"{article(word)} {word} {noun}",) * 3 + (f"{word} {noun}s", f"something {word}"))


def right(scene: Scene) -> float:
    """How far the things are on the right, 0..1."""
    return 1 / (1 + math.exp(-scene.place / 0.09))


def large(scene: Scene) -> float:
    """How large the things look, 0..1 for most scenes."""
    return (scene.mean_radius - 0.04) / 0.13


def by_degrees(degree: Callable[[Scene], float], high: bool) -> Callable[[Scene], float]:
    """Truth that grows with a degree, or falls with it; never quite 0 or 1."""

    def truth(scene: Scene) -> float:
        value = min(0.97, max(0.03, degree(scene)))
        return value if high else 1 - value

    return truth


def scene_words() -> list[tuple[str, ...]]:
    """All words and phrases that scenes are described with."""
    named = (KIND_WORDS, MATERIAL_WORDS, SIZE_WORDS, COLOUR_WORDS)
    plain = (NUMBER_WORDS, THING_WORDS, MANY_WORDS, FEW_WORDS, RIGHT_WORDS, LEFT_WORDS, LARGE_WORDS, SMALL_WORDS)
    plural = tuple(f"{word}s" for words in (*KIND_WORDS.values(), THING_WORDS) for word in words)
    return [
        *(words for table in named for words in table.values()),
        *plain,
        SHINY_WORDS,
        MATTE_WORDS,
        GROUND_WORDS,
        tuple(GROUNDS),
        tuple(COLOURS),
        plural,
    ]
