"""Ranks, sizes and times in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wording import (
    amount_words,
    bytes_words,
    chance_words,
    comparative,
    date_words,
    pairs_words,
    place_words,
    share_sentence,
    step_agreement,
)


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


@pytest.mark.parametrize(
    ("prompt", "reverse", "amount", "words"),
    [
        ("cheerful", "more gloomy", 0.0, "as it is"),
        ("cheerful", "more gloomy", 0.04, "as it is"),
        ("cheerful", "more gloomy", 0.5, "a little more cheerful (+0.5)"),
        ("brighter", "darker", 1.5, "clearly brighter (+1.5)"),
        ("brighter", "darker", -2.5, "much darker (-2.5)"),
        ("brighter", "", -1.0, "clearly less so (-1.0)"),
        ("the first has a longer beak", "", 4.0, "very much more “the first has a longer beak” (+4.0)"),
    ],
)
def test_a_step_along_a_prompt(prompt: str, reverse: str, amount: float, words: str) -> None:
    assert amount_words(prompt, reverse, amount) == words


def test_what_tells_two_sets_apart_and_how_sure_that_is() -> None:
    assert [pairs_words(auroc) for auroc in (0.5, 0.87, 0.13, 0.9999, 0.0)] == [
        "in 50 of 100 pairs",
        "in 87 of 100 pairs",
        "in 87 of 100 pairs",
        "in 99 of 100 pairs",
        "in every pair",
    ]
    assert [chance_words(p) for p in (0.0005, 0.005, 0.05, 0.2)] == [
        "practically never",
        "hardly",
        "unlikely",
        "perhaps",
    ]
    assert [step_agreement(share) for share in (1.0, 0.8, 0.5, 0.1)] == [
        "agrees well",
        "agrees",
        "agrees a little",
        "does not agree",
    ]
