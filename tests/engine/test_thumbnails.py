"""The pictures process over its real pipe: what it makes, what it refuses, in which order, and how it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import settings
from engine.picture_cache import THUMBNAIL_SIDE, trim
from engine.pictures import read_picture
from engine.thumbnails import (
    Answer,
    Forget,
    Made,
    Preview,
    Refused,
    Requests,
    Thumbnail,
    save_thumbnail,
    start,
    thumbnail_path,
)
from tests.conftest import write_photo
from tests.engine.drawn_pictures import ROTATED_HEIC, corners, quarters
from tests.engine.test_pictures import TURNED


@pytest.fixture
def pipe() -> Iterator[Connection]:
    """A running pictures process; ends with its pipe."""
    process, connection = start()
    yield connection
    connection.close()
    process.join(10)
    assert process.exitcode == 0


def ask(pipe: Connection, request: Thumbnail | Preview) -> Answer:
    pipe.send(request)
    assert pipe.poll(30)
    return pipe.recv()


def thumbnail(number: int, path: Path) -> Thumbnail:
    status = path.stat()
    return Thumbnail(number, os.fsencode(path), status.st_size, status.st_mtime_ns)


def opened(answer: Answer) -> Image.Image:
    assert isinstance(answer, Made)
    with Image.open(answer.file, formats=["JPEG", "BMP"]) as image:
        image.load()
    assert image.size == (answer.width, answer.height)
    return image


def test_thumbnail_is_made_once(pipe: Connection, tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg", 1, (1500, 1000))
    answer = ask(pipe, thumbnail(1, path))
    assert opened(answer).size == (THUMBNAIL_SIDE, 341)
    assert isinstance(answer, Made)
    assert Path(answer.file) == thumbnail_path(os.fsencode(path), path.stat().st_size, path.stat().st_mtime_ns)
    made = os.stat(answer.file).st_ino
    path.rename(tmp_path / "gone.jpg")
    again = ask(pipe, Thumbnail(2, os.fsencode(path), *_state(tmp_path / "gone.jpg")))
    assert again == Made(2, answer.file, answer.width, answer.height)
    assert os.stat(answer.file).st_ino == made


def _state(path: Path) -> tuple[int, int]:
    return path.stat().st_size, path.stat().st_mtime_ns


def test_a_changed_file_has_a_new_thumbnail(pipe: Connection, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (30, 20), (255, 0, 0)).save(path)
    assert opened(ask(pipe, thumbnail(1, path))).getpixel((5, 5))[0] > 240  # type: ignore[index]
    Image.new("RGB", (31, 20), (0, 0, 255)).save(path)
    assert opened(ask(pipe, thumbnail(2, path))).getpixel((5, 5))[2] > 240  # type: ignore[index]


@pytest.mark.parametrize("size", [(1, 1), (3000, 2)])
def test_small_and_thin_pictures(pipe: Connection, tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", size).save(path)
    assert opened(ask(pipe, thumbnail(1, path))).size == (min(size[0], THUMBNAIL_SIDE), 1)


def test_orientation_is_the_same_everywhere(pipe: Connection, tmp_path: Path) -> None:
    """Thumbnail, preview and the picture that is encoded stand the same way, for each orientation and for HEIC."""
    paths = [ROTATED_HEIC]
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        paths.append(tmp_path / f"{orientation}.jpg")
        quarters().save(paths[-1], exif=exif, quality=95)
    for orientation, path in zip([6, *range(1, 9)], paths, strict=True):
        small = opened(ask(pipe, thumbnail(1, path)))
        large = opened(ask(pipe, Preview(2, os.fsencode(path))))
        encoded = read_picture(os.fsencode(path), target=32).image
        assert corners(small) == corners(large) == corners(encoded) == TURNED[orientation]
        assert small.size == large.size == encoded.size


def test_preview_is_lossless(pipe: Connection, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    pixels = np.random.default_rng(0).integers(0, 256, (301, 257, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    answer = ask(pipe, Preview(1, os.fsencode(path)))
    assert np.array_equal(np.asarray(opened(answer)), pixels)
    assert ask(pipe, Preview(2, os.fsencode(path))) == Made(2, answer.file, 257, 301)  # type: ignore[union-attr]
    assert opened(ask(pipe, Preview(3, os.fsencode(path), max_side=100))).size == (85, 100)


def test_refusals_name_the_file_and_the_process_lives_on(pipe: Connection, tmp_path: Path) -> None:
    cut = write_photo(tmp_path / "cut.jpg", 1, (400, 300))
    os.truncate(cut, 500)
    text = tmp_path / "text.jpg"
    text.write_text("hello")
    answers = [ask(pipe, thumbnail(1, cut)), ask(pipe, Preview(2, os.fsencode(text))), ask(pipe, thumbnail(3, cut))]
    assert [answer.problem.code for answer in answers if isinstance(answer, Refused)] == [
        "image-unreadable",
        "not-an-image",
        "image-unreadable",
    ]
    missing = ask(pipe, Preview(4, os.fsencode(tmp_path / "none.jpg")))
    assert isinstance(missing, Refused)
    assert missing.problem.code == "image-vanished"
    assert "none.jpg" in missing.problem.sentence
    assert opened(ask(pipe, thumbnail(5, write_photo(tmp_path / "good.jpg", 2)))).size == (64, 48)
    assert [file.name for file in settings.thumbnail_dir().rglob("*.*")] != []
    assert not list(settings.cache_dir().rglob("*.part"))


def test_a_vanished_file_is_asked_for_again(pipe: Connection, tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg", 1)
    request = thumbnail(1, path)
    path.rename(tmp_path / "b.jpg")
    assert isinstance(ask(pipe, request), Refused)
    (tmp_path / "b.jpg").rename(path)
    assert isinstance(ask(pipe, request), Made)


def test_a_cache_file_that_was_cut_short_is_made_again(pipe: Connection, tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.jpg", 1)
    answer = ask(pipe, thumbnail(1, path))
    assert isinstance(answer, Made)
    os.truncate(answer.file, 0)
    assert opened(ask(pipe, thumbnail(2, path))).size == (64, 48)


def test_a_cache_that_cannot_be_written(pipe: Connection, tmp_path: Path) -> None:
    settings.cache_dir().parent.mkdir(parents=True, exist_ok=True)
    settings.cache_dir().write_text("a file where a folder should be")
    answer = ask(pipe, thumbnail(1, write_photo(tmp_path / "a.jpg", 1)))
    assert isinstance(answer, Refused)
    assert str(settings.cache_dir()) in answer.problem.sentence


def test_newest_first_previews_before_all() -> None:
    requests = Requests()
    for number in range(4):
        requests.put(Thumbnail(number, b"", 0, 0))
    requests.put(Preview(4, b""))
    requests.put(Thumbnail(5, b"", 0, 0))
    requests.put(Forget((0, 2, 99)))
    taken = []
    while (request := requests.take(0)) is not None:
        taken.append(request.request)
    assert taken == [4, 5, 3, 1]


def test_forgotten_requests_are_not_answered(pipe: Connection, tmp_path: Path) -> None:
    slow = tmp_path / "slow.png"
    Image.effect_noise((3000, 3000), 50).save(slow, compress_level=1)
    pipe.send(Preview(0, os.fsencode(slow)))  # keeps the decoder busy while the others arrive
    small = [write_photo(tmp_path / f"{number}.png", number) for number in range(6)]
    for number, path in enumerate(small, 1):
        pipe.send(thumbnail(number, path))
    pipe.send(Forget((2, 4, 6)))
    answered = []
    for _ in range(4):
        assert pipe.poll(30)
        answered.append(pipe.recv().request)
    assert answered == [0, 5, 3, 1]
    assert ask(pipe, thumbnail(7, small[0])).request == 7  # and nothing else was waiting in the pipe


def test_the_process_ends_with_its_pipe_even_while_decoding(tmp_path: Path) -> None:
    slow = tmp_path / "slow.png"
    Image.effect_noise((4000, 4000), 50).save(slow, compress_level=1)
    process, pipe = start()
    assert isinstance(ask(pipe, thumbnail(1, write_photo(tmp_path / "a.jpg", 1))), Made)
    pipe.send(Preview(2, os.fsencode(slow)))
    pipe.close()
    process.join(10)
    assert process.exitcode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_is_the_windows_business(pipe: Connection, tmp_path: Path) -> None:
    assert isinstance(ask(pipe, thumbnail(1, write_photo(tmp_path / "a.jpg", 1))), Made)
    (child,) = (each for each in multiprocessing.active_children() if each.name == "pairlens-pictures")
    assert child.pid
    os.kill(child.pid, signal.SIGINT)
    assert isinstance(ask(pipe, thumbnail(2, write_photo(tmp_path / "b.jpg", 2))), Made)


def test_the_log_is_pictures_log(pipe: Connection, tmp_path: Path) -> None:
    assert isinstance(ask(pipe, thumbnail(1, write_photo(tmp_path / "a.jpg", 1))), Made)
    assert (settings.log_dir() / "pictures.log").is_file()


def test_trim_deletes_what_was_not_used_longest(tmp_path: Path) -> None:
    for number in range(20):
        file = tmp_path / str(number % 3) / f"{number}.jpg"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x" * 1000)
        os.utime(file, (number, number))
    assert trim(tmp_path, 20_000) == 0
    assert trim(tmp_path, 10_000) == 11
    assert sorted(int(file.stem) for file in tmp_path.rglob("*.jpg")) == list(range(11, 20))
    assert trim(tmp_path, 1) == 8  # the newest stays
    assert trim(tmp_path / "none", 1) == 0


def test_trim_leaves_what_cannot_be_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied")

    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(bytes(1000))
    monkeypatch.setattr(os, "unlink", refuse)
    assert trim(tmp_path, 1) == 0
    assert len(list(tmp_path.iterdir())) == 3


def test_a_failed_write_leaves_nothing_and_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "cache" / "a.jpg"
    save_thumbnail(Image.new("RGB", (10, 10)), target)
    before = target.read_bytes()
    with pytest.raises(OSError, match="LA"):
        save_thumbnail(Image.new("LA", (10, 10)), target)
    assert target.read_bytes() == before
    assert list(target.parent.iterdir()) == [target]


def test_importing_the_messages_is_cheap() -> None:
    """The window imports this module before its first paint."""
    code = "import sys, engine.thumbnails; print(sorted({'torch', 'numpy', 'PIL.Image', 'pi_heif'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
