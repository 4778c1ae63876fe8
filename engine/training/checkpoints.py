"""A checkpoint is one file: weights and optimizer as tensors, the state of the run as readable JSON in its header.

Written beside its place, flushed to the disk and moved there: a kill at any moment leaves the old file or the new one.
A digest over the tensors is kept with them (safetensors has no checksum).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.errors import DiskFull
from engine.training.errors import RunDamaged, TrainingError


def save(file: Path, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    """Write a checkpoint. Raises `DiskFull`, `TrainingError`; the file that was there is whole then."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(plain, part, metadata={"state": json.dumps(state), "digest": _digest(plain)})
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        os.replace(part, file)
    except (OSError, SafetensorError) as error:
        with suppress(OSError):
            part.unlink()
        if getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error):
            raise DiskFull(f"The disk is full; {str(file)!r} could not be saved.") from error
        raise TrainingError(f"{str(file)!r} could not be saved.", details=str(error)) from error


def load(file: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and state of a checkpoint. Raises `RunDamaged` when it is not as it was saved."""
    try:
        with safe_open(file, framework="pt") as content:
            header = content.metadata() or {}
            tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118 (not a dict)
        state = json.loads(header["state"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise RunDamaged(f"The checkpoint {str(file)!r} cannot be read.", details=str(error)) from error
    if _digest(tensors) != header.get("digest"):
        raise RunDamaged(f"The checkpoint {str(file)!r} has changed since it was saved.")
    return tensors, state


def _digest(tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensors[name].numpy()).data)
    return digest.hexdigest()
