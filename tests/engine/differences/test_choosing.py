"""Choosing pairs as people say it, on real little pictures with known vectors."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import cast

import pytest

from engine.clip import Clip
from engine.differences.choosing import CHOICES, Choice, chosen_pairs
from engine.differences.pairs import Pair
from engine.errors import CaptionsMissing, JobCancelled, OneFolder
from engine.jobs import JobContext
from engine.store import Library, Writer, texts
from tests.engine.shelves import shelve
from tests.engine.store.samples import KEY, unit


class OneWay:
    """A model of one comparison: whatever is asked, its direction is the vector of the first image."""

    name, encoder_key, text_key, context_length, vocabulary = "test", KEY, "one-way", 77, None

    def encode_texts(self, asked: list[str]) -> object:
        import numpy as np

        more = [unit(0) if "brighter" in text or "bright" in text else -unit(0) for text in asked]
        return np.stack(more) if more else np.empty((0, 8), np.float32)

    def tokens(self, text: str) -> int:
        return len(text.split())


@pytest.fixture
def images(writer: Writer, tmp_path: Path) -> list[int]:
    names = [f"{folder}/{number}.jpg" for folder in ("a", "b") for number in range(5)]
    ids = shelve(writer, tmp_path / "photos", names)
    writer.call(lambda db: texts.record_captions(db, [(image, f"Number {image}", "csv") for image in ids[:8]]))
    return ids


@pytest.fixture
def library(writer: Writer, images: list[int]) -> Library:
    return Library(writer.path)


def pairs(library: Library, choice: Choice, count: int = 1000) -> list[Pair]:
    model = cast(Clip, OneWay())
    with library:
        return list(islice(chosen_pairs(library, choice, lambda: KEY, lambda: model), count))


@pytest.mark.parametrize("how", CHOICES)
def test_only_images_with_captions_are_compared_unless_the_model_sees(
    library: Library, images: list[int], how: str
) -> None:
    found = pairs(library, Choice(how, "brighter" if how == "along" else ""))
    assert found
    assert {image for pair in found for image in pair} <= set(images[:8])
    assert len({frozenset(pair) for pair in found}) == len(found)


def test_a_model_that_sees_compares_all(library: Library, images: list[int]) -> None:
    assert len(pairs(library, Choice(captioned=False))) == 45


def test_along_a_comparison_the_two_lie_far_apart(library: Library, images: list[int]) -> None:
    score = {image: float(unit(number) @ unit(0)) for number, image in enumerate(images)}
    ranked = sorted(images[:8], key=lambda image: score[image])
    low, high = set(ranked[:4]), set(ranked[4:])
    found = pairs(library, Choice("along", "brighter"))
    assert found
    for pair in found:
        assert len(low & set(pair)) == len(high & set(pair)) == 1


def test_across_folders(library: Library, images: list[int]) -> None:
    side = {image: number < 5 for number, image in enumerate(images)}
    found = pairs(library, Choice("folders"))
    assert len(found) == 15
    assert all(side[first] != side[second] for first, second in found)


def test_one_folder_is_named_where_pairs_should_reach_across(writer: Writer, tmp_path: Path) -> None:
    ids = shelve(writer, tmp_path / "photos", ["a.jpg", "b.jpg"])
    writer.call(lambda db: texts.record_captions(db, [(image, "A dog.", "csv") for image in ids]))
    with pytest.raises(OneFolder, match="in one folder"):
        pairs(Library(writer.path), Choice("folders"))


def test_looking_for_near_ones_is_cancelled(library: Library, images: list[int]) -> None:
    context = JobContext()
    context.cancelled.set()
    chosen = chosen_pairs(library, Choice("near"), lambda: KEY, lambda: cast(Clip, OneWay()), context.check_cancelled)
    with library, pytest.raises(JobCancelled):
        next(chosen)


def test_too_few_captions_are_named(writer: Writer, tmp_path: Path) -> None:
    shelve(writer, tmp_path / "photos", ["a.jpg", "b.jpg"])
    with pytest.raises(CaptionsMissing, match="Only 0 of 2 images"):
        pairs(Library(writer.path), Choice())
