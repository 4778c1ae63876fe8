"""A trained text encoder as a model: a folder that open_clip alone loads, at any strength of weight averaging.

The image encoder is the one it was trained for, bit for bit, so its vectors in every library serve it at once.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from engine import checkpoints as weights
from engine import models
from engine.clip import text_key
from engine.errors import DiskFull, ModelError
from engine.model_folders import CONFIG, VOCABULARY, WEIGHTS, install
from engine.training.errors import TrainingError
from engine.training.keeping import model_of
from engine.training.runs import Run
from engine.training.trial import Trial


def export(run: Run, strength: float, name: str = "", trial: Trial | None = None) -> Path:
    """Write the model of a run and return its folder; one that was made of this run before is replaced.

    It is called ``name``, else as it was, else like the run. ``strength`` 0 gives the encoder from before the
    training, 1 the trained one. ``trial``: of this run, where there is one already.

    Raises `TrainingError`, `ModelError`, `RunDamaged`, `DiskFull`.
    """
    _check(strength)
    made = model_of(run)
    name = name or (made.name if made else run.name)
    folder = models.folder_of(name)
    if folder.exists() and models.resolve(name).note.get("run") != run.name:
        raise ModelError(f"A model called {name!r} is here already; choose another name.")
    plan = run.plan()
    source = models.resolve(plan.model)
    part = run.folder / "exported.safetensors"
    try:
        with (trial or Trial.of(run)).at(strength) as network:
            note = {
                "name": name, "title": made.title if made else name, "state": "trained", "run": run.name,
                "base": plan.model, "strength": strength, "licence": source.note.get("licence", ""),
                "encoder_key": plan.encoder_key, "base_text_key": plan.text_key,
                "text_key": text_key(network.state_dict(), source),
            }  # fmt: skip
            weights.save(network, part)
        if folder.exists():
            models.remove(name)
        install(part, source.config, note, folder, beside=[source.folder / VOCABULARY])
    except OSError as error:
        raise DiskFull(f"The model {name!r} could not be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)
    return folder


def export_to(run: Run, strength: float, folder: Path, trial: Trial | None = None) -> Path:
    """Write the same two files (configuration and weights) into a folder of the person's, new or empty.

    Raises what `export` raises, and `TrainingError` for a folder that holds something.
    """
    _check(strength)
    if folder.exists() and any(folder.iterdir()):
        raise TrainingError(f"The folder {str(folder)!r} is not empty; choose a new one.")
    source = models.resolve(run.plan().model)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (trial or Trial.of(run)).at(strength) as network:
            weights.save(network, folder / WEIGHTS)
        (folder / CONFIG).write_text(json.dumps(source.config, indent=1), encoding="utf-8")
        if (source.folder / VOCABULARY).is_file():
            shutil.copyfile(source.folder / VOCABULARY, folder / VOCABULARY)
    except OSError as error:
        raise DiskFull(f"{str(folder)!r} could not be written: {error.strerror or error}.") from error
    return folder


def _check(strength: float) -> None:
    if not 0 <= strength <= 1:
        raise TrainingError(f"A strength is a number from 0 to 1, not {strength:g}.")
