"""Words to directions, with a text encoder whose answers are known and with the tiny CLIP."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.directions import direction, statement_weight
from engine.errors import PromptEmpty, PromptTooLong
from engine.phrases import PhraseBank
from tests.engine.wordclip import WordClip, axis

BANK = PhraseBank.load()
KEYS = count()  # a text_key of its own for each encoder: calibrations are kept by it


def word_clip(**more) -> WordClip:
    """Bright and dark, large and small ... lie on axes of their own, the poles opposite; so do the comparatives."""
    words = {}
    plain = [phrase for phrase in BANK.phrases if phrase.low and " " not in phrase.high[0] + phrase.low[0]]
    for number, phrase in enumerate(plain):
        vector = axis(number % 12)
        for word in (phrase.high[0], phrase.phrase.split()[-1]):
            words.setdefault(word, vector)
        words.setdefault(phrase.low[0], -vector)
    for number, hue in enumerate(("red", "green", "blue")):
        words[hue] = axis(number)
    return WordClip(words, text_key=f"words{next(KEYS)}", **more)


def along(vector: np.ndarray, target: np.ndarray) -> float:
    return float(vector @ target / np.linalg.norm(target))


@pytest.fixture
def clip() -> WordClip:
    return word_clip()


def test_the_direction_is_what_tells_the_poles_apart(clip: WordClip) -> None:
    made = direction(clip, "brighter")
    assert along(made.vector, clip.words["bright"]) > 0.9
    assert made.reverse == "darker"
    assert made.reverse_is_automatic
    assert np.linalg.norm(made.vector) == pytest.approx(1)
    assert made.members.shape == (len(made.weights), 16)
    assert made.weights.sum() == pytest.approx(1)
    assert made.explanation[0] == "Read as: bright, light, brightly lit against dark, dim, poorly lit."


def test_what_the_poles_share_is_taken_out_and_single_keeps_it(clip: WordClip) -> None:
    shared = np.eye(16)[0]
    assert abs(along(direction(clip, "larger").vector, shared)) < 0.01
    single = direction(clip, "the first is bright", single=True)
    assert along(single.vector, shared) > 0.4
    assert (single.reverse, len(single.members)) == ("", 1)
    np.testing.assert_array_equal(single.vector, clip.encode_texts(["the first is bright"])[0])


def test_a_colour_is_set_against_the_other_colours(clip: WordClip) -> None:
    red = direction(clip, "redder")
    assert red.reverse == "less red"
    assert along(red.vector, clip.words["red"]) > 0.9
    assert along(red.vector, clip.words["green"]) < 0
    assert any("a green photo" in text for text in clip.asked)
    assert not any("not red" in text for text in clip.asked)


def test_a_word_without_antonym_is_set_against_other_words(clip: WordClip) -> None:
    clip.words["snorgly"] = axis(13)
    made = direction(clip, "the first is more snorgly than the second")
    assert along(made.vector, axis(13)) > 0.9
    assert made.reverse == "less snorgly"


def test_a_comparison_inside_a_longer_phrase(clip: WordClip) -> None:
    made = direction(clip, "the first has a longer beak than the second")
    assert along(made.vector, clip.words["long"]) > 0.99
    assert made.explanation[0] == "Read as: long beak against short beak."
    backwards = direction(clip, "the second has a longer beak than the first")
    np.testing.assert_array_equal(backwards.vector, -made.vector)


def test_the_typed_reverse_is_used(clip: WordClip) -> None:
    clip.words |= {"snorgly": axis(10), "blorfy": axis(11)}
    made = direction(clip, "snorgly", "blorfy")
    assert (made.reverse, made.reverse_is_automatic) == ("blorfy", False)
    assert along(made.vector, axis(10) - axis(11)) > 0.99


PROMPTS = [
    "brighter",
    "less red",
    "redder",
    "more people",
    "more snorgly",
    "longer beak",
    "not warmer",
    "dogs",
    "happier",
]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(PROMPTS), st.sampled_from(PROMPTS), st.booleans())
def test_swapping_prompt_and_reverse_negates_to_the_last_bit(prompt: str, reverse: str, taught: bool) -> None:
    clip = word_clip(taught=taught)
    there, back = direction(clip, prompt, reverse), direction(clip, reverse, prompt)
    if prompt != reverse:
        np.testing.assert_array_equal(there.vector, -back.vector)
        np.testing.assert_array_equal(there.members, -back.members)


@pytest.mark.parametrize("phrase", BANK.phrases[::9], ids=lambda phrase: phrase.phrase)
def test_the_found_reverse_is_the_exact_opposite(tiny, phrase) -> None:
    there = direction(tiny, phrase.phrase)
    back = direction(tiny, there.reverse)
    np.testing.assert_array_equal(there.vector, -back.vector)
    assert back.reverse == phrase.phrase


@pytest.fixture(scope="module")
def tiny(tiny_model_dir):
    from engine.clip import load

    return load(f"local-dir:{tiny_model_dir}", "cpu")


# ---- reversed statements


def test_statements_of_an_untaught_encoder_are_left_out(tiny) -> None:
    assert statement_weight(word_clip(), BANK) == 0
    assert statement_weight(tiny, BANK) == 0


def test_statements_of_an_inverted_encoder_are_left_out() -> None:
    clip = word_clip(inverted=True)
    assert statement_weight(clip, BANK) == 0
    assert along(direction(clip, "brighter").vector, clip.words["bright"]) > 0.9


def test_statements_of_a_taught_encoder_count() -> None:
    clip = word_clip(taught=True)
    weight = statement_weight(clip, BANK)
    assert 0.5 < weight <= 1
    made = direction(clip, "brighter")
    assert len(made.members) == len(direction(word_clip(), "brighter").members) + 3
    assert made.weights[-3:].sum() == pytest.approx(weight)
    assert any("count with weight" in line for line in made.explanation)


def test_an_encoder_is_calibrated_once() -> None:
    clip = word_clip(taught=True)
    direction(clip, "brighter")
    clip.asked.clear()
    direction(clip, "larger")
    assert not any("brighter" in text for text in clip.asked)


# ---- words the model does not know


def test_invented_words_are_not_known_and_said_so(clip: WordClip) -> None:
    made = direction(clip, "more blorfish")
    assert made.known == 0
    assert "This model may not know: blorfish." in made.explanation


def test_a_model_with_a_word_list_is_asked_only_in_its_words() -> None:
    clip = word_clip(vocabulary=frozenset(["a", "photo", "picture", "of", "bright", "dark", "the", "scene"]))
    made = direction(clip, "brighter")
    assert made.known == 1
    assert len(made.members) == 3
    cheerful = direction(clip, "more cheerful")
    assert cheerful.known == 0
    assert "This model may not know: cheerful." in cheerful.explanation


def test_poles_that_the_encoder_takes_for_the_same_give_no_direction() -> None:
    clip = WordClip({}, text_key=f"words{next(KEYS)}")
    made = direction(clip, "brighter")
    assert not made.vector.any()
    assert "This model does not tell these words apart." in made.explanation


# ---- refused


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t", "...", "?!", "'"])
def test_an_empty_prompt_is_refused(clip: WordClip, prompt: str) -> None:
    with pytest.raises(PromptEmpty):
        direction(clip, prompt)


def test_a_long_prompt_is_refused_by_its_count(tiny) -> None:
    with pytest.raises(PromptTooLong, match="82 tokens; this model reads 77"):
        direction(tiny, "dog " * 80)
    with pytest.raises(PromptTooLong, match="82 tokens"):
        direction(tiny, "brighter", "dog " * 80)


def test_ten_thousand_characters_are_refused_at_once(clip: WordClip) -> None:
    with pytest.raises(PromptTooLong, match="10,000 characters"):
        direction(clip, "x" * 10_000)
    assert clip.asked == []


def test_words_of_any_script_give_a_direction_or_a_named_problem(tiny) -> None:
    for prompt in ("ярче", "更亮", "🙂", "the", "not", "less more", "x/y"):
        made = direction(tiny, prompt)
        assert np.isfinite(made.vector).all()


@pytest.mark.parametrize(
    "prompt", ["\N{SLIGHTLY SMILING FACE}", "more \N{SLIGHTLY SMILING FACE}", "2026", "más brillante", "明るい"]
)
def test_what_is_not_in_a_model_s_vocabulary_is_not_known(prompt: str) -> None:
    clip = word_clip(vocabulary=frozenset(["a", "photo", "bright", "dark"]))
    assert direction(clip, prompt).known == 0
    assert direction(word_clip(), "明るい").known == 1, "nothing tells that this model does not read Japanese"
