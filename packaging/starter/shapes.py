"""Where rays meet spheres, cubes, cylinders and cones that stand on the ground.

Used by `render`. Points and directions are (R, 3); distances are (R,), 1e6 where the ray misses.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from starter.scene_model import Thing

_FAR = 1e6
_NEAR = 1e-3
_BALL = 1.42  # radius of a ball that holds any thing of radius 1, its middle one above the ground
# Shares of a thing's radius, chosen so that all types look equally large.
CUBE_HALF = 0.80
CYLINDER_RADIUS, CYLINDER_HEIGHT = 0.78, 1.6
CONE_RADIUS, CONE_HEIGHT = 1.0, 1.9


def intersect(thing: Thing, origins: Tensor, directions: Tensor) -> Tensor:
    """Distance along each ray to the thing. Only rays that meet the ball around it are looked at closely: few do."""
    towards = torch.tensor([thing.x, thing.radius, thing.z]) - origins
    along = torch.linalg.vecdot(towards, directions)
    aside = torch.linalg.vecdot(towards, towards) - along * along
    close = (aside < (_BALL * thing.radius) ** 2).nonzero().flatten()
    rays = to_local(thing, origins[close], directions[close])
    hit = {"sphere": _sphere, "cube": _cube, "cylinder": _cylinder, "cone": _cone}[thing.kind]
    return torch.full_like(along, _FAR).index_copy(0, close, hit(thing.radius, *rays))


def normal(thing: Thing, points: Tensor) -> Tensor:
    """Outward unit normal at points on the thing."""
    local, _ = to_local(thing, points, torch.zeros_like(points))
    radius = thing.radius
    if thing.kind == "sphere":
        return (local - torch.tensor([0.0, radius, 0.0])) / radius
    if thing.kind == "cube":
        middle = local - torch.tensor([0.0, CUBE_HALF * radius, 0.0])
        axis = middle.abs().argmax(1, keepdim=True)
        face = torch.zeros_like(middle).scatter(1, axis, middle.gather(1, axis).sign())
        return turned(face, -thing.turn)
    outward = local * torch.tensor([1.0, 0.0, 1.0])
    outward = outward / outward.norm(dim=1, keepdim=True).clamp_min(1e-6)
    upward = torch.tensor([0.0, 1.0, 0.0]).expand_as(outward)
    if thing.kind == "cylinder":
        on_top = local[:, 1:2] > CYLINDER_HEIGHT * radius - _NEAR
        return torch.where(on_top, upward, outward)
    slant = math.hypot(CONE_RADIUS, CONE_HEIGHT)
    return (outward * CONE_HEIGHT + upward * CONE_RADIUS) / slant


def to_local(thing: Thing, points: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    """Points and directions as seen from the thing's foot, and turned with it where that shows."""
    foot = torch.tensor([thing.x, 0.0, thing.z])
    if thing.kind != "cube":
        return points - foot, directions
    return turned(points - foot, thing.turn), turned(directions, thing.turn)


def turned(vectors: Tensor, angle: float) -> Tensor:
    """Vectors turned about the upright axis."""
    sine, cosine = math.sin(angle), math.cos(angle)
    x, y, z = vectors.unbind(1)
    return torch.stack([cosine * x - sine * z, y, sine * x + cosine * z], dim=1)


def first_root(a: Tensor, half_b: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Both roots of a t^2 + 2 half_b t + c, smaller first; 1e6 where there is none."""
    square = half_b * half_b - a * c
    root = square.clamp_min(0).sqrt()
    one, two = (-half_b - root) / a, (-half_b + root) / a
    missed = square <= 0
    return torch.where(missed, _FAR, torch.minimum(one, two)), torch.where(missed, _FAR, torch.maximum(one, two))


def _ahead(distance: Tensor, valid: Tensor) -> Tensor:
    return torch.where(valid & (distance > _NEAR), distance, _FAR)


def _sphere(radius: float, origins: Tensor, directions: Tensor) -> Tensor:
    middle = origins - torch.tensor([0.0, radius, 0.0])
    half_b = (middle * directions).sum(1)
    near, far = first_root(torch.ones_like(half_b), half_b, middle.square().sum(1) - radius * radius)
    return torch.minimum(_ahead(near, near < _FAR), _ahead(far, far < _FAR))


def _cube(radius: float, origins: Tensor, directions: Tensor) -> Tensor:
    half = CUBE_HALF * radius
    middle = origins - torch.tensor([0.0, half, 0.0])
    inverse = 1 / torch.where(directions.abs() < 1e-7, 1e-7, directions)
    one, two = (-half - middle) * inverse, (half - middle) * inverse
    enter, leave = torch.minimum(one, two).amax(1), torch.maximum(one, two).amin(1)
    hit = enter < leave
    return torch.minimum(_ahead(enter, hit), _ahead(leave, hit))


def _cylinder(radius: float, origins: Tensor, directions: Tensor) -> Tensor:
    wide, height = CYLINDER_RADIUS * radius, CYLINDER_HEIGHT * radius
    (ox, oy, oz), (dx, dy, dz) = origins.unbind(1), directions.unbind(1)
    near, far = first_root((dx * dx + dz * dz).clamp_min(1e-9), ox * dx + oz * dz, ox * ox + oz * oz - wide * wide)
    sides = [_ahead(t, (oy + t * dy > 0) & (oy + t * dy < height)) for t in (near, far)]
    top = (height - oy) / torch.where(dy.abs() < 1e-7, 1e-7, dy)
    inside = (ox + top * dx).square() + (oz + top * dz).square() < wide * wide
    return torch.minimum(torch.minimum(*sides), _ahead(top, inside))


def _cone(radius: float, origins: Tensor, directions: Tensor) -> Tensor:
    wide, height = CONE_RADIUS * radius, CONE_HEIGHT * radius
    (ox, oy, oz), (dx, dy, dz) = origins.unbind(1), directions.unbind(1)
    narrowing = (wide / height) ** 2
    down = height - oy  # from the apex
    a = dx * dx + dz * dz - narrowing * dy * dy
    half_b = ox * dx + oz * dz + narrowing * down * dy
    c = ox * ox + oz * oz - narrowing * down * down
    near, far = first_root(torch.where(a.abs() < 1e-7, 1e-7, a), half_b, c)
    sides = [_ahead(t, (oy + t * dy > 0) & (oy + t * dy < height)) for t in (near, far)]
    return torch.minimum(*sides)
