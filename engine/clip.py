"""Any open_clip model behind one small door: load it, choose the device, turn pictures and words into unit vectors.

Importing this module is cheap; `load` imports torch and open_clip (seconds). The engine process loads one `Clip` at a
time and lets it go when the person chooses another; nothing here runs on its own.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine import checkpoints, models
from engine.errors import DeviceUnavailable, OutOfMemory
from engine.heavy import import_torch
from engine.text_towers import encode_text

if TYPE_CHECKING:
    import torch
    from PIL import Image

Network = Any  # open_clip's CLIP or CustomTextCLIP: which attributes it has is decided by its configuration

# The text towers are small: this many texts fit wherever the model itself fits.
TEXT_BATCH = 256
DIGEST = 32  # hexadecimal digits of a key
# Parameters that belong to neither tower.
SHARED = ("logit_scale", "logit_bias")


def load(name: str = "", device: str = "auto") -> Clip:
    """Load a model by name (`engine.models.resolve`; "" = the default model) onto a device (`choose_device`).

    Raises `ModelUnknown`, `ModelNotHere`, `ModelDamaged`, `ModelUnfit`, `ModelUnsafe`, `DeviceUnavailable`,
    `OutOfMemory`.
    """
    files = models.resolve(name)  # first: it is quick, and importing torch is not
    import_torch()
    from torch import channels_last

    models.verify(files)
    where = choose_device(device)
    network, tokenizer = _open(files)
    keys = Keys.of(network, files)
    try:
        network = network.to(where, memory_format=channels_last)  # the order of pixels that convolutions are fastest in
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
        raise OutOfMemory(f"The model {files.title} does not fit into the memory of {device_words(where)}.") from error
    return Clip(files, network, tokenizer, where, keys)


class Clip:
    """A loaded model. ``name`` loads it again, ``title`` is for people, ``device_words`` is what the window shows.

    ``encoder_key`` names the image encoder (architecture, weights, preprocessing): vectors are comparable exactly
    when it is the same, so finetuned text encoders of one image encoder share one index. ``text_key`` likewise names
    the text encoder; ``keys`` holds both. ``network`` is open_clip's own object, on ``torch_device``; ``files`` is what
    it was loaded from. ``dim`` is D, ``image_size`` the side in pixels, ``context_length`` the tokens a text may have.
    ``logit_scale`` is what the model multiplies cosines with before a softmax, as it was trained.
    """

    def __init__(
        self, files: models.ModelFiles, network: Network, tokenizer: Any, device: torch.device, keys: Keys
    ) -> None:
        from open_clip.transform import PreprocessCfg, image_transform_v2

        self.files = files
        self.name = files.name
        self.title = files.title
        self.device = str(device)
        self.device_words = device_words(device)
        self.keys = keys
        self.encoder_key = keys.image
        self.text_key = keys.text
        self.dim = int(files.config["model_cfg"]["embed_dim"])
        self.image_size = _side(network.visual.image_size)
        self.context_length = int(getattr(network, "context_length", 0) or tokenizer.context_length)
        self.vocabulary = models.vocabulary(files)  # the words it was trained with, None where nobody listed them
        self.batch_limit: int | None = None  # images a batch, once memory ran out
        self.torch_device = device
        self.network = network
        self.logit_scale = float(network.logit_scale.detach().exp())
        self.tokenizer = tokenizer
        self._transform: Any = image_transform_v2(PreprocessCfg(**network.visual.preprocess_cfg), is_train=False)

    def preprocess(self, image: Image.Image) -> torch.Tensor:
        """The model's own preprocessing: an RGB picture to a float32 tensor (3, H, W) on the CPU."""
        return self._transform(image)

    def encode_images(self, tensors: torch.Tensor) -> np.ndarray:
        """Preprocessed pictures (B, 3, H, W) to unit vectors (B, D), float32.

        A picture that the model answers with NaN or zero comes back as a row of NaN. Out of memory halves the batch,
        for this call and all later ones; raises `OutOfMemory` when a single picture does not fit.
        """
        return self._in_batches(self._image_vectors, tensors, self.batch_limit or len(tensors), "image")

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Texts to unit vectors (B, D), float32. Longer texts than ``context_length`` tokens are cut (see `tokens`)."""
        if not texts:
            return np.empty((0, self.dim), np.float32)
        return self._in_batches(self._text_vectors, self.tokenize(texts), TEXT_BATCH, "text")

    def tokenize(self, texts: Sequence[str]) -> torch.Tensor:
        """Texts to tokens (B, context_length), int64, on the CPU; longer texts are cut."""
        return self.tokenizer(list(texts))

    def tokens(self, text: str) -> int:
        """How many tokens of the context the text takes, start and end included."""
        if hasattr(self.tokenizer, "encode"):
            return len(self.tokenizer.encode(text)) + 2
        return len(self.tokenizer.tokenizer(text).input_ids)

    def _image_vectors(self, batch: torch.Tensor) -> torch.Tensor:
        import torch

        batch = batch.to(self.torch_device)
        if self.torch_device.type == "cuda":
            # Autocast keeps norms and softmax in float32. A tower that overflows float16 is run again in float32.
            with torch.autocast("cuda", torch.float16):
                vectors = self.network.encode_image(batch).float()
            if bool(torch.isfinite(vectors).all()):
                return vectors
        return self.network.encode_image(batch).float()

    def _text_vectors(self, batch: torch.Tensor) -> torch.Tensor:
        return encode_text(self.network, batch.to(self.torch_device)).float()

    def _in_batches(
        self, encode: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor, size: int, what: str
    ) -> np.ndarray:
        vectors: list[np.ndarray] = []
        start = 0
        while start < len(inputs):
            found = _try(encode, inputs[start : start + size])
            if found is not None:
                vectors.append(found)
                start += size
                continue
            # Not inside the except of `_try`: the traceback would keep the tensors that filled the memory alive.
            _free_memory()
            if size == 1:
                raise OutOfMemory(f"Not even one {what} at a time fits into the memory of {self.device_words}.")
            size = max(1, min(size, len(inputs)) // 2)
            if what == "image":
                self.batch_limit = size
        return np.concatenate(vectors) if vectors else np.empty((0, self.dim), np.float32)


# ---- devices --------------------------------------------------------------------------------------------


def choose_device(name: str = "auto") -> torch.device:
    """``auto`` (the first of CUDA, MPS, CPU that is there), ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.

    Raises `DeviceUnavailable`, saying which devices there are.
    """
    import torch

    there = _devices()
    if name == "auto":
        return torch.device(there[0])
    if name in there:
        return torch.device(name)
    if name == "cuda" and "cuda:0" in there:
        return torch.device("cuda:0")
    raise DeviceUnavailable(f"There is no device {name!r} here; this machine has: {', '.join(there)}.")


def devices() -> list[tuple[str, str]]:
    """The devices of this machine, best first: names that `load` takes, and the words that the window shows."""
    import torch

    return [(name, device_words(torch.device(name))) for name in _devices()]


def _devices() -> list[str]:
    import torch

    cuda = [f"cuda:{number}" for number in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]


def device_words(device: torch.device) -> str:
    """The device as the window shows it: "CPU", "CUDA: NVIDIA H200", "MPS: Apple GPU"."""
    if device.type == "cuda":
        import torch

        return f"CUDA: {torch.cuda.get_device_name(device)}"
    return "MPS: Apple GPU" if device.type == "mps" else device.type.upper()


# ---- loading --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Keys:
    """What names the two encoders of a model: digests, 32 hexadecimal digits each."""

    image: str
    text: str

    @classmethod
    def of(cls, network: Network, files: models.ModelFiles) -> Keys:
        """From the weights as loaded (CPU, float32), so that the device changes nothing."""
        state = network.state_dict()
        config = files.config["model_cfg"]
        gelu = config.get("quick_gelu", False)
        image = {"dim": config["embed_dim"], "gelu": gelu, "tower": config["vision_cfg"]}
        visual = [key for key in state if key.startswith("visual.")]
        return cls(
            _digest({**image, "preprocess": network.visual.preprocess_cfg}, ((key, state[key]) for key in visual)),
            text_key(state, files),
        )

    def with_text(self, key: str) -> Keys:
        """The same image encoder with another text encoder."""
        return Keys(self.image, key)


def text_key(state: Mapping[str, torch.Tensor], files: models.ModelFiles) -> str:
    """What names a text encoder: a digest of its description and its tensors, by name; others are left out."""
    config = files.config["model_cfg"]
    text = {"dim": config["embed_dim"], "gelu": config.get("quick_gelu", False), "tower": config["text_cfg"]}
    rest = [key for key in state if not key.startswith("visual.") and key not in SHARED]
    return _digest(text, ((key, state[key].cpu()) for key in rest))


def _digest(description: dict[str, Any], tensors: Iterable[tuple[str, torch.Tensor]]) -> str:
    digest = hashlib.sha256(json.dumps(description, sort_keys=True).encode())  # processors have instructions for it
    for key, tensor in sorted(tensors, key=lambda pair: pair[0]):
        digest.update(key.encode())
        digest.update(np.ascontiguousarray(tensor.numpy()).data)
    return digest.hexdigest()[:DIGEST]


def _open(files: models.ModelFiles) -> tuple[Network, Any]:
    """The network on the CPU and its tokenizer."""
    import open_clip

    models.check_tokenizer(files)
    network = checkpoints.build(files.folder, files.title)
    return network, open_clip.get_tokenizer(f"local-dir:{files.folder}")


# ---- memory ---------------------------------------------------------------------------------------------


def _try(encode: Callable[[torch.Tensor], torch.Tensor], batch: torch.Tensor) -> np.ndarray | None:
    """Unit vectors of one batch; None when memory ran out."""
    import torch

    try:
        with torch.inference_mode():
            vectors = encode(batch)
            # 0/0: a zero vector becomes NaN like any other that cannot be used.
            return (vectors / vectors.norm(dim=-1, keepdim=True)).cpu().numpy()
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
    return None


def _is_out_of_memory(error: RuntimeError) -> bool:
    """CUDA's own class, and the plain RuntimeErrors of MPS ("backend out of memory") and CPU ("can't allocate")."""
    import torch

    words = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in words or "can't allocate memory" in words


def _free_memory() -> None:
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _side(size: int | Sequence[int]) -> int:
    return int(size if isinstance(size, int) else max(size))
