"""One step of the training: rows of a batch, gradient, change; over one process or many.

`Group` hides how many processes there are. Every process knows the whole batch and all image vectors; only the texts
are divided among them. Their vectors are gathered, so the loss of N processes is that of one with the whole batch.
"""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed, nn

from engine.errors import OutOfMemory
from engine.training import objective
from engine.training.errors import TrainingDiverged
from engine.training.pairs import Pairs
from engine.training.recipes import Recipe
from engine.training.towers import Trainee

ANCHORS = 64  # anchor prompts a step


@dataclass(frozen=True)
class Group:
    """The processes of a run, as `torchrun` starts them; ``Group()`` is one alone."""

    rank: int = 0
    size: int = 1

    @classmethod
    @contextmanager
    def join(cls, device: torch.device) -> Iterator[Group]:
        """The group that the environment names, for the time of the block."""
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            yield cls()
            return
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        try:
            yield cls(distributed.get_rank(), distributed.get_world_size())
        finally:
            distributed.destroy_process_group()

    def wrap(self, trainee: Trainee) -> nn.Module:
        """The module whose gradients are averaged over the processes."""
        if self.size == 1:
            return trainee
        parallel: Any = nn.parallel.DistributedDataParallel
        known = inspect.signature(parallel).parameters
        name = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"  # torch's older name
        return parallel(trainee, **{name: False})

    def share(self, rows: Tensor) -> Tensor:
        """This process's share of R rows; all shares are of one length (padded with the first row)."""
        length = math.ceil(len(rows) / self.size)
        padded = torch.cat([rows, rows[:1].expand(length * self.size - len(rows))])
        return padded[self.rank * length : (self.rank + 1) * length]

    def gather(self, vectors: Tensor, rows: int) -> Tensor:
        """The shares of all processes, in order: (rows, D)."""
        return vectors if self.size == 1 else _Gather.apply(vectors, self)[:rows]  # type: ignore[index]

    def agree(self, value: int, device: torch.device) -> int:
        """The first process's value, on all of them."""
        if self.size == 1:
            return value
        told = torch.tensor(value, device=device)
        distributed.broadcast(told, 0)
        return int(told)


class _Gather(torch.autograd.Function):
    """All-gather whose gradient is the sum over the processes (their losses are the same; DDP takes the mean)."""

    @staticmethod
    def forward(ctx: Any, vectors: Tensor, group: Group) -> Tensor:
        ctx.group = group
        shares = [torch.empty_like(vectors) for _ in range(group.size)]
        distributed.all_gather(shares, vectors.contiguous())
        return torch.cat(shares)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        gradient = gradients[0].contiguous()
        distributed.all_reduce(gradient)
        return gradient.chunk(ctx.group.size)[ctx.group.rank], None


@dataclass(frozen=True)
class Batch:
    """``texts`` (R + A,): text numbers of R statements and A anchors. ``differences`` (R, D). ``before`` (A, D)."""

    texts: Tensor
    differences: Tensor
    before: Tensor


class Batches:
    """The batch of every step, a function of seed and step alone: a resumed run draws as if it had not stopped.

    ``anchors`` (A,): numbers of the anchor texts; ``before`` (A, D): their vectors before training.
    """

    def __init__(self, recipe: Recipe, pairs: Pairs, rows: np.ndarray, anchors: Tensor, before: Tensor) -> None:
        self.device = before.device
        self.size = min(recipe.batch, len(rows))
        self.per_epoch = len(rows) // self.size
        self._recipe = recipe
        self._rows = torch.from_numpy(rows).to(self.device)
        self._images = torch.from_numpy(pairs.images).to(self.device)
        self._anchors, self._before = anchors, before

    def at(self, step: int) -> Batch:
        """The batch of one step."""
        epoch, place = divmod(step, self.per_epoch)
        order = np.random.default_rng((self._recipe.seed, epoch)).permutation(len(self._rows))
        chosen = order[place * self.size : (place + 1) * self.size]
        anchors = np.random.default_rng((self._recipe.seed, 0, step)).permutation(len(self._anchors))
        return self.of(self._rows[self._put(chosen)], self._put(anchors[:ANCHORS]))

    def of(self, rows: Tensor, anchors: Tensor) -> Batch:
        """The batch of these pairs (B, 4), of the pairs swapped where their reverse is known, and of anchors (A,)."""
        differences = objective.unit_differences(self._images[rows[:, 0]], self._images[rows[:, 1]])
        texts = rows[:, 2]
        if self._recipe.swap:
            known = rows[:, 3] >= 0
            texts = torch.cat([texts, rows[known, 3]])
            differences = torch.cat([differences, -differences[known]])
        return Batch(torch.cat([texts, self._anchors[anchors]]), differences, self._before[anchors])

    def _put(self, numbers: np.ndarray) -> Tensor:
        return torch.from_numpy(numbers).to(self.device)


