"""Captions, and how far each is true of every picture of a batch.

Started by `train`. A look (brightness, warmth ...) is said by comparison: *bright* is as true of a picture as is the share of all
pictures that it outshines, *dark* is true of it to the rest. A contrastive model trained on such truths learns text(bright) -
text(dark) as the log odds of that share: an order of all pictures, where plain labels would make two heaps. What a rendered
scene holds (types, sizes, colours, counts, places) is true or false.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from starter.attributes import LOOKS
from starter.scene_captions import article, say_scene, scene_words
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
    parts = (
        [word.strip() for word in text.split(",") if word.strip()]
        for text in (high, low, higher, lower, with_high, with_low)
    )
    return Words(*(tuple(part) for part in parts))


def _hue(name: str, comparative: str, *more: str) -> Words:
    names = (name, *more)
    return Words(
        high=(*names, f"very {name}", f"mostly {name}", f"{name} toned", f"{name} coloured"),
        low=(f"not {name}", f"not at all {name}", f"hardly {name}", f"barely {name}", f"non-{name}"),
        higher=(comparative, f"more {name}"),
        lower=(f"less {name}", f"not so {name}"),
        with_high=(
            name,
            f"much {name}",
            f"a lot of {name}",
            f"lots of {name}",
            f"{name} things",
            f"more {name}",
            f"{name} colours",
        ),
        with_low=(
            f"no {name}",
            f"little {name}",
            f"hardly any {name}",
            f"less {name}",
            f"no {name} in it",
            f"nothing {name}",
        ),
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


@dataclass(frozen=True)
class Claim:
    """That a look is high, or low; ``strength`` above 1 for words such as *very*."""

    look: str
    high: bool
    strength: float = 1.0

    def truth(self, shares: np.ndarray) -> np.ndarray:
        """Truth (B,) in 0..1 of pictures whose looks beat ``shares`` (B, looks) of all others."""
        share = shares[:, LOOKS.index(self.look)]
        return (share if self.high else 1 - share) ** self.strength


def say_look(draw: random.Random, look: str) -> tuple[str, str, Claim]:
    """One look in words: the word, its place in a sentence ("plain", "comparative" or "with"), and what it claims."""
    high = draw.random() < 0.5
    words = LOOK_WORDS[look]
    kind = draw.choices(("plain", "comparative", "with"), (6, 3, 2))[0]
    choices = {
        "plain": (words.high, words.low),
        "comparative": (words.higher, words.lower),
        "with": (words.with_high, words.with_low),
    }
    word = draw.choice(choices[kind][0 if high else 1])
    if kind == "plain" and " " not in word and draw.random() < 0.2:
        return f"{draw.choice(('very', 'extremely', 'really'))} {word}", kind, Claim(look, high, 2.5)
    return word, kind, Claim(look, high)


def say_looks(draw: random.Random) -> tuple[str, tuple[Claim, ...]]:
    """A caption of one look or two, and what it claims."""
    count = 1 if draw.random() < 0.75 else 2
    said = [say_look(draw, look) for look in choose_looks(draw, count)]
    claims = tuple(claim for _, _, claim in said)
    word, kind, _ = said[0]
    if count == 1 and draw.random() < 0.4:
        alone = {
            "plain": (
                word,
                f"a photo of something {word}",
                f"a photo of {article(word)} {word} scene",
                f"something {word}",
            ),
            "comparative": (word, f"a photo of something {word}", f"it is {word}", f"this photo is {word}"),
            "with": (word, f"a photo of {word}", f"a picture of {word}", f"there is {word}"),
        }
        return draw.choice(alone[kind]), claims
    return sentence(draw, said), claims


def sentence(draw: random.Random, said: Sequence[tuple[str, str, Claim]]) -> str:
    """Looks about a noun: *a bright photo with muted colours*, *a picture that is warmer*."""
    plain = [word for word, kind, _ in said if kind == "plain"]
    comparative = [word for word, kind, _ in said if kind == "comparative"]
    phrases = [word for word, kind, _ in said if kind == "with"]
    noun = draw.choice(NOUNS)
    text = f"{article(plain[0])} {', '.join(plain)} {noun}" if plain else f"{article(noun)} {noun}"
    if phrases:
        text += f" with {' and '.join(phrases)}"
    if comparative:
        text += f" {draw.choice(('that is', 'that looks', 'which is'))} {' and '.join(comparative)}"
    return draw.choice(("", "", "", "this is ", "a photo of ")) + text


def choose_looks(draw: random.Random, count: int) -> list[str]:
    """Different looks, by `WEIGHTS`."""
    chosen: list[str] = []
    while len(chosen) < count:
        look = draw.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))[0]
        if look not in chosen:
            chosen.append(look)
    return chosen


def captions(
    draw: random.Random, count: int, shares: np.ndarray, scenes: Sequence[Scene | None]
) -> tuple[list[str], np.ndarray]:
    """``count`` captions for a batch, and their truth (count, B) in 0..1; each is true of at least one picture.

    ``shares`` (B, looks) and ``scenes`` (B) tell what the pictures are. Half of the captions speak of what scenes hold, where
    there are any.
    """
    texts: list[str] = []
    truths: list[np.ndarray] = []
    rendered = [scene for scene in scenes if scene is not None]
    while len(texts) < count:
        if rendered and draw.random() < 0.5:
            text, is_true = say_scene(draw, draw.choice(rendered))
            truth = np.array([is_true(scene) if scene else 0.0 for scene in scenes])
        else:
            text, claims = say_looks(draw)
            truth = np.prod([claim.truth(shares) for claim in claims], axis=0)
        texts.append(text)
        truths.append(truth)
    return texts, np.stack(truths)


def vocabulary() -> list[str]:
    """The words that the model learns, in alphabetical order."""
    looks = [word for words in LOOK_WORDS.values() for pole in astuple(words) for word in pole]
    texts = [*looks, *NOUNS, *(name for names in scene_words() for name in names), "very extremely really something"]
    return sorted({word for text in texts for word in re.findall(r"[a-z]+", text.lower())})
