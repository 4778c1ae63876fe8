"""The contact sheet: the right pictures at the right places, whatever their shape."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from engine.contact_sheet import EMPTY, GAP, HEADER, MAX_TILES, TILE, Tile, write_contact_sheet
from engine.errors import ExchangeError


def paint(file: Path, colour: tuple[int, int, int], size: tuple[int, int] = (300, 200)) -> Path:
    Image.new("RGB", size, colour).save(file)
    return file


def middle_of(sheet: Image.Image, column: int) -> tuple[int, ...]:
    """The colour in the middle of a tile of the first row."""
    return sheet.getpixel((GAP + column * (TILE + GAP) + TILE // 2, HEADER + TILE // 2))


def test_pictures_stand_in_order(tmp_path: Path) -> None:
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]
    files = [paint(tmp_path / f"{number}.png", colour) for number, colour in enumerate(colours)]
    tiles = [Tile(rank, os.fsencode(file), 1.0 / rank) for rank, file in enumerate(files, 1)]
    assert write_contact_sheet(tmp_path / "sheet.png", "brighter", "3 images", tiles) == 3
    with Image.open(tmp_path / "sheet.png", formats=["PNG"]) as sheet:
        assert [middle_of(sheet, column) for column in range(3)] == colours
    assert [file.name for file in tmp_path.glob("*.part")] == []


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 3000)])
def test_odd_shapes_are_drawn(tmp_path: Path, size: tuple[int, int]) -> None:
    file = paint(tmp_path / "odd.png", (0, 250, 0), size)
    assert write_contact_sheet(tmp_path / "sheet.png", "x", "", [Tile(1, os.fsencode(file), 0.0)]) == 1
    with Image.open(tmp_path / "sheet.png", formats=["PNG"]) as sheet:
        assert any(colour[:2] == (0, 250) for _, colour in sheet.getcolors(1 << 24) or [])


def test_a_vanished_picture_leaves_its_place_empty(tmp_path: Path) -> None:
    there = paint(tmp_path / "there.png", (250, 0, 0))
    tiles = [Tile(1, os.fsencode(tmp_path / "gone.png"), 1.0), Tile(2, os.fsencode(there), 0.0)]
    write_contact_sheet(tmp_path / "sheet.png", "x", "", tiles)
    with Image.open(tmp_path / "sheet.png", formats=["PNG"]) as sheet:
        assert middle_of(sheet, 0) == EMPTY
        assert middle_of(sheet, 1) == (250, 0, 0)


def test_a_sheet_is_never_endless(tmp_path: Path) -> None:
    file = os.fsencode(paint(tmp_path / "dot.png", (250, 0, 0), (1, 1)))
    tiles = [Tile(rank, file, 0.0) for rank in range(1, MAX_TILES + 2)]
    assert write_contact_sheet(tmp_path / "sheet.png", "x", "", tiles) == MAX_TILES


def test_nothing_is_left_where_the_sheet_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ExchangeError, match=r"missing.*cannot be written: No such file"):
        write_contact_sheet(tmp_path / "missing" / "sheet.png", "x", "", [])
