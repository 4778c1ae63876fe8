"""From difference sentences to data: what is left out and why, the split by image, what is refused."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from engine.clip import Clip
from engine.english import reverse_of, swapped
from engine.errors import FileUnfit
from engine.store import Library
from engine.training import pairs, sources
from engine.training.errors import RecipeUnfit, RunBusy, TooFewPairs, TrainingError
from engine.training.pairs import Pairs

from .conftest import SMALL, Planner


def built(file: Path, library: Path, clip: Clip) -> tuple[Pairs, Counter[str]]:
    refused: Counter[str] = Counter()
    with Library(library) as source:
        sentences = sources.of_file(file, source, refused)
        return pairs.build(sentences, source, clip, SMALL, refused), refused


def test_no_two_parts_share_an_image(planned: Planner) -> None:
    run = planned()
    data = run.pairs(run.plan())
    images = [set(data.part(part)[:, :2].ravel().tolist()) for part in range(3)]
    assert all(images)
    assert sum(map(len, images)) == len(set.union(*images))
    assert np.allclose(np.linalg.norm(data.images, axis=1), 1, atol=1e-5)


def test_what_cannot_be_learned_from_is_counted(shelf: Path, library: Path, clip: Clip, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (shelf / "differences.jsonl").read_text().splitlines()]
    for line in lines:
        for key in ("first", "second"):
            line[key] = str(shelf / line[key])
    lines[0]["text"] = " "
    lines[1]["text"] = "word " * 80
    lines[2]["second"] = lines[2]["first"]
    lines[3]["first"] = "/nowhere.png"
    lines[4]["status"] = "rejected"
    file = tmp_path / "d.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    _, refused = built(file, library, clip)
    assert {
        "an empty sentence": 1,
        "a sentence of more than 77 tokens": 1,
        "two images that are one to the model": 1,
        "an image that is not in the library": 1,
        "rejected by a person": 1,
    }.items() <= refused.items()


def test_images_without_vectors_are_counted(shelf: Path, library: Path, clip: Clip) -> None:
    with Library(library) as source:
        ids = source.vectors(clip.encoder_key)[0]
        lone = pairs.Sentence(int(ids[0]), 10**6, "brighter", "darker")
        refused: Counter[str] = Counter()
        with pytest.raises(TooFewPairs, match="1 left out: an image without a vector"):
            pairs.build([lone], source, clip, SMALL, refused)


@pytest.mark.parametrize(
    ("count", "said"), [(0, "no differences to learn from"), (1, "Of 1 pairs, 0 are training; 16 are needed")]
)
def test_too_few_pairs_are_refused(
    shelf: Path, library: Path, clip: Clip, tmp_path: Path, count: int, said: str
) -> None:
    file = shelf / f"few{count}.jsonl"
    file.write_text("".join((shelf / "differences.jsonl").read_text().splitlines(keepends=True)[:count]))
    with pytest.raises(TooFewPairs, match=said):
        built(file, library, clip)


def test_one_sentence_for_all_is_refused(shelf: Path, library: Path, clip: Clip) -> None:
    lines = [json.loads(line) for line in (shelf / "differences.jsonl").read_text().splitlines()]
    file = shelf / "same.jsonl"
    file.write_text("".join(json.dumps({**line, "text": "they differ"}) + "\n" for line in lines))
    with pytest.raises(TooFewPairs, match="All pairs say the same"):
        built(file, library, clip)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        '{"first": "a"}',
        "[]",
        '{"first": "a", "second": "b", "text": "c", "reverse": 3}',
        '{"first": "d.jsonl", "second": "b", "text": "c", "first_bytes": "d.jsonl"}',
    ],
)
def test_files_that_are_no_differences_are_refused(library: Path, clip: Clip, tmp_path: Path, text: str) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text(text)
    with pytest.raises(FileUnfit, match=r"d\.jsonl"):
        built(file, library, clip)


def test_the_line_that_is_no_json_is_named(shelf: Path, library: Path, clip: Clip) -> None:
    file = shelf / "torn.jsonl"
    file.write_text((shelf / "differences.jsonl").read_text() + '{"first": "a')
    lines = len(file.read_text().splitlines())
    with pytest.raises(FileUnfit, match=rf"Line {lines} of '.*torn\.jsonl' is not JSON"):
        built(file, library, clip)


def test_a_recipe_that_asks_for_more_blocks_than_there_are(planned: Planner) -> None:
    with pytest.raises(RecipeUnfit, match="last_blocks = 90"):
        planned(last_blocks=90)


def test_names_that_cannot_be_and_that_are_taken(planned: Planner) -> None:
    planned("mine")
    with pytest.raises(RunBusy, match="'mine' is here already"):
        planned("mine")
    with pytest.raises(TrainingError, match="cannot be the name"):
        planned("../mine")


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("the first is brighter than the second", "the second is brighter than the first"),
        ("First, not second.", "Second, not first."),
        ("a dog instead of a cat", ""),
    ],
)
def test_the_reverse_of_a_statement(text: str, other: str) -> None:
    assert swapped(text) == other
    if other:
        assert swapped(other) == text


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (
            "The first image shows a dog, while the second shows two men.",
            "The first image shows two men, while the second shows a dog.",
        ),
        ("The first is at night but the second is at noon", "The first is at noon but the second is at night"),
        (
            "The dog in the first is larger than that in the second.",
            "The dog in the second is larger than that in the first.",
        ),
        (
            "The first image is dark, while the second is light. Really.",
            "The second image is dark, while the first is light. Really.",
        ),
        ("It is brighter.", ""),
    ],
)
def test_the_reverse_in_the_form_of_the_statement(text: str, other: str) -> None:
    assert reverse_of(text) == other
    if other:
        assert reverse_of(other) == text
