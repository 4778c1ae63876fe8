"""Labelled images as their publishers lay them out, read into one form; the errors of the paper's code are put right.

    folders            a folder a class, images at any depth below
    table              CSV or JSON Lines with a column of paths, and columns of classes or values
    awa2               Animals with Attributes 2: the ten test classes. The rows of the predicate matrix are those of
                       classes.txt (the paper's code counted among the test classes and described other animals)
    cub                Caltech-UCSD Birds 200-2011: the official test images; attributes from the class table
    cifar100-binary    the binary version: 100 fine classes, test.bin (the pickled version would run code)
    flowers102         Oxford 102 Flowers: the official test images, classes by name (the paper's code took others)

Called by `engine.evaluation.measuring`.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.evaluation.errors import TaskDataUnfit, TaskUnfit
from engine.evaluation.flowers import FLOWERS
from engine.evaluation.matlab import read_arrays
from engine.evaluation.tasks import Task
from engine.scan import scan

CIFAR_RECORD = 2 + 3 * 32 * 32  # coarse label, fine label, red, green, blue
LIKELY = 50.0  # percent of people that have to see a CUB attribute in a class


@dataclass(frozen=True)
class Labelled:
    """Images of a task. ``images``: paths, or RGB pixels (H, W, 3) uint8 where the data are no files. ``labels`` (N,):
    into ``classes``, -1 where an image has none. ``values``: columns of numbers (N,), NaN where there is none.
    ``attributes``: class -> what it has, in the order of the layout's table.
    """

    images: Sequence[bytes | np.ndarray]
    labels: np.ndarray
    classes: tuple[str, ...]
    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def take(self, rows: np.ndarray) -> Labelled:
        """Only these images, in this order."""
        values = {name: column[rows] for name, column in self.values.items()}
        return replace(self, images=[self.images[row] for row in rows], labels=self.labels[rows], values=values)


def read(task: Task, root: Path) -> Labelled:
    """The images that a task is about. Raises `TaskDataUnfit`, `TaskUnfit` (a class or column that is not there)."""
    if not root.is_dir():
        raise TaskDataUnfit(f"There is no folder {str(root)!r} with the data of {task.name}.")
    try:
        found = _LAYOUTS[task.layout](task, root)
    except FileNotFoundError as error:
        raise TaskDataUnfit(f"{str(root)!r} is not laid out as {task.layout}: {error.filename} is missing.") from None
    except (OSError, ValueError, LookupError, csv.Error) as error:
        raise TaskDataUnfit(f"{str(root)!r} cannot be read as {task.layout}.", details=str(error)) from error
    return _chosen(task, found)


def _chosen(task: Task, found: Labelled) -> Labelled:
    """Only the task's classes, and so many images of each."""
    named = {
        *task.classes,
        *(name for each in task.comparisons for name in (*each.high, *each.low)),
        *(name for each in task.comparatives for name in (each.first, each.second)),
    }
    if missing := sorted(named - set(found.classes)):
        few = ", ".join(missing[:5])
        raise TaskUnfit(f"The data of {task.name} have no class {few}; they have {', '.join(found.classes[:20])} ...")
    columns = [each.column for each in task.comparisons if each.column]
    if missing := [column for column in columns if column not in found.values]:
        raise TaskUnfit(f"The table of {task.name} has no numbers in a column {missing[0]!r}.")
    if task.classes:
        numbers = [found.classes.index(name) for name in task.classes]
        kept = np.flatnonzero(np.isin(found.labels, numbers))
        place = {number: at for at, number in enumerate(numbers)}
        labels = np.array([place.get(int(label), -1) for label in found.labels], np.int64)
        found = replace(found, labels=labels, classes=task.classes).take(kept)
    if task.images_per_class:
        found = found.take(_some_of_each(found.labels, task.images_per_class))
    if not len(found.labels):
        raise TaskDataUnfit(f"There are no images for {task.name}.")
    return found


