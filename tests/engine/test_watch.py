"""Watched folders: what is told, what is not, and when."""

from __future__ import annotations

import logging
import os
import queue
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from engine.store.rows import Folder
from engine.watch import FolderWatcher
from tests.conftest import write_photo

QUIET = 0.25


class Told:
    """What the watcher said, to wait for."""

    def __init__(self) -> None:
        self._ids: queue.Queue[int] = queue.Queue()
        self.put = self._ids.put

    def next(self) -> int:
        return self._ids.get(timeout=20)

    def nothing(self, seconds: float = 4 * QUIET) -> bool:
        """Whether nothing is said for a while; silence can only be waited out."""
        try:
            self._ids.get(timeout=seconds)
        except queue.Empty:
            return True
        return False


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def watcher(told: Told) -> Iterator[FolderWatcher]:
    watcher = FolderWatcher(told.put, quiet=QUIET)
    yield watcher
    watcher.close()


def folder(number: int, path: Path) -> Folder:
    return Folder(number, os.fsencode(path), str(path), True, 0)


def test_new_changed_moved_and_deleted_files_are_told(watcher: FolderWatcher, told: Told, photos: Path) -> None:
    watcher.watch([folder(7, photos)])
    write_photo(photos / "more" / "new.jpg", 1)
    assert told.next() == 7
    write_photo(photos / "photo00.jpg", 2)
    assert told.next() == 7
    (photos / "photo01.jpg").rename(photos / "more" / "moved.jpg")
    assert told.next() == 7
    (photos / "photo02.jpg").unlink()
    assert told.next() == 7
    (photos / "download.part").write_bytes(b"x")
    assert told.nothing()
    (photos / "download.part").rename(photos / "download.jpg")
    assert told.next() == 7


def test_a_new_subfolder_is_told_and_watched(watcher: FolderWatcher, told: Told, photos: Path) -> None:
    watcher.watch([folder(7, photos)])
    (photos / "fresh").mkdir()
    assert told.next() == 7
    write_photo(photos / "fresh" / "a.jpg", 1)
    assert told.next() == 7


def test_a_burst_is_told_once_after_it(watcher: FolderWatcher, told: Told, photos: Path) -> None:
    watcher.watch([folder(7, photos)])
    for number in range(200):
        write_photo(photos / f"burst{number}.jpg", number)
    written = time.monotonic()
    assert told.next() == 7
    assert time.monotonic() - written > QUIET / 3
    assert told.nothing()


def test_reading_and_other_files_are_not_told(watcher: FolderWatcher, told: Told, photos: Path) -> None:
    watcher.watch([folder(7, photos)])
    for path in photos.glob("*.jpg"):
        with Image.open(path, formats=["JPEG"]) as image:
            image.load()
    (photos / "library.pairlens-wal").write_bytes(b"x")
    (photos / "._photo00.jpg").write_bytes(b"x")
    (photos / ".cache").mkdir()
    assert told.nothing()


def test_each_folder_by_its_own_id_and_only_those_watched(
    watcher: FolderWatcher, told: Told, photos: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    watcher.watch([folder(1, photos), folder(2, other)])
    write_photo(other / "a.jpg", 1)
    assert told.next() == 2
    watcher.watch([folder(1, photos)])
    write_photo(other / "b.jpg", 2)
    assert told.nothing()
    write_photo(photos / "c.jpg", 3)
    assert told.next() == 1


def test_a_folder_that_goes_and_comes_back(watcher: FolderWatcher, told: Told, photos: Path, tmp_path: Path) -> None:
    watcher.watch([folder(7, photos), folder(8, tmp_path / "never-there")])
    shutil.rmtree(photos)
    assert told.next() == 7
    watcher.watch([folder(7, photos)])
    photos.mkdir()
    watcher.watch([folder(7, photos)])
    write_photo(photos / "a.jpg", 1)
    assert told.next() == 7


def test_a_folder_that_cannot_be_watched_is_logged_once(
    watcher: FolderWatcher, told: Told, photos: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's limit on watches, which cannot be lowered for a test alone: its error is raised instead."""
    from watchdog.observers.api import BaseObserver

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    with monkeypatch.context() as patch:
        patch.setattr(BaseObserver, "schedule", refuse)
        with caplog.at_level(logging.WARNING):
            watcher.watch([folder(7, photos)])
            watcher.watch([folder(7, photos)])
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "use Refresh" in caplog.text
    watcher.watch([folder(7, photos)])  # the limit was raised
    write_photo(photos / "a.jpg", 1)
    assert told.next() == 7


def test_names_that_are_not_utf8(watcher: FolderWatcher, told: Told, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9"
    os.mkdir(path)
    watcher.watch([Folder(7, path, "caf\ufffd", True, 0)])
    with open(path + b"/\xff.jpg", "wb") as file:
        file.write(b"x")
    assert told.next() == 7


def test_closing_at_once_and_while_restless(photos: Path) -> None:
    FolderWatcher(lambda _: None).close()
    told: list[int] = []
    watcher = FolderWatcher(told.append, quiet=60)
    watcher.watch([folder(7, photos)])
    write_photo(photos / "a.jpg", 1)
    watcher.close()
    assert told == []
