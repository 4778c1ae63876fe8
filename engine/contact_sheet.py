"""A contact sheet: one PNG with the thumbnails of a ranking in order, each with its rank and score.

Drawn by the command line (`pairlens rank PROMPT --sheet FILE`, and `make run` where there is no display).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from engine.errors import ImageError
from engine.pictures import read_picture
from engine.replacing import replacing

TILE = 176  # side of the square a picture is fitted into, px
GAP = 12
CAPTION = 22  # height of the line under a picture, px
HEADER = 64
MAX_TILES = 400  # 20 x 20: more is no longer a sheet to look at

BACKGROUND = (24, 26, 31)
EMPTY = (44, 47, 54)
TEXT = (232, 234, 237)
QUIET = (154, 160, 170)
ACCENT = (244, 185, 66)


@dataclass(frozen=True)
class Tile:
    """One picture of the sheet: ``rank`` counts from 1."""

    rank: int
    path: bytes
    score: float


def write_contact_sheet(file: Path, title: str, subtitle: str, tiles: Sequence[Tile]) -> int:
    """Draw the first `MAX_TILES` tiles row by row into a PNG and return how many were drawn.

    A picture that can no longer be read leaves its place empty, with its rank and score. The file is moved into place
    when it is complete. Raises `ExchangeError` where it cannot be written.
    """
    shown = tiles[:MAX_TILES]
    columns = min(len(shown), max(4, math.ceil(math.sqrt(len(shown) * 1.4)))) or 1
    rows = math.ceil(len(shown) / columns)
    width = max(GAP + columns * (TILE + GAP), 4 * (TILE + GAP))
    sheet = Image.new("RGB", (width, HEADER + rows * (TILE + CAPTION + GAP) + GAP), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, 12), title, TEXT, ImageFont.load_default(22))
    draw.text((GAP, 40), subtitle, QUIET, ImageFont.load_default(13))
    for number, tile in enumerate(shown):
        row, column = divmod(number, columns)
        _draw_tile(sheet, draw, (GAP + column * (TILE + GAP), HEADER + row * (TILE + CAPTION + GAP)), tile)
    with replacing(file) as part:
        sheet.save(part, "PNG")
    return len(shown)


def _draw_tile(sheet: Image.Image, draw: ImageDraw.ImageDraw, corner: tuple[int, int], tile: Tile) -> None:
    left, top = corner
    try:
        picture = read_picture(tile.path, target=TILE).image
        picture.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)  # never larger than it is, at least 1 px a side
    except ImageError:
        draw.rectangle((left, top, left + TILE - 1, top + TILE - 1), EMPTY)
    else:
        sheet.paste(picture, (left + (TILE - picture.width) // 2, top + (TILE - picture.height) // 2))
    font = ImageFont.load_default(14)
    draw.text((left, top + TILE + 4), f"{tile.rank}", ACCENT, font)
    draw.text((left + TILE, top + TILE + 4), f"{tile.score:+.4f}", QUIET, font, anchor="ra")
