"""A library in a folder of its own: its path, its writer, a reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store import Library, Writer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.pairlens"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    with Writer(path) as writer:
        yield writer


@pytest.fixture
def library(writer: Writer) -> Iterator[Library]:
    with Library(writer.path) as library:
        yield library
