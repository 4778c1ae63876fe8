"""Labelled images of public data sets, read from folders of the same layout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.errors import PairLensError
from engine.evaluation import layouts, tasks
from engine.evaluation.errors import TaskDataUnfit, TaskUnfit
from engine.evaluation.matlab import read_arrays

from .layouts import awa2, cifar100, cub, flowers102, matlab, picture

SIZES = ("camel", "hamster", "apple")


def small(name: str, **changes: object) -> tasks.Task:
    """A task that comes with the program, changed."""
    return tasks.read(name)[0].model_copy(update=changes)


def names(labelled: layouts.Labelled) -> list[str]:
    return [labelled.classes[label] for label in labelled.labels]


def test_awa2_has_the_test_classes_with_the_attributes_of_their_own_names(tmp_path: Path) -> None:
    found = layouts.read(small("awa2"), awa2(tmp_path / "awa2"))
    assert found.classes == ("mole", "seal")
    assert len(found.images) == 12
    assert all(b"JPEGImages/mole/" in image for image in found.images[:6] if isinstance(image, bytes))
    assert found.attributes == {"mole": ("black", "smelly"), "seal": ("water",)}


def test_awa2_with_other_classes(tmp_path: Path) -> None:
    found = layouts.read(small("awa2", classes=("whale", "grizzly+bear")), awa2(tmp_path / "awa2"))
    assert set(names(found)) == {"whale", "grizzly+bear"}
    assert found.attributes["grizzly+bear"] == ("black",)


def test_cub_has_the_test_images_and_what_most_people_see(tmp_path: Path) -> None:
    found = layouts.read(small("cub"), cub(tmp_path / "cub"))
    assert found.classes == ("Black_Gull", "Small_Wren")
    assert names(found) == ["Black_Gull"] * 3 + ["Small_Wren"] * 3
    assert found.attributes == {"Black_Gull": ("black wing", "pointed wings"), "Small_Wren": ("small",)}


def test_cifar100_gives_pixels_of_the_chosen_classes(tmp_path: Path) -> None:
    root = cifar100(tmp_path / "cifar", SIZES, [2, 0, 1, 0, 2])
    found = layouts.read(small("cifar100-size", classes=("hamster", "camel"), comparisons=(), images=4), root)
    assert names(found) == ["camel", "hamster", "camel"]
    first = found.images[0]
    assert isinstance(first, np.ndarray)
    assert first.shape == (32, 32, 3)
    assert first[..., 1].mean() > 240  # green is the second plane of a record
    assert first[..., 0].mean() < 10


@pytest.mark.parametrize("packed", [True, False])
def test_flowers102_has_the_test_images_by_name(tmp_path: Path, packed: bool) -> None:
    root = flowers102(tmp_path / "flowers", ("sunflower", "monkshood"), packed)
    found = layouts.read(small("flowers-colour", classes=("monkshood", "sunflower"), comparisons=()), root)
    assert names(found) == ["monkshood"] * 4 + ["sunflower"] * 4
    blue = [image for image, name in zip(found.images, names(found), strict=True) if name == "monkshood"]
    assert blue[0] == bytes(tmp_path / "flowers" / "jpg" / "image_00007.jpg")


def test_a_folder_is_a_class_and_so_many_images_of_each_are_drawn(tmp_path: Path) -> None:
    for name, count in (("cats", 5), ("dogs", 2)):
        for number in range(count):
            picture(tmp_path / name / "deep" / f"{number}.png", (9, 9, 9), number)
    picture(tmp_path / "loose.png", (0, 0, 0))
    task = tasks.parse('name = "pets"\n[zero_shot]\n', "pets")
    assert names(layouts.read(task, tmp_path)) == ["cats"] * 5 + ["dogs"] * 2
    assert names(layouts.read(task.model_copy(update={"images_per_class": 3}), tmp_path)) == ["cats"] * 3 + ["dogs"] * 2


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_table_gives_classes_and_values(tmp_path: Path, kind: str) -> None:
    if kind == "csv":
        (tmp_path / "labels.csv").write_text("path,kind,look.light\na.png,x,1.5\nsub/b.png,y,\n")
    else:
        rows = [{"path": "a.png", "kind": "x", "look": {"light": 1.5}}, {"path": "sub/b.png", "kind": "y", "look": {}}]
        (tmp_path / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = tasks.Task(name="t", layout="table", table=f"labels.{kind}", label="kind", zero_shot=tasks.ZeroShot())
    found = layouts.read(task, tmp_path)
    assert names(found) == ["x", "y"]
    assert found.images[1] == bytes(tmp_path / "sub" / "b.png")
    np.testing.assert_array_equal(found.values["look.light"], [1.5, np.nan])


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("jsonl", "[1, 2]"),
        ("jsonl", '"a.png"'),
        ("jsonl", '{"path": "a\\u0000.png"}'),
        ("csv", "file,kind\na.png,x,more\n"),
        ("csv", f"path,kind\n{'a' * 200_000},x\n"),
    ],
)
def test_a_file_that_is_no_table_of_images_is_refused(tmp_path: Path, kind: str, content: str) -> None:
    (tmp_path / f"labels.{kind}").write_text(content)
    task = tasks.Task(name="t", layout="table", table=f"labels.{kind}", zero_shot=tasks.ZeroShot())
    with pytest.raises(TaskDataUnfit, match="cannot be read as table"):
        layouts.read(task, tmp_path)


def test_a_number_that_is_too_large_is_none(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text(f'{{"path": "a.png", "light": 1}}\n{{"path": "b.png", "light": {10**400}}}')
    task = tasks.Task(name="t", layout="table", table="labels.jsonl", zero_shot=tasks.ZeroShot())
    np.testing.assert_array_equal(layouts.read(task, tmp_path).values["light"], [1, np.nan])


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaskDataUnfit, match="no folder"):
        layouts.read(small("awa2"), tmp_path / "nowhere")
    with pytest.raises(TaskDataUnfit, match=r"classes\.txt is missing"):
        layouts.read(small("awa2"), tmp_path)
    root = awa2(tmp_path / "awa2")
    (root / "predicate-matrix-binary.txt").write_text("1 0\n")
    with pytest.raises(TaskDataUnfit) as caught:
        layouts.read(small("awa2"), root)
    assert "predicate matrix" in caught.value.details
    with pytest.raises(TaskUnfit, match="no class sunflower"):
        layouts.read(
            small("flowers-colour", classes=("sunflower",), comparisons=()), flowers102(tmp_path / "f", ["rose"])
        )


@pytest.mark.parametrize("damage", ["short", "text", "bomb", "cut"])
def test_damaged_matlab_files_are_refused(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "x.mat"
    matlab(file, {"labels": np.zeros((1, 70_000_000 if damage == "bomb" else 99), np.uint8)}, packed=damage == "bomb")
    whole = file.read_bytes()
    damaged = {"short": whole[:50], "text": b"x" * 300, "bomb": whole, "cut": whole[:-30]}[damage]
    file.write_bytes(damaged)
    with pytest.raises(PairLensError, match="no MATLAB file"):
        read_arrays(file)


def test_half_a_record_of_cifar_is_refused(tmp_path: Path) -> None:
    root = cifar100(tmp_path / "cifar", SIZES, [0, 1])
    with (root / "test.bin").open("ab") as stream:
        stream.write(b"\0" * 100)
    with pytest.raises(TaskDataUnfit):
        layouts.read(small("cifar100-size", classes=(), comparisons=()), root)
