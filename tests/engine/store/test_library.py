"""Reading: any file name there is, and nothing there to read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import LibraryMissing
from engine.store import Library, Writer, changes
from engine.store.rows import Seen
from tests.engine.store.samples import embedded, fill

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("library") / "a # strange? 100% name.pairlens"
    with Writer(path) as writer, Library(path) as library:
        writer.call(lambda db: changes.ensure_encoder(db, "key", "test", 8))
        yield writer, library


names = st.binary(min_size=1, max_size=250).filter(lambda name: b"/" not in name and b"\0" not in name)
numbers = st.integers(0, 2**63 - 1)


@given(st.lists(st.tuples(names, numbers, numbers), min_size=1, max_size=8, unique_by=lambda row: row[0]), names)
def test_any_file_name_comes_back_as_it_went_in(shared: tuple[Writer, Library], rows, folder_name: bytes) -> None:
    writer, library = shared
    folder = b"/" + folder_name
    seen = [Seen(folder + b"/" + name, size, time) for name, size, time in rows]
    folder_id = writer.call(lambda db: changes.add_folder(db, folder))
    ids = writer.call(lambda db: changes.note_files(db, folder_id, seen))
    writer.call(lambda db: changes.record(db, "key", [embedded(i, i, None, time=7) for i in ids]))
    for file_id, what in zip(ids, seen, strict=True):
        file = library.file_at(what.path)
        assert library.files_with([file.id, 10**9] if file else []) == ({file.id: file} if file else {})
        assert file is not None
        assert (file.id, file.path, file.folder_id) == (file_id, what.path, folder_id)
        assert file.image_id is not None
        assert file.name.encode("utf-8", "replace") or not what.path
    known = library.known_files(folder_id)
    assert {what.path for what in seen} <= set(known)
    assert set(ids) <= {file.id for file in library.files(folder_id=folder_id)}
    assert folder in [f.path for f in library.folders()]
    writer.call(lambda db: changes.remove_folder(db, folder_id))
    assert library.files() == []


def test_there_is_no_library(path: Path) -> None:
    with pytest.raises(LibraryMissing, match=r"library\.pairlens"):
        Library(path)
    assert not path.exists()


def test_reading_a_single_folder_that_contains_percent_and_quotes(writer: Writer, library: Library) -> None:
    folder, ids = fill(writer, ["100%.jpg", 'it\'s "so".jpg'], folder="/it's 50%_")
    other, _ = fill(writer, ["else.jpg"], folder="/it's 50%__")
    assert [file.id for file in library.files(folder_id=folder)] == ids
    assert library.files_of_images(folder_id=other)[0].shape == (1,)
    assert len(library.files()) == 3


def test_large_questions_are_asked_in_parts(writer: Writer, library: Library) -> None:
    _, ids = fill(writer, [f"{number}.jpg" for number in range(1200)])
    assert library.files_with([*ids, 10**6]).keys() == set(ids)
    hashes = [embedded(0, number, None).content_hash for number in range(1200)]
    assert len(library.images_by_hash(hashes)) == len(ids) == 1200


def test_the_store_is_light() -> None:
    """The window opens the library before its first paint."""
    code = "import sys, engine.store; print([m for m in ('torch', 'safetensors', 'PIL') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
