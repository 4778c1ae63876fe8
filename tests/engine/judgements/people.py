"""Simulated people: judges drawn from the model, whose true scores are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.judgements.fitting import fit
from engine.judgements.posterior import Posterior
from engine.judgements.questions import next_questions
from engine.judgements.space import Answers, Space

NOBODY = Answers(*[np.empty(0, np.int64)] * 3)


def unit_rows(count: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    rows = rng.standard_normal((count, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@dataclass
class Person:
    """Answers by Bradley-Terry on ``scores`` (N,), in logits; ``equal``: the tie parameter."""

    scores: np.ndarray
    rng: np.random.Generator
    equal: float = 0.0

    def answer(self, first: int, second: int) -> int:
        d = float(self.scores[first] - self.scores[second]) / 2
        weights = [*np.exp([d, -d]).tolist(), self.equal]
        return int(self.rng.choice([1, -1, 0], p=np.array(weights) / sum(weights)))

    def answers(self, pairs: np.ndarray) -> Answers:
        said = [self.answer(a, b) for a, b in pairs.tolist()]
        return Answers(pairs[:, 0], pairs[:, 1], np.array(said, dtype=np.int64))


def person(
    vectors: np.ndarray, direction: np.ndarray, rng: np.random.Generator, *, spread: float = 3.0, own: float = 0.0
) -> Person:
    """Somebody who judges along ``direction`` (D,), with differences of ``spread`` logits, and ``own`` beside it."""
    scores = (vectors @ direction).astype(np.float64)
    scores *= spread / (np.sqrt(2) * scores.std())
    return Person(scores + rng.standard_normal(len(vectors)) * own / np.sqrt(2), rng)


def random_pairs(images: int, count: int, rng: np.random.Generator) -> np.ndarray:
    first = rng.integers(0, images, count)
    return np.stack([first, (first + rng.integers(1, images, count)) % images], axis=1)


def interview(space: Space, someone: Person, count: int, *, batch: int = 1) -> Posterior:
    """Ask ``count`` questions as the program would: one by one, with a new fit when answers have grown by a quarter."""
    posterior, fitted, said = fit(space, NOBODY), 0, []
    asked: set[tuple[int, int]] = set()
    images = np.arange(len(space.vectors))
    while len(said) < count:
        for question in next_questions(posterior, images, batch, asked, someone.rng):
            answer = someone.answer(question.first, question.second)
            posterior.add(question.first, question.second, answer)
            said.append((question.first, question.second, answer))
            asked.add((min(question.first, question.second), max(question.first, question.second)))
        if len(said) > max(1.25 * fitted, fitted + 4):
            posterior = fit(space, Answers(*np.array(said, dtype=np.int64).T), posterior.scales)
            fitted = len(said)
    return fit(space, Answers(*np.array(said, dtype=np.int64).T), posterior.scales)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
