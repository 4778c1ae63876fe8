"""Photographic changes: what a lens, a sensor and a developer do to a scene, on a whole batch at once.

Started by `generate`. Order as in a camera: crop, light falloff, lens blur, exposure, white balance,
grain, then the developer's contrast and saturation, then JPEG and eight bits.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

_LUMA = torch.tensor([0.299, 0.587, 0.114])
_JPEG_LUMA = (
    "16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62 "
    "18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99"
)


def photograph(base: Tensor, size: int, generator: torch.Generator, *, gentle: bool) -> tuple[Tensor, Tensor]:
    """Photograph (B, 3, H, W) uint8 pictures: (B, 3, size, size) float in 0..1, and the grain (B,) that was added.

    ``gentle`` keeps what captions say of things true: the frame is cropped by a few per cent only, colours can still
    be told apart, and edges stay edges.
    """
    strength = 0.35 if gentle else 1.0
    pictures = crop(base.float() / 255, size, generator, keep_frame=gentle)
    pictures = blur(fall_off(pictures, generator, strength), generator, strength)
    linear = expose(pictures.square(), generator, strength)  # a display gamma of 2: near enough, and its root is quick
    pictures, grain = add_grain(linear.clamp(0, 1).sqrt(), generator, strength)
    pictures = develop(pictures, generator, strength).clamp(0, 1)
    pictures = jpeg(pictures, generator).clamp(0, 1)
    return (pictures * 255).round() / 255, grain


def uniform(low: float, high: float, count: int, generator: torch.Generator) -> Tensor:
    """(count, 1, 1, 1) uniform numbers, ready to act on a batch of pictures."""
    return (low + (high - low) * torch.rand(count, generator=generator))[:, None, None, None]


def some(share: float, count: int, generator: torch.Generator) -> Tensor:
    """(count, 1, 1, 1) of 1.0 for about this share of the pictures and 0.0 for the others."""
    return (torch.rand(count, generator=generator) < share).float()[:, None, None, None]


def crop(pictures: Tensor, size: int, generator: torch.Generator, *, keep_frame: bool) -> Tensor:
    """A random rectangle of each picture, squashed to a square as the model's own preprocessing does."""
    count = len(pictures)
    side = uniform(0.95 if keep_frame else 0.45, 1, count, generator)
    stretch = torch.exp(uniform(-0.3, 0.3, count, generator) * (not keep_frame))
    theta = torch.zeros(count, 2, 3)
    for axis, extent in enumerate(((side * stretch).clamp(max=1), (side / stretch).clamp(max=1))):
        theta[:, axis, axis] = extent.flatten()
        theta[:, axis, 2] = ((1 - extent) * uniform(-1, 1, count, generator)).flatten()
    grid = functional.affine_grid(theta, [count, 3, size, size], align_corners=False)
    return functional.grid_sample(pictures, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def fall_off(pictures: Tensor, generator: torch.Generator, strength: float) -> Tensor:
    """Light that falls off to one side or to the corners, in half of the pictures."""
    count, _, height, width = pictures.shape
    down = torch.linspace(-1, 1, height)[:, None]
    across = torch.linspace(-1, 1, width)[None]
    slope = uniform(-0.45, 0.45, count, generator) * down + uniform(-0.45, 0.45, count, generator) * across
    corner = uniform(-0.3, 0.6, count, generator) * (0.7 - down**2 - across**2)
    change = some(0.5, count, generator) * slope + some(0.3, count, generator) * corner
    return pictures * (1 + strength * change).clamp(0.15, 2)


def blur(pictures: Tensor, generator: torch.Generator, strength: float) -> Tensor:
    """A Gaussian lens blur of up to 4 pixels times ``strength`` in half of the pictures, mostly small."""
    count = len(pictures)
    sigma = torch.exp(uniform(math.log(0.3), math.log(4.0 * strength), count, generator))
    sigma = sigma * some(0.5, count, generator)
    order = sigma.flatten().argsort()
    blurred = pictures.clone()
    # Neighbours in blur share one kernel: four pictures at a time, so that kernels stay as short as they can be.
    for group in order.split(4):
        spread = float(sigma[group].mean())
        if spread < 0.3:
            continue
        radius = max(1, math.ceil(2.5 * spread))
        kernel = torch.exp(-0.5 * (torch.arange(-radius, radius + 1) / spread) ** 2)
        kernel = (kernel / kernel.sum()).view(1, 1, 1, -1)
        flat = pictures[group].flatten(0, 1)[:, None]
        flat = functional.conv2d(functional.pad(flat, (radius, radius, 0, 0), mode="reflect"), kernel)
        flat = functional.conv2d(functional.pad(flat, (0, 0, radius, radius), mode="reflect"), kernel.transpose(2, 3))
        blurred[group] = flat.view_as(pictures[group])
    return blurred


def expose(linear: Tensor, generator: torch.Generator, strength: float) -> Tensor:
    """Exposure by up to two stops and white balance along the blue-amber and green-magenta axes, in linear light."""
    count = len(linear)
    gain = 2 ** (strength * uniform(-1.8, 1.4, count, generator) * some(0.7, count, generator))
    amber = uniform(-0.5, 0.5, count, generator) * some(0.6, count, generator)
    magenta = uniform(-0.2, 0.2, count, generator) * some(0.4, count, generator)
    balance = torch.cat([amber + magenta, -magenta, -amber + magenta], 1)
    return linear * gain * torch.exp(strength * balance)


def add_grain(pictures: Tensor, generator: torch.Generator, strength: float) -> tuple[Tensor, Tensor]:
    """Sensor noise of up to 12 % in 45 % of the pictures, with its standard deviation (B,) in 0..1."""
    count = len(pictures)
    sigma = uniform(0, 1, count, generator) ** 2 * 0.12 * strength * some(0.45, count, generator)
    noisy = sigma.flatten().nonzero().flatten()
    noise = torch.randn(len(noisy), *pictures.shape[1:], generator=generator)
    noise = torch.where(some(0.5, len(noisy), generator) > 0, noise, noise[:, :1])
    pictures[noisy] += sigma[noisy] * noise
    return pictures, sigma.flatten()


def develop(pictures: Tensor, generator: torch.Generator, strength: float) -> Tensor:
    """Contrast about the mean, and saturation; at full strength one in ten becomes black and white."""
    count = len(pictures)
    mean = pictures.mean((1, 2, 3), keepdim=True)
    contrast = torch.exp(strength * uniform(-1.0, 0.7, count, generator) * some(0.7, count, generator))
    pictures = mean + (pictures - mean) * contrast
    grey = torch.einsum("c,bchw->bhw", _LUMA, pictures)[:, None]
    saturation = torch.exp(strength * uniform(-1.2, 0.6, count, generator) * some(0.7, count, generator))
    if strength == 1:
        saturation = saturation * (1 - some(0.1, count, generator))
    return grey + (pictures - grey) * saturation


def jpeg(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Quantise 8 x 8 cosine blocks of the first quarter of the batch at a random quality, as JPEG does."""
    count = len(pictures) // 4
    if count == 0:
        return pictures
    height, width = (side // 8 * 8 for side in pictures.shape[2:])
    steps = torch.tensor([float(step) for step in _JPEG_LUMA.split()]).view(8, 8)
    frequency = torch.arange(8.0)
    basis = torch.cos(math.pi / 8 * (frequency + 0.5)[None] * frequency[:, None]) / 2
    basis[0] /= math.sqrt(2)
    quality = torch.exp(uniform(math.log(0.3), math.log(4.0), count, generator))[..., None, None] / 255
    blocks = pictures[:count, :, :height, :width].unfold(2, 8, 8).unfold(3, 8, 8) - 0.5  # (b, 3, H/8, W/8, 8, 8)
    cosine = basis @ blocks @ basis.T
    cosine = (cosine / (steps * quality)).round() * (steps * quality)
    blocks = (basis.T @ cosine @ basis + 0.5).permute(0, 1, 2, 4, 3, 5)
    changed = pictures.clone()
    changed[:count, :, :height, :width] = blocks.reshape(count, 3, height, width)
    return changed
