"""Thumbnails and previews through a real pictures process: made, cached, withdrawn, crashed and started again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.image_cache import ImageCache, key_of, read_image
from app.pictures_client import PicturesClient
from engine.errors import Problem
from engine.store.rows import File
from engine.thumbnails import thumbnail_path
from tests.conftest import write_photo

LONG = 20_000  # ms: a process has to start, on a busy machine


def as_file(path: Path, number: int = 1) -> File:
    state = path.stat()
    raw = os.fsencode(path)
    return File(number, 1, 1, raw, path.name, state.st_size, state.st_mtime_ns, None, None, None)


@pytest.fixture
def client(qtbot: QtBot) -> Iterator[PicturesClient]:
    made = PicturesClient()
    yield made
    made.close()


def test_a_thumbnail_is_made_once_and_found_again(qtbot: QtBot, client: PicturesClient, tmp_path: Path) -> None:
    file = as_file(write_photo(tmp_path / "a.jpg", 1, (600, 300)))
    with qtbot.waitSignal(client.arrived, timeout=LONG):
        client.show([file], 200)
    image = client.thumbnail(key_of(file))
    assert image is not None
    assert (image.width(), image.height()) == (200, 100)
    made = thumbnail_path(*key_of(file)).stat().st_mtime_ns

    client.show([file], 400)  # larger tiles: from the cache, sharper
    qtbot.waitUntil(lambda: (sharper := client.thumbnail(key_of(file))) is not None and sharper.width() == 400)
    assert thumbnail_path(*key_of(file)).stat().st_mtime_ns == made


def test_what_is_no_picture_says_why(qtbot: QtBot, client: PicturesClient, tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    path.write_text("<html>not a picture</html>")
    with qtbot.waitSignal(client.arrived, timeout=LONG):
        client.show([as_file(path)], 200)
    problem = client.problem(key_of(as_file(path)))
    assert problem is not None
    assert problem.code == "not-an-image"
    assert "page.jpg" in problem.sentence
    assert client.thumbnail(key_of(as_file(path))) is None


def test_a_damaged_cache_file_is_made_again(qtbot: QtBot, client: PicturesClient, tmp_path: Path) -> None:
    file = as_file(write_photo(tmp_path / "a.jpg", 1))
    cached = thumbnail_path(*key_of(file))
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"torn")
    with qtbot.waitSignal(client.arrived, timeout=LONG):
        client.show([file], 200)
    assert client.thumbnail(key_of(file)) is not None


def test_what_scrolled_away_is_not_made(qtbot: QtBot, client: PicturesClient, tmp_path: Path) -> None:
    files = [as_file(write_photo(tmp_path / f"{n}.jpg", n), n) for n in range(60)]
    client.show(files[:50], 200)
    client.show(files[50:], 200)
    qtbot.waitUntil(lambda: all(client.thumbnail(key_of(file)) is not None for file in files[50:]), timeout=LONG)
    made = sum(thumbnail_path(*key_of(file)).exists() for file in files[:50])
    assert made <= 10


def test_the_rest_is_filled_when_nothing_is_visible(qtbot: QtBot, client: PicturesClient, tmp_path: Path) -> None:
    files = [as_file(write_photo(tmp_path / f"{n}.jpg", n), n) for n in range(12)]
    client.fill(files)
    qtbot.waitUntil(lambda: all(thumbnail_path(*key_of(file)).exists() for file in files), timeout=LONG)
    assert client.thumbnail(key_of(files[0])) is None  # on disk, not in memory


def test_memory_stays_bounded() -> None:
    cache = ImageCache(100_000)
    for number in range(20):
        cache.put((b"%d" % number, 1, 1), QImage(100, 100, QImage.Format.Format_RGB32), 100)
        cache.get((b"0", 1, 1))
    assert cache.bytes <= 100_000
    assert cache.get((b"19", 1, 1)) is not None
    assert cache.get((b"0", 1, 1)) is not None  # shown again and again
    assert cache.get((b"1", 1, 1)) is None
    cache.put((b"0", 1, 1), QImage(10, 10, QImage.Format.Format_RGB32), 10)
    assert cache.side((b"0", 1, 1)) == 10


def test_previews_carry_all_pixels_or_as_many_as_asked(qtbot: QtBot, client: PicturesClient, tmp_path: Path) -> None:
    path = os.fsencode(write_photo(tmp_path / "a.jpg", 1, (900, 300)))
    for side, width in ((None, 900), (300, 300)):
        with qtbot.waitSignal(client.preview_ready, timeout=LONG) as ready:
            number = client.preview(path, side)
        assert ready.args[0] == number
        assert ready.args[1].width() == width


def test_a_refused_preview_says_why(qtbot: QtBot, client: PicturesClient, tmp_path: Path) -> None:
    with qtbot.waitSignal(client.preview_refused, timeout=LONG) as refused:
        client.preview(os.fsencode(tmp_path / "gone.jpg"))
    problem = refused.args[1]
    assert isinstance(problem, Problem)
    assert "gone.jpg" in problem.sentence


def test_a_killed_process_is_started_again_and_nothing_is_lost(
    qtbot: QtBot, client: PicturesClient, tmp_path: Path
) -> None:
    files = [as_file(write_photo(tmp_path / f"{n}.jpg", n, (800, 600)), n) for n in range(8)]
    with qtbot.waitSignal(client.arrived, timeout=LONG):
        client.show(files[:1], 200)
    first = client.process_id
    assert first is not None
    client.show(files, 200)
    os.kill(first, signal.SIGKILL)
    qtbot.waitUntil(lambda: all(client.thumbnail(key_of(file)) is not None for file in files), timeout=LONG)
    assert client.process_id != first


def test_close_leaves_no_process(qtbot: QtBot, tmp_path: Path) -> None:
    client = PicturesClient()
    with qtbot.waitSignal(client.arrived, timeout=LONG):
        client.show([as_file(write_photo(tmp_path / "a.jpg", 1))], 200)
    process = client.process_id
    assert process is not None
    client.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_file_without_a_cache_entry_is_no_image(tmp_path: Path) -> None:
    assert read_image(str(tmp_path / "none.jpg"), 100) is None


def test_a_damaged_cache_file_that_cannot_be_deleted_is_no_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no image")
    monkeypatch.setattr(os, "unlink", refuse)
    assert read_image(str(tmp_path / "broken.jpg"), 64) is None


def refuse(path: object) -> None:
    raise PermissionError(13, "Permission denied")
