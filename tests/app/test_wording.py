"""Ranks, sizes and times in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wording import bytes_words, comparative, date_words, place_words, share_sentence


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("brighter", "brighter"),
        ("more cheerful", "more cheerful"),
        ("cheerful", "more cheerful"),
        ("better lit", "better lit"),
        ("the first has a longer beak than the second", None),
        ("", None),
    ],
)
def test_comparatives(prompt: str, words: str | None) -> None:
    assert comparative(prompt) == words


def test_shares_in_a_sentence() -> None:
    assert share_sentence("brighter", "darker", 0.879, flipped=False) == "Brighter than 87 % of the library"
    assert share_sentence("brighter", "darker", 0.5, flipped=True) == "Darker than 50 % of the library"
    assert share_sentence("", "", 1.0, flipped=False) == "Above 100 % of the library"
    statement = "the first is wider than the second"
    assert share_sentence(statement, "", 0.1, flipped=False).startswith(f"“{statement}” is truer")


def test_sizes() -> None:
    sizes = [0, 999, 1000, 3_400_000, 999_960, 2_500_000_000]
    assert [bytes_words(size) for size in sizes] == ["0 bytes", "999 bytes", "1.0 KB", "3.4 MB", "1.0 MB", "2.5 GB"]


@given(st.integers(-(2**63), 2**63))
def test_any_time_has_words(mtime_ns: int) -> None:
    assert len(date_words(mtime_ns)) in (0, 16)


def test_folders_in_the_home_are_said_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("USERPROFILE", "/home/ada")
    folders = [b"/home/ada", b"/home/ada/Pictures", b"/home/adam/Pictures", b"/mnt/\xff"]
    assert [place_words(folder) for folder in folders] == ["~", "~/Pictures", "/home/adam/Pictures", "/mnt/\ufffd"]