@dataclass(frozen=True)
class Losses:
    """Scalars."""

    total: float
    contrastive: float
    drift: float


class Stepper:
    """Takes optimizer steps; begins with the whole batch at once and halves what it encodes when memory runs out."""

    def __init__(self, recipe: Recipe, trainee: Trainee, group: Group, device: torch.device) -> None:
        self.pieces = 1
        self._recipe, self._trainee, self._group, self._device = recipe, trainee, group, device
        self._module = group.wrap(trainee)
        self._parameters = list(trainee.trained().values())
        # Adam with its defaults, as the paper; nothing here needs weight decay, which the anchor term does better.
        # In one pass over the weights on a CPU, where torch does not choose that by itself.
        self.optimizer = torch.optim.Adam(self._parameters, lr=recipe.learning_rate, fused=device.type == "cpu" or None)

    def step(self, batch: Batch, learning_rate: float) -> Losses:
        """One change of the weights. Raises `TrainingDiverged`, `OutOfMemory`."""
        losses = self._gradients(batch)
        while losses is None:  # outside of the handler, whose traceback would keep the tensors alive
            if self.pieces >= len(batch.texts):
                raise OutOfMemory("Not even one text at a time fits into memory.")
            self.pieces *= 2
            losses = self._gradients(batch)
        if not math.isfinite(losses.total):
            raise TrainingDiverged(f"The loss became {losses.total} at a learning rate of {learning_rate:g}.")
        if self._recipe.clip_gradient:
            nn.utils.clip_grad_norm_(self._parameters, self._recipe.clip_gradient)
        for settings in self.optimizer.param_groups:
            settings["lr"] = learning_rate
        self.optimizer.step()
        return losses

    def losses(self, batch: Batch) -> Losses:
        """The losses without a step."""
        with torch.no_grad(), self._autocast():
            return _numbers(*self._losses(batch, self._trainee(batch.texts)))

    def _gradients(self, batch: Batch) -> Losses | None:
        """Fill the gradients; None when memory ran out."""
        self.optimizer.zero_grad(set_to_none=True)
        try:
            return self._whole(batch) if self.pieces == 1 else self._in_pieces(batch)
        except torch.OutOfMemoryError:
            if self._group.size > 1:  # the others wait in the middle of this step and cannot begin it again
                raise OutOfMemory("A batch does not fit into memory; choose a smaller one in the recipe.") from None
        torch.cuda.empty_cache()
        return None

    def _whole(self, batch: Batch) -> Losses:
        with self._autocast():
            vectors = self._module(self._group.share(batch.texts))
        losses = self._losses(batch, self._group.gather(vectors, len(batch.texts)))
        losses[0].backward()
        return _numbers(*losses)

    def _in_pieces(self, batch: Batch) -> Losses:
        """The same gradient in less memory: vectors first, without their graphs; then piece by piece with them."""
        pieces = batch.texts.chunk(self.pieces)
        with torch.no_grad(), self._autocast():
            vectors = torch.cat([self._trainee(piece) for piece in pieces])
        vectors.requires_grad_()
        losses = self._losses(batch, vectors)
        losses[0].backward()
        assert vectors.grad is not None
        for piece, gradient in zip(pieces, vectors.grad.chunk(self.pieces), strict=True):
            with self._autocast():
                found = self._trainee(piece)
            found.backward(gradient)
        return _numbers(*losses)

    def _losses(self, batch: Batch, vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        statements = len(batch.differences)
        same = batch.texts[:statements] if self._recipe.spare_same else None
        fit = objective.contrastive(vectors[:statements], batch.differences, self._trainee.temperature, same)
        moved = objective.drift(vectors[statements:], batch.before) if len(batch.before) else fit.new_zeros(())
        return fit + self._recipe.anchor * moved, fit, moved

    def _autocast(self) -> Any:
        bf16 = self._device.type == "cuda" and self._recipe.precision == "auto"
        return torch.autocast("cuda", torch.bfloat16) if bf16 else nullcontext()


def length(recipe: Recipe, pairs: int) -> int:
    """Steps of a run over so many training pairs."""
    return recipe.steps or (recipe.epochs or 1) * (pairs // min(recipe.batch, pairs))


def schedule(recipe: Recipe, steps: int, per_epoch: int) -> Callable[[int], float]:
    """Step -> learning rate: a linear rise, then the recipe's fall."""

    def rate(step: int) -> float:
        rise = min(1.0, (step + 1) / recipe.warmup) if recipe.warmup else 1.0
        if recipe.schedule == "exponential":
            return recipe.learning_rate * rise * recipe.decay ** (step // per_epoch)
        if recipe.schedule == "cosine":
            return recipe.learning_rate * rise * (1 + math.cos(math.pi * step / steps)) / 2
        return recipe.learning_rate * rise

    return rate


def _numbers(total: Tensor, contrastive: Tensor, drift: Tensor) -> Losses:
    return Losses(*torch.stack([total, contrastive, drift]).tolist())
