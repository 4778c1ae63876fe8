"""Scenes to pixels: a small Monte Carlo ray tracer on torch tensors.

Started by `generate` and `samples`. Per camera ray it follows one ray to the sun (a soft disc), one to the sky or
to a neighbour whose colour bleeds over, and one mirror ray; many rays per pixel make the shadows soft and the edges
smooth. The random numbers come from the scene's own seed. Vectors are (R, 3); y is up, z away from the camera;
light is linear.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from starter.scene_model import CAMERA_DISTANCE, Scene, Thing
from starter.shapes import intersect, normal

_FAR = 1e6
_LIFT = 2e-3  # new rays start this far off a surface
_VIEW = 0.40  # half width of the picture at distance 1
_SUN_RADIUS = 0.10  # of its disc, in radians: shadows with soft edges


def render(scene: Scene, size: int, *, rays: int = 2) -> Tensor:
    """The picture (3, size, size) uint8 from ``rays`` x ``rays`` rays per pixel."""
    generator = torch.Generator().manual_seed(scene.seed)
    origins, directions = camera_rays(scene, size, rays, generator)
    light = trace(scene, origins, directions, chances(size, rays, generator))
    light = light.T.reshape(3, size * rays, size * rays)
    light = functional.avg_pool2d(light, rays)
    return (tone(light) * 255).round().to(torch.uint8)


def tone(light: Tensor) -> Tensor:
    """Linear light to sRGB in 0..1, with a shoulder that keeps highlights from clipping hard."""
    exposed = light * (0.6 + light * 0.55) / (1 + light * 0.6 + light * light * 0.5)
    return exposed.clamp(0, 1) ** (1 / 2.2)


def linear(colours: Tensor) -> Tensor:
    """sRGB to linear light."""
    return colours**2.2


def camera_rays(scene: Scene, size: int, rays: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Origins and unit directions of all camera rays, row by row, one at a random place in each cell of the grid."""
    side = size * rays
    jitter = torch.rand(2, side, side, generator=generator)
    across = (2 * (torch.arange(side)[None] + jitter[0]) / side - 1) * _VIEW
    up = (1 - 2 * (torch.arange(side)[:, None] + jitter[1]) / side) * _VIEW
    eye = torch.tensor([0.0, scene.camera_height, -CAMERA_DISTANCE])
    forward = functional.normalize(torch.tensor([0.0, 0.35, 0.2]) - eye, dim=0)
    upward = torch.linalg.cross(forward, torch.tensor([1.0, 0.0, 0.0]))
    direction = forward + across[..., None] * torch.tensor([1.0, 0.0, 0.0]) + up[..., None] * upward
    direction = functional.normalize(direction.reshape(-1, 3), dim=1)
    return eye.expand_as(direction), direction


def chances(size: int, rays: int, generator: torch.Generator) -> Tensor:
    """Two numbers in 0..1 for every camera ray (R, 2), evenly spread over the rays of each pixel to keep grain low."""
    cell = (torch.arange(size * rays) % rays).float()
    jitter = torch.rand(2, size * rays, size * rays, generator=generator)
    offset = torch.rand(2, size, size, generator=generator).repeat_interleave(rays, 1).repeat_interleave(rays, 2)
    first = (cell[:, None] + jitter[0]) / rays + offset[0]
    second = (cell[None] + jitter[1]) / rays + offset[1]
    return torch.stack([first, second], dim=-1).reshape(-1, 2) % 1


