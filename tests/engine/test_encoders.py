"""Which image encoder's vectors are asked where no words have to be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import models
from engine.encoders import encoder_in_use, encoder_named
from engine.store import Library, Writer, changes
from tests.engine.store.samples import DIM, KEY, fill, unit


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Two images under a model "test", one of them under the starter model, none under the one that replaced it."""
    path = tmp_path / "a.pairlens"
    with Writer(path) as writer:
        fill(writer, ["a.jpg", "b.jpg"])
        for key in ("old", "new"):
            writer.call(lambda db, key=key: changes.ensure_encoder(db, key, models.STARTER, DIM))
        writer.call(lambda db: changes.record_vectors(db, "old", [(1, unit(1))]))
    with Library(path) as opened:
        yield opened


def key_named(library: Library, name: str) -> str | None:
    found = encoder_named(library, name)
    return found and found.key


def test_an_encoder_is_found_by_the_name_of_its_model_the_newest_first(library: Library) -> None:
    assert key_named(library, "test") == KEY
    assert key_named(library, "old") == "old", "its key"
    assert key_named(library, "") == "new", "the starter model"
    assert key_named(library, "nobody's") is None


def test_a_trained_model_has_the_encoder_that_it_was_made_of(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text('{"model_cfg": {"embed_dim": 8, "vision_cfg": {}, "text_cfg": {}}}')
    (folder / "open_clip_model.safetensors").touch()
    name = f"{models.LOCAL}{folder}"
    assert key_named(library, name) is None
    (folder / "pairlens.json").write_text(json.dumps({"encoder_key": KEY}))
    assert key_named(library, name) == KEY


def test_where_the_model_has_no_vectors_the_encoder_with_most_images_is_asked(library: Library, tmp_path: Path) -> None:
    for name in ("", "nobody's", "test"):
        found = encoder_in_use(library, name)
        assert found is not None
        assert found.key == KEY
    named = encoder_in_use(library, "old")
    assert named is not None
    assert named.key == "old", "though another has more"
    Writer(tmp_path / "empty.pairlens").close()
    with Library(tmp_path / "empty.pairlens") as empty:
        assert encoder_in_use(empty, "") is None
