"""Model names and the files they stand for: list, get, import, remove, resolve.

Every model is a folder that open_clip alone can load (``local-dir:``): open_clip_config.json and one file of weights.
What PairLens fetched or imported lies in `engine.settings.models_dir`, with pairlens.json beside the weights (name,
licence, sha256). Called by jobs of the engine process and by the command line; open_clip is imported only where an
architecture has to be looked up, because that costs seconds.

A name is ``starter`` (shipped with the program), ``ARCHITECTURE/TAG`` of open_clip's list (``:`` for ``/`` is fine),
the name an imported checkpoint was given, or ``local-dir:PATH``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import settings
from engine.errors import ModelDamaged, ModelNotHere, ModelUnfit, ModelUnknown

STARTER = "starter"
LOCAL = "local-dir:"
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


def resolve(name: str = "") -> ModelFiles:
    """The files of a model on this machine; "" = the starter model.

    Raises `ModelUnknown`, `ModelNotHere` (known, but not downloaded), `ModelDamaged`.
    """
    if not name or name == STARTER:
        return _starter(asked=bool(name))
    if name.startswith(LOCAL):
        return _local(name)
    folder = folder_of(name)
    if not (folder / CONFIG).is_file():
        canonical = known(name)
        raise ModelNotHere(f"The model {canonical} is not on this machine yet.")
    return _read(folder, title=_title(name))


def verify(files: ModelFiles) -> None:
    """Compare the weights with the sha256 kept beside them (safetensors has no checksum of its own).

    A folder without one (``local-dir:`` made elsewhere) is taken as it is. Raises `ModelDamaged`.
    """
    expected = files.note.get("sha256")
    if expected and _sha256(files.folder / WEIGHTS) != expected:
        raise ModelDamaged(f"The weights of {files.title} have changed since they were saved here: a damaged file.")


def check_tokenizer(files: ModelFiles) -> None:
    """Raise `ModelUnfit` when the model reads words with a tokenizer that is not installed."""
    text = files.config["model_cfg"].get("text_cfg", {})
    if (text.get("hf_tokenizer_name") or text.get("hf_model_name")) and not importlib.util.find_spec("transformers"):
        raise ModelUnfit(f"{files.title} reads words with the Python package `transformers`, which is not installed.")


def vocabulary(files: ModelFiles) -> frozenset[str] | None:
    """The words of the model's training texts (vocabulary.txt, one a line), None where there is no such list."""
    file = files.folder / VOCABULARY
    return frozenset(file.read_text(encoding="utf-8").split()) if file.is_file() else None


def folder_of(name: str) -> Path:
    """Where a downloaded or imported model of this name lies, or would lie."""
    return settings.models_dir() / name.replace(":", "/").replace("/", "--")


def known(name: str) -> str:
    """``ARCHITECTURE/TAG`` as open_clip spells it; raises `ModelUnknown` with the closest names otherwise."""
    raise ModelUnknown(f"No model is called {name!r}.")


def _title(name: str) -> str:
    architecture, _, tag = name.replace(":", "/").partition("/")
    return f"{architecture} ({tag})" if tag else architecture


def _starter(asked: bool) -> ModelFiles:
    folder = settings.resources_dir() / STARTER
    if (folder / CONFIG).is_file():
        return _read(folder, name=STARTER, title="Starter model")
    if asked:
        raise ModelNotHere("This copy of PairLens came without its starter model.")
    raise ModelNotHere("No model is chosen, and this copy of PairLens came without its starter model.")


def _local(name: str) -> ModelFiles:
    folder = Path(name[len(LOCAL) :]).expanduser()
    if not folder.is_dir():
        raise ModelUnknown(f"There is no folder {str(folder)!r}.")
    if not (folder / CONFIG).is_file():
        raise ModelUnknown(f"The folder {str(folder)!r} holds no {CONFIG}.")
    folder = folder.resolve()
    return _read(folder, name=f"{LOCAL}{folder}", title=folder.name)


def _read(folder: Path, *, title: str, name: str = "") -> ModelFiles:
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


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelDamaged(f"{str(file)!r} cannot be read.", details=str(error)) from error
