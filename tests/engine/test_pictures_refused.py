"""What is no picture, not whole, too large or changing is refused by name and reason."""

from __future__ import annotations

import io
import os
import struct
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

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
from tests.engine.drawn_pictures import (
    ROTATED_HEIC,
    png,
    read,
    saved,
    seed_file,
)


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
    with pytest.raises(ImageVanished, match=r"^There is no file a\.jpg\.$"):
        read_picture(os.fsencode(tmp_path / "a.jpg"))


def test_a_folder_is_not_to_be_removed(tmp_path: Path) -> None:
    with pytest.raises(NotAnImage, match="is a folder") as refused:
        read_picture(os.fsencode(tmp_path))
    assert refused.value.problem().remedy == "Name one picture in it."


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


def test_a_heic_whose_items_are_named_in_bytes_that_are_no_text_is_refused(tmp_path: Path) -> None:
    good = ROTATED_HEIC.read_bytes()
    assert decode(Content(b"a.heic", good, b"", len(good), 0)).image.size == (48, 64)
    for name in (b"Exif\x00", b"hvc1"):
        damaged = good.replace(name, b"\xcc" + name[1:], 1)
        assert damaged != good
        with pytest.raises(ImageUnreadable, match=r"a\.heic is damaged"):
            decode(Content(b"a.heic", damaged, b"", len(damaged), 0))


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
