"""Odd but valid files give the right pixels."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from engine.errors import (
    ImageUnreadable,
)
from engine.pictures import read_content, read_picture
from tests.engine.drawn_pictures import (
    BLUE,
    GREEN,
    RED,
    ROTATED_HEIC,
    WHITE,
    corners,
    png,
    quarters,
    read,
    saved,
)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.jpg", {"quality": 95}),
        ("a.png", {}),
        ("a.webp", {"lossless": True}),
        ("a.tif", {}),
        ("a.tif", {"compression": "tiff_lzw"}),
        ("a.bmp", {}),
        ("a.gif", {}),
        ("a.avif", {"quality": 95}),
    ],
)
def test_every_format(tmp_path: Path, name: str, options: dict[str, object]) -> None:
    path = saved(tmp_path, quarters(), name, **options)
    picture = read_picture(os.fsencode(path))
    assert corners(picture.image) == [RED, GREEN, BLUE, WHITE]
    assert (picture.width, picture.height) == picture.image.size == (64, 48)
    assert picture.size == path.stat().st_size
    assert picture.mtime_ns == path.stat().st_mtime_ns
    assert picture.format == {"jpg": "JPEG", "tif": "TIFF"}.get(path.suffix[1:], path.suffix[1:].upper())


TURNED = {
    1: [RED, GREEN, BLUE, WHITE],
    2: [GREEN, RED, WHITE, BLUE],
    3: [WHITE, BLUE, GREEN, RED],
    4: [BLUE, WHITE, RED, GREEN],
    5: [RED, BLUE, GREEN, WHITE],
    6: [BLUE, RED, WHITE, GREEN],
    7: [WHITE, GREEN, BLUE, RED],
    8: [GREEN, WHITE, RED, BLUE],
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "a.avif"])
def test_orientation_is_applied_once(tmp_path: Path, name: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = read_picture(os.fsencode(saved(tmp_path, quarters(), name, exif=exif)))
    assert corners(picture.image) == TURNED[orientation]
    size = (48, 64) if orientation >= 5 else (64, 48)
    assert (picture.width, picture.height) == picture.image.size == size


def test_heic_is_turned_once() -> None:
    """The file says it twice, as telephones do: in its own rotation property and in EXIF."""
    picture = read_picture(os.fsencode(ROTATED_HEIC))
    assert corners(picture.image) == TURNED[6]
    assert (picture.width, picture.height) == picture.image.size == (48, 64)
    assert picture.format == "HEIF"


def test_damaged_exif_does_not_spoil_the_pixels(tmp_path: Path) -> None:
    path = saved(tmp_path, quarters(), "a.jpg", quality=95, exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01")
    with pytest.warns(UserWarning, match="EXIF|Expecting"):  # silent outside the tests
        assert corners(read(path)) == [RED, GREEN, BLUE, WHITE]


def test_draft_keeps_twice_the_target_and_the_true_size(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path, quarters((1600, 1200)), "a.jpg", exif=exif, quality=95)
    picture = read_picture(os.fsencode(path), target=224)
    assert (picture.width, picture.height) == (1200, 1600)
    assert picture.image.size == (600, 800)  # half: the smallest scale with 448 pixels on the shorter side
    assert corners(picture.image) == TURNED[6]


def test_sixteen_bit_grey_keeps_its_tones(tmp_path: Path) -> None:
    values = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    for name in ("a.png", "a.tif"):
        pixels = np.asarray(read(saved(tmp_path, Image.fromarray(values), name)))
        assert np.abs(pixels.astype(float) - values[..., None] / 257).max() <= 0.51
    pixels = np.asarray(read(saved(tmp_path, Image.fromarray(values.astype(">u2")), "b.tif")))
    assert np.abs(pixels.astype(float) - values[..., None] / 257).max() <= 0.51


def test_sixteen_bit_colour_keeps_its_tones(tmp_path: Path) -> None:
    values = np.zeros((48, 64, 3), dtype=">u2")
    values[..., 0] = np.linspace(0, 65535, 64)
    values[..., 1] = 40_000
    path = tmp_path / "a.png"
    path.write_bytes(png(64, 48, depth=16, colour=2, rows=b"".join(b"\0" + row.tobytes() for row in values)))
    pixels = np.asarray(read(path)).astype(float)
    assert np.abs(pixels - values / 257).max() <= 1.0


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0, 3.7e9])
def test_float_tiff_is_scaled(tmp_path: Path, top: float) -> None:
    values = np.linspace(0, top, 64 * 48).reshape(48, 64).astype(np.float32)
    pixels = np.asarray(read(saved(tmp_path, Image.fromarray(values), "a.tif")))
    assert pixels[0, 0, 0] == 0
    assert pixels[-1, -1, 0] == 255
    assert abs(int(pixels[24, 0, 0]) - 127) <= 3


def test_float_tiff_with_holes(tmp_path: Path) -> None:
    values = np.full((8, 8), 0.5, np.float32)
    values[0, 0], values[0, 1] = np.nan, np.inf
    pixels = np.asarray(read(saved(tmp_path, Image.fromarray(values), "a.tif")))
    assert pixels[0, 0, 0] == 0
    assert pixels[4, 4, 0] == 128


def test_hidden_colours_do_not_leak(tmp_path: Path) -> None:
    image = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (20, 0, 40, 40))
    image.paste((0, 0, 0, 128), (0, 20, 20, 40))
    for name in ("a.png", "a.webp", "a.tif", "a.avif"):
        pixels = read(saved(tmp_path, image, name, **({"lossless": True} if name == "a.webp" else {})))
        assert min(pixels.getpixel((5, 5))) >= 250, name  # type: ignore[type-var,arg-type]
        assert abs(pixels.getpixel((5, 30))[0] - 127) <= 3, name  # type: ignore[index]
        assert pixels.getpixel((35, 5))[2] >= 250, name  # type: ignore[index]


@pytest.mark.parametrize("mode", ["P", "L", "LA", "1"])
def test_transparency_of_other_modes(tmp_path: Path, mode: str) -> None:
    if mode == "LA":
        image = Image.new("LA", (20, 20), (0, 0))
        path = saved(tmp_path, image, "a.png")
    else:
        image = Image.new(mode, (20, 20), 0)
        path = saved(tmp_path, image, "a.png", transparency=0)
    assert read(path).getpixel((5, 5)) == WHITE


def test_palette(tmp_path: Path) -> None:
    path = saved(tmp_path, quarters().quantize(8), "a.png")
    with Image.open(path, formats=["PNG"]) as image:
        assert image.mode == "P"
    assert corners(read(path)) == [RED, GREEN, BLUE, WHITE]


def test_animation_shows_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in (RED, GREEN, BLUE)]
    for name in ("a.gif", "a.webp", "a.png", "a.avif"):
        path = tmp_path / name
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
        red, green, blue = read(path).getpixel((5, 5))  # type: ignore[misc]
        assert red > 240, name
        assert green < 10, name
        assert blue < 10, name


def test_mpo_shows_its_first_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    quarters().save(path, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))], quality=95)
    assert corners(read(path, target=16)) == [RED, GREEN, BLUE, WHITE]


def test_cmyk(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.tif"):
        assert corners(read(saved(tmp_path, quarters().convert("CMYK"), name))) == [RED, GREEN, BLUE, WHITE]


def test_lab(tmp_path: Path) -> None:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    image = ImageCms.profileToProfile(quarters(), srgb, lab, outputMode="LAB")
    assert image is not None
    assert corners(read(saved(tmp_path, image, "a.tif"))) == [RED, GREEN, BLUE, WHITE]


def test_colour_profile_is_applied(tmp_path: Path) -> None:
    swapped = icc_with_swapped_primaries()
    red = read(saved(tmp_path, Image.new("RGB", (8, 8), RED), "a.png", icc_profile=swapped)).getpixel((4, 4))
    assert red == (0, 255, 0)
    plain = read(saved(tmp_path, Image.new("RGB", (8, 8), RED), "b.png", icc_profile=b"garbage")).getpixel((4, 4))
    assert plain == RED


def icc_with_swapped_primaries() -> bytes:
    """sRGB with the red and green primaries exchanged, under another name."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = data.replace(b"rXYZ", b"tmp_").replace(b"gXYZ", b"rXYZ").replace(b"tmp_", b"gXYZ")
    return data.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 3000)])
@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_extreme_shapes(tmp_path: Path, size: tuple[int, int], name: str) -> None:
    picture = read_picture(os.fsencode(saved(tmp_path, Image.new("RGB", size, RED), name)), target=224)
    assert picture.image.size == size
    assert picture.image.getpixel((0, 0))[0] > 250  # type: ignore[index]


@pytest.mark.parametrize("name", [b"\xf0\x9f\x98\x80.jpg", b'it\'s "one".jpg', b"line\nbreak.jpg", b"\xff\xfe\xe9.jpg"])
def test_any_file_name(tmp_path: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)
    quarters().save(tmp_path / "a.jpg")
    os.rename(tmp_path / "a.jpg", path)
    assert read_picture(path).path == path
    os.truncate(path, 200)
    with pytest.raises(ImageUnreadable) as caught:
        read_picture(path)
    caught.value.sentence.encode()  # can be shown and sent: no lone surrogates


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    quarters().save(path, "JPEG", quality=95)
    assert read_picture(os.fsencode(path)).format == "JPEG"


@given(st.binary(max_size=2000))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hash_is_that_of_the_bytes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data + b"x")
    assert read_content(os.fsencode(path)).content_hash == blake2b(data + b"x", digest_size=16).digest()
