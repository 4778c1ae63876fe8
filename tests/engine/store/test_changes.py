"""What changes do to a library, seen through `Library`."""

from __future__ import annotations

import numpy as np
import pytest

from engine.store import Library, Writer, changes
from engine.store.rows import Failure
from tests.engine.store.samples import DIM, KEY, embedded, fill, seen, unit


def names(library: Library, folder_id: int | None = None) -> list[str]:
    return [file.name for file in library.files(folder_id=folder_id)]


def test_noted_files_appear_before_they_are_read(writer: Writer, library: Library) -> None:
    folder = writer.call(lambda db: changes.add_folder(db, b"/photos/"))
    ids = writer.call(lambda db: changes.note_files(db, folder, seen("b.jpg", "a.jpg")))
    files = library.files()
    assert [file.name for file in files] == ["a.jpg", "b.jpg"]
    assert [file.id for file in files] == ids[::-1]
    assert {file.image_id for file in files} == {None}
    assert [(f.path, f.display, f.files) for f in library.folders()] == [(b"/photos", "/photos", 2)]
    assert [file.id for file in library.pending("any")] == ids[::-1]


def test_a_recorded_file_has_its_size_and_vector(writer: Writer, library: Library) -> None:
    _, ids = fill(writer, ["a.jpg", "b.jpg"])
    file = library.file(ids[0])
    assert file is not None
    assert (file.width, file.height, file.format) == (640, 480, "JPEG")
    assert library.pending(KEY) == []
    vector = library.vector(KEY, file.image_id or 0)
    assert vector is not None
    assert vector == pytest.approx(unit(0), abs=1e-3)
    _, vectors = library.vectors(KEY)
    assert vectors.dtype == np.float16
    assert vectors.shape == (2, DIM)
    assert library.images_by_hash([embedded(0, 0, None).content_hash, b"?" * 16]) == {
        embedded(0, 0, None).content_hash: file.image_id
    }
    (encoder,) = library.encoders()
    assert (encoder.key, encoder.dim, encoder.images) == (KEY, DIM, 2)


def test_unchanged_files_keep_their_image_and_changed_ones_lose_it(writer: Writer, library: Library) -> None:
    folder, ids = fill(writer, ["a.jpg", "b.jpg"])
    again = writer.call(
        lambda db: changes.note_files(db, folder, [*seen("a.jpg"), *seen("b.jpg", time=2), *seen("c.jpg")])
    )
    assert again[:2] == ids
    assert [file.id for file in library.pending(KEY)] == again[1:]
    known = library.known_files(folder)
    assert known[b"/photos/a.jpg"][:3] == (ids[0], 100, 1)
    assert known[b"/photos/b.jpg"] == (ids[1], 100, 2, None, False)


def test_a_moved_file_keeps_image_vector_and_being_hidden(writer: Writer, library: Library) -> None:
    folder, (old,) = fill(writer, ["old.jpg"])
    image = library.file(old).image_id
    writer.call(lambda db: changes.hide_files(db, [old], True))
    (new,) = writer.call(lambda db: changes.note_files(db, folder, seen("new.jpg")))
    writer.call(lambda db: changes.mark_missing(db, [old]))
    assert writer.call(lambda db: changes.record(db, KEY, [embedded(new, 0, None)])) == 1
    assert library.file(new).image_id == image
    assert [file.name for file in library.hidden_files()] == ["new.jpg"]
    assert names(library) == []
    assert library.file(old) is None
    assert library.pending(KEY) == []


def test_a_copy_shares_the_image_and_hides_alone(writer: Writer, library: Library) -> None:
    folder, (first,) = fill(writer, ["a.jpg"])
    (copy,) = writer.call(lambda db: changes.note_files(db, folder, seen("copy.jpg")))
    writer.call(lambda db: changes.record(db, KEY, [embedded(copy, 0, unit(0))]))
    files, images = library.files_of_images()
    assert files.tolist() == [first, copy]
    assert len(set(images.tolist())) == 1
    assert library.encoder(KEY).images == 1
    writer.call(lambda db: changes.hide_files(db, [first], True))
    assert names(library) == ["copy.jpg"]


def test_missing_files_come_back_with_their_image(writer: Writer, library: Library) -> None:
    folder, ids = fill(writer, ["a.jpg"])
    writer.call(lambda db: changes.mark_missing(db, ids))
    assert names(library) == []
    assert library.known_files(folder) == {}
    assert writer.call(lambda db: changes.note_files(db, folder, seen("a.jpg"))) == ids
    assert names(library) == ["a.jpg"]
    assert library.pending(KEY) == []


