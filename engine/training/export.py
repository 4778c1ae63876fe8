"""A trained text encoder as a model: a folder that open_clip alone loads, at any strength of weight averaging.

The image encoder is the one it was trained for, bit for bit, so its vectors in every library serve it at once.
"""

from __future__ import annotations

from pathlib import Path

from engine import checkpoints as weights
from engine import models
from engine.clip import Clip, load
from engine.errors import DiskFull, ModelError
from engine.model_folders import VOCABULARY, install
from engine.training import checkpoints, towers
from engine.training.errors import TrainingError
from engine.training.runs import BEST, Run


def export(run: Run, strength: float, name: str = "", clip: Clip | None = None) -> Path:
    """Write the model ``name`` (the run's own by default) and return its folder; one made of this run is replaced.

    ``strength`` 0 gives the encoder from before the training, 1 the trained one. ``clip``: the run's model with its
    weights from before, where it is loaded already. Raises `TrainingError`, `ModelError`, `RunDamaged`, `DiskFull`.
    """
    if not 0 <= strength <= 1:
        raise TrainingError(f"A strength is a number from 0 to 1, not {strength:g}.")
    name = name or run.name
    folder = models.folder_of(name)
    if folder.exists() and models.resolve(name).note.get("run") != run.name:
        raise ModelError(f"A model called {name!r} is here already; choose another name.")
    tuned, _ = checkpoints.load(run.folder / BEST)
    plan = run.plan()
    clip = clip or load(plan.model, "cpu")
    before = {key: clip.network.state_dict()[key].cpu().clone() for key in tuned}
    towers.put(clip.network, towers.blend(before, tuned, strength))
    source = models.resolve(plan.model)
    note = {
        "name": name, "title": name, "state": "trained", "run": run.name, "base": plan.model, "strength": strength,
        "licence": source.note.get("licence", ""),
    }  # fmt: skip
    part = run.folder / "exported.safetensors"
    try:
        weights.save(clip.network, part)
        if folder.exists():
            models.remove(name)
        install(part, source.config, note, folder, beside=[source.folder / VOCABULARY])
    except OSError as error:
        raise DiskFull(f"The model {name!r} could not be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)
        towers.put(clip.network, before)
    return folder
