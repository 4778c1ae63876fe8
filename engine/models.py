"""Model names and the files they stand for: list, get, import, remove, resolve.

Every model is a folder that open_clip alone can load (``local-dir:``): open_clip_config.json and one file of weights.
What PairLens fetched or imported lies in `engine.settings.models_dir`, with pairlens.json beside the weights (name,
licence, sha256). Called by jobs of the engine process and by the command line; open_clip is imported only where an
architecture has to be looked up, because that costs seconds.

A name is ``starter`` (shipped with the program), ``ARCHITECTURE/TAG`` of open_clip's list (``:`` for ``/`` is fine),
the name an imported checkpoint was given, or ``local-dir:PATH``.
"""

from __future__ import annotations

import difflib
import importlib.util
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import hub, settings
from engine.catalogue import RECOMMENDED
from engine.errors import ModelDamaged, ModelError, ModelNotHere, ModelPathUnfit, ModelUnfit, ModelUnknown
from engine.model_folders import (
    CONFIG,
    NOTE,
    VOCABULARY,
    WEIGHT_SUFFIXES,
    WEIGHTS,
    ModelFiles,
    check_space,
    install,
    read,
    sha256,
    unfinished_of,
)
from engine.protocol import ModelInfo

if TYPE_CHECKING:
    from engine.jobs import JobContext

STARTER = "starter"
STARTER_NOTE = "Knows how a picture looks (light, colour, contrast, blur), and simple things in rendered scenes."
LOCAL = "local-dir:"
DAMAGED = "damaged"  # the state of a model whose files cannot be read


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
    return read(folder, title=_title(name))


def is_here(name: str) -> bool:
    """Whether `resolve` finds files of this name; cheap, where it would look up what else was meant."""
    if not name or name == STARTER:
        return (settings.resources_dir() / STARTER / CONFIG).is_file()
    folder = Path(name[len(LOCAL) :]).expanduser() if name.startswith(LOCAL) else folder_of(name)
    return (folder / CONFIG).is_file()


def list_models() -> list[ModelInfo]:
    """The starter model, what was downloaded, imported or trained, then the recommended models that are not here.

    One whose files are damaged is listed under the name of its folder, so that it can be removed.
    """
    here = []
    if (settings.resources_dir() / STARTER / CONFIG).is_file():
        here.append(_info(_starter(asked=True), "built-in"))
    for folder in sorted(settings.models_dir().glob("*")):
        if (folder / CONFIG).is_file() and (folder / NOTE).is_file():
            try:
                files = read(folder, title=folder.name)
            except ModelDamaged as error:
                here.append(ModelInfo(folder.name, folder.name, DAMAGED, 0, note=error.sentence))
            else:
                here.append(_info(files, files.note.get("state", "here")))
    names = {info.name for info in here}
    return [*here, *(model.info() for model in RECOMMENDED if model.name not in names)]


def get(name: str, context: JobContext) -> ModelInfo:
    """Download a model of open_clip's list; a model that is here already is left as it is.

    A cancelled or broken download goes on at the next call. Raises `ModelUnknown`, `ModelOffline`, `ModelDamaged` (what
    came is not what the hub announced), `ModelUnfit`, `DiskFull`, `JobCancelled`.
    """
    name = known(name)
    folder = folder_of(name)
    if not (folder / CONFIG).is_file():
        _fetch(name, folder, context)
    return _info(resolve(name), "here")


def _fetch(name: str, folder: Path, context: JobContext) -> None:
    config = _config_of(name)
    _check_tokenizer(config, _title(name))
    context.progress(f"Asking for {name}", 0, None, unit="bytes")
    remote = hub.find(*_place_of(name))
    partial = unfinished_of(folder)
    check_space(partial, remote.size)
    part = partial / ("weights" + Path(remote.url).suffix)
    hub.download(remote, part, context, name)
    if remote.sha256 and sha256(part) != remote.sha256:
        part.unlink()
        raise ModelDamaged(f"What came of {name} is not what the hub announced; it was thrown away.")
    licence = next((model.licence for model in RECOMMENDED if model.name == name), "")
    install(part, config, {"name": name, "title": _title(name), "state": "here", "licence": licence}, folder)


