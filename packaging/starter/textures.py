"""Pictures with the statistics of photographs but no recognisable thing: noise fields, dead leaves, landscapes.

Started by `generate`. Natural images have a 1/f spectrum, objects that occlude each other at all sizes, smooth
shading within and edges between them, and muted colours with a few strong ones. All draws come from one torch
generator: the same seed gives the same pictures. Sizes are fractions of the picture's side.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

PALETTE = 6  # colours per picture


def draw_textures(count: int, size: int, seed: int, *, batch: int = 24) -> Tensor:
    """(count, 3, size, size) uint8: dead leaves over a landscape or a noise field, from nearly empty to full."""
    generator = torch.Generator().manual_seed(seed)
    pictures = [_draw_batch(min(batch, count - start), size, generator) for start in range(0, count, batch)]
    return torch.cat(pictures)


def _draw_batch(count: int, size: int, generator: torch.Generator) -> Tensor:
    margin = size // 6  # shapes keep inside the canvas, so the picture is cut from its middle
    palette = palettes(count, generator)
    canvas = ground(count, size + 2 * margin, palette, generator)
    canvas = leaves(canvas, palette, generator)[..., margin:-margin, margin:-margin]
    return (canvas.clamp(0, 1) * 255).round().to(torch.uint8)


def rand(generator: torch.Generator, *shape: int) -> Tensor:
    """Uniform numbers in 0..1."""
    return torch.rand(shape, generator=generator)


def palettes(count: int, generator: torch.Generator) -> Tensor:
    """(count, PALETTE, 3) colours: each picture has a main hue, mostly muted, and one or two colours of its own."""
    earthy = 0.08 + 0.04 * torch.randn(count, 1, generator=generator)  # wood, skin, sand: half of what is photographed
    main = torch.where(rand(generator, count, 1) < 0.4, earthy, rand(generator, count, 1))
    hue = (main + 0.1 * torch.randn(count, PALETTE, generator=generator)) % 1
    free = rand(generator, count, PALETTE) < 0.35
    hue = torch.where(free, rand(generator, count, PALETTE), hue)
    liveliness = 0.3 + 0.7 * rand(generator, count, 1)
    saturation = rand(generator, count, PALETTE) ** 1.3 * liveliness
    # Photographs hold deep shadows and lights at once: values lean to both ends.
    value = 0.03 + 0.96 * (0.5 - 0.5 * torch.cos(math.pi * rand(generator, count, PALETTE)))
    return hsv_to_rgb(hue, saturation, value)


def hsv_to_rgb(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Colours (..., 3) in 0..1 from hue, saturation and value in 0..1."""
    shift = torch.tensor([5.0, 3.0, 1.0])
    sector = (shift + hue[..., None] * 6) % 6
    ramp = torch.minimum(sector, 4 - sector).clamp(0, 1)
    return value[..., None] * (1 - saturation[..., None] * ramp)


def noise_field(count: int, size: int, slope: Tensor, generator: torch.Generator) -> Tensor:
    """(count, size, size) noise of zero mean and unit spread whose amplitude falls as 1/frequency**slope (count,)."""
    rows = torch.fft.fftfreq(size)[:, None]
    columns = torch.fft.rfftfreq(size)[None]
    frequency = torch.hypot(rows, columns)
    frequency[0, 0] = 1.0
    spectrum = torch.fft.rfft2(torch.randn(count, size, size, generator=generator))
    spectrum = spectrum * frequency ** -slope[:, None, None]
    spectrum[:, 0, 0] = 0
    field = torch.fft.irfft2(spectrum, s=(size, size))
    return field / field.flatten(1).std(1)[:, None, None].clamp_min(1e-6)