def nearest(things: tuple[Thing, ...], origins: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    """Distance to the nearest surface (R,) and what it is (R,): a thing's number, then the ground, or -1 the sky."""
    down = directions[:, 1]
    ground = torch.where(down < -1e-4, -origins[:, 1] / down.clamp(max=-1e-4), _FAR)
    distances = torch.stack([*(intersect(thing, origins, directions) for thing in things), ground])
    distance, what = distances.min(0)
    return distance, torch.where(distance < _FAR, what, -1)


def surface(scene: Scene, points: Tensor, what: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Normal (R, 3), linear colour (R, 3) and metal (R, 1) at points on surfaces ``what``."""
    normals = torch.tensor([0.0, 1.0, 0.0]).expand_as(points).clone()
    for number, thing in enumerate(scene.things):
        hit = what == number
        normals[hit] = normal(thing, points[hit])
    tints = linear(torch.tensor([*(thing.tint for thing in scene.things), scene.ground_tint]))
    metal = torch.tensor([*(float(thing.material == "metal") for thing in scene.things), 0.0])
    return normals, tints[what], metal[what][:, None]


def sky(scene: Scene, directions: Tensor) -> Tensor:
    """Light of a studio sky (R, 3): the lit ground's colour at the horizon, pale blue above, one large soft box."""
    height = directions[:, 1:2].clamp(0, 1)
    horizon = linear(torch.tensor(scene.ground_tint)) * (0.65 + scene.sun[1] * sun_light(scene))  # as the lit ground
    zenith = torch.tensor([0.85, 0.92, 1.0]) * 0.9
    dome = horizon + (zenith - horizon) * (1 - torch.exp(-2.5 * height))
    side = 1.0 if scene.sun[0] > 0 else -1.0
    box = torch.sigmoid(14 * (directions[:, 0:1] * side - 0.25)) * torch.sigmoid(
        14 * (0.85 - directions[:, 0:1] * side)
    )
    box = box * torch.sigmoid(14 * (height - 0.35)) * torch.sigmoid(14 * (0.9 - height))
    return dome + 2.2 * box


def sun_light(scene: Scene) -> Tensor:
    """Colour of the sun, (3,)."""
    warmth = scene.sun_warmth
    return torch.tensor([1 + warmth, 1.0, 1 - warmth]).clamp_min(0.2) * scene.sun_power


def trace(scene: Scene, origins: Tensor, directions: Tensor, chance: Tensor) -> Tensor:
    """Linear light (R, 3) that arrives along camera rays."""
    distance, what = nearest(scene.things, origins, directions)
    light = sky(scene, directions)
    seen = (what >= 0).nonzero().flatten()
    distance, what, directions, chance = distance[seen], what[seen], directions[seen], chance[seen]
    points = origins[seen] + distance[:, None] * directions
    normals, tints, metal = surface(scene, points, what)
    start = points + _LIFT * normals
    body = tints * (direct(scene, start, normals, chance) + ambient(scene, start, normals, chance))
    mirrored = directions - 2 * (directions * normals).sum(1, keepdim=True) * normals
    facing = (-(directions * normals).sum(1, keepdim=True)).clamp(0, 1)
    fresnel = (1 - facing) ** 5
    lit = body * (1 - 0.85 * metal) + sheen(scene, mirrored, metal)
    shiny = (metal[:, 0] > 0).nonzero().flatten()
    reflected = mirror(scene, start[shiny], mirrored[shiny])
    mirror_tint = tints[shiny] + (1 - tints[shiny]) * fresnel[shiny]
    lit[shiny] += 0.9 * mirror_tint * reflected
    # The ground runs into the backdrop without a horizon; things keep their colours.
    fade = torch.where(what < len(scene.things), 1.0, torch.exp(-((distance / 22) ** 2)))[:, None]
    light[seen] = lit * fade + sky(scene, directions) * (1 - fade)
    return light


def direct(scene: Scene, points: Tensor, normals: Tensor, chance: Tensor) -> Tensor:
    """Sun light on surfaces (R, 3), by one ray each to a random place of the sun's disc."""
    sun = torch.tensor(scene.sun)
    aside = functional.normalize(torch.linalg.cross(sun, torch.tensor([0.0, 0.0, 1.0])), dim=0)
    reach, turn = _SUN_RADIUS * chance[:, :1].sqrt(), 2 * math.pi * chance[:, 1:]
    towards = sun + reach * (torch.cos(turn) * aside + torch.sin(turn) * torch.linalg.cross(sun, aside))
    towards = functional.normalize(towards, dim=1)
    facing = (towards * normals).sum(1, keepdim=True).clamp_min(0)
    return facing * open_sky(scene, points, towards)[:, None] * sun_light(scene)


def open_sky(scene: Scene, points: Tensor, directions: Tensor) -> Tensor:
    """1.0 where nothing stands in the way, else 0.0, (R,)."""
    free = torch.ones(len(points))
    for thing in scene.things:
        free = free * (intersect(thing, points, directions) >= _FAR)
    return free


def ambient(scene: Scene, points: Tensor, normals: Tensor, chance: Tensor) -> Tensor:
    """Light of the sky, or of a neighbour's colour, from one random direction about the normal (R, 3)."""
    height, turn = (
        2 * chance[:, 1:] - 1,
        2 * math.pi * chance[:, :1],
    )  # even on a ball: cosine-weighted about the normal
    level = (1 - height * height).clamp_min(0).sqrt()
    ball = torch.cat([level * torch.cos(turn), height, level * torch.sin(turn)], dim=1)
    towards = functional.normalize(normals + ball * 0.999, dim=1)
    _, what = nearest(scene.things, points, towards)
    tints = linear(torch.tensor([*(thing.tint for thing in scene.things), scene.ground_tint]))
    bounce = tints[what.clamp_min(0)] * 0.45
    return torch.where((what >= 0)[:, None], bounce, sky(scene, towards).clamp(max=1.6)) * 0.6


def sheen(scene: Scene, mirrored: Tensor, metal: Tensor) -> Tensor:
    """The sun's highlight (R, 3): small and strong on metal, wide and weak on rubber."""
    aligned = (mirrored * torch.tensor(scene.sun)).sum(1, keepdim=True).clamp(0, 1)
    return sun_light(scene) * (metal * 2.5 * aligned**180 + (1 - metal) * 0.05 * aligned**12)


def mirror(scene: Scene, points: Tensor, directions: Tensor) -> Tensor:
    """What a mirror ray sees (R, 3): the sky, or a surface under plain light, without further rays."""
    distance, what = nearest(scene.things, points, directions)
    seen = sky(scene, directions)
    hit = (what >= 0).nonzero().flatten()
    where = points[hit] + distance[hit, None] * directions[hit]
    normals, tints, _ = surface(scene, where, what[hit])
    facing = (normals * torch.tensor(scene.sun)).sum(1, keepdim=True).clamp_min(0)
    far = torch.exp(-((distance[hit] / 12) ** 2))[:, None]
    seen[hit] = tints * (0.4 + 0.6 * facing * sun_light(scene)) * far + sky(scene, directions[hit]) * (1 - far)
    return seen
