"""What is claimed of every training picture at once: looks, and what scenes hold, as one table of truths.

Started by `train`, whose first half teaches the image tower by this table: a picture then learns from a hundred
answers in every step, where a handful of captions through a text tower that still knows no words would give it few.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from starter.attributes import LOOKS
from starter.dataset import Dataset
from starter.scene_captions import large, right
from starter.scene_model import COLOURS, GROUNDS, KINDS, SIZES, Scene

MOST = 7  # things in a scene
LOOK_WEIGHT = 4.0
_WORDS_OF_COLOUR = {*COLOURS, *GROUNDS}


def scene_claims() -> dict[str, Callable[[Scene], float]]:
    """How far each is true of a scene, 0..1."""
    claims: dict[str, Callable[[Scene], float]] = {
        "shine": lambda scene: scene.metal,
        "size": large,
        "place": right,
        "count": lambda scene: (len(scene.things) - 1) / (MOST - 1),
    }
    for number in range(2, MOST + 1):
        claims[f"{number} or more"] = lambda scene, number=number: float(len(scene.things) >= number)
    for ground in GROUNDS:
        claims[f"on {ground}"] = lambda scene, ground=ground: float(scene.ground == ground)
    for key, values in (("kind", KINDS), ("colour", COLOURS), ("size", SIZES)):
        for value in values:
            claims[value] = lambda scene, key=key, value=value: share(scene, {key: value})
    for kind in KINDS:
        for colour in COLOURS:
            claims[f"{colour} {kind}"] = lambda scene, k=kind, c=colour: share(scene, {"kind": k, "colour": c})
        for material in ("metal", "rubber"):
            claims[f"{material} {kind}"] = lambda scene, k=kind, m=material: share(scene, {"kind": k, "material": m})
    return {name: bounded(claim) for name, claim in claims.items()}


def bounded(claim: Callable[[Scene], float]) -> Callable[[Scene], float]:
    """The claim, no truer than 1 and no falser than 0."""
    return lambda scene: min(1.0, max(0.0, claim(scene)))


def weights() -> np.ndarray:
    """(claims,) float32: how much each counts. Combinations are many, and hold what their parts say already."""
    weight = {"shine": 8.0, "size": 2.0, "place": 3.0, "count": 2.0, **dict.fromkeys(KINDS, 12.0)}
    weight |= dict.fromkeys(COLOURS, 2.0)
    plain = [weight.get(claim, 0.3 if " " in claim else 1.0) for claim in scene_claims()]
    return np.array([LOOK_WEIGHT] * len(LOOKS) + plain, np.float32)


def coloured() -> np.ndarray:
    """(claims,) bool: which depend on colours."""
    return np.array([True] * len(LOOKS) + [not _WORDS_OF_COLOUR.isdisjoint(claim.split()) for claim in scene_claims()])


def shaped() -> np.ndarray:
    """(claims,) bool: which depend on the type of a thing."""
    return np.array([False] * len(LOOKS) + [not set(KINDS).isdisjoint(claim.split()) for claim in scene_claims()])


def share(scene: Scene, wanted: dict[str, str]) -> float:
    """1 where a thing has all these properties, else 0."""
    return float(any(all(getattr(thing, key) == value for key, value in wanted.items()) for thing in scene.things))


def truth_table(data: Dataset) -> np.ndarray:
    """(N, claims) float32: the looks' shares, then `scene_claims`, NaN for pictures without a scene."""
    claims = scene_claims().values()
    table = np.full((len(data), len(LOOKS) + len(claims)), math.nan, np.float32)
    table[:, : len(LOOKS)] = data.shares(range(len(data)))
    for number in data.with_scenes:
        if (scene := data.scene(number)) is not None:
            table[number, len(LOOKS) :] = [claim(scene) for claim in claims]
    return table
