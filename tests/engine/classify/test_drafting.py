"""Comparatives drafted without labels: what was planted is found, makes the labels better, and random words do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.classify import control, figures
from engine.classify.comparing import Said, comparative_prompting, without_shared
from engine.classify.drafting import ask_for, draft
from engine.classify.scoring import zero_shot
from engine.classify.sets import AVERAGED, SYMMETRIC, ClassSet, Comparative
from engine.errors import PairLensError
from engine.explain import usual_in
from engine.local_llm import LocalModel
from engine.phrase_directions import PhraseDirections
from tests.engine.ollama_server import FakeOllama, Handler, Json
from tests.engine.test_explain import DIM, bank, unit
from tests.engine.wordclip import WordClip

TELLS = 3  # the phrase of the bank that tells the two classes apart
SCALE = 100.0
NAMES = ("dog", "wolf", "boat")


def planted(seed: int = 0, each: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images (N, D), their true classes (N,), class vectors (3, D): dogs and wolves differ along one phrase, of which
    the names say a little; boats are elsewhere.
    """
    random = np.random.default_rng(seed)
    axes = np.eye(DIM)
    true = np.repeat([0, 1, 2], each)
    sign = np.array([1, -1, 0])[true][:, None]
    middle = np.where(true[:, None] < 2, axes[0], axes[5])
    images = (
        middle + 0.02 * sign * axes[1] + 0.25 * sign * axes[TELLS] + 0.15 * random.standard_normal((len(true), DIM))
    )
    classes = np.stack([axes[0] + 0.1 * axes[1] + 0.03 * axes[TELLS], axes[0] - 0.1 * axes[1], axes[5]])
    return unit(images), true, unit(classes)


def said_of(drafted: list[Comparative], images: np.ndarray, classes: np.ndarray) -> list[Said]:
    """The drafted phrases, which are axes, as the symmetric form takes them."""
    labels = zero_shot(images, classes, SCALE).label
    centres = {place: images[labels == place].mean(axis=0) for place in range(2)}
    axes = np.eye(DIM, dtype=np.float32)
    signs = [-1 if each.text.startswith("less") else 1 for each in drafted]
    vectors = [sign * axes[int(each.text.split()[-1])] for sign, each in zip(signs, drafted, strict=True)]
    return without_shared([Said(0, 1, vector) for vector in vectors], centres)


def phrases() -> PhraseDirections:
    """A bank of the axes, each with its reverse."""
    made = bank(np.eye(DIM, dtype=np.float32))
    named = (replace(each, reverse=f"less {each.prompt}") for each in made.directions)
    return PhraseDirections(tuple(named), made.vectors)


def test_what_separates_the_predicted_groups_is_drafted_and_makes_the_labels_better() -> None:
    images, true, classes = planted()
    usual = usual_in(phrases(), images)
    found = zero_shot(images, classes, SCALE)
    assert found.likeliest_pairs(1) == [(0, 1)]
    drafted = draft(usual, images, found, classes, NAMES, (0, 1))
    assert f"phrase {TELLS}" in [each.text for each in drafted]
    assert all((each.first, each.second) == ("dog", "wolf") for each in drafted)
    moved = comparative_prompting(classes, said_of(drafted, images, classes), 0.8, SYMMETRIC)
    gain = figures.gained(found.label, zero_shot(images, moved, SCALE).label, true)
    assert gain.gain > 4 * gain.error > 0
    random = np.random.default_rng(1)
    for _ in range(5):
        words = [Said(0, 1, unit(random.standard_normal(DIM))) for _ in drafted]
        other = comparative_prompting(classes, words, 0.8, SYMMETRIC)
        assert figures.gained(found.label, zero_shot(images, other, SCALE).label, true).gain < gain.gain / 2


def test_groups_that_nothing_separates_are_left_alone() -> None:
    random = np.random.default_rng(0)
    images = unit(np.eye(DIM)[0] + 0.15 * random.standard_normal((300, DIM)))
    classes = unit(np.stack([np.eye(DIM)[0] + 1e-3 * np.eye(DIM)[7], np.eye(DIM)[0] - 1e-3 * np.eye(DIM)[7]]))
    usual = usual_in(phrases(), images)
    found = zero_shot(images, classes, SCALE)
    drafted = draft(usual, images, found, classes, NAMES, (0, 1))
    assert {each.text for each in drafted} <= {"phrase 7", "less phrase 7"}  # by which they were told apart
    few = zero_shot(images[:4], classes, SCALE)
    assert draft(usual, images[:4], few, classes, NAMES, (0, 1)) == []


# ---- random words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [AVERAGED, SYMMETRIC])
def test_random_texts_are_of_other_words_and_the_same_every_time(form: str) -> None:
    comparatives = (Comparative("dog", "wolf", "brighter and warmer"), Comparative("wolf", "boat", "redder"))
    classes = ClassSet(NAMES, comparatives=comparatives, form=form)
    said = [Said(0, 1, np.eye(DIM)[1]), Said(1, 2, np.eye(DIM)[2])]
    clip = WordClip({}, text_key=f"control-{form}")
    draws = control.random_texts(clip, classes, said)
    assert len(draws) == control.DRAWS
    assert all([(each.first, each.second) for each in draw] == [(0, 1), (1, 2)] for draw in draws)
    asked = len(clip.asked)
    again = control.random_texts(clip, classes, said)
    assert len(clip.asked) == asked, "texts met before are encoded again"
    assert all(
        (a.vector == b.vector).all()
        for one, two in zip(draws, again, strict=True)
        for a, b in zip(one, two, strict=True)
    )
    used = {"brighter", "and", "warmer", "redder", "dog", "wolf", "boat"}
    if form == AVERAGED:
        assert {len(text.split()) for text in clip.asked} >= {1, 3}
        assert not {word for text in clip.asked for word in text.split()} & used


# ---- a language model -----------------------------------------------------------------------------------


@pytest.fixture
def ollama() -> Iterator[FakeOllama]:
    with FakeOllama() as server:
        yield server


def test_a_model_is_asked_by_the_names_alone(ollama: FakeOllama) -> None:
    def chat(handler: Handler, body: Json) -> None:
        handler.answer(
            json.dumps({"phrases": ["floppier ears.", "floppier ears", " smaller ", "x" * 400, "friendlier"]})
        )

    ollama.chat = chat
    found = ask_for(LocalModel("m", [ollama.url]), "dog", "wolf")
    assert [each.text for each in found] == ["floppier ears", "smaller", "friendlier"]
    assert {(each.first, each.second) for each in found} == {("dog", "wolf")}
    question = ollama.requests[0]["messages"][-1]["content"]
    assert "First kind: dog" in question
    assert "Second kind: wolf" in question


def test_what_a_model_says_both_ways_counts_as_it_was_said_first(ollama: FakeOllama) -> None:
    ollama.chat = lambda handler, body: handler.answer('{"phrases": ["larger", "smaller", "redder"]}')
    found = ask_for(LocalModel("m", [ollama.url]), "dog", "wolf")
    assert [each.text for each in found] == ["larger", "redder"]
    ClassSet(("dog", "wolf"), comparatives=tuple(found))


def test_a_model_that_is_not_there_is_a_named_problem(ollama: FakeOllama) -> None:
    url = ollama.url
    ollama.stop()
    with pytest.raises(PairLensError):
        ask_for(LocalModel("m", [url]), "dog", "wolf")
