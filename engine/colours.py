"""Any of Pillow's pixel modes to 8-bit RGB as a person would see it; called by `engine.pictures` on loaded images.

Pillow's own ``convert("RGB")`` saturates 16-bit grey, shows the colours hidden under transparent pixels, and takes
CMYK for its arithmetic inverse; these cases are handled here.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

# Transparent pixels show white, the page on which such pictures are mostly seen and on which the photographs and
# drawings that CLIP models learnt from were shown; their hidden colours are arbitrary (often black).
_BACKGROUND = (255, 255, 255)


def to_rgb(image: Image.Image) -> Image.Image:
    """An RGB image of the same size; a profile other than sRGB is applied, alpha is put on white.

    16-bit grey is scaled by its whole range. 32-bit integer and float grey have no agreed range: the smallest of
    1 (float), 255 and 65535 that holds the values is taken, and anything else is stretched from minimum to maximum.
    """
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return Image.fromarray(_to_grey8(np.asarray(image))).convert("RGB")
    profile = image.info.get("icc_profile")
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    if alpha is not None and alpha.getextrema() == (255, 255):
        alpha = None
    rgb = _managed(image, profile)
    if alpha is None:
        return rgb
    flat = Image.new("RGB", image.size, _BACKGROUND)
    flat.paste(rgb, mask=alpha)
    return flat


def _to_grey8(values: np.ndarray) -> np.ndarray:
    """Grey values (H, W) of 16 or 32 bits to uint8 (H, W)."""
    if values.dtype.kind == "u":
        return ((values.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    grey = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(grey.min()), float(grey.max())
    ranges = (1.0, 255.0, 65535.0) if values.dtype.kind == "f" else (255.0, 65535.0)
    fitting = [top for top in ranges if high <= top]
    if low >= 0 and fitting:
        low, high = 0.0, fitting[0]
    return np.rint((grey - low) * (255.0 / max(high - low, 1e-30))).astype(np.uint8)


def _managed(image: Image.Image, profile: bytes | None) -> Image.Image:
    """To RGB through the colour profile where there is one; a profile that does not work is left out."""
    source = image.convert("RGB") if image.mode == "RGBA" else image
    if source.mode == "LAB":
        transform = _lab_transform()
    elif profile:
        transform = _profile_transform(profile, source.mode)
    else:
        transform = None
    if transform is not None:
        return transform.apply(source)
    return source if source.mode == "RGB" else source.convert("RGB")


@lru_cache(maxsize=1)
def _lab_transform() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")


@lru_cache(maxsize=16)  # a camera's pictures share one profile
def _profile_transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way from ``profile`` to sRGB, or None where there is nothing to do or the profile is damaged."""
    if mode not in ("RGB", "CMYK"):
        return None  # a grey profile's tone curve is close to sRGB's
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return None
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
