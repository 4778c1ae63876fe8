"""What a rendered scene holds: things with type, colour, material, size and place, drawn from a seed or read back.

Started by `generate` (to draw) and `base` (to read). The renderer turns a `Scene` into pixels, `captions` into
words; both speak of the same values, so the captions are true.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

KINDS = ("sphere", "cube", "cylinder", "cone")
MATERIALS = ("rubber", "metal")
COLOURS: dict[str, tuple[float, float, float]] = {  # sRGB
    "red": (0.80, 0.13, 0.12),
    "orange": (0.93, 0.47, 0.10),
    "yellow": (0.95, 0.80, 0.17),
    "green": (0.20, 0.58, 0.22),
    "blue": (0.14, 0.32, 0.78),
    "purple": (0.47, 0.22, 0.66),
    "pink": (0.93, 0.52, 0.66),
    "brown": (0.43, 0.26, 0.15),
    "white": (0.90, 0.90, 0.88),
    "black": (0.07, 0.07, 0.08),
    "grey": (0.48, 0.49, 0.50),
}
GROUNDS: dict[str, tuple[float, float, float]] = {
    "white": (0.86, 0.85, 0.83),
    "grey": (0.52, 0.53, 0.55),
    "cream": (0.88, 0.79, 0.64),
    "sand": (0.76, 0.60, 0.42),
    "slate": (0.27, 0.31, 0.37),
    "mint": (0.62, 0.76, 0.66),
    "sky": (0.58, 0.72, 0.84),
    "rose": (0.84, 0.66, 0.64),
    "charcoal": (0.14, 0.14, 0.16),
}
SIZES: dict[str, tuple[float, float]] = {"small": (0.28, 0.42), "medium": (0.55, 0.7), "large": (0.9, 1.2)}  # radii
# One in eight combinations of type, colour and size is held out of training, to be judged on.
HELD_OUT = 8


@dataclass(frozen=True)
class Thing:
    """One thing on the ground; ``x`` to the right, ``z`` away from the camera, ``turn`` in radians."""

    kind: str
    colour: str
    material: str
    size: str
    radius: float
    x: float
    z: float
    turn: float
    tint: tuple[float, float, float]  # sRGB, the named colour a little varied


@dataclass(frozen=True)
class Scene:
    """Things on a ground of one colour under a sun (direction towards it) and a sky."""

    things: tuple[Thing, ...]
    ground: str
    ground_tint: tuple[float, float, float]
    sun: tuple[float, float, float]
    sun_power: float
    sun_warmth: float  # above 0 amber, below 0 bluish
    camera_height: float
    seed: int

    @property
    def place(self) -> float:
        """Mean place across the picture, from about -1 (left) to 1 (right)."""
        return sum(thing.x / (thing.z + CAMERA_DISTANCE) for thing in self.things) / len(self.things)

    @property
    def mean_radius(self) -> float:
        """Mean radius of the things as the camera sees them."""
        return sum(thing.radius / (thing.z + CAMERA_DISTANCE) for thing in self.things) / len(self.things)

    @property
    def metal(self) -> float:
        """Share of the things that are metal."""
        return sum(thing.material == "metal" for thing in self.things) / len(self.things)


CAMERA_DISTANCE = 6.5  # from the camera to the middle of the ground


def held_out(kind: str, colour: str, size: str) -> bool:
    """Whether this combination is kept from training."""
    number = KINDS.index(kind) * 5 + tuple(COLOURS).index(colour) * 3 + tuple(SIZES).index(size) * 7
    return number % HELD_OUT == 0


def draw_scene(seed: int, *, count: int | None = None, unseen: bool = False) -> Scene:
    """The scene of this seed: ``count`` things (or 1 to 7), of held-out combinations if ``unseen``, else of others."""
    draw = random.Random(seed)
    wanted = count or draw.choices(range(1, 8), (8, 3, 3, 2, 2, 1, 1))[0]
    things: list[Thing] = []
    for _ in range(400):
        if len(things) == wanted:
            break
        thing = draw_thing(draw, wanted)
        if held_out(thing.kind, thing.colour, thing.size) == unseen and fits(thing, things):
            things.append(thing)
    ground = draw.choice(tuple(GROUNDS))
    azimuth, height = draw.uniform(0, 2 * math.pi), draw.uniform(0.6, 1.3)
    sun = (math.cos(azimuth) * math.cos(height), math.sin(height), math.sin(azimuth) * math.cos(height))
    return Scene(
        things=tuple(things),
        ground=ground,
        ground_tint=vary(draw, GROUNDS[ground], 0.05),
        sun=sun,
        sun_power=draw.uniform(1.6, 2.6),
        sun_warmth=draw.gauss(0.08, 0.12),
        camera_height=draw.uniform(2.0, 4.0),
        seed=seed,
    )


def draw_thing(draw: random.Random, count: int) -> Thing:
    """One thing somewhere in view; many things are drawn smaller so that they fit."""
    size, colour = draw.choice(tuple(SIZES)), draw.choice(tuple(COLOURS))
    radius = draw.uniform(*SIZES[size])
    z = draw.uniform(-1.6, 2.2)
    reach = 0.34 * (z + CAMERA_DISTANCE) - radius  # half the width of the view at this distance
    return Thing(
        kind=draw.choice(KINDS),
        colour=colour,
        material=draw.choice(MATERIALS),
        size=size,
        radius=radius,
        x=draw.uniform(-reach, reach),
        z=z,
        turn=draw.uniform(0, math.pi / 2),
        tint=vary(draw, COLOURS[colour], 0.04),
    )


def fits(thing: Thing, others: Sequence[Thing]) -> bool:
    """Whether it neither touches another thing nor hides most of one."""
    for other in others:
        apart = math.hypot(thing.x - other.x, thing.z - other.z)
        if apart < 1.15 * (thing.radius + other.radius):
            return False
        shift = abs(thing.x / (thing.z + CAMERA_DISTANCE) - other.x / (other.z + CAMERA_DISTANCE)) * CAMERA_DISTANCE
        if shift < 0.6 * (thing.radius + other.radius):
            return False
    return True


def vary(draw: random.Random, colour: tuple[float, float, float], by: float) -> tuple[float, float, float]:
    """The colour with each channel moved by up to ``by``."""
    red, green, blue = (min(0.98, max(0.02, channel + draw.uniform(-by, by))) for channel in colour)
    return red, green, blue


def mirrored(scene: Scene) -> Scene:
    """What a mirror shows of the scene: left and right change places."""
    things = tuple(replace(thing, x=-thing.x, turn=-thing.turn) for thing in scene.things)
    return replace(scene, things=things, sun=(-scene.sun[0], *scene.sun[1:]))


def write_scenes(scenes: Sequence[Scene], path: Path) -> None:
    """One line of JSON per scene."""
    path.write_text("".join(json.dumps(asdict(scene)) + "\n" for scene in scenes))


def read_scenes(path: Path) -> list[Scene]:
    """The scenes of a file that `write_scenes` wrote."""
    return [scene_from(json.loads(line)) for line in path.read_text().splitlines()]


def scene_from(fields: dict) -> Scene:
    """A scene from its JSON object."""
    things = tuple(Thing(**{**thing, "tint": tuple(thing["tint"])}) for thing in fields["things"])
    tuples = {name: tuple(fields[name]) for name in ("ground_tint", "sun")}
    return Scene(**{**fields, **tuples, "things": things})
