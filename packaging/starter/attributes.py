"""True values of how a picture looks, measured on its final pixels.

Started by `train` on every batch and by `evaluate` on photographs. The same functions serve both, so that a caption
says what the figures later ask for. All take (B, 3, H, W) float sRGB in 0..1 and return one (B,) tensor per
attribute.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# Hue ranges in degrees: centre and half width. Neighbours touch; brown and pink are named by no attribute.
HUES: dict[str, tuple[float, float]] = {
    "red": (0.0, 20.0),
    "orange": (30.0, 15.0),
    "yellow": (55.0, 12.0),
    "green": (115.0, 50.0),
    "blue": (220.0, 40.0),
    "purple": (290.0, 30.0),
}
LOOKS: tuple[str, ...] = (
    "brightness",
    "colourfulness",
    "warmth",
    "contrast",
    "sharpness",
    "clutter",
    "grain",
    "top_light",
    "left_light",
    "centre_light",
    *HUES,
)
# sRGB primaries to CIE XYZ under D65, each row divided by the white point.
_XYZ = torch.tensor(
    [[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0177, 0.1095, 0.8728]],
)
_EDGE = 20 / 255  # luma steps above this are edges that people see as things


def lab(pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """CIELAB L* (0..100), a*, b* of every pixel, each (B, H, W)."""
    linear = torch.where(pictures <= 0.04045, pictures / 12.92, ((pictures + 0.055) / 1.055).clamp_min(0) ** 2.4)
    xyz = torch.einsum("xc,bchw->bxhw", _XYZ.to(linear), linear)
    cube = torch.where(xyz > 0.008856, xyz.clamp_min(1e-6) ** (1 / 3), 7.787 * xyz + 16 / 116)
    fx, fy, fz = cube.unbind(1)
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def colourfulness(pictures: Tensor) -> Tensor:
    """Colourfulness after Hasler and Suesstrunk (2003), (B,), on the 0..255 scale."""
    red, green, blue = (pictures * 255).unbind(1)
    rg, yb = (red - green).flatten(1), (0.5 * (red + green) - blue).flatten(1)
    spread = torch.hypot(rg.std(1), yb.std(1))
    return spread + 0.3 * torch.hypot(rg.mean(1), yb.mean(1))


def hue_shares(pictures: Tensor) -> dict[str, Tensor]:
    """Share of pixels in each hue range weighted by HSV saturation, each (B,)."""
    high, low = pictures.amax(1), pictures.amin(1)
    chroma = (high - low).clamp_min(1e-6)
    red, green, blue = pictures.unbind(1)
    sector = torch.where(
        high == red,
        ((green - blue) / chroma) % 6,
        torch.where(high == green, (blue - red) / chroma + 2, (red - green) / chroma + 4),
    )
    saturation = (high - low) / high.clamp_min(0.02)
    shares = {}
    for name, (centre, width) in HUES.items():
        distance = ((sector * 60 - centre + 180) % 360 - 180).abs()
        shares[name] = ((distance <= width) * saturation).mean((1, 2))
    return shares


def luma(pictures: Tensor) -> Tensor:
    """Grey values (B, 1, H, W) in 0..1, by the weights of ITU-R BT.601 as Pillow uses them."""
    return torch.einsum("c,bchw->bhw", torch.tensor([0.299, 0.587, 0.114]).to(pictures), pictures)[:, None]


def sharpness(pictures: Tensor) -> Tensor:
    """Log variance of the Laplacian of the grey values (B,), on the 0..255 scale."""
    kernel = torch.tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]).to(pictures)[None, None]
    return (functional.conv2d(luma(pictures) * 255, kernel).flatten(1).var(1) + 1e-2).log()


def clutter(pictures: Tensor) -> Tensor:
    """Share of pixels on an edge (B,) at half resolution, where blur and grain count less than things do."""
    grey = functional.avg_pool2d(luma(pictures), 2)
    across, down = grey.diff(dim=3)[:, :, 1:], grey.diff(dim=2)[..., 1:]
    return (torch.hypot(across, down) > _EDGE).float().mean((1, 2, 3))


def measure(pictures: Tensor) -> dict[str, Tensor]:
    """Every measured look of `LOOKS` but grain, which cannot be told from texture and comes from the camera."""
    small = functional.avg_pool2d(pictures, 2)  # colour statistics need no more, and it is four times as fast
    lightness, _, yellow = lab(small)
    height, width = lightness.shape[1:]
    top, left = lightness[:, : height // 2].mean((1, 2)), lightness[:, :, : width // 2].mean((1, 2))
    bottom, right = lightness[:, height // 2 :].mean((1, 2)), lightness[:, :, width // 2 :].mean((1, 2))
    centre = lightness[:, height // 4 : -height // 4, width // 4 : -width // 4].mean((1, 2))
    brightness = lightness.mean((1, 2))
    return {
        "brightness": brightness,
        "colourfulness": colourfulness(small),
        "warmth": yellow.mean((1, 2)),
        "contrast": lightness.flatten(1).std(1),
        "sharpness": sharpness(pictures),
        "clutter": clutter(pictures),
        "top_light": top - bottom,
        "left_light": left - right,
        "centre_light": centre - brightness,
        **hue_shares(small),
    }
