"""Captions: what is true of a picture, in varied English.

Started by `train` for every picture of every batch. A look (brightness, warmth ...) is said by comparison: the picture meets
a rival drawn at random, and the words name the side on which it falls, *much brighter* where the distance is large. So a
picture that is brighter than 80 % of the others is called bright four times in five, and the best that a contrastive
model can do is to learn text(bright) - text(dark) as the log odds of that share: an order of all pictures, not two heaps.
What a rendered scene holds (types, sizes, colours, counts, places) is said plainly.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starter.scene_captions import article, caption_scene
from starter.scene_model import Scene


@dataclass(frozen=True)
class Words:
    """Words for the two poles of a look. Plain words go before a noun, comparatives stand alone, phrases follow *with*."""

    high: tuple[str, ...]
    low: tuple[str, ...]
    higher: tuple[str, ...]
    lower: tuple[str, ...]
    with_high: tuple[str, ...] = ()
    with_low: tuple[str, ...] = ()


def _words(high: str, low: str, higher: str, lower: str, with_high: str = "", with_low: str = "") -> Words:
    parts = ([word.strip() for word in text.split(",") if word.strip()] for text in (high, low, higher, lower, with_high, with_low))
    return Words(*(tuple(part) for part in parts))


def _hue(name: str, comparative: str, *more: str) -> Words:
    names = (name, *more)
    return Words(
        high=(*names, f"very {name}", f"mostly {name}", f"{name} toned", f"{name} coloured"),
        low=(f"not {name}", f"not at all {name}", f"hardly {name}", f"barely {name}", f"non-{name}"),
        higher=(comparative, f"more {name}"),
        lower=(f"less {name}", f"not so {name}"),
        with_high=(name, f"much {name}", f"a lot of {name}", f"lots of {name}", f"{name} things", f"more {name}", f"{name} colours"),
        with_low=(f"no {name}", f"little {name}", f"hardly any {name}", f"less {name}", f"no {name} in it", f"nothing {name}"),
    )


LOOK_WORDS: dict[str, Words] = {
    "brightness": _words(
        "bright, light, brightly lit, well lit, pale, luminous, sunny, sunlit, white, overexposed, glowing, radiant, light toned, high key",
        "dark, dim, poorly lit, dimly lit, gloomy, shadowy, night time, black, underexposed, murky, too dark, dark toned, low key",
        "brighter, lighter, more luminous, more brightly lit, more overexposed, whiter, better lit, sunnier",
        "darker, dimmer, gloomier, more shadowy, more underexposed, blacker, less bright, less light",
        "more light, much light, bright light, a lot of light, high brightness, more brightness",
        "less light, little light, dim light, deep shadows, low brightness, less brightness",
    ),
    "colourfulness": _words(
        "colourful, colorful, vivid, saturated, strongly coloured, rich, vibrant, intensely coloured",
        "grey, gray, dull, black and white, monochrome, muted, faded, pale, desaturated, colourless, drab, washed out, greyscale",
        "more colourful, more colorful, more vivid, more saturated, richer in colour, more vibrant, stronger in colour",
        "less colourful, greyer, grayer, duller, more muted, more monochrome, paler, more faded, less saturated, less vivid",
        "strong colours, vivid colours, many colours, bright colours, high saturation, more colour, more colours",
        "no colour, muted colours, weak colours, few colours, low saturation, less colour, faded colours, one colour",
    ),
    "warmth": _words(
        "warm, warm toned, golden, amber, warmly lit, orange toned, yellowish, sepia, brown toned",
        "cool, cold, cool toned, bluish, icy, coldly lit, blue toned, chilly, wintry",
        "warmer, more golden, more orange, yellower, warmer in tone",
        "cooler, colder, bluer, icier, cooler in tone, less warm",
        "warm colours, warm light, warm tones, a warm tint, golden light, a yellow cast",
        "cool colours, cool light, cold light, cool tones, a cool tint, a blue cast",
    ),
    "contrast": _words(
        "high contrast, contrasty, strongly contrasted, punchy, harshly lit, stark, dramatic",
        "low contrast, flat, hazy, washed out, evenly lit, softly lit, misty, foggy, uniform",
        "higher contrast, more contrasty, higher in contrast, punchier, harsher, starker, more dramatic",
        "lower contrast, less contrasty, lower in contrast, flatter, hazier, mistier, foggier",
        "high contrast, strong contrast, more contrast, much contrast, deep blacks and bright whites",
        "low contrast, weak contrast, less contrast, little contrast, flat tones, haze",
    ),
    "sharpness": _words(
        "sharp, in focus, crisp, detailed, finely detailed, clear, high resolution, well focused",
        "blurry, out of focus, blurred, soft, unsharp, defocused, low resolution, fuzzy, motion blurred, smooth",
        "sharper, crisper, more detailed, clearer, more in focus, less blurry, higher in resolution",
        "blurrier, softer, more blurred, fuzzier, less sharp, less detailed, more out of focus, smoother",
        "sharp edges, fine detail, much detail, sharp focus, high sharpness, crisp detail",
        "blurry edges, no detail, blur, much blur, soft focus, low sharpness, a blurred background",
    ),
    "clutter": _words(
        "cluttered, busy, complex, crowded, messy, complicated, chaotic, full, intricate, elaborate, textured, rough, patterned, ornate",
        "simple, plain, empty, minimal, tidy, clean, calm, bare, uncluttered, minimalist, smooth, even, clear, sparse",
        "more cluttered, busier, more complex, more crowded, messier, more chaotic, fuller, more intricate, rougher, more textured",
        "simpler, plainer, emptier, more minimal, tidier, calmer, less cluttered, less busy, less complex, smoother, less crowded",
        "many things, many details, a lot going on, much clutter, many objects, rough texture, more detail",
        "few things, few details, an empty background, little in it, no clutter, a plain background, empty space, less detail",
    ),
    "grain": _words(
        "noisy, grainy, speckled, very grainy",
        "clean, noise free, smooth, grainless",
        "noisier, grainier, more speckled",
        "cleaner, less noisy, less grainy, smoother in tone",
        "much noise, film grain, noise, grain",
        "no noise, no grain, little noise",
    ),
    "top_light": _words(
        "bright at the top, light above",
        "dark at the top, bright at the bottom, light below",
        "brighter at the top, darker at the bottom",
        "darker at the top, brighter at the bottom",
        "a bright top, a bright sky, a dark bottom",
        "a dark top, a dark sky, a bright bottom",
    ),
    "left_light": _words(
        "bright on the left, lit from the left",
        "bright on the right, lit from the right",
        "brighter on the left, darker on the right",
        "brighter on the right, darker on the left",
        "light on the left, shadow on the right",
        "light on the right, shadow on the left",
    ),
    "centre_light": _words(
        "bright in the middle, bright in the centre, vignetted",
        "dark in the middle, dark in the centre, backlit",
        "brighter in the middle, darker at the edges",
        "darker in the middle, brighter at the edges",
        "a bright centre, dark edges, dark corners",
        "a dark centre, bright edges, bright corners",
    ),
    "red": _hue("red", "redder", "reddish"),
    "orange": _hue("orange", "oranger", "brown"),
    "yellow": _hue("yellow", "yellower", "yellowish"),
    "green": _hue("green", "greener", "greenish"),
    "blue": _hue("blue", "bluer", "bluish"),
    "purple": _hue("purple", "purpler", "pink", "violet", "magenta"),
}
# How often each look is spoken of, relative to the others.
WEIGHTS: dict[str, float] = {
    "brightness": 1.2, "colourfulness": 1.5, "warmth": 1.3, "contrast": 2.0, "sharpness": 2.0, "clutter": 1.7, "grain": 0.6,
    "top_light": 0.25, "left_light": 0.25, "centre_light": 0.25,
    "red": 1.0, "orange": 0.7, "yellow": 0.7, "green": 1.0, "blue": 1.0, "purple": 0.7,
}  # fmt: skip
NOUNS = ("photo", "picture", "image", "photograph", "scene", "view", "shot", "object", "thing", "place")


def say_look(draw: random.Random, look: str, share: float) -> tuple[str, str]:
    """One look in words, with its place in a sentence: ("plain", "comparative" or "with"). ``share``: of the rivals it beats."""
    margin = share - draw.random()
    words = LOOK_WORDS[look]
    kind = draw.choices(("plain", "comparative", "with"), (5, 3, 2))[0]
    high, low = {
        "plain": (words.high, words.low),
        "comparative": (words.higher, words.lower),
        "with": (words.with_high, words.with_low),
    }[kind]
    word = draw.choice(high if margin > 0 else low)
    if kind == "with" or " " in word:
        return word, kind
    return intensity(draw, word, abs(margin), kind), kind


def intensity(draw: random.Random, word: str, margin: float, kind: str) -> str:
    """Sometimes say how far the word holds: *very* for a large margin, *slightly* for a small one."""
    if draw.random() < 0.6:
        return word
    if margin > 0.6:
        return f"{draw.choice(('much', 'far') if kind == 'comparative' else ('very', 'extremely', 'really'))} {word}"
    if margin < 0.2:
        return f"{draw.choice(('slightly', 'a little') if kind == 'comparative' else ('rather', 'slightly', 'somewhat'))} {word}"
    return word


def caption_looks(draw: random.Random, shares: Mapping[str, float], looks: Sequence[str]) -> str:
    """A caption that says these looks of a picture, one to three of them."""
    said = [say_look(draw, look, shares[look]) for look in looks]
    plain = [word for word, kind in said if kind == "plain"]
    comparative = [word for word, kind in said if kind == "comparative"]
    phrases = [word for word, kind in said if kind == "with"]
    noun = draw.choice(NOUNS)
    if len(said) == 1 and draw.random() < 0.25:
        return said[0][0]
    head = f"{article(plain[0])} {', '.join(plain)} {noun}" if plain else f"{article(noun)} {noun}"
    text = head if plain or draw.random() < 0.7 else f"the {noun}"
    if phrases:
        text += f" with {' and '.join(phrases)}"
    if comparative:
        text += f" {draw.choice(('that is', 'that looks', 'which is'))} {' and '.join(comparative)}"
    return draw.choice(("", "", "", "this is ", "it is ", "a photo of ")) + text


def choose_looks(draw: random.Random) -> list[str]:
    """One look in most captions, at times two or three: more in one caption teach less of each."""
    count = draw.choices((1, 2, 3), (6, 3, 1))[0]
    chosen: list[str] = []
    while len(chosen) < count:
        look = draw.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))[0]
        if look not in chosen:
            chosen.append(look)
    return chosen


def caption(draw: random.Random, shares: Mapping[str, float], scene: Scene | None) -> str:
    """A true caption of a picture: of its looks, or in three cases of four of what the scene holds where it is one."""
    if scene is None or draw.random() < 0.25:
        return caption_looks(draw, shares, choose_looks(draw))
    return caption_scene(draw, scene)
