"""What the model is given: answers on the rows of a table of vectors, and the vectors as it sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.judgements.scales import Scales

SAMPLE = 4096  # images that mean and spread are taken from


@dataclass(frozen=True)
class Answers:
    """n answers: rows ``first`` and ``second`` of the table (n,) and ``answer`` (n,): 1 first, 0 equal, -1 second."""

    first: np.ndarray
    second: np.ndarray
    answer: np.ndarray

    def __len__(self) -> int:
        return len(self.answer)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        return zip(self.first.tolist(), self.second.tolist(), self.answer.tolist(), strict=True)

    def oriented(self) -> Answers:
        """Each pair with its lower row first: which image was shown first changes nothing, to the last bit."""
        swap = self.first > self.second
        return Answers(
            np.where(swap, self.second, self.first),
            np.where(swap, self.first, self.second),
            np.where(swap, -self.answer, self.answer),
        )


class Space:
    """The images of a table as the model sees them: ``vectors`` (N, D) float32 unit, ``words`` (D,) or None."""

    def __init__(self, vectors: np.ndarray, words: np.ndarray | None = None) -> None:
        self.vectors = vectors
        spread_out = np.unique(np.linspace(0, len(vectors), SAMPLE, endpoint=False).astype(int))
        sample = vectors[spread_out if len(vectors) else []].astype(np.float64)
        self.mean = sample.mean(axis=0) if len(sample) else np.zeros(vectors.shape[1])
        centred = sample - self.mean
        self.unit = 1 / max(float(np.sqrt(2 * np.mean(np.sum(centred**2, axis=1)))), 1e-9) if len(sample) else 1.0
        spread = float(np.sqrt(2) * np.std(centred @ words)) if words is not None and len(sample) else 0.0
        self.words = words / spread if words is not None and spread > 1e-9 else None

    @property
    def width(self) -> int:
        """Dimensions of the words and the vectors together."""
        return self.vectors.shape[1] + (self.words is not None)

    def features(self, rows: np.ndarray, scales: Scales) -> np.ndarray:
        """What words and vectors say of these images, (P, width) float64, under a prior N(start, I)."""
        centred = self.vectors[rows].astype(np.float64) - self.mean
        said = [scales.words * (centred @ self.words)[:, None]] if self.words is not None else []
        return np.concatenate([*said, scales.vectors * self.unit * centred], axis=1)
