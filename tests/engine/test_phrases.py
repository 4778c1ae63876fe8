"""The phrase bank: every phrase found, every way of saying it, its content whole."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.english import compare, plain, positive
from engine.phrases import PhraseBank
from engine.readings import NOUN_PHRASE

BANK = PhraseBank.load()


def test_the_bank_is_rich_and_grouped() -> None:
    assert len(BANK.phrases) >= 200
    groups = [
        "light",
        "colour",
        "sharpness",
        "composition",
        "texture",
        "objects",
        "people",
        "mood",
        "weather",
        "scale",
        "style",
        "quality",
    ]
    assert list(BANK.groups) == groups
    assert min(len(phrases) for phrases in BANK.groups.values()) >= 8


def test_no_phrase_is_said_twice() -> None:
    names = [name for phrase in BANK.phrases for name in (phrase.phrase, phrase.reverse)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("phrase", BANK.phrases, ids=lambda phrase: phrase.phrase)
def test_every_phrase_is_found_with_its_reverse_and_has_matching_poles(phrase) -> None:
    assert BANK.reverse_of(phrase.phrase) == phrase.reverse
    assert BANK.reverse_of(phrase.reverse) == phrase.phrase
    assert phrase.high
    assert len(phrase.low) in (0, len(phrase.high))
    for high, low in zip(phrase.high, phrase.low, strict=False):
        assert high.startswith(NOUN_PHRASE) == low.startswith(NOUN_PHRASE), (high, low)
        assert high != low


@pytest.mark.parametrize(
    "prompt",
    [
        "brighter",
        "Brighter!",
        "more bright",
        "bright",
        "brightest",
        "much brighter",
        "a bit brighter than the other one",
        "less dark",
        "not darker",
        "brighter than the second",
        "the first is brighter than the second",
        "The first image looks brighter than the second image.",
        "the second photo is darker than the first",
        "The photo is brighter",
    ],
)
def test_ways_of_saying_brighter(prompt: str) -> None:
    assert BANK.reverse_of(prompt) == "darker"


@pytest.mark.parametrize(
    ("prompt", "reverse"),
    [
        ("less bright", "brighter"),
        ("not as bright as the second", "brighter"),
        ("the first has more trees than the second", "fewer trees"),
        ("fewer people", "more people"),
        ("no people", "more people"),
        ("more colorful", "more monochrome"),
        ("grayer", "more coloured"),
        ("cozier", "scarier"),
        ("less red", "redder"),
        ("redder", "less red"),
        ("more contrast", "lower contrast"),
        ("happier", "sadder"),
        ("most beautiful", "uglier"),
        ("untidy", "tidier"),
    ],
)
def test_reverses(prompt: str, reverse: str) -> None:
    assert BANK.reverse_of(prompt) == reverse


@pytest.mark.parametrize("prompt", ["", "snorglier", "a helicopter", "photo", "than", "the first", "the first is"])
def test_what_the_bank_does_not_hold_has_no_reverse(prompt: str) -> None:
    assert BANK.reverse_of(prompt) is None


@pytest.mark.parametrize(
    ("comparative", "word"),
    [
        ("brighter", "bright"),
        ("larger", "large"),
        ("nicer", "nice"),
        ("denser", "dense"),
        ("gentler", "gentle"),
        ("bigger", "big"),
        ("happier", "happy"),
        ("fluffiest", "fluffy"),
        ("cleaner", "clean"),
        ("better", "good"),
        ("longer beak", "long beak"),
        ("water", "water"),
        ("flower", "flower"),
        ("forest", "forest"),
    ],
)
def test_plain_forms(comparative: str, word: str) -> None:
    assert positive(comparative) == word


@given(st.text(alphabet=string.ascii_letters + " .'-éя", max_size=60))
def test_any_text_is_taken_apart(text: str) -> None:
    found = compare(text)
    assert found.words == plain(found.words)
    assert BANK.find(f"not {text}") is None or BANK.find(text) is not None


@given(st.sampled_from(BANK.phrases), st.integers(0, 3))
def test_every_not_turns_the_meaning(phrase, count: int) -> None:
    expected = phrase.phrase if count % 2 else phrase.reverse
    assert BANK.reverse_of("not " * count + phrase.phrase) == expected


def test_suggestions_complete_what_was_typed() -> None:
    assert BANK.suggest("bri")[0] == "brighter"
    assert BANK.suggest("CHEER") == ["more cheerful"]
    assert "more beautiful" in BANK.suggest("more b")
    assert BANK.suggest("people") == ["more people", "fewer people"]
    assert len(BANK.suggest("", 5)) == 5
    assert BANK.suggest("zzz") == []