def _some_of_each(labels: np.ndarray, most: int) -> np.ndarray:
    order = np.random.default_rng(0).permutation(len(labels))
    kept = [order[labels[order] == label][:most] for label in np.unique(labels)]
    return np.sort(np.concatenate(kept)) if kept else order


# ---- folders and tables -------------------------------------------------------------------------------------


def _folders(task: Task, root: Path) -> Labelled:
    """The class of an image is the first folder below the root that it lies in."""
    del task
    start = os.fsencode(root.absolute())
    rows = []
    for seen in scan(start):
        parts = os.path.relpath(seen.path, start).split(os.sep.encode())
        if len(parts) > 1:
            rows.append((parts[0].decode("utf-8", "replace"), seen.path))
    return _labelled(sorted(rows))


def _table(task: Task, root: Path) -> Labelled:
    file = root / task.table
    rows = list(_rows(file))
    if not rows:
        raise ValueError(f"{task.table} is empty")
    names = list(dict.fromkeys(name for row in rows for name in row if name))  # cells beyond the header have none
    if task.path not in names:
        raise ValueError(f"{task.table} has no column {task.path!r}, but {', '.join(names)}")
    base = os.fsencode(file.absolute().parent)
    images = [os.path.normpath(os.path.join(base, os.fsencode(str(row[task.path])))) for row in rows]
    if any(b"\0" in image for image in images):
        raise ValueError(f"{task.table} has a path with a NUL in it")
    classes = tuple(sorted({str(row[task.label]) for row in rows if row.get(task.label)})) if task.label else ()
    labels = [classes.index(str(row[task.label])) if task.label and row.get(task.label) else -1 for row in rows]
    values = {name: np.array([_number(row.get(name)) for row in rows]) for name in names}
    numbers = {name: column for name, column in values.items() if np.isfinite(column).any()}
    return Labelled(images, np.array(labels, np.int64), classes, numbers)


