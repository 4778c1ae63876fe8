"""The count of CLIP tokens equals that of open_clip's own tokenizer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from open_clip.tokenizer import SimpleTokenizer, _clean_lower

from engine.clip_tokens import count_tokens


def test_known_sentences() -> None:
    assert count_tokens("") == 0
    assert count_tokens("A dog.") == 3
    assert count_tokens("The first image shows two dogs, while the second shows none.") == 13
    assert count_tokens("unphotographable") > 1


@pytest.fixture(scope="module")
def tokenizer() -> SimpleTokenizer:
    return SimpleTokenizer()


@given(text=st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz ABC ,.'-!?0123456789éü"), max_size=60))
@settings(deadline=None)
def test_the_count_is_open_clips(tokenizer: SimpleTokenizer, text: str) -> None:
    assert count_tokens(_clean_lower(text)) == len(tokenizer.encode(text))
