"""The trainable part of a text encoder, as a module that turns numbered texts into unit vectors.

`TextTower` trains the encoder's own weights; `Adapter` a low-rank map behind it, t' = norm(t + A B^T t), which folds
into the text projection. Both give the tensors that they changed under the names of the network's state, so that
weight averaging (theta = s theta_trained + (1 - s) theta_before, WiSE-FT, arXiv 2109.01903) is one function for both:
for the adapter it is the same as scaling the map.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import ModelUnfit
from engine.text_towers import encode_text
from engine.training.errors import RecipeUnfit
from engine.training.recipes import Part, Recipe

Network = Any  # open_clip's CLIP or CustomTextCLIP

# Names of the network's state by part; a tower of its own (CustomTextCLIP) lies under "text.".
_PARTS: dict[Part, str] = {
    "blocks": r"(text\.)?transformer\.",
    "final-norm": r"(text\.)?ln_final\.",
    "projection": r"text_projection|text\.(text_projection|proj)\b",
    "embeddings": r"(text\.)?(token_embedding|positional_embedding|cls_emb)",
}
_BLOCK = re.compile(r"resblocks\.(\d+)\.")
_PROJECTIONS = ("text_projection", "text.text_projection")
HOTTEST, COLDEST = 1.0, 0.01  # bounds of a learned temperature
TEXTS_AT_ONCE = 256


class Trainee(nn.Module):
    """Base of the two: ``forward`` takes text numbers (R,) to unit vectors (R, D), float32."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        start = torch.tensor(recipe.temperature).log()
        self.log_temperature = nn.Parameter(start, requires_grad=recipe.learn_temperature)

    @property
    def temperature(self) -> Tensor:
        """A scalar; a learned one stays within bounds."""
        if not self.log_temperature.requires_grad:
            return self.log_temperature.exp()
        return self.log_temperature.exp().clamp(COLDEST, HOTTEST)

    def trained(self) -> dict[str, nn.Parameter]:
        """The parameters that the optimizer changes, by name."""
        return {name: parameter for name, parameter in self.named_parameters() if parameter.requires_grad}

    def changed(self) -> dict[str, Tensor]:
        """What the training made of the network: tensors by their name in its state, on the CPU."""
        raise NotImplementedError


class TextTower(Trainee):
    """The text encoder itself. ``tokens`` (T, L): every text there is, kept on the device."""

    tokens: Tensor

    def __init__(self, recipe: Recipe, network: Network, tokens: Tensor) -> None:
        super().__init__(recipe)
        names = _chosen(network, recipe)
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(name in names)
        self.network = network
        self.register_buffer("tokens", tokens, persistent=False)

    def forward(self, texts: Tensor) -> Tensor:
        """Each text is encoded once, however often it is asked for."""
        distinct, places = torch.unique(texts, return_inverse=True)
        return functional.normalize(encode_text(self.network, self.tokens[distinct]).float(), dim=-1)[places]

    def changed(self) -> dict[str, Tensor]:
        """The chosen parts."""
        found = self.network.named_parameters()
        return {name: parameter.detach().cpu().clone() for name, parameter in found if parameter.requires_grad}


class Adapter(Trainee):
    """A low-rank map on the vectors (T, D) of every text there is; the encoder itself runs only once, before."""

    vectors: Tensor

    def __init__(self, recipe: Recipe, network: Network, vectors: Tensor) -> None:
        super().__init__(recipe)
        self.projection_name, projection = _projection(network)
        self.projection = {name: tensor.detach().cpu() for name, tensor in projection.items()}
        start = torch.Generator().manual_seed(recipe.seed)
        size = vectors.shape[1]
        self.down = nn.Parameter(torch.randn(size, recipe.rank, generator=start) / size**0.5)  # B
        self.up = nn.Parameter(torch.zeros(size, recipe.rank))  # A: the map begins as the identity
        self.register_buffer("vectors", vectors, persistent=False)

    def forward(self, texts: Tensor) -> Tensor:
        """t' = norm(t + A B^T t)."""
        before = self.vectors[texts]
        return functional.normalize(before + before @ self.down @ self.up.T, dim=-1)

    def changed(self) -> dict[str, Tensor]:
        """The text projection with the map folded in."""
        size = len(self.up)
        fold = torch.eye(size) + (self.up @ self.down.T).detach().cpu()  # (D, D), for column vectors
        if list(self.projection) == [self.projection_name]:
            return {self.projection_name: self.projection[self.projection_name] @ fold.T}  # (W, D)
        return {name: fold @ tensor for name, tensor in self.projection.items()}  # a Linear: (D, W) and (D,)


def trained_numbers(recipe: Recipe, network: Network) -> int:
    """How many numbers a recipe would change, without making anything. Raises `ModelUnfit`, `RecipeUnfit`."""
    if recipe.trainer == "adapter":
        name, projection = _projection(network)
        size = projection[name].shape[1] if name in projection else projection[f"{name}.weight"].shape[0]
        return 2 * recipe.rank * size
    names = _chosen(network, recipe)
    return sum(parameter.numel() for name, parameter in network.named_parameters() if name in names)


def make_trainee(recipe: Recipe, network: Network, tokens: Tensor) -> Trainee:
    """The module that a recipe trains, on the device of ``tokens`` (T, L). Raises `ModelUnfit`."""
    if recipe.trainer == "text-tower":
        return TextTower(recipe, network, tokens).to(tokens.device)
    with torch.no_grad():
        pieces = [encode_text(network, piece).float() for piece in tokens.split(TEXTS_AT_ONCE)]
    return Adapter(recipe, network, functional.normalize(torch.cat(pieces), dim=-1)).to(tokens.device)


def blend(before: Mapping[str, Tensor], after: Mapping[str, Tensor], strength: float) -> dict[str, Tensor]:
    """Weight averaging: 0 gives ``before`` bit for bit, 1 ``after``."""
    return {name: torch.lerp(before[name], tensor, strength) for name, tensor in after.items()}


def put(network: Network, tensors: Mapping[str, Tensor]) -> None:
    """Copy tensors into the network's state, by name."""
    state = network.state_dict()
    with torch.no_grad():
        for name, tensor in tensors.items():
            state[name].copy_(tensor)


def _chosen(network: Network, recipe: Recipe) -> set[str]:
    names = [name for name, _ in network.named_parameters()]
    wanted = re.compile("|".join(f"(?:{_PARTS[part]})" for part in recipe.parts))
    found = {name for name in names if wanted.match(name)}
    if recipe.last_blocks:
        found -= _early_blocks(found, recipe.last_blocks)
    if not found:
        raise ModelUnfit(f"This model's text encoder has none of the parts {', '.join(recipe.parts)}.")
    return found


def _early_blocks(names: Iterable[str], last: int) -> set[str]:
    numbers = {name: int(match[1]) for name in names if (match := _BLOCK.search(name))}
    first = max(numbers.values(), default=-1) + 1 - last
    if first < 0:
        raise RecipeUnfit(
            f"The recipe says last_blocks = {last}; this model's text encoder has {first + last} of them."
        )
    return {name for name, number in numbers.items() if number < first}


def _projection(network: Network) -> tuple[str, dict[str, Tensor]]:
    """The matrix that text vectors come out of: its name, and its tensors (a Linear has two names below its own)."""
    state = network.state_dict()
    for name in _PROJECTIONS:
        if name in state:
            return name, {name: state[name]}
        if f"{name}.weight" in state:
            return name, {key: state[key] for key in (f"{name}.weight", f"{name}.bias") if key in state}
    raise ModelUnfit("This model's text encoder does not end in a projection; an adapter has nothing to fold into.")
