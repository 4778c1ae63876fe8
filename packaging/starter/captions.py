"""Captions, and how far each is true of every picture of a batch.

Started by `train`. A look (brightness, warmth ...) is said by comparison: *bright* is as true of a picture as is
the share of all pictures that it outshines, *dark* is true of it to the rest. A contrastive model trained on such
truths learns text(bright) - text(dark) as the log odds of that share: an order of all pictures, where plain labels
would make two heaps. What a rendered scene holds (types, sizes, colours, counts, places) is true or false.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from starter.attributes import HUES, LOOKS
from starter.scene_captions import article, say_scene, scene_words
from starter.scene_model import Scene


@dataclass(frozen=True)
class Words:
    """Words for the two poles of a look: before a noun (*dark*), alone (*darker*), after *with* (*deep shadows*)."""

    high: tuple[str, ...]
    low: tuple[str, ...]
    higher: tuple[str, ...]
    lower: tuple[str, ...]
    with_high: tuple[str, ...]
    with_low: tuple[str, ...]


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


def _read_words() -> dict[str, Words]:
    """words.toml beside this module, and the hues."""
    with (Path(__file__).parent / "words.toml").open("rb") as stream:
        read = tomllib.load(stream)
    words = {look: Words(**{pole: tuple(each) for pole, each in poles.items()}) for look, poles in read.items()}
    hues = (
        _hue("red", "redder", "reddish"),
        _hue("orange", "oranger", "brown"),
        _hue("yellow", "yellower", "yellowish"),
        _hue("green", "greener", "greenish"),
        _hue("blue", "bluer", "bluish"),
        _hue("purple", "purpler", "pink", "violet", "magenta"),
    )
    return {**words, **dict(zip(HUES, hues, strict=True))}


LOOK_WORDS = _read_words()
# How often each look is spoken of, relative to the others.
WEIGHTS: dict[str, float] = {
    "brightness": 1.2, "colourfulness": 1.5, "warmth": 1.3, "contrast": 2.0, "sharpness": 2.0, "clutter": 1.7,
    "grain": 0.6, "top_light": 0.25, "left_light": 0.25, "centre_light": 0.25,
    "red": 2.0, "orange": 1.4, "yellow": 1.4, "green": 2.0, "blue": 2.0, "purple": 1.4,
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

    ``shares`` (B, looks) and ``scenes`` (B) tell what the pictures are. Where there are scenes, half of the captions
    speak of what they hold; their truth is NaN for pictures without a scene, of which they say nothing.
    """
    texts: list[str] = []
    truths: list[np.ndarray] = []
    rendered = [scene for scene in scenes if scene is not None]
    while len(texts) < count:
        if rendered and draw.random() < 0.5:
            text, is_true = say_scene(draw, draw.choice(rendered))
            truth = np.array([is_true(scene) if scene else np.nan for scene in scenes])
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
