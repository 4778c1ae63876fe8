"""Images x classes, in blocks: which class each image is, how probable, and which classes are mistaken for each other.

The scores of a block are one matrix product, so memory does not grow with the images. With comparatives, the columns
of the classes that they move are computed again and everything is answered twice, before and after, in one pass. Uses
torch, on the processor: the vectors are there, and a graphics card would mostly wait for them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.jobs import JobContext

if TYPE_CHECKING:
    import torch

CELLS = 2_000_000  # images x classes of a block: 8 MB a matrix
FEW = 4  # blocks that one thread does alone
THREADS = min(8, os.cpu_count() or 1)
DENSE = 1_000  # classes up to which the expected confusion is a whole matrix


@dataclass
class Scored:
    """The answers of N images: ``label``, ``second`` (N,) int64 are the two likeliest classes, ``probability`` and
    ``next_probability`` (N,) float32 theirs.

    ``expected`` (C, C) float64: what the confusion matrix is expected to be (row: true class, column: label), from the
    probabilities of the images with each label; None beyond `DENSE` classes. ``mistaken``: for pairs of classes (lower
    place first), the sum over the images of the product of the two probabilities where they are the two likeliest.
    """

    label: np.ndarray
    second: np.ndarray
    probability: np.ndarray
    next_probability: np.ndarray
    expected: np.ndarray | None
    mistaken: dict[tuple[int, int], float] = field(default_factory=dict)

    @property
    def margin(self) -> np.ndarray:
        """By how much the likeliest class is more probable than the next, (N,)."""
        return self.probability - self.next_probability

    def likeliest_pairs(self, most: int) -> list[tuple[int, int]]:
        """The pairs of classes that are mistaken for each other most, by expectation."""
        order = sorted(self.mistaken, key=lambda pair: (-self.mistaken[pair], pair))
        return order[:most]


@dataclass(frozen=True)
class Change:
    """Classes with other vectors: ``places`` (K,) and ``vectors`` (K, D).

    With ``close`` below 1 they count only for images whose two likeliest classes are one of ``pairs`` and less than
    ``close`` apart in probability.
    """

    places: np.ndarray
    vectors: np.ndarray
    close: float = 1.0
    pairs: Iterable[tuple[int, int]] = ()


def zero_shot(images: np.ndarray, classes: np.ndarray, scale: float, *, context: JobContext | None = None) -> Scored:
    """Sort unit vectors (N, D) into classes of unit vectors (C, D): the largest cosine.

    Probabilities are the softmax of ``scale`` times the cosine. Raises JobCancelled.
    """
    return before_and_after(images, classes, scale, None, context=context)[0]


def before_and_after(
    images: np.ndarray,
    classes: np.ndarray,
    scale: float,
    change: Change | None,
    *,
    context: JobContext | None = None,
) -> tuple[Scored, Scored]:
    """`zero_shot`, and the same with a change (without one, the same object twice). Raises JobCancelled."""
    context = context or JobContext()
    count, width = len(images), len(classes)
    before = _nothing(count, width)
    after = _nothing(count, width) if change is not None and len(change.places) else before
    altered = _Altered.of(change, scale, width) if after is not before else None
    sorter = _Sorter(images, _weights(classes, scale), altered, before, after)
    rows = max(16, min(4_096, CELLS // width))
    parts = [slice(start, min(start + rows, count)) for start in range(0, count, rows)]
    for part in on_cores(sorter.sort, parts):
        context.breathe()
        context.progress("Sorting into classes", part.stop, count)
    for each in {id(before): before, id(after): after}.values():
        each.mistaken = _mistaken(each, width)
    return before, after


def on_cores(work: Callable[[slice], slice], parts: Sequence[slice]) -> Iterator[slice]:
    """Work on every part, on one thread a core, each computing alone: torch's own threads wait for each other at every
    step, several times as long as the steps take when another process computes too. Parts come as they are done.
    """
    if len(parts) < FEW:
        yield from map(work, parts)
        return
    import torch

    usual = torch.get_num_threads()
    pool = ThreadPoolExecutor(THREADS, "classify", initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield from pool.map(work, parts)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(usual)


def _nothing(count: int, width: int) -> Scored:
    expected = np.zeros((width, width)) if width <= DENSE else None
    label, second = np.empty((2, count), np.int64)
    probability, following = np.empty((2, count), np.float32)
    return Scored(label, second, probability, following, expected)


def _weights(vectors: np.ndarray, scale: float) -> torch.Tensor:
    """Vectors (K, D) times the scale, as columns (D, K)."""
    import torch

    return torch.from_numpy(np.ascontiguousarray((vectors * np.float32(scale)).T, np.float32))


@dataclass(frozen=True)
class _Sorter:
    """What the threads share: each writes the rows of its parts, and sums of its own, which are added under a lock."""

    images: np.ndarray
    weights: torch.Tensor
    altered: _Altered | None
    before: Scored
    after: Scored
    rooms: threading.local = field(default_factory=threading.local)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sort(self, part: slice) -> slice:
        """Answer the images of a part."""
        import torch

        with torch.inference_mode():
            block = torch.from_numpy(np.ascontiguousarray(self.images[part], np.float32))
            scores = torch.mm(block, self.weights, out=self._room(len(block)))
            top = _Top.of(scores)
            changed = self.altered.apply(block, scores, top) if self.altered else None
            self._take(self.before, part, scores, top)
            if changed is not None:
                self._take(self.after, part, changed, _Top.of(changed))
        return part

    def _room(self, rows: int) -> torch.Tensor:
        """A matrix of this thread's that is used again for every block: fresh memory costs as much as the sums."""
        import torch

        room = getattr(self.rooms, "room", None)
        if room is None or len(room) < rows:
            room = self.rooms.room = torch.empty(rows, self.weights.shape[1])
        return room[:rows]

    def _take(self, into: Scored, part: slice, scores: torch.Tensor, top: _Top) -> None:
        """Write the answers of a block; ``scores`` are used up."""
        import torch

        chances = scores.sub_(top.best[:, None]).exp_()
        total = chances.sum(dim=1)
        into.label[part] = top.label.numpy()
        into.second[part] = top.second.numpy()
        into.probability[part] = (1 / total).numpy()
        into.next_probability[part] = (torch.exp(top.next - top.best) / total).numpy()
        if into.expected is not None:
            # Summed over the images with each label: the columns of the matrix.
            sums = torch.zeros(scores.shape[1], scores.shape[1])
            sums.index_add_(0, top.label, chances.div_(total[:, None]))
            with self.lock:
                into.expected += sums.numpy().T


