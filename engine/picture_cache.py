"""The cache of made pictures: small JPEG thumbnails for the grid, lossless previews for the viewer.

Both are files named by a digest of what they show (path, size, time of change, and for previews the side), so a changed
file simply has another name and old ones are trimmed by age. Files are written beside their place and moved, and any
of them can be deleted at any time. The pictures process and the index job write here; nothing has to be started.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from engine import settings

if TYPE_CHECKING:  # importing Pillow is put off: the window needs only the paths
    from PIL import Image

THUMBNAIL_SIDE = 512
THUMBNAIL_QUALITY = 85


def thumbnail_path(path: bytes, size: int, mtime_ns: int) -> Path:
    """Where the thumbnail of this state of this file lies, made or not."""
    name = _digest(path, size, mtime_ns)
    return settings.thumbnail_dir() / name[:2] / f"{name}.jpg"


def preview_path(path: bytes, size: int, mtime_ns: int, max_side: int | None) -> Path:
    """Where the preview of this state of this file lies, made or not."""
    return preview_dir() / f"{_digest(path, size, mtime_ns, max_side or 0)}.bmp"


def preview_dir() -> Path:
    """The previews looked at last; a small folder, unlike that of the thumbnails."""
    return settings.cache_dir() / "previews"


def save_thumbnail(image: Image.Image, target: Path) -> tuple[int, int]:
    """Write an upright RGB image as a thumbnail: JPEG, longest side at most `THUMBNAIL_SIDE`; returns its size.

    Raises OSError.
    """
    return _write(scaled(image, THUMBNAIL_SIDE), target, "JPEG", quality=THUMBNAIL_QUALITY)


def save_preview(image: Image.Image, target: Path, max_side: int | None) -> tuple[int, int]:
    """Write an upright RGB image losslessly, scaled down to ``max_side``; returns its size. Raises OSError.

    BMP: twenty times faster to write than PNG, and read without any decoder to trust.
    """
    return _write(image if max_side is None else scaled(image, max_side), target, "BMP")


def scaled(image: Image.Image, side: int) -> Image.Image:
    """The image with its longest side at most ``side`` pixels; never enlarged, never thinner than a pixel."""
    from PIL import Image

    factor = side / max(image.size)
    if factor >= 1:
        return image
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)


def trim(folder: Path, limit: int) -> int:
    """Delete the oldest files of a cache folder until it holds 90 % of ``limit`` bytes; returns how many went.

    One that cannot be deleted (somebody reads it, or the folder is write-protected) stays.
    """
    files = sorted(_files(folder))  # oldest first
    total = sum(size for _, size, _ in files)
    if total <= limit:
        return 0
    removed = 0
    for _, size, file in files[:-1]:  # the newest stays: somebody was just told of it
        if total <= limit * 0.9:
            break
        with suppress(OSError):
            os.unlink(file)
            removed += 1
        total -= size
    return removed


def _files(folder: Path) -> Iterator[tuple[int, int, str]]:
    """Time of change (ns), size and path of every file under ``folder``."""
    for place, _, names in os.walk(folder):
        for name in names:
            file = os.path.join(place, name)
            with suppress(OSError):
                status = os.stat(file)
                yield status.st_mtime_ns, status.st_size, file


def _digest(path: bytes, *numbers: int) -> str:
    return blake2b(repr((path, numbers)).encode(), digest_size=16).hexdigest()


def _write(image: Image.Image, target: Path, kind: str, **options: int) -> tuple[int, int]:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        image.save(part, kind, **options)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return image.size
