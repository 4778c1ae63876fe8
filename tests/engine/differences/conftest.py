"""A library of images with captions, without pictures: what the writers of differences work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store import Library, Writer, texts
from tests.engine.ollama_server import FakeOllama
from tests.engine.store.samples import fill

CAPTIONS = (
    "A black dog running on a beach.",
    "Two girls playing in a park.",
    "A man riding a red bicycle.",
    "A brown horse standing in a field.",
    "Three boats lying at a pier.",
    "A woman reading a newspaper on a bench.",
)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "library.pairlens") as writer:
        yield writer


@pytest.fixture
def images(writer: Writer) -> list[int]:
    """Image ids, one a caption of `CAPTIONS`."""
    fill(writer, [f"{number}.jpg" for number in range(len(CAPTIONS))])
    with Library(writer.path) as library:
        ids = library.files_of_images()[1].tolist()
    rows = [(image, text, "test") for image, text in zip(ids, CAPTIONS, strict=True)]
    writer.call(lambda db: texts.record_captions(db, rows))
    return ids


@pytest.fixture
def library(writer: Writer, images: list[int]) -> Iterator[Library]:
    with Library(writer.path) as library:
        yield library


@pytest.fixture
def ollama() -> Iterator[FakeOllama]:
    with FakeOllama() as server:
        yield server
