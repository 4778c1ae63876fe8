"""The directions of the whole bank: what they are, and the file that keeps them."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from engine import phrase_directions as module
from engine import settings
from engine.directions import direction
from engine.errors import JobCancelled
from engine.jobs import JobContext
from engine.phrase_directions import PhraseDirections, phrase_directions
from engine.phrases import PhraseBank
from tests.engine.wordclip import WordClip, axis

BANK = PhraseBank(PhraseBank.load().phrases[:24])


@pytest.fixture(autouse=True)
def nothing_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_kept", {})


def clip() -> WordClip:
    return WordClip({"bright": axis(0), "dark": -axis(0), "red": axis(1), "colourful": axis(2)})


def cache_file() -> Path:
    (file,) = (settings.cache_dir() / "phrases").iterdir()
    return file


def same(first: PhraseDirections, second: PhraseDirections) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in zip(first.directions, second.directions, strict=True)
        for name in ("vector", "members", "weights", "words", "prompt", "reverse", "known")
    )


def test_each_is_the_direction_of_its_phrase() -> None:
    made = phrase_directions(clip(), BANK)
    for phrase, found, vector in zip(BANK.phrases, made.directions, made.vectors, strict=True):
        asked = direction(clip(), phrase.phrase, bank=BANK)
        assert np.array_equal(vector, asked.vector), phrase.phrase
        assert (found.prompt, found.reverse) == (phrase.phrase, phrase.reverse)


def test_they_are_read_from_the_file_without_asking_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    made = phrase_directions(clip(), BANK)
    monkeypatch.setattr(module, "_kept", {})
    again = clip()
    assert same(phrase_directions(again, BANK), made)
    assert again.asked == []


@pytest.mark.parametrize("damage", ["cut", "changed", "foreign"])
def test_a_damaged_file_is_made_again(damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = phrase_directions(clip(), BANK)
    file, content = cache_file(), cache_file().read_bytes()
    file.write_bytes(
        {"cut": content[:-100], "changed": content[:-1] + bytes([content[-1] ^ 1]), "foreign": b"\0" * 64}[damage]
    )
    monkeypatch.setattr(module, "_kept", {})
    assert same(phrase_directions(clip(), BANK), made)
    assert cache_file().read_bytes() == content


def test_another_encoder_or_bank_has_a_file_of_its_own() -> None:
    phrase_directions(clip(), BANK)
    phrase_directions(WordClip({}, text_key="other"), BANK)
    phrase_directions(clip(), PhraseBank(BANK.phrases[:-1]))
    assert len(list((settings.cache_dir() / "phrases").iterdir())) == 3


def test_it_can_be_cancelled_and_leaves_nothing_half_done() -> None:
    cancelled = threading.Event()
    context = JobContext(cancelled=cancelled, report=lambda progress: cancelled.set())
    with pytest.raises(JobCancelled):
        phrase_directions(clip(), BANK, context)
    assert not (settings.cache_dir() / "phrases").exists()


def test_a_cache_that_cannot_be_written_is_no_problem(home: Path) -> None:
    home.mkdir()
    (home / "cache").write_text("a file where the folder should be")
    assert len(phrase_directions(clip(), BANK).directions) == len(BANK.phrases)