def blend(weight: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Mix two (B, 3) colours by a (B, H, W) weight of the first: (B, 3, H, W)."""
    return weight[:, None] * first[..., None, None] + (1 - weight[:, None]) * second[..., None, None]


def ground(count: int, size: int, palette: Tensor, generator: torch.Generator) -> Tensor:
    """What lies behind everything: a two-coloured noise field, or sky above land with a rugged horizon."""
    slope = 0.7 + 1.6 * rand(generator, count)
    field = noise_field(count, size, slope, generator)
    plain = blend(
        torch.sigmoid(field * (0.2 + 2 * rand(generator, count))[:, None, None]), palette[:, 0], palette[:, 1]
    )
    land = landscape(count, size, palette, field, generator)
    is_land = (rand(generator, count) < 0.4)[:, None, None, None]
    return torch.where(is_land, land, plain)


def landscape(count: int, size: int, palette: Tensor, field: Tensor, generator: torch.Generator) -> Tensor:
    """Sky with clouds over land that gets finer with distance, (count, 3, size, size)."""
    down = torch.linspace(0, 1, size)[None, :, None].expand(count, size, size)
    sky_hue = 0.56 + 0.06 * torch.randn(count, generator=generator)
    sky_saturation = rand(generator, count) * 0.6
    high = hsv_to_rgb(sky_hue, sky_saturation, 0.45 + 0.5 * rand(generator, count))
    low = high + (1 - high) * (0.3 + 0.5 * rand(generator, count, 1))
    clouds = torch.sigmoid(2 * noise_field(count, size, 1.2 + 0.8 * rand(generator, count), generator) - 1)
    sky = blend(1 - down, high, low)
    sky = sky + (0.95 - sky) * clouds[:, None] * rand(generator, count)[:, None, None, None]
    land = blend(torch.sigmoid(1.5 * field), palette[:, 2], palette[:, 3])
    horizon = 0.2 + 0.6 * rand(generator, count)
    ridge = (
        noise_field(count, size, torch.full((count,), 1.6), generator)[:, :1]
        * 0.1
        * rand(generator, count)[:, None, None]
    )
    is_sky = torch.sigmoid((horizon[:, None, None] + ridge - down) * size)
    distance = ((down - horizon[:, None, None]) / (1 - horizon[:, None, None])).clamp(0, 1)
    haze = (0.6 * rand(generator, count)[:, None, None] * (1 - distance))[:, None]
    land = land * (1 - haze) + low[..., None, None] * haze
    return is_sky[:, None] * sky + (1 - is_sky[:, None]) * land


def leaves(canvas: Tensor, palette: Tensor, generator: torch.Generator, *, most: int = 260) -> Tensor:
    """Drop occluding shapes on the canvas, large before small, as many as the picture's own fullness asks for."""
    count, _, size, _ = canvas.shape
    fullness = rand(generator, count) ** 1.5
    texture = noise_field(count, size, 0.5 + 1.3 * rand(generator, count), generator)
    softness = torch.exp(-3.2 * rand(generator, count)) * 0.25  # edges of one picture: crisp to defocused
    for step in range(most):
        radius = 0.42 * (1 + step * 0.35) ** -0.75
        dropped = rand(generator, count) < fullness
        _drop_leaf(canvas, palette, texture, radius, dropped, softness, generator)
    return canvas


def _drop_leaf(
    canvas: Tensor,
    palette: Tensor,
    texture: Tensor,
    radius: float,
    dropped: Tensor,
    softness: Tensor,
    generator: torch.Generator,
) -> None:
    """One shape of about ``radius`` on each picture where ``dropped`` (B,), inside a window that it cannot leave."""
    count, _, size, _ = canvas.shape
    window = min(size, max(6, round(2.6 * radius * size)))
    corner = (rand(generator, count, 2) * (size - window + 1)).long().clamp(max=size - window)
    steps = torch.arange(window)
    rows, columns = corner[:, :1, None] + steps[None, :, None], corner[:, 1:, None] + steps[None, None]
    picture = torch.arange(count)[:, None, None]
    grid = (steps - (window - 1) / 2) / (window / 2.6)  # in radii
    shape, along, across = _superellipse(grid, count, generator)
    edge = softness[:, None, None] + 1.5 / (radius * size)
    mask = (0.5 - shape / edge).clamp(0, 1) * dropped[:, None, None]
    shade = 1 + (rand(generator, count) - 0.5)[:, None, None] * along
    shade = shade + 0.35 * rand(generator, count)[:, None, None] * texture[picture, rows, columns]
    stripes = torch.sin(across * (3 + 40 * rand(generator, count) ** 2)[:, None, None]).sign()
    striped = (rand(generator, count) < 0.2)[:, None, None] * rand(generator, count)[:, None, None] * 0.5
    shade = (shade + striped * stripes).clamp(0, 2)
    pick = (rand(generator, count) * PALETTE).long()
    colour = palette[torch.arange(count), pick] * (0.75 + 0.5 * rand(generator, count, 1))
    behind = canvas.permute(0, 2, 3, 1)[picture, rows, columns]  # (B, w, w, 3)
    shadow = 1 - 0.35 * (0.5 - (shape - 0.1) / (edge + 0.3)).clamp(0, 1) * dropped[:, None, None]
    drawn = (
        behind * shadow[..., None] * (1 - mask[..., None]) + mask[..., None] * shade[..., None] * colour[:, None, None]
    )
    canvas.permute(0, 2, 3, 1)[picture, rows, columns] = drawn


def _superellipse(grid: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Signed size (below 0 inside) and turned coordinates, each (count, w, w): from diamonds over discs to boxes."""
    angle = rand(generator, count) * math.pi
    upright = rand(generator, count) < 0.4
    angle = torch.where(upright, torch.zeros(()), angle)[:, None, None]
    along = grid[None, None] * torch.cos(angle) + grid[None, :, None] * torch.sin(angle)
    across = grid[None, :, None] * torch.cos(angle) - grid[None, None] * torch.sin(angle)
    narrow = (0.3 + 0.7 * rand(generator, count))[:, None, None]
    power = (1.2 + 8 * rand(generator, count) ** 2)[:, None, None]
    reach = (along.abs() ** power + (across / narrow).abs() ** power).clamp_min(1e-6) ** (1 / power)
    return reach - 0.9, along, across


def contact_sheet(pictures: Tensor, columns: int) -> Tensor:
    """Tile (N, 3, S, S) uint8 into one (3, rows * S, columns * S)."""
    rows = -(-len(pictures) // columns)
    padded = functional.pad(pictures, (0, 0, 0, 0, 0, 0, 0, rows * columns - len(pictures)))
    side = pictures.shape[-1]
    return padded.view(rows, columns, 3, side, side).permute(2, 0, 3, 1, 4).reshape(3, rows * side, columns * side)