def import_checkpoint(file: Path, architecture: str, name: str) -> ModelInfo:
    """Take in a checkpoint file: safetensors, or a file of torch that holds tensors only.

    ``architecture`` is one of open_clip's, with or without a tag (whose preprocessing is then used), or the name of a
    model on this machine. Raises `ModelUnknown`, `ModelUnsafe` (pickled code), `ModelUnfit`, `ModelDamaged`.
    """
    if not re.fullmatch(r"[\w][\w.+ -]*", name):
        raise ModelError(f"{name!r} cannot be the name of a model: use letters, digits, spaces and . + - _ only.")
    folder = folder_of(name)
    if folder.exists() or name == STARTER:
        raise ModelError(f"A model called {name!r} is here already; remove it first or choose another name.")
    if not file.is_file():
        raise ModelPathUnfit(f"There is no file {str(file)!r}.")
    config = _config_of(architecture)
    _check_tokenizer(config, name)
    install(file, config, {"name": name, "title": name, "state": "imported", "architecture": architecture}, folder)
    return _info(resolve(name), "imported")


def remove(name: str) -> None:
    """Delete the files of a downloaded or imported model, or of an unfinished download."""
    if name == STARTER or name.startswith(LOCAL):
        raise ModelError(f"{name} is no model that PairLens fetched; its files were left as they are.")
    folder = folder_of(name)
    unfinished = folder.with_name(f".{folder.name}")
    if not folder.exists() and not unfinished.exists():
        raise ModelNotHere(f"The model {known(name)} is not on this machine.")
    shutil.rmtree(unfinished, ignore_errors=True)
    if folder.exists():
        # Renamed first: a folder half deleted is not taken for a model.
        doomed = unfinished_of(folder) / "removed"
        os.replace(folder, doomed)
        shutil.rmtree(doomed.parent)


def verify(files: ModelFiles) -> None:
    """Compare the weights with the sha256 kept beside them (safetensors has no checksum of its own).

    A folder without one (``local-dir:`` made elsewhere) is taken as it is. Raises `ModelDamaged`.
    """
    expected = files.note.get("sha256")
    if expected and sha256(files.folder / WEIGHTS) != expected:
        raise ModelDamaged(f"The weights of {files.title} have changed since they were saved here: a damaged file.")


def check_tokenizer(files: ModelFiles) -> None:
    """Raise `ModelUnfit` when the model reads words with a tokenizer that is not installed."""
    _check_tokenizer(files.config, files.title)


def vocabulary(files: ModelFiles) -> frozenset[str] | None:
    """The words of the model's training texts (vocabulary.txt, one a line), None where there is no such list."""
    file = files.folder / VOCABULARY
    return frozenset(file.read_text(encoding="utf-8").split()) if file.is_file() else None


def folder_of(name: str) -> Path:
    """Where a downloaded or imported model of this name lies, or would lie."""
    flat = name.replace(":", "/").replace("/", "--").replace("\\", "--")
    if not flat.strip(". "):
        raise ModelUnknown(f"No model is called {name!r}.")
    return settings.models_dir() / flat


def known(name: str) -> str:
    """``ARCHITECTURE/TAG`` as open_clip spells it; raises `ModelUnknown` with the closest names otherwise."""
    import open_clip

    names = {f"{architecture}/{tag}" for architecture, tag in open_clip.list_pretrained()}
    spelt = {known.casefold(): known for known in names}
    asked = name.replace(":", "/").casefold()
    if asked in spelt:
        return spelt[asked]
    raise ModelUnknown(f"No model is called {name!r}.{_hint(asked, spelt)}")


def _hint(asked: str, spelt: dict[str, str]) -> str:
    """The names that were perhaps meant: the tags of an architecture, what is here, what is spelt alike."""
    tags = [name for name in spelt if name.split("/")[0] == asked]
    recommended = {model.name.casefold() for model in RECOMMENDED}
    tags.sort(key=lambda name: (name not in recommended, name))
    here = {info.name.casefold(): info.name for info in list_models()}
    close = tags[:3] or difflib.get_close_matches(asked, [*here, *spelt], n=3, cutoff=0.6)
    names = [(spelt | here)[name] for name in dict.fromkeys(close)]
    return f" Did you mean {', '.join(names)}?" if names else ""