@dataclass(frozen=True)
class _Altered:
    """A `Change` as tensors."""

    places: torch.Tensor
    weights: torch.Tensor
    close: float
    pairs: torch.Tensor | None  # place * C + place, both ways round
    width: int

    @classmethod
    def of(cls, change: Change | None, scale: float, width: int) -> _Altered | None:
        import torch

        if change is None:
            return None
        pairs = None
        if change.close < 1:
            pairs = torch.tensor([key for a, b in change.pairs for key in (a * width + b, b * width + a)])
        return cls(torch.from_numpy(change.places), _weights(change.vectors, scale), change.close, pairs, width)

    def apply(self, block: torch.Tensor, scores: torch.Tensor, top: _Top) -> torch.Tensor:
        """The scores of a block after the change."""
        import torch

        changed = scores.clone()
        columns = block @ self.weights
        if self.pairs is None:
            changed[:, self.places] = columns
            return changed
        # p1 - p2 < close, with p = exp(score) / sum, without overflow
        total = torch.exp(scores - top.best[:, None]).sum(dim=1)
        near = (1 - torch.exp(top.next - top.best)) / total < self.close
        rows = torch.nonzero(near & torch.isin(top.label * self.width + top.second, self.pairs)).squeeze(1)
        changed[rows[:, None], self.places[None, :]] = columns[rows]
        return changed


@dataclass(frozen=True)
class _Top:
    """The two highest scores of every row: places ``label``, ``second`` and scores ``best``, ``next``, all (B,)."""

    label: torch.Tensor
    second: torch.Tensor
    best: torch.Tensor
    next: torch.Tensor

    @classmethod
    def of(cls, scores: torch.Tensor) -> _Top:
        """Of scores (B, C), by NumPy: five times as fast as torch's topk."""
        import torch

        table = scores.numpy()
        rows = np.arange(len(table))
        label = table.argmax(axis=1)
        best = table[rows, label]
        table[rows, label] = -np.inf
        second = table.argmax(axis=1)
        after = table[rows, second]
        table[rows, label] = best
        return cls(*(torch.from_numpy(each) for each in (label, second, best, after)))


def _mistaken(scored: Scored, width: int) -> dict[tuple[int, int], float]:
    low = np.minimum(scored.label, scored.second)
    high = np.maximum(scored.label, scored.second)
    keys, places = np.unique(low * width + high, return_inverse=True)
    sums = np.bincount(places, scored.probability.astype(np.float64) * scored.next_probability, len(keys))
    return {divmod(int(k), width): float(s) for k, s in zip(keys, sums, strict=True)}
