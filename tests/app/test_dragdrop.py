"""Paths on their way through drag, drop and clipboard: every byte of a name survives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData

from app.dragdrop import URI_LIST, files_mime, path_of, paths_in, uri_of

names = st.binary(min_size=1, max_size=40).filter(lambda name: b"/" not in name and b"\0" not in name)
paths = st.lists(names.filter(lambda name: name not in (b".", b"..")), min_size=1, max_size=4).map(
    lambda parts: b"/" + b"/".join(parts)
)


@given(st.lists(paths, unique=True, max_size=5))
def test_any_path_comes_back(listed: list[bytes]) -> None:
    assert paths_in(files_mime(listed)) == listed


@given(paths)
def test_uris_are_plain_ascii(path: bytes) -> None:
    uri = uri_of(path)
    assert uri.isascii()
    assert not set(uri) & set(b' "<>\\^`{|}\r\n')
    assert path_of(uri) == path


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        (b"file:///a/b%20c.jpg", b"/a/b c.jpg"),
        (b"FILE://localhost/a", b"/a"),
        (b"file:/a/b", b"/a/b"),
        (b"file:///a/", b"/a"),
        (b"file:///caf%E9.jpg", b"/caf\xe9.jpg"),
        ("file:///日本".encode(), "/日本".encode()),
        (b"file://server/share/a.jpg", None),
        (b"https://example.org/a.jpg", None),
        (b"file:relative.jpg", None),
        (b"nonsense", None),
    ],
)
def test_uris_of_other_programs(uri: bytes, path: bytes | None) -> None:
    assert path_of(uri) == path


def test_comments_and_foreign_lines_are_passed_over() -> None:
    mime = QMimeData()
    mime.setData(URI_LIST, b"# a comment\r\nfile:///a\r\n\r\nhttps://example.org/b\nfile:///a\r\nfile:///c")
    assert paths_in(mime) == [b"/a", b"/c"]
    assert paths_in(QMimeData()) == []


def test_text_goes_along_for_programs_that_take_no_files() -> None:
    assert files_mime([b"/a b.jpg", b"/caf\xe9.jpg"]).text() == "/a b.jpg\n/caf\ufffd.jpg"
