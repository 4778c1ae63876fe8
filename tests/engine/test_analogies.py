"""Analogies on vectors whose answer is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analogies import Analogy, analogy, parallel
from engine.store import Library, Writer
from tests.engine.pairlibrary import PairClip, fill
from tests.engine.wordclip import DIM, axis

BRIGHT, RED = 0.5 * axis(0), 0.5 * axis(1)
PLACES = {name: np.eye(DIM)[8 + number] for number, name in enumerate(("beach", "street", "wood"))}


def pictures() -> dict[str, np.ndarray]:
    """Three places, each as it is, brighter, and redder; and twenty others."""
    random = np.random.default_rng(0)
    made = {f"other{number}.jpg": np.r_[0, 0, random.standard_normal(DIM - 2)] for number in range(20)}
    for name, place in PLACES.items():
        made |= {f"{name}.jpg": place, f"{name}-bright.jpg": place + BRIGHT, f"{name}-red.jpg": place + RED}
    return made


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Writer(tmp_path / "library.pairlens") as writer:
        fill(writer, pictures())
        with Library(writer.path) as library:
            yield library


def ask(library: Library, *names: str) -> tuple[Analogy, list[str]]:
    words = {"bright": axis(0), "dark": -axis(0), "light": axis(0), "dim": -axis(0), "red": axis(1)}
    clip = PairClip(words)
    *examples, start = (b"/a/" + name.encode() + b".jpg" for name in names)
    found = analogy(library, clip, list(zip(examples[::2], examples[1::2], strict=True)), start)
    name_of = {file.id: file.name.removesuffix(".jpg") for file in library.files()}
    return found, [name_of[file] for file in found.answer.files.tolist()]


def test_the_fourth_is_found_and_the_three_are_left_out(library: Library) -> None:
    found, order = ask(library, "beach", "beach-bright", "street")
    assert order[0] == "street-bright"
    assert not {"beach", "beach-bright", "street"} & set(order)
    assert len(order) == len(pictures()) - 3
    assert found.agreement[0] > 0.9 > found.agreement[order.index("street-red")]
    assert list(found.answer.scores) == sorted(found.answer.scores, reverse=True)
    assert ask(library, "beach", "beach-red", "wood")[1][0] == "wood-red"


def test_the_score_is_the_formula(library: Library) -> None:
    made = {name: vector / np.linalg.norm(vector) for name, vector in pictures().items()}
    found, order = ask(library, "beach", "beach-bright", "street", "street-bright", "wood")
    steps = [made[f"{name}-bright.jpg"] - made[f"{name}.jpg"] for name in ("beach", "street")]
    wanted = made["wood.jpg"] + np.mean(steps, axis=0)
    wanted /= np.linalg.norm(wanted)
    assert found.answer.scores == pytest.approx([made[f"{name}.jpg"] @ wanted for name in order], abs=2e-3)
    assert order[0] == "wood-bright"


def test_the_step_is_told_in_words(library: Library) -> None:
    brighter, _ = ask(library, "beach", "beach-bright", "street")
    assert brighter.step[0].phrase == "brighter"
    assert brighter.step[0].z > 0
    darker, _ = ask(library, "beach-bright", "beach", "street")
    assert [(d.phrase, d.z) for d in darker.step] == [(d.phrase, -d.z) for d in brighter.step]


def test_no_step_has_no_words_and_no_agreement(library: Library) -> None:
    found, order = ask(library, "beach", "beach", "street")
    assert found.step == ()
    assert not found.agreement.any()
    assert order[0] in {"street-bright", "street-red"}, "likeness alone"


@given(seed=st.integers(0, 1000), length=st.floats(0.01, 10))
def test_steps_agree_by_their_cosine(seed: int, length: float) -> None:
    step, other = np.random.default_rng(seed).standard_normal((2, 8)).astype(np.float32)
    found = parallel(step, np.stack([length * step, -step, other, 0 * step]).astype(np.float32))
    cosine = step @ other / np.linalg.norm(step) / np.linalg.norm(other)
    assert found == pytest.approx([1, -1, cosine, 0], abs=1e-4)
