"""Weights read from files that others made, without running code from them.

Called when a checkpoint is imported and when a model is loaded. Needs torch and open_clip, imported where used.
"""

from __future__ import annotations

import logging
import os
import pickle
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import CheckpointDamaged, ModelDamaged, ModelError, ModelUnfit, ModelUnsafe

if TYPE_CHECKING:
    import torch

# What building a network and filling it from a file raises: SafetensorError is an Exception of its own.
_MISFIT = (ValueError, LookupError, TypeError, AttributeError)
_EXPECTED = (pickle.UnpicklingError, RuntimeError, OSError, EOFError, *_MISFIT)


def build(folder: Path, title: str, weights: Path | None = None) -> torch.nn.Module:
    """The network that ``folder``'s open_clip_config.json describes, on the CPU in float32, evaluation mode.

    It is filled with ``weights``, which are looked into before anything is built, or with the file that lies in the
    folder. Raises `ModelUnsafe` (pickled code),
    `ModelUnfit` (another architecture; names the first tensors that do not fit), `ModelDamaged`.
    """
    import open_clip
    from safetensors import SafetensorError

    name = f"local-dir:{folder}"
    try:
        with _quiet():
            if weights:
                _look_into(weights)
            network: Any = open_clip.create_model(
                name, device="cpu", load_weights=weights is None, require_pretrained=weights is None
            )
            if weights:
                open_clip.load_checkpoint(network, str(weights))
    except (SafetensorError, *_EXPECTED) as error:
        raise _named(error, title, weights) from error
    return network.eval().requires_grad_(False)


def _look_into(file: Path) -> None:
    """Read what the file says of itself; raises what reading it whole would raise, in a moment and without a network.

    Not what its tensors are called: open_clip reads the names of several other programs.
    """
    if file.suffix == ".safetensors":
        from safetensors import safe_open

        with safe_open(file, "numpy") as content:
            content.keys()
    elif not _is_checkpoint(file):
        raise pickle.UnpicklingError("neither a zip archive nor a pickle")
    else:
        import torch

        # Mapped into memory, only the pickle is read; what it would call is held against a list of what is harmless.
        torch.load(file, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(file))


def save(network: torch.nn.Module, target: Path) -> None:
    """Write the weights as safetensors, beside the place first."""
    from safetensors.torch import save_file

    beside = target.with_name(target.name + ".part")
    save_file({key: tensor.contiguous() for key, tensor in network.state_dict().items()}, beside)
    os.replace(beside, target)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the notes of open_clip and timm to their own developers; open_clip logs them on the root logger."""

    def nothing(record: logging.LogRecord) -> bool:
        return False

    root = logging.getLogger()
    root.addFilter(nothing)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.removeFilter(nothing)


def _named(error: Exception, title: str, weights: Path | None) -> ModelError:
    words = str(error)
    damaged = CheckpointDamaged if weights else ModelDamaged
    if isinstance(error, pickle.UnpicklingError) or "TorchScript" in words:
        if weights and not _is_checkpoint(weights):
            return damaged(f"{title} is no checkpoint: neither safetensors nor a file of torch.", details=words)
        return ModelUnsafe(f"{title} holds more than tensors: code that would run when it is loaded.", details=words)
    if isinstance(error, RuntimeError) and "state_dict" in words:
        return ModelUnfit(f"{title} does not fit its architecture: {_misfits(words)}.", details=words)
    if isinstance(error, _MISFIT):
        return ModelUnfit(f"{title} holds something else than the weights of a CLIP.", details=words)
    if isinstance(error, EOFError):
        return damaged(f"{title} is damaged: it ends too early.", details=words)
    if isinstance(error, RuntimeError):  # torch names a place in its own source
        return damaged(f"{title} is damaged: torch cannot read it.", details=words)
    return damaged(f"{title} is damaged: {words.splitlines()[0]}.", details=words)


def _misfits(words: str) -> str:
    """How many tensors do not fit, with the first of each kind, from torch's list of all of them."""
    found = []
    for kind, pattern in (
        ("missing", r"Missing key\(s\) in state_dict: (.*)"),
        ("unknown", r"Unexpected key\(s\) in state_dict: (.*)"),
        ("of another shape", r"(size mismatch for [\w.]+)"),
    ):
        names = re.findall(r"[\w.]*\w(?=\"|$)", "\n".join(re.findall(pattern, words)), re.MULTILINE)
        if names:
            found.append(f"{kind}: {len(names):,} (first {names[0]})")
    return "tensors " + ", ".join(found)


def _is_checkpoint(file: Path) -> bool:
    """A zip archive (torch since 1.6) or a pickle by its first bytes."""
    with file.open("rb") as stream:
        return stream.read(4).startswith((b"PK\x03\x04", b"\x80"))
