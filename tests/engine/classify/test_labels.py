"""What is known of images: from folders, from a table with strange lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.classify.errors import LabelsUnfit
from engine.classify.labels import known, labels_of, names_in
from engine.errors import FileUnfit
from engine.store import Library, Writer
from tests.engine.store.samples import fill

NAMES = ["Grey_Wolf/a.jpg", "Grey_Wolf/deeper/b.jpg", "dog/c.jpg", "strange/d.jpg", "e.jpg"]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Writer(tmp_path / "library.pairlens") as writer:
        fill(writer, NAMES, str(tmp_path / "photos"))
    with Library(tmp_path / "library.pairlens") as library:
        yield library


def listed(library: Library) -> tuple[list[bytes], np.ndarray]:
    files = library.files()
    return [file.path for file in files], np.array([file.image_id for file in files])


def by_name(library: Library, true: np.ndarray) -> dict[str, int]:
    return {file.name: int(place) for file, place in zip(library.files(), true, strict=True)}


def test_the_folder_that_holds_a_file_is_its_label(library: Library) -> None:
    found = known(("dog", "grey wolf"), labels_of(library, "folder"), *listed(library))
    assert by_name(library, found.true) == {"a.jpg": 1, "b.jpg": -1, "c.jpg": 0, "d.jpg": -1, "e.jpg": -1}
    assert found.count == 2
    assert found.strange == {"deeper": 1, "strange": 1, "photos": 1}


def test_the_subfolders_of_a_folder_are_labels_however_deep(library: Library, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    labels = labels_of(library, str(tmp_path / "photos"))
    assert names_in(labels, *listed(library)) == ("dog", "Grey Wolf", "strange")
    found = known(("dog", "grey wolf"), labels, *listed(library))
    assert by_name(library, found.true) == {"a.jpg": 1, "b.jpg": 1, "c.jpg": 0, "d.jpg": -1, "e.jpg": -1}


def test_a_class_named_by_a_sign_is_not_that_of_all_images_without_a_label(library: Library, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    found = known(("dog", "-"), labels_of(library, str(tmp_path / "photos")), *listed(library))
    assert by_name(library, found.true) == {"a.jpg": -1, "b.jpg": -1, "c.jpg": 0, "d.jpg": -1, "e.jpg": -1}


def test_a_table_gives_labels_and_its_bad_lines_are_named(library: Library, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    table = tmp_path / "photos" / "labels.csv"
    table.write_text(
        "label;path\nDog;dog/c.jpg\ngrey-wolf;e.jpg\ncat;e.jpg\nbird;strange/d.jpg\ndog;nowhere.jpg\n;dog/c.jpg\ndog;\n"
    )
    labels = labels_of(library, str(table))
    found = known(("dog", "grey wolf"), labels, *listed(library))
    assert by_name(library, found.true) == {"a.jpg": -1, "b.jpg": -1, "c.jpg": 0, "d.jpg": -1, "e.jpg": 1}
    assert found.strange == {"bird": 1}
    assert [(each.line, each.reason) for each in found.rejected] == [
        (4, "'e.jpg' has two labels, 'grey-wolf' and 'cat'."),
        (6, "The library has no image 'nowhere.jpg'; index its folder first."),
        (7, "'dog/c.jpg' has no label."),
        (8, "A path is missing."),
    ]


def test_labels_that_are_not_there(library: Library, tmp_path: Path) -> None:
    with pytest.raises(LabelsUnfit, match="no such folder or file"):
        labels_of(library, str(tmp_path / "nowhere"))
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FileUnfit, match="path, label"):
        labels_of(library, str(tmp_path / "table.csv"))
