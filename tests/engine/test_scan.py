"""Which files a scan finds: kinds, hidden things, links and loops, trouble, size."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import FolderMissing, FolderUnreadable
from engine.scan import scan
from engine.store.rows import Seen


def touch(path: Path, size: int = 3) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def names(folder: Path, **options: object) -> list[str]:
    found = [
        os.fsdecode(os.path.relpath(seen.path, os.fsencode(folder))) for seen in scan(os.fsencode(folder), **options)
    ]  # type: ignore[arg-type]
    assert len(found) == len(set(found))
    return sorted(found)


def test_size_and_time_are_those_of_the_file(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.jpg", 17)
    assert list(scan(os.fsencode(tmp_path))) == [Seen(os.fsencode(path), 17, path.stat().st_mtime_ns)]


def test_kinds(tmp_path: Path) -> None:
    wanted = ["a.JPG", "b.jpeg", "c.Png", "d.webp", "e.gif", "f.TIFF", "g.tif", "h.bmp", "i.HEIC", "j.avif", "k.heif"]
    for name in [*wanted, "notes.txt", "movie.mp4", "jpg", "a.jpg.part", "raw.cr2", "noextension"]:
        touch(tmp_path / name)
    assert names(tmp_path) == sorted(wanted)


def test_hidden_and_system_things_are_left_out(tmp_path: Path) -> None:
    for name in (
        "._a.jpg",
        ".hidden.jpg",
        ".Trash-1000/a.jpg",
        "@eaDir/a.jpg",
        "$RECYCLE.BIN/a.jpg",
        "System Volume Information/a.jpg",
        "__MACOSX/a.jpg",
        "lost+found/a.jpg",
        "more/.git/a.jpg",
    ):
        touch(tmp_path / name)
    touch(tmp_path / "more" / "a.jpg")
    assert names(tmp_path) == ["more/a.jpg"]


def test_a_hidden_folder_that_was_asked_for(tmp_path: Path) -> None:
    touch(tmp_path / ".secret" / "a.jpg")
    assert names(tmp_path / ".secret") == ["a.jpg"]


def test_left_out_subfolders(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg")
    touch(tmp_path / "inner" / "b.jpg")
    assert names(tmp_path, leave_out={os.fsencode(tmp_path / "inner")}) == ["a.jpg"]


@pytest.mark.skipif(sys.platform == "win32", reason="symlinks")
class TestLinks:
    def test_loops_end(self, tmp_path: Path) -> None:
        touch(tmp_path / "a" / "b" / "photo.jpg")
        (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
        (tmp_path / "a" / "self").symlink_to(tmp_path / "a" / "self")
        (tmp_path / "a" / "dot").symlink_to(".")
        assert names(tmp_path) == ["a/b/photo.jpg"]

    def test_a_link_upwards_is_not_followed(self, tmp_path: Path) -> None:
        touch(tmp_path / "outside.jpg")
        touch(tmp_path / "in" / "photo.jpg")
        (tmp_path / "in" / "parent").symlink_to(tmp_path)
        (tmp_path / "in" / "disk").symlink_to("/")
        assert names(tmp_path / "in") == ["photo.jpg"]

    def test_a_linked_folder_is_seen_once_and_real_paths_win(self, tmp_path: Path) -> None:
        touch(tmp_path / "root" / "z" / "photo.jpg")
        (tmp_path / "root" / "a-link").symlink_to(tmp_path / "root" / "z")
        touch(tmp_path / "elsewhere" / "deep" / "other.jpg")
        (tmp_path / "root" / "b-link").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "root" / "c-link").symlink_to(tmp_path / "elsewhere")
        found = names(tmp_path / "root")
        assert "z/photo.jpg" in found
        assert len(found) == 2
        assert found[0] in ("b-link/deep/other.jpg", "c-link/deep/other.jpg")

    def test_the_folder_itself_may_be_a_link(self, tmp_path: Path) -> None:
        touch(tmp_path / "real" / "photo.jpg")
        (tmp_path / "link").symlink_to(tmp_path / "real")
        assert names(tmp_path / "link") == ["photo.jpg"]

    def test_linked_files_are_seen_and_dangling_ones_given_to_be_refused(self, tmp_path: Path) -> None:
        touch(tmp_path / "real.jpg", 5)
        (tmp_path / "link.jpg").symlink_to(tmp_path / "real.jpg")
        (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nowhere.jpg")
        (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
        os.mkfifo(tmp_path / "fifo.jpg")
        assert names(tmp_path) == ["dangling.jpg", "fifo.jpg", "link.jpg", "loop.jpg", "real.jpg"]
        sizes = {seen.path: seen.size for seen in scan(os.fsencode(tmp_path))}
        assert sizes[os.fsencode(tmp_path / "link.jpg")] == 5


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing, match="nowhere"):
        list(scan(os.fsencode(tmp_path / "nowhere")))
    with pytest.raises(FolderMissing, match=r"a\.jpg"):
        list(scan(os.fsencode(touch(tmp_path / "a.jpg"))))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user who can be refused")
def test_unreadable_folders(tmp_path: Path) -> None:
    touch(tmp_path / "good" / "a.jpg")
    closed = touch(tmp_path / "closed" / "b.jpg").parent
    closed.chmod(0)
    told: list[tuple[bytes, FolderUnreadable]] = []
    try:
        assert names(tmp_path, report=lambda path, problem: told.append((path, problem))) == ["good/a.jpg"]
        assert [path for path, _ in told] == [os.fsencode(closed)]
        assert "Permission denied" in told[0][1].sentence
        with pytest.raises(FolderUnreadable, match="closed"):
            list(scan(os.fsencode(closed)))
    finally:
        closed.chmod(0o700)


def test_a_subfolder_that_cannot_be_listed_is_reported(tmp_path: Path) -> None:
    """A path longer than the system takes: refused for every user, root too."""
    folder = tmp_path
    opened = os.open(tmp_path, os.O_RDONLY)
    try:
        touch(tmp_path / "a.jpg")
        for _ in range(20):  # 20 names of 240 bytes are more than PATH_MAX
            os.mkdir("d" * 240, dir_fd=opened)
            inner = os.open("d" * 240, os.O_RDONLY, dir_fd=opened)
            os.close(opened)
            opened = inner
    finally:
        os.close(opened)
    told: list[FolderUnreadable] = []
    assert names(folder, report=lambda _, problem: told.append(problem)) == ["a.jpg"]
    assert len(told) == 1
    assert "cannot be listed" in told[0].sentence


@given(
    st.lists(st.binary(min_size=1, max_size=60).filter(lambda name: b"/" not in name and b"\0" not in name), max_size=8)
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_name(tmp_path_factory: pytest.TempPathFactory, stems: list[bytes]) -> None:
    folder = os.fsencode(tmp_path_factory.mktemp("names"))
    paths = {os.path.join(folder, b"x" + stem + b".jpg") for stem in stems}
    for path in paths:
        with open(path, "wb"):
            pass
    assert {seen.path for seen in scan(folder)} == paths


def test_a_hundred_thousand_files(tmp_path: Path) -> None:
    """R20: the limit is one second warm; half as many files here, and room for a busy machine."""
    for number in range(50):
        folder = tmp_path / str(number)
        folder.mkdir()
        for file in range(1000):
            os.mknod(folder / f"{file}.jpg")
    count = sum(1 for _ in scan(os.fsencode(tmp_path)))
    begin = time.process_time()
    assert sum(1 for _ in scan(os.fsencode(tmp_path))) == count == 50_000
    assert time.process_time() - begin < 1.0
