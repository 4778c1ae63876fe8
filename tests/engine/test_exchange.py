"""Export and import through real files and a real library."""

from __future__ import annotations

import base64
import csv
import json
import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine import exchange
from engine.errors import FileUnfit
from engine.jobs import JobContext
from engine.store import Library, Writer, changes
from engine.store.rows import Embedded, Failure, Seen

KEY = "encoder-key"
DIM = 8
NAMES = [b"/photos/a.jpg", "/photos/b \N{PARTY POPPER}, 'x'.png".encode(), b"/photos/c\xff.jpg"]


def unit_vectors(count: int) -> np.ndarray:
    vectors = np.random.default_rng(0).standard_normal((count, DIM)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    """A library of three pictures with vectors and a file that could not be read."""
    with Writer(tmp_path / "library.pairlens") as writer:
        folder = writer.call(lambda db: changes.add_folder(db, b"/photos"))
        seen = [Seen(name, 100, 1) for name in [*NAMES, b"/photos/z.jpg"]]
        ids = writer.call(lambda db: changes.note_files(db, folder, seen))
        writer.call(lambda db: changes.ensure_encoder(db, KEY, "test", DIM))
        rows = [
            Embedded(file, blake2b(name, digest_size=16).digest(), 100, 1, 640, 480, "JPEG", vector)
            for file, name, vector in zip(ids, NAMES, unit_vectors(3), strict=False)
        ]
        writer.call(lambda db: changes.record(db, KEY, rows))
        failure = Failure(ids[3], b"/photos/z.jpg", 100, 1, "image-empty", "z.jpg is empty.")
        writer.call(lambda db: changes.record_failures(db, [failure]))
        yield writer


@pytest.fixture
def library(writer: Writer) -> Iterator[Library]:
    with Library(writer.path) as library:
        yield library


def read_csv(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_a_ranking_as_csv_survives_any_name(tmp_path: Path) -> None:
    ranked = [exchange.RankedFile(rank, name, 0.5 - rank) for rank, name in enumerate(NAMES, 1)]
    assert exchange.export_ranking(tmp_path / "order.csv", ranked) == 3
    rows = read_csv(tmp_path / "order.csv")
    assert rows[0] == ["rank", "path", "score"]
    assert rows[2] == ["2", NAMES[1].decode(), "-1.5"]
    assert rows[3][1] == "/photos/c\N{REPLACEMENT CHARACTER}.jpg"


@pytest.mark.parametrize("ending", ["npz", "csv"])
def test_exported_vectors_come_back_under_another_encoder(
    tmp_path: Path, writer: Writer, library: Library, ending: str
) -> None:
    file = tmp_path / f"vectors.{ending}"
    assert exchange.export_vectors(file, library, KEY) == 3
    report = exchange.import_vectors(
        writer, library, exchange.read_vectors(file), ("other", "other", DIM), JobContext()
    )
    here, there = dict(zip(*library.vectors(KEY), strict=True)), dict(zip(*library.vectors("other"), strict=True))
    assert len(here) == 3
    # CSV is text: the name that is no text is the one that cannot find its file again, and it is named.
    lost = [NAMES[2].decode("utf-8", "replace").encode()] if ending == "csv" else []
    assert [refusal.path for refusal in report.rejected] == lost
    assert report.rows == len(there) == 3 - len(lost)
    for image, vector in there.items():
        np.testing.assert_array_equal(vector, here[image])


def test_vectors_that_do_not_fit_are_refused_by_name(tmp_path: Path, writer: Writer, library: Library) -> None:
    vectors = unit_vectors(5)
    vectors[0] *= 2
    vectors[1, 0] = np.nan
    paths = [NAMES[0], NAMES[1], NAMES[2], b"/photos/z.jpg", b"/elsewhere/x.jpg"]
    content = exchange.VectorFile(paths, vectors)
    report = exchange.import_vectors(writer, library, content, ("other", "other", DIM), JobContext())
    assert report.rows == 1
    assert [refusal.path for refusal in report.rejected] == [paths[0], paths[1], paths[3], paths[4]]
    assert [
        words in r.reason
        for words, r in zip(["length 2", "finite", "not been read", "no such file"], report.rejected, strict=True)
    ] == [True] * 4
    assert len(library.vectors("other")[0]) == 1


def test_another_dimension_is_refused_as_a_whole(writer: Writer, library: Library) -> None:
    with pytest.raises(FileUnfit, match="8 numbers each; those of other have 16"):
        exchange.import_vectors(
            writer, library, exchange.VectorFile(NAMES, unit_vectors(3)), ("other", "other", 16), JobContext()
        )
    assert library.encoder("other") is None


def test_relative_paths_start_at_the_imported_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", paths=np.array(["sub/a.jpg", "/b.jpg"]), vectors=unit_vectors(2))
    assert exchange.read_vectors(tmp_path / "v.npz").paths == [os.fsencode(tmp_path / "sub" / "a.jpg"), b"/b.jpg"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("v.npz", b"no zip"),
        ("v.npz", b""),
        ("v.csv", b""),
        ("v.csv", b"file,v0\na,1\n"),
        ("v.csv", b"path,v0\n"),
        ("v.csv", b"path,v0\na,zero\n"),
        ("v.csv", b"path,v0,v1\na,1\n"),
        ("v.parquet", b"PAR1"),
    ],
)
def test_files_of_another_kind_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(FileUnfit, match=r"v\.(npz|csv|parquet)"):
        exchange.read_vectors(file)


def test_pickled_objects_are_not_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    np.savez(tmp_path / "v.npz", paths=np.array([Trap()], dtype=object), vectors=unit_vectors(1))
    with pytest.raises(FileUnfit):
        exchange.read_vectors(tmp_path / "v.npz")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_the_library_names_every_file_and_why_it_failed(tmp_path: Path, library: Library, ending: str) -> None:
    file = tmp_path / f"library.{ending}"
    assert exchange.export_library(file, library) == 4
    if ending == "jsonl":
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    else:
        header, *lines = read_csv(file)
        rows = [dict(zip(header, line, strict=True)) for line in lines]
    assert [row["path"] for row in rows] == [name.decode("utf-8", "replace") for name in [*NAMES, b"/photos/z.jpg"]]
    assert [row["failure"] for row in rows] == ["", "", "", "z.jpg is empty."]
    assert rows[0]["content_hash"] == blake2b(NAMES[0], digest_size=16).hexdigest()
    assert rows[3]["content_hash"] == ""
    assert [base64.b64decode(row["path_bytes"]) for row in rows] == [b"", b"", NAMES[2], b""]


def test_a_failed_export_leaves_the_old_file(tmp_path: Path, library: Library) -> None:
    file = tmp_path / "order.csv"
    file.write_text("old")

    def broken() -> Iterator[exchange.RankedFile]:
        yield exchange.RankedFile(1, NAMES[0], 0.0)
        raise FileUnfit("in the middle")

    with pytest.raises(FileUnfit):
        exchange.export_ranking(file, broken())
    assert file.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir() if "part" in entry.name] == []


@given(
    vectors=arrays.arrays(np.float32, (3, 4), elements=st.floats(-1, 1, width=32)),
    names=st.lists(
        st.text(st.characters(exclude_characters="\x00/", exclude_categories=["Cs"]), min_size=1).filter(
            lambda n: n not in {".", ".."}
        ),
        min_size=3,
        max_size=3,
    ),
)
def test_csv_of_any_vectors_reads_back(
    tmp_path_factory: pytest.TempPathFactory, vectors: np.ndarray, names: list[str]
) -> None:
    file = tmp_path_factory.mktemp("csv") / "v.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(
            [["path", "a", "b", "c", "d"], *([name, *row.tolist()] for name, row in zip(names, vectors, strict=True))]
        )
    content = exchange.read_vectors(file)
    np.testing.assert_array_equal(content.vectors, vectors)
    assert content.paths == [os.fsencode(file.parent / name) for name in names]
