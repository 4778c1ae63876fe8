"""Small pictures whose every turn, cut and tone can be told, as files and as the program reads them."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

from PIL import Image

from engine.pictures import read_picture

ROTATED_HEIC = Path(__file__).parent / "data" / "rotated.heic"
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quarters(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Red, green / blue, white: every turn and flip of it looks different."""
    width, height = size
    image = Image.new("RGB", size, WHITE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def corners(image: Image.Image) -> list[tuple[int, int, int]]:
    """Rounded colours at top left, top right, bottom left, bottom right."""
    right, bottom = image.width - 6, image.height - 6
    places = [(5, 5), (right, 5), (5, bottom), (right, bottom)]
    return [tuple(255 * (value > 127) for value in image.getpixel(place)) for place in places]  # type: ignore[union-attr]


def read(path: Path, **options: int) -> Image.Image:
    picture = read_picture(os.fsencode(path), **options)
    assert picture.image.mode == "RGB"
    return picture.image


def saved(tmp_path: Path, image: Image.Image, name: str, **options: object) -> Path:
    path = tmp_path / name
    image.save(path, **options)
    return path


def seed_file(name: str) -> bytes:
    if name == "a.heic":
        return ROTATED_HEIC.read_bytes()
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    options = {} if name in ("a.bmp", "a.gif") else {"exif": exif}
    quarters().save(buffer, {"a.jpg": "JPEG", "a.tif": "TIFF"}.get(name, name[2:].upper()), **options)
    return buffer.getvalue()


def png(width: int, height: int, *, depth: int, colour: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body
