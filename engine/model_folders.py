"""The folder of a model: what lies in it, reading it, and making one that is there whole or not at all.

open_clip_config.json and one file of weights, which open_clip alone can load (``local-dir:``); beside them
pairlens.json (name, licence, sha256) in the folders that PairLens made, and vocabulary.txt where the words of the
training texts are listed. Used by `engine.models`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import checkpoints
from engine.errors import DiskFull, ModelDamaged, ModelError

CONFIG = "open_clip_config.json"
WEIGHTS = "open_clip_model.safetensors"
NOTE = "pairlens.json"
VOCABULARY = "vocabulary.txt"
WEIGHT_SUFFIXES = (".safetensors", ".bin", ".pth")  # what open_clip finds in a folder


@dataclass(frozen=True)
class ModelFiles:
    """Where a model lies, with the contents of open_clip_config.json and of pairlens.json ({} where there is none)."""

    name: str
    title: str
    folder: Path
    config: dict[str, Any]
    note: dict[str, Any] = field(default_factory=dict)


def read(folder: Path, *, title: str, name: str = "") -> ModelFiles:
    """A folder that holds a model; ``name`` and ``title`` are those of its pairlens.json where it has one."""
    config = _read_json(folder / CONFIG)
    parts = config.get("model_cfg")
    if not isinstance(parts, dict) or not {"embed_dim", "vision_cfg", "text_cfg"} <= parts.keys():
        raise ModelDamaged(f"{str(folder / CONFIG)!r} does not describe a model.")
    if not any(file.suffix in WEIGHT_SUFFIXES for file in folder.iterdir()):
        raise ModelDamaged(f"The folder {str(folder)!r} holds no weights ({', '.join(WEIGHT_SUFFIXES)}).")
    note = _read_json(folder / NOTE) if (folder / NOTE).is_file() else {}
    return ModelFiles(name or note.get("name", folder.name), note.get("title", title), folder, config, note)


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelDamaged(f"{str(file)!r} cannot be read.", details=str(error)) from error
    if not isinstance(content, dict):
        raise ModelDamaged(f"{str(file)!r} does not describe a model.")
    return content


def sha256(file: Path) -> str:
    """Hexadecimal digest of a file. Raises `ModelDamaged` when it cannot be read."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelDamaged(f"{str(file)!r} cannot be read.", details=str(error)) from error


def install(
    weights: Path, config: dict[str, Any], note: dict[str, Any], folder: Path, *, beside: Iterable[Path] = ()
) -> None:
    """Make the folder of a model, whole or not at all. The weights are loaded once: they have to fit.

    Files of ``beside`` are copied into it where they exist.
    """
    making = unfinished_of(folder) / "made"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    (making / CONFIG).write_text(json.dumps(config, indent=1), encoding="utf-8")
    title = repr(weights.name) if note["state"] == "imported" else note["title"]
    try:
        network = checkpoints.build(making, title, weights)
    except ModelError:
        shutil.rmtree(making.parent)  # what does not fit now will not fit later
        raise
    if weights.suffix == ".safetensors" and note["state"] == "here":
        os.replace(weights, making / WEIGHTS)
    else:
        checkpoints.save(network, making / WEIGHTS)
    note = {**note, "sha256": sha256(making / WEIGHTS)}
    (making / NOTE).write_text(json.dumps(note, indent=1), encoding="utf-8")
    for file in filter(Path.is_file, beside):
        shutil.copyfile(file, making / file.name)
    os.replace(making, folder)
    shutil.rmtree(unfinished_of(folder), ignore_errors=True)


def unfinished_of(folder: Path) -> Path:
    """Where the parts of a model lie until it is whole: a hidden neighbour of its folder."""
    unfinished = folder.with_name(f".{folder.name}")
    unfinished.mkdir(parents=True, exist_ok=True)
    return unfinished


def check_space(folder: Path, size: int) -> None:
    """Raise `DiskFull` when what is missing of ``size`` bytes does not fit beside ``folder``."""
    have = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    if (free := shutil.disk_usage(folder).free) < size - have:
        raise DiskFull(
            f"The model takes {(size - have) / 1e6:,.0f} MB; {free / 1e6:,.0f} MB are free in {str(folder.parent)!r}."
        )
