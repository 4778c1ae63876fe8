"""What the camera wrote: read rightly where it is there, empty where it is damaged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from engine.details import Details, read_details
from engine.errors import ImageUnreadable
from tests.conftest import write_photo


def with_exif(path: Path, tags: dict[int, object], taken: object = None) -> bytes:
    write_photo(path, 1)
    with Image.open(path, formats=("JPEG",)) as image:
        exif = image.getexif()
        exif.update(tags)
        if taken is not None:
            exif.get_ifd(0x8769)[0x9003] = taken
        image.save(path, exif=exif)
    return os.fsencode(path)


def test_camera_and_date(tmp_path: Path) -> None:
    tags = {0x010F: "Canon", 0x0110: "Canon EOS 5D", 0x0132: "2020:01:02 03:04:05"}
    assert read_details(with_exif(tmp_path / "a.jpg", tags, "2018:12:31 23:59:58")) == Details(
        "Canon EOS 5D", "2018-12-31 23:59"
    )
    assert read_details(with_exif(tmp_path / "b.jpg", tags)).taken == "2020-01-02 03:04"
    assert (
        read_details(with_exif(tmp_path / "c.jpg", {0x010F: "Apple", 0x0110: "iPhone 12"})).camera == "Apple iPhone 12"
    )


def test_nonsense_is_left_out(tmp_path: Path) -> None:
    tags = {0x010F: "\x01\x02", 0x0110: "x" * 500, 0x0132: "0000:00:00 00:00:00"}
    details = read_details(with_exif(tmp_path / "a.jpg", tags))
    assert details.taken == ""
    assert len(details.camera) <= 80
    assert details.camera.isprintable()


def test_files_without_it(tmp_path: Path) -> None:
    assert read_details(os.fsencode(write_photo(tmp_path / "a.png", 1))) == Details()
    (tmp_path / "page.jpg").write_text("<html>")
    with pytest.raises(ImageUnreadable, match=r"page\.jpg"):
        read_details(os.fsencode(tmp_path / "page.jpg"))