def _rows(file: Path) -> Iterable[dict[str, Any]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        if file.suffix.lower() in {".jsonl", ".ndjson"}:
            yield from (_flat(_object(line)) for line in stream if line.strip())
        else:
            yield from csv.DictReader(stream)


def _object(line: str) -> dict[str, Any]:
    found = json.loads(line)
    if not isinstance(found, dict):
        raise ValueError(f"the line {line[:40].strip()!r} is no object of JSON")
    return found


def _flat(value: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Columns of a JSON object; what lies deeper has a name with dots."""
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= _flat(inner, f"{above}{key}.") if isinstance(inner, dict) else {above + key: inner}
    return found


def _number(value: object) -> float:
    try:
        return float(value) if isinstance(value, str | int | float) else float("nan")
    except (ValueError, OverflowError):
        return float("nan")


# ---- public data sets ---------------------------------------------------------------------------------------


def _awa2(task: Task, root: Path) -> Labelled:
    """Images of the test classes, or of those that the task names; predicates by the rows of classes.txt."""
    names = _second_column(root / "classes.txt")
    predicates = _second_column(root / "predicates.txt")
    matrix = np.loadtxt(root / "predicate-matrix-binary.txt", dtype=np.int64, ndmin=2)
    if matrix.shape != (len(names), len(predicates)):
        raise ValueError(f"the predicate matrix is {matrix.shape}, not {(len(names), len(predicates))}")
    wanted = task.classes or tuple((root / "testclasses.txt").read_text().split())
    rows = []
    for name in wanted:
        rows += [(name, seen.path) for seen in scan(os.fsencode((root / "JPEGImages" / name).absolute()))]
    attributes = {name: tuple(np.array(predicates)[matrix[names.index(name)] == 1].tolist()) for name in wanted}
    return replace(_labelled(sorted(rows)), attributes=attributes)


def _cub(task: Task, root: Path) -> Labelled:
    del task
    paths = _pairs(root / "images.txt")
    names = {number: re.sub(r"^\d+\.", "", name) for number, name in _pairs(root / "classes.txt").items()}
    label_of = _pairs(root / "image_class_labels.txt")
    in_training = _pairs(root / "train_test_split.txt")
    tested = [number for number in paths if in_training[number] == "0"]
    base = root.absolute() / "images"
    rows = sorted((names[label_of[number]], os.fsencode(base / paths[number])) for number in tested)
    return replace(_labelled(rows), attributes=_cub_attributes(root, list(names.values())))


def _cub_attributes(root: Path, names: list[str]) -> dict[str, tuple[str, ...]]:
    """What most people see in a class: "blue wing" of "has_wing_color::blue"."""
    listed = root / "attributes.txt"
    listed = listed if listed.is_file() else root / "attributes" / "attributes.txt"  # older archives have it inside
    phrases = [_bird_words(name) for name in _pairs(listed).values()]
    shares = np.loadtxt(root / "attributes" / "class_attribute_labels_continuous.txt", ndmin=2)
    if shares.shape != (len(names), len(phrases)):
        raise ValueError(f"the class table is {shares.shape}, not {(len(names), len(phrases))}")
    return {
        name: tuple(phrases[column] for column in np.flatnonzero(row > LIKELY))
        for name, row in zip(names, shares, strict=True)
    }


def _bird_words(name: str) -> str:
    """ "has_wing_color::blue" -> "blue wing"; "has_bill_shape::hooked_seabird" -> "hooked seabird bill"."""
    what, _, value = name.removeprefix("has_").partition("::")
    part = re.sub(r"_(color|shape|pattern|length)$", "", what).replace("_", " ")
    value = re.sub(r"_?\(.*\)", "", value).replace("_", " ").replace("-wings", " wings")
    return value if part in {"size", "shape"} or part in value else f"{value} {part}"


def _cifar100(task: Task, root: Path) -> Labelled:
    names = (root / "fine_label_names.txt").read_text().split()
    data = np.fromfile(root / "test.bin", np.uint8)
    if not len(data) or len(data) % CIFAR_RECORD:
        raise ValueError(f"test.bin is no whole number of records of {CIFAR_RECORD} bytes")
    records = data.reshape(-1, CIFAR_RECORD)
    pixels = records[:, 2:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)  # (N, 32, 32, 3)
    labels = records[:, 1].astype(np.int64)
    if labels.max() >= len(names):
        raise ValueError("test.bin has a label beyond fine_label_names.txt")
    del task
    return Labelled(list(pixels), labels, tuple(names))


def _flowers102(task: Task, root: Path) -> Labelled:
    del task
    labels = read_arrays(root / "imagelabels.mat")["labels"].ravel().astype(np.int64)  # from 1
    tested = read_arrays(root / "setid.mat")["tstid"].ravel().astype(np.int64)  # from 1
    if labels.max() > len(FLOWERS) or tested.max() > len(labels):
        raise ValueError("a label or an image that does not exist")
    base = root.absolute() / "jpg"
    rows = [(FLOWERS[labels[number - 1] - 1], os.fsencode(base / f"image_{number:05}.jpg")) for number in tested]
    return _labelled(sorted(rows))


def _labelled(rows: Sequence[tuple[str, bytes]]) -> Labelled:
    """Images with the name of their class each."""
    classes = tuple(sorted({name for name, _ in rows}))
    place = {name: number for number, name in enumerate(classes)}
    labels = np.array([place[name] for name, _ in rows], np.int64)
    return Labelled([path for _, path in rows], labels, classes)


def _second_column(file: Path) -> list[str]:
    """ "    1	antelope" -> "antelope"."""
    return [line.split()[1] for line in file.read_text().splitlines() if line.strip()]


def _pairs(file: Path) -> dict[str, str]:
    """ "1 001.Black_footed_Albatross" -> {"1": "001.Black_footed_Albatross"}, in the order of the file."""
    lines = (line.split(maxsplit=1) for line in file.read_text().splitlines() if line.strip())
    return {number: value.strip() for number, value in lines}


_LAYOUTS: dict[str, Callable[[Task, Path], Labelled]] = {
    "folders": _folders,
    "table": _table,
    "awa2": _awa2,
    "cub": _cub,
    "cifar100-binary": _cifar100,
    "flowers102": _flowers102,
}
