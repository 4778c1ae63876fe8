"""Files copied and linked into a folder a class: nothing is replaced, a second run adds nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.classify.folders import folder_name, sort_into


@pytest.fixture
def files(tmp_path: Path) -> list[tuple[bytes, str]]:
    for name in ("a.jpg", "b.jpg", "more/a.jpg"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(name)
    kinds = ("dog", "wolf: grey/white", "dog")
    paths = (tmp_path / "in" / name for name in ("a.jpg", "b.jpg", "more/a.jpg"))
    return [(os.fsencode(path), kind) for path, kind in zip(paths, kinds, strict=True)]


def listed(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("link", [False, True])
def test_every_file_goes_to_its_class_and_none_is_replaced(
    tmp_path: Path, files: list[tuple[bytes, str]], link: bool
) -> None:
    out = tmp_path / "out"
    (out / "dog").mkdir(parents=True)
    (out / "dog" / "a.jpg").write_text("somebody's own")
    assert sort_into(os.fsencode(out), files, link=link).written == 3
    assert listed(out) == {
        "dog/a.jpg": "somebody's own",
        "dog/a (2).jpg": "a.jpg",
        "dog/a (3).jpg": "more/a.jpg",
        "wolf_ grey_white/b.jpg": "b.jpg",
    }
    assert os.path.samefile(files[0][0], out / "dog" / "a (2).jpg") is link
    assert sort_into(os.fsencode(out), files, link=link).written == 0
    assert len(listed(out)) == 4
    assert all(os.path.exists(path) for path, _ in files)


def test_other_pictures_of_the_same_name_size_and_time_are_copied_too(tmp_path: Path) -> None:
    files = []
    for folder, content in (("monday", "sun"), ("tuesday", "fog")):
        path = tmp_path / folder / "0001.bmp"
        path.parent.mkdir()
        path.write_text(content)
        os.utime(path, (1_000, 1_000))
        files.append((os.fsencode(path), "sky"))
    out = tmp_path / "out"
    for written in (2, 0):
        assert sort_into(os.fsencode(out), files, link=False).written == written
        assert listed(out) == {"sky/0001.bmp": "sun", "sky/0001 (2).bmp": "fog"}


def test_nothing_that_is_in_the_folder_is_lost(tmp_path: Path, files: list[tuple[bytes, str]]) -> None:
    theirs = tmp_path / "out" / "dog" / "a.jpg.part"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("half of a download")
    sort_into(os.fsencode(tmp_path / "out"), files[:1], link=False)
    assert listed(tmp_path / "out") == {"dog/a.jpg.part": "half of a download", "dog/a.jpg": "a.jpg"}


def test_a_name_as_long_as_names_can_be_is_copied(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".jpg")
    path.write_text("long")
    assert sort_into(os.fsencode(tmp_path / "out"), [(os.fsencode(path), "dog")], link=False).written == 1


def test_what_cannot_be_copied_is_named_and_the_rest_goes_on(tmp_path: Path, files: list[tuple[bytes, str]]) -> None:
    os.unlink(files[0][0])
    done = sort_into(os.fsencode(tmp_path / "out"), files, link=False)
    assert done.written == 2
    assert [path for path, _ in done.failed] == [files[0][0]]


@pytest.mark.parametrize(
    ("name", "folder"),
    [("dog", "dog"), ("a/b", "a_b"), ("..", "_"), ("CON", "CON_"), ("nul.txt", "nul.txt_"), ("ende. ", "ende")],
)
def test_names_of_classes_as_folders(name: str, folder: str) -> None:
    assert folder_name(name) == folder.encode()


def test_a_very_long_name_is_cut_between_characters() -> None:
    assert folder_name("ü" * 300).decode() == "ü" * 100