def test_removing_a_folder_is_reversible(writer: Writer, library: Library) -> None:
    folder, ids = fill(writer, ["a.jpg"])
    writer.call(lambda db: changes.remove_folder(db, folder))
    assert (library.folders(), library.files(), library.pending("other")) == ([], [], [])
    writer.call(lambda db: changes.restore_folder(db, folder))
    assert [file.id for file in library.files()] == ids
    writer.call(lambda db: changes.remove_folder(db, folder))
    assert writer.call(lambda db: changes.add_folder(db, b"/photos")) == folder
    assert [file.id for file in library.files()] == ids


def test_a_folder_inside_a_folder(writer: Writer, library: Library) -> None:
    outer, _ = fill(writer, ["a.jpg", "in/b.jpg", "in.jpg"])
    inner = writer.call(lambda db: changes.add_folder(db, b"/photos/in"))
    assert names(library, inner) == ["b.jpg"]
    assert names(library, outer) == ["a.jpg", "in.jpg", "b.jpg"]
    assert [(f.id, f.files) for f in library.folders()] == [(outer, 3), (inner, 1)]
    assert set(library.known_files(outer)) == {b"/photos/a.jpg", b"/photos/in.jpg"}
    assert set(library.known_files(inner)) == {b"/photos/in/b.jpg"}
    # a file that the outer folder's scan finds first is the inner folder's all the same
    writer.call(lambda db: changes.note_files(db, outer, seen("in/c.jpg")))
    assert set(library.known_files(inner)) == {b"/photos/in/b.jpg", b"/photos/in/c.jpg"}
    writer.call(lambda db: changes.remove_folder(db, inner))
    assert names(library) == ["a.jpg", "in.jpg", "b.jpg", "c.jpg"]
    assert len(library.known_files(outer)) == 4
    writer.call(lambda db: changes.restore_folder(db, inner))
    writer.call(lambda db: changes.remove_folder(db, outer))
    assert names(library) == ["b.jpg", "c.jpg"]


def test_an_offline_folder_forgets_nothing(writer: Writer, library: Library) -> None:
    folder, _ = fill(writer, ["a.jpg"])
    writer.call(lambda db: changes.set_online(db, folder, False))
    assert [f.online for f in library.folders()] == [False]
    assert names(library) == ["a.jpg"]


def test_failures_are_remembered_until_the_file_changes(writer: Writer, library: Library) -> None:
    folder = writer.call(lambda db: changes.add_folder(db, b"/photos"))
    (bad,) = writer.call(lambda db: changes.note_files(db, folder, seen("bad.jpg")))
    failure = Failure(bad, b"/photos/bad.jpg", 100, 1, "image-empty", "The file bad.jpg is empty.")
    writer.call(lambda db: changes.record_failures(db, [failure]))
    writer.call(lambda db: changes.note_files(db, folder, seen("bad.jpg")))
    assert library.failures() == [failure]
    assert library.known_files(folder)[b"/photos/bad.jpg"][4] is True
    assert library.pending(KEY) == []
    writer.call(lambda db: changes.note_files(db, folder, seen("bad.jpg", time=2)))
    assert library.failures() == []
    assert library.known_files(folder)[b"/photos/bad.jpg"][4] is False
    assert [file.id for file in library.pending(KEY)] == [bad]


@pytest.mark.parametrize("bad", [np.full(DIM, np.nan), np.zeros(DIM), np.full(DIM, 1e30), unit(1) * 2, unit(1, 4)])
def test_unusable_vectors_are_refused_by_name(writer: Writer, library: Library, bad: np.ndarray) -> None:
    folder, _ = fill(writer, ["a.jpg"])
    ids = writer.call(lambda db: changes.note_files(db, folder, seen("b.jpg", "c.jpg")))
    rows = [embedded(ids[0], 1, bad.astype(np.float32)), embedded(ids[1], 2, unit(2))]
    assert writer.call(lambda db: changes.record(db, KEY, rows)) == 1
    (failure,) = library.failures()
    assert (failure.file_id, failure.code) == (ids[0], "vector-unfit")
    assert "b.jpg" in failure.sentence
    assert library.encoder(KEY).images == 2
    assert library.pending(KEY) == []
    assert ids[0] in [file.id for file in library.pending("another encoder")]


def test_prompts_and_settings(writer: Writer, library: Library) -> None:
    for prompt in ("brighter", "larger", "brighter"):
        writer.call(lambda db, prompt=prompt: changes.remember_prompt(db, prompt, ""))
    assert library.prompts() == [("brighter", ""), ("larger", "")]
    assert library.prompts(1) == [("brighter", "")]
    assert library.setting("model", "none") == "none"
    for model in ("one", "two"):
        writer.call(lambda db, model=model: changes.put_setting(db, "model", model))
    assert library.setting("model") == "two"


def test_data_version_tells_of_changes(writer: Writer, library: Library) -> None:
    before = library.data_version()
    assert library.data_version() == before
    writer.call(lambda db: changes.put_setting(db, "a", "b"))
    assert library.data_version() != before
