"""Public data sets in small: folders of the same layout, with pictures whose colour is their class."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from engine.evaluation.flowers import FLOWERS

ANIMALS = ("antelope", "grizzly+bear", "mole", "seal", "whale")
TESTED = ("seal", "mole")  # not in the order of classes.txt
PREDICATES = ("black", "toughskin", "smelly", "water")
# One row an animal of classes.txt.
MATRIX = ((0, 1, 0, 0), (1, 0, 0, 0), (1, 0, 1, 0), (0, 0, 0, 1), (0, 0, 0, 1))
SPECIES = ("001.Black_Gull", "002.Small_Wren")
MARKS = ("has_wing_color::black", "has_size::small_(5_-_9_in)", "has_wing_shape::pointed-wings")


def picture(file: Path, colour: Sequence[int], seed: int = 0) -> Path:
    """A picture of one colour with a little noise, so that no two are the same."""
    file.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(-12, 12, (24, 24, 3))
    Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)).save(file)
    return file


def awa2(root: Path) -> Path:
    lines = [f"{number:>8}\t{name}" for number, name in enumerate(ANIMALS, 1)]
    root.mkdir(parents=True)
    (root / "classes.txt").write_text("\n".join(lines) + "\n")
    (root / "predicates.txt").write_text("".join(f"{n:>8}\t{name}\n" for n, name in enumerate(PREDICATES, 1)))
    (root / "predicate-matrix-binary.txt").write_text("".join(" ".join(map(str, row)) + "\n" for row in MATRIX))
    (root / "testclasses.txt").write_text("\n".join(TESTED) + "\n")
    for place, name in enumerate(ANIMALS):
        for number in range(6):
            file = root / "JPEGImages" / name / f"{name}_{10001 + number}.jpg"
            picture(file, (40 * place, 200 - 40 * place, 80), 10 * place + number)
    return root


def cub(root: Path) -> Path:
    images = [(name, f"{name}/{name[4:]}_{number:04}.jpg") for name in SPECIES for number in range(6)]
    (root / "attributes").mkdir(parents=True)
    numbered = list(enumerate(images, 1))
    (root / "images.txt").write_text("".join(f"{n} {path}\n" for n, (_, path) in numbered))
    (root / "classes.txt").write_text("".join(f"{n} {name}\n" for n, name in enumerate(SPECIES, 1)))
    labels = "".join(f"{n} {SPECIES.index(name) + 1}\n" for n, (name, _) in numbered)
    (root / "image_class_labels.txt").write_text(labels)
    (root / "train_test_split.txt").write_text("".join(f"{n} {n % 2}\n" for n, _ in numbered))
    (root / "attributes.txt").write_text("".join(f"{n} {name}\n" for n, name in enumerate(MARKS, 1)))
    table = root / "attributes" / "class_attribute_labels_continuous.txt"
    table.write_text("90.0 0.0 81.5\n3.0 75.0 50.0\n")
    for number, (name, path) in numbered:
        picture(root / "images" / path, (20, 20, 20) if name == SPECIES[0] else (220, 220, 180), number)
    return root


def cifar100(root: Path, names: Sequence[str], labels: Sequence[int]) -> Path:
    root.mkdir(parents=True)
    (root / "fine_label_names.txt").write_text("\n".join(names) + "\n")
    rng = np.random.default_rng(0)
    records = []
    for label in labels:
        planes = np.stack([np.full(1024, value) for value in (20 * label, 255 - 20 * label, 90)])
        pixels = np.clip(planes + rng.integers(0, 9, planes.shape), 0, 255).astype(np.uint8)
        records.append(bytes([0, label]) + pixels.tobytes())
    (root / "test.bin").write_bytes(b"".join(records))
    return root


def flowers102(root: Path, names: Sequence[str], packed: bool = True) -> Path:
    """Six images of each flower, the first four of them tested."""
    labels = [FLOWERS.index(name) + 1 for name in names for _ in range(6)]
    tested = [number for number in range(1, len(labels) + 1) if (number - 1) % 6 < 4]
    root.mkdir(parents=True)
    matlab(root / "imagelabels.mat", {"labels": np.array([labels], np.uint8)}, packed=packed)
    matlab(root / "setid.mat", {"trnid": np.array([[5]], np.uint16), "tstid": np.array([tested])}, packed=packed)
    for number, label in enumerate(labels, 1):
        yellow = FLOWERS[label - 1] in {"sunflower", "daffodil"}
        picture(root / "jpg" / f"image_{number:05}.jpg", (230, 200, 20) if yellow else (30, 40, 210), number)
    return root


KINDS = {"int8": 1, "uint8": 2, "int16": 3, "uint16": 4, "int32": 5, "uint32": 6, "float64": 9, "int64": 12}


def matlab(file: Path, arrays: Mapping[str, np.ndarray], *, packed: bool) -> None:
    """Write a MATLAB 5 file."""
    body = b"".join(_matrix(name, array) for name, array in arrays.items())
    if packed:
        bodies = [zlib.compress(_matrix(name, array)) for name, array in arrays.items()]
        body = b"".join(struct.pack("<II", 15, len(each)) + each for each in bodies)
    file.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM" + body)


def _matrix(name: str, array: np.ndarray) -> bytes:
    parts = [
        _element(6, struct.pack("<II", 6, 0)),
        _element(5, np.array(array.shape, "<i4").tobytes()),
        _element(1, name.encode()),
        _element(KINDS[array.dtype.name], array.tobytes(order="F")),
    ]
    return _element(14, b"".join(parts))


def _element(kind: int, data: bytes) -> bytes:
    if len(data) <= 4:
        return struct.pack("<HH", kind, len(data)) + data.ljust(4, b"\0")
    return struct.pack("<II", kind, len(data)) + data + b"\0" * (-len(data) % 8)
