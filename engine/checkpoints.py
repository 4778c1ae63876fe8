"""Weights read from files that others made, without running code from them.

Called when a checkpoint is imported and when a model is loaded. Needs torch and open_clip, imported where used.
"""

from __future__ import annotations

import os
import pickle
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ModelDamaged, ModelError, ModelUnfit, ModelUnsafe

if TYPE_CHECKING:
    import torch

# What building a network and filling it from a file raises: SafetensorError is an Exception of its own.
_MISFIT = (ValueError, LookupError, TypeError, AttributeError)
_EXPECTED = (pickle.UnpicklingError, RuntimeError, OSError, EOFError, *_MISFIT)


def build(folder: Path, title: str, weights: Path | None = None) -> torch.nn.Module:
    """The network that ``folder``'s open_clip_config.json describes, on the CPU in float32, evaluation mode.

    It is filled with ``weights``, or with the file that lies in the folder. Raises `ModelUnsafe` (pickled code),
    `ModelUnfit` (another architecture; names the first tensors that do not fit), `ModelDamaged`.
    """
    import open_clip
    from safetensors import SafetensorError

    name = f"local-dir:{folder}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # notes of open_clip and timm to their own developers
            network: Any = open_clip.create_model(
                name, device="cpu", load_weights=weights is None, require_pretrained=weights is None
            )
            if weights:
                open_clip.load_checkpoint(network, str(weights))
    except (SafetensorError, *_EXPECTED) as error:
        raise _named(error, title, weights) from error
    return network.eval().requires_grad_(False)


def save(network: torch.nn.Module, target: Path) -> None:
    """Write the weights as safetensors, beside the place first."""
    from safetensors.torch import save_file

    beside = target.with_name(target.name + ".part")
    save_file({key: tensor.contiguous() for key, tensor in network.state_dict().items()}, beside)
    os.replace(beside, target)


def _named(error: Exception, title: str, weights: Path | None) -> ModelError:
    words = str(error)
    if isinstance(error, pickle.UnpicklingError) or "TorchScript" in words:
        if weights and not _is_checkpoint(weights):
            return ModelDamaged(f"{title} is no checkpoint: neither safetensors nor a file of torch.", details=words)
        return ModelUnsafe(f"{title} holds more than tensors: code that would run when it is loaded.", details=words)
    if isinstance(error, RuntimeError) and "state_dict" in words:
        tensors = [line.strip() for line in words.splitlines()[1:4]]
        return ModelUnfit(f"{title} does not fit its architecture: {' '.join(tensors)}", details=words)
    if isinstance(error, _MISFIT):
        return ModelUnfit(f"{title} holds something else than the weights of a CLIP.", details=words)
    return ModelDamaged(
        f"{title} is damaged: {words.splitlines()[0] if words else 'it ends too early'}.", details=words
    )


def _is_checkpoint(file: Path) -> bool:
    """A zip archive (torch since 1.6) or a pickle by its first bytes."""
    with file.open("rb") as stream:
        return stream.read(4).startswith((b"PK\x03\x04", b"\x80"))
