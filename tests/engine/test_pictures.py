"""Odd but valid files give the right pixels; everything else is refused by name and reason."""

from __future__ import annotations

import io
import os
import struct
import sys
import threading
import time
import zlib
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from engine.errors import (
    ImageChanged,
    ImageEmpty,
    ImageError,
    ImageTooLarge,
    ImageUnreadable,
    ImageVanished,
    NotAnImage,
)
from engine.pictures import MAX_PIXELS, Content, decode, read_content, read_picture, still_same
from tests.conftest import write_photo

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


# ---- refused -------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::UserWarning")  # as in a running program, see engine.pictures
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif", "a.bmp", "a.avif"])
@pytest.mark.parametrize("kept", [0.5, 0.9, 20])
def test_truncated(tmp_path: Path, name: str, kept: float) -> None:
    path = write_photo(tmp_path / name, 3, (256, 192))
    size = path.stat().st_size
    os.truncate(path, int(size * kept) if kept < 1 else int(kept))
    with pytest.raises(ImageUnreadable, match=name):
        read_picture(os.fsencode(path))


def test_truncated_heic(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    for size in (20, 400, 800):
        path.write_bytes(ROTATED_HEIC.read_bytes()[:size])
        with pytest.raises(ImageUnreadable, match=r"a\.heic"):
            read_picture(os.fsencode(path))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"hello, I am a note\n", "text"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (b"\xef\xbb\xbf\n<html>", "a web page"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "PostScript"),
        (b"%PDF-1.7\n\x00", "a PDF document"),
        (b"<?xml version='1.0'?><svg/>", "an XML document"),
        (b"\x00\x01\x02\x03" * 50, "not an image"),
    ],
)
def test_what_is_no_image(tmp_path: Path, data: bytes, kind: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with pytest.raises(NotAnImage, match=rf"^a\.jpg is {kind}"):
        read_picture(os.fsencode(path))


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.touch()
    with pytest.raises(ImageEmpty, match=r"a\.jpg"):
        read_picture(os.fsencode(path))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"hello\r\n\tworld", "text"),
        ("Grüße, ".encode() * 200, "text"),
        (b"\xff", "not an image of a kind"),
        (b"\x1f\x8b\x08 a gzip archive", "not an image of a kind"),
        ("hello".encode("utf-16"), "not an image of a kind"),
    ],
)
def test_what_is_text_and_what_is_not(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(NotAnImage, match=rf"^a\.jpg is {kind}"):
        read_picture(os.fsencode(tmp_path / "a.jpg"))


def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to(tmp_path / "b.jpg")
    with pytest.raises(NotAnImage, match=r"^a\.jpg is a link to a file that is not there\.$"):
        read_picture(os.fsencode(tmp_path / "a.jpg"))
    (tmp_path / "b.jpg").symlink_to(tmp_path / "a.jpg")
    with pytest.raises(NotAnImage, match=r"^a\.jpg is a link that leads back to itself\.$"):
        read_picture(os.fsencode(tmp_path / "a.jpg"))


def test_vanished(tmp_path: Path) -> None:
    with pytest.raises(ImageVanished, match=r"a\.jpg"):
        read_picture(os.fsencode(tmp_path / "a.jpg"))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")
def test_pipes_devices_and_folders_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.jpg")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    (tmp_path / "folder.jpg").mkdir()
    begin = time.monotonic()
    for name in ("fifo.jpg", "zero.jpg", "folder.jpg"):
        with pytest.raises(NotAnImage, match=name):
            read_picture(os.fsencode(tmp_path / name))
    assert time.monotonic() - begin < 2


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user who can be refused")
def test_unreadable_file(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg", 0)
    path.chmod(0)
    with pytest.raises(ImageUnreadable, match=r"a\.jpg cannot be read: Permission denied"):
        read_picture(os.fsencode(path))


def test_decompression_bombs_are_refused_before_decoding(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(png(30_000, 30_000, depth=8, colour=2, rows=b"\0" * 2_000_000))
    huge = tmp_path / "huge.gif"
    huge.write_bytes(
        b"GIF89a" + struct.pack("<HH", 30_000, 30_000) + b"\0\0\0,\0\0\0\0" + b"\x01\0\x01\0\0\x02\x02L\x01\0;"
    )
    bmp = tmp_path / "a.bmp"
    bmp.write_bytes(
        b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 30_000, 30_000, 1, 24, *[0] * 6)
    )
    begin = time.monotonic()
    for path in (bomb, huge, bmp):
        with pytest.raises(ImageTooLarge, match=rf"{path.name} has 30000 x 30000 pixels"):
            read_picture(os.fsencode(path))
    assert time.monotonic() - begin < 1


def test_the_pixel_limit_itself(tmp_path: Path) -> None:
    side = int(MAX_PIXELS**0.5)
    path = saved(tmp_path, Image.new("1", (side, side)), "a.png")
    assert read(path).size == (side, side)
    with pytest.raises(ImageTooLarge):
        read(saved(tmp_path, Image.new("1", (side, side + 1)), "b.png"))


def test_changed_after_reading_is_told(tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg", 0)
    picture = read_picture(os.fsencode(path))
    assert still_same(picture)
    os.utime(path, ns=(0, picture.mtime_ns + 1))
    assert not still_same(picture)
    path.unlink()
    assert not still_same(picture)


def test_a_file_that_is_being_written(tmp_path: Path) -> None:
    """R21: a writer replaces the file in place again and again; no picture that passed `still_same` is a torn one."""
    path = tmp_path / "a.png"
    versions = []
    for seed in (1, 2):
        buffer = io.BytesIO()
        Image.effect_noise((200, 200 + seed), 80).save(buffer, "PNG", compress_level=0)
        versions.append(buffer.getvalue())
    stop = threading.Event()

    def rewrite() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with open(path, "wb", buffering=0) as file:
                data = versions[number % 2]
                for start in range(0, len(data), 8192):
                    file.write(data[start : start + 8192])
            stop.wait(0.002)

    writer = threading.Thread(target=rewrite)
    writer.start()
    kept, refused = [], 0
    try:
        for _ in range(300):
            try:
                content = read_content(os.fsencode(path))
            except (ImageChanged, ImageVanished, ImageEmpty):
                refused += 1
                continue
            stop.wait(0.01)  # stands for the encoding
            if still_same(content):
                kept.append(content.data)
    finally:
        stop.set()
        writer.join()
    assert refused > 0
    assert all(data in versions for data in kept)


FORMS = ["a.jpg", "a.png", "a.webp", "a.tif", "a.bmp", "a.gif", "a.avif", "a.heic"]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", FORMS)
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_bytes_give_a_picture_or_a_named_problem(name: str, data: st.DataObject) -> None:
    good = bytearray(seed_file(name))
    for _ in range(data.draw(st.integers(1, 8))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    content = Content(os.fsencode(name), bytes(good), b"", len(good), 0)
    with suppress(ImageError):
        assert decode(content, target=16).image.mode == "RGB"


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