# ---- making a folder of a model -------------------------------------------------------------------------


def _config_of(name: str) -> dict[str, Any]:
    """open_clip_config.json for ARCHITECTURE, ARCHITECTURE/TAG, or a model that is here."""
    import open_clip
    from open_clip.pretrained import get_pretrained_cfg

    architecture, _, tag = name.replace(":", "/").partition("/")
    model = open_clip.get_model_config(architecture) if architecture in open_clip.list_models() else None
    if model is None:
        return _config_of_model(name)
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    trained = get_pretrained_cfg(architecture, tag or (tags[0] if tags else ""))
    if tag and not trained:
        known(name)
    if tag:
        # The activation that these weights were trained with, whatever the architecture's file says.
        model["quick_gelu"] = trained.get("quick_gelu", False)
    preprocess = {key: trained[key] for key in ("mean", "std", "interpolation", "resize_mode") if key in trained}
    return {"model_cfg": model, "preprocess_cfg": preprocess}


def _config_of_model(name: str) -> dict[str, Any]:
    import open_clip

    try:
        return resolve(name).config
    except ModelUnknown as error:
        close = difflib.get_close_matches(name, open_clip.list_models(), n=3, cutoff=0.5)
        hint = f" Did you mean {', '.join(close)}?" if close else ""
        raise ModelUnknown(f"No architecture or model is called {name!r}.{hint}") from error


def _place_of(name: str) -> tuple[str, tuple[str, ...]]:
    """Repository on the hub, and the file names to look for, safetensors first."""
    from open_clip.pretrained import get_pretrained_cfg

    repository, _, file = get_pretrained_cfg(*name.split("/"))["hf_hub"].rpartition("/")
    file = file or "open_clip_pytorch_model.bin"
    safe = WEIGHTS if file == "open_clip_pytorch_model.bin" else f"{Path(file).stem}.safetensors"
    return repository, (safe, file)


def _check_tokenizer(config: dict[str, Any], title: str) -> None:
    text = config["model_cfg"].get("text_cfg", {})
    if (text.get("hf_tokenizer_name") or text.get("hf_model_name")) and not importlib.util.find_spec("transformers"):
        raise ModelUnfit(f"{title} reads words with the Python package `transformers`, which is not installed.")


# ---- reading a folder -----------------------------------------------------------------------------------


def _info(files: ModelFiles, state: str) -> ModelInfo:
    weights = [file for file in files.folder.iterdir() if file.suffix in WEIGHT_SUFFIXES]
    size = sum(file.stat().st_size for file in weights)
    recommended = next((model for model in RECOMMENDED if model.name == files.name), None)
    note = recommended.note if recommended else files.note.get("note", STARTER_NOTE if state == "built-in" else "")
    details = {"folder": str(files.folder), **(recommended.info().details if recommended else {})}
    return ModelInfo(files.name, files.title, state, size, files.note.get("licence", ""), note, details)


def _title(name: str) -> str:
    architecture, _, tag = name.replace(":", "/").partition("/")
    return f"{architecture} ({tag})" if tag else architecture


def _starter(asked: bool) -> ModelFiles:
    folder = settings.resources_dir() / STARTER
    if (folder / CONFIG).is_file():
        return read(folder, name=STARTER, title="Starter model")
    if asked:
        raise ModelNotHere("This copy of PairLens came without its starter model.")
    raise ModelNotHere("No model is chosen, and this copy of PairLens came without its starter model.")


def _local(name: str) -> ModelFiles:
    folder = Path(name[len(LOCAL) :]).expanduser()
    if not folder.is_dir():
        raise ModelPathUnfit(f"There is no folder {str(folder)!r}.")
    if not (folder / CONFIG).is_file():
        raise ModelPathUnfit(f"The folder {str(folder)!r} holds no {CONFIG}.")
    folder = folder.resolve()
    return read(folder, name=f"{LOCAL}{folder}", title=folder.name)
