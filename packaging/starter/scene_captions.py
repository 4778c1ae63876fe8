"""Captions of rendered scenes: types, sizes, colours, materials, counts and places.

Started by `captions.caption`. Comparisons (larger, more objects, further left, shinier) are said against a typical scene, with
a random rival as for looks.
"""

from __future__ import annotations

import random
from collections import Counter

from starter.scene_model import Scene, Thing

KIND_WORDS: dict[str, tuple[str, ...]] = {
    "sphere": ("sphere", "sphere", "ball", "globe"),
    "cube": ("cube", "cube", "box", "block"),
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
PHOTO_WORDS = ("photo", "picture", "image", "photograph", "scene", "rendering")


def caption_scene(draw: random.Random, scene: Scene) -> str:
    """One true sentence or phrase about the scene."""
    say = draw.choices((say_things, say_count, say_place, say_size, say_shine), (10, 3, 2, 3, 2))[0]
    text = say(draw, scene)
    opening = draw.choice(("", "", "a photo of ", "a photo of ", "a picture of ", "an image of ", "there is ", "this is "))
    return opening + text


def article(word: str) -> str:
    """*a* or *an*."""
    return "an" if word[0] in "aeiou" and not word.startswith("uni") else "a"


def describe(draw: random.Random, thing: Thing) -> str:
    """A thing with a random part of its properties: *a small red ball*, *a shiny object*, *a cube*."""
    words = []
    if draw.random() < 0.45:
        words.append(draw.choice(SIZE_WORDS[thing.size]))
    if draw.random() < 0.65:
        words.append(draw.choice(COLOUR_WORDS.get(thing.colour, (thing.colour,))))
    if draw.random() < 0.35:
        words.append(draw.choice(MATERIAL_WORDS[thing.material]))
    words.append(draw.choice(KIND_WORDS[thing.kind] if draw.random() < 0.75 else THING_WORDS))
    return f"{article(words[0])} {' '.join(words)}"


def say_things(draw: random.Random, scene: Scene) -> str:
    """One to three of the things; the larger are spoken of more often."""
    count = min(len(scene.things), draw.choice((1, 1, 2, 3)))
    chosen = draw.sample(scene.things, count)
    text = " and ".join(describe(draw, thing) for thing in chosen)
    if draw.random() < 0.1:
        text += f" on a {scene.ground} ground"
    return text


def say_count(draw: random.Random, scene: Scene) -> str:
    """How many things, or how many of the most frequent type; many and few by comparison."""
    count = len(scene.things)
    pick = draw.random()
    if pick < 0.45:
        return f"{NUMBER_WORDS[count]} {draw.choice(THING_WORDS)}{'s' if count > 1 else ''}"
    if pick < 0.65:
        kind, number = Counter(thing.kind for thing in scene.things).most_common(1)[0]
        return f"{NUMBER_WORDS[number]} {draw.choice(KIND_WORDS[kind])}{'s' if number > 1 else ''}"
    if count > draw.choice((1, 1, 2, 2, 3, 4, 5)):
        return draw.choice(("many objects", "many things", "more objects", "several objects", "a lot of things", "more things"))
    return draw.choice(("few objects", "one object", "fewer objects", "a single thing", "few things", "only one thing"))


def say_place(draw: random.Random, scene: Scene) -> str:
    """Left or right, for one thing or the middle of all."""
    noun = describe(draw, scene.things[0]) if len(scene.things) == 1 else draw.choice(("things", "objects", "shapes"))
    if scene.place > draw.gauss(0, 0.1):
        return f"{noun} {draw.choice(('on the right', 'at the right side', 'to the right', 'further right', 'in the right half'))}"
    return f"{noun} {draw.choice(('on the left', 'at the left side', 'to the left', 'further left', 'in the left half'))}"


def say_size(draw: random.Random, scene: Scene) -> str:
    """Large or small, for one thing or all, by comparison; also how near it is."""
    noun = draw.choice(THING_WORDS) if draw.random() < 0.6 else draw.choice(KIND_WORDS[scene.things[0].kind])
    if scene.mean_radius > draw.uniform(0.045, 0.18):
        word = draw.choice(("large", "big", "huge", "larger", "bigger", "giant", "very large"))
    else:
        word = draw.choice(("small", "tiny", "little", "smaller", "littler", "miniature", "very small"))
    return f"{article(word)} {word} {noun}" if len(scene.things) == 1 else f"{word} {noun}s"


def say_shine(draw: random.Random, scene: Scene) -> str:
    """Shiny or matte, for one thing or most."""
    noun = draw.choice(THING_WORDS)
    if scene.metal > draw.random():
        word = draw.choice(("shiny", "metal", "metallic", "glossy", "shinier", "glossier", "reflective", "polished"))
    else:
        word = draw.choice(("matte", "rubber", "dull", "rubbery", "duller", "not shiny", "unpolished"))
    return f"{article(word)} {word} {noun}" if len(scene.things) == 1 else f"{word} {noun}s"
