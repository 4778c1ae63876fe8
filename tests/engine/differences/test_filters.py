"""The tests a sentence has to pass; what they say of an answer is tested with the server's (test_asking)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.differences.authors import Draft
from engine.differences.filters import content_words, fault, likeness
from engine.differences.writing import sift

GOOD = "The first image shows a black dog on a beach, while the second shows two girls in a park."
DOG, GIRLS = content_words("A black dog runs."), content_words("Girls play in a park.")


def test_a_good_sentence_passes_also_where_captions_are_known() -> None:
    assert fault(GOOD, None, None) == ""
    assert fault(GOOD, DOG, GIRLS) == ""
    assert fault(GOOD, DOG, content_words("A horse.")) == "says nothing of one image"


@pytest.mark.parametrize(
    "text",
    [
        "There are three dogs in the first image and one in the second.",
        "The dog in the first image is larger than the one in the second.",
        "The man's café in the first image is “busier”, while the second's is empty & calm.",
    ],
)
def test_other_good_sentences(text: str) -> None:
    assert fault(text, None, None) == ""


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_text_is_judged(text: str) -> None:
    assert isinstance(fault(text, DOG, GIRLS), str)


@given(st.sampled_from(["dog ", "ha", "the cat and ", "1 2 3 "]), st.integers(40, 400))
@settings(deadline=None)
def test_loops_never_pass(part: str, times: int) -> None:
    assert fault(f"The first image differs from the second: {part * times}", None, None)


def test_stems_join_the_forms_of_a_word() -> None:
    assert content_words("dogs running boxes hiked") == content_words("dog run box hike")
    assert content_words("the first image shows") == frozenset()


def test_likeness_counts_numbers_and_colours() -> None:
    assert likeness("a black dog", "the black dog") == 1
    assert likeness("two dogs", "three dogs") < 0.5
    assert likeness("", "") == 0


def test_a_bad_reverse_rejects_the_sentence_too() -> None:
    kept, rejected = sift(Draft(((GOOD, GOOD), (GOOD, "No dogs here, but cats."), (GOOD, "")), {"x": 1}))
    assert kept == ((GOOD, GOOD), (GOOD, ""))
    assert rejected == {"x": 1, "too short": 1}
