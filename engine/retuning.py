"""Another text encoder in the place of the one in use, without loading the image encoder again.

Finetuning changes only the text side, so a trained model and the one it was made of share everything else: switching
between them reads the text encoder's tensors and puts them into the network that is loaded. `engine.work` tries this
before it loads a model from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine import models
from engine.clip import SHARED, Clip, Network, choose_device, text_key
from engine.errors import ModelError
from engine.model_folders import WEIGHTS, ModelFiles

if TYPE_CHECKING:
    import torch


def retune(clip: Clip, name: str, device: str) -> Clip | None:
    """The model ``name`` in the network of ``clip``, which must not be used any more; None where it has to be loaded.

    Nothing is taken on trust: the tensors must be exactly those that the model's note names by digest.
    """
    try:
        files = models.resolve(name)
    except ModelError:
        return None  # loading it says why
    expected = _expected(clip, files)
    if not expected or choose_device(device) != clip.torch_device:
        return None
    if clip.text_key == expected:
        return Clip(files, clip.network, clip.tokenizer, clip.torch_device, clip.keys)
    tensors = tensors_of(files, clip.network, _text_names(clip.network))
    if tensors is None or text_key(tensors, files) != expected:
        return None
    import torch

    state = clip.network.state_dict()
    with torch.no_grad():
        for key, tensor in tensors.items():
            state[key].copy_(tensor)
    return Clip(files, clip.network, clip.tokenizer, clip.torch_device, clip.keys.with_text(expected))


def _expected(clip: Clip, files: ModelFiles) -> str:
    """The text key of a trained model of this image encoder, or of the one that the trained one in use was made of."""
    if files.note.get("encoder_key") == clip.encoder_key:
        return files.note.get("text_key", "")
    if clip.files.note.get("base") == files.name:
        return clip.files.note.get("base_text_key", "")
    return ""


def _text_names(network: Network) -> list[str]:
    return [key for key in network.state_dict() if not key.startswith("visual.") and key not in SHARED]


def tensors_of(files: ModelFiles, network: Network, names: Iterable[str]) -> dict[str, torch.Tensor] | None:
    """Tensors of a model's file by name, as ``network`` would hold them; None where the file has not just these."""
    from safetensors import SafetensorError, safe_open

    wanted = network.state_dict()
    try:
        with safe_open(files.folder / WEIGHTS, framework="pt") as content:
            found = {name: content.get_tensor(name) for name in names}
    except (OSError, SafetensorError):
        return None
    if any(tensor.shape != wanted[name].shape for name, tensor in found.items()):
        return None
    return {name: tensor.to(wanted[name].dtype) for name, tensor in found.items()}
