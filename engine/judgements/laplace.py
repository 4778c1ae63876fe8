"""The mode of a posterior under `likelihood` and its curvature there, by Newton's method. Pure NumPy, float64.

Answer i is about d_i = j_i . theta + noise_i with theta ~ N(start, I) and noise_i ~ N(0, r_i). `InAnswers` works with
n x n matrices (answers fewer than dimensions), `InDimensions` with d x d ones; `find_mode` gives the same for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.judgements.likelihood import curvature, log_likelihood, settle, slope

STEPS = 40
CLOSE = 1e-4  # logits: a step below this ends the search; what is left is about its square


@dataclass(frozen=True)
class Answered:
    """n answers (1 first, 0 equal, -1 second) with the variances ``noise`` (n,) of what nothing else explains."""

    answer: np.ndarray
    noise: np.ndarray
    ties: float

    def settled(self, differences: np.ndarray) -> np.ndarray:
        """The most likely d (n,), where ``differences`` are j . theta."""
        return settle(self.answer, differences, self.noise, self.ties)

    def log_probability(self, differences: np.ndarray) -> float:
        """Of the answers, each with its most likely noise."""
        d = self.settled(differences)
        apart = np.divide((d - differences) ** 2, self.noise, out=np.zeros_like(d), where=self.noise > 0)
        return float(np.sum(log_likelihood(self.answer, d, self.ties) - apart / 2))

    def derivatives(self, differences: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and minus second derivative of the log probability, (n,) each."""
        d = self.settled(differences)
        weight = curvature(d, self.ties)
        return slope(self.answer, d, self.ties), weight / (1 + self.noise * weight)


class Form(Protocol):
    """How theta is written down; ``x`` is what Newton's method moves."""

    def differences(self, x: np.ndarray) -> np.ndarray:
        """J theta (n,)."""
        ...

    def penalty(self, x: np.ndarray) -> float:
        """Half of |theta - start|^2."""
        ...

    def step(self, x: np.ndarray, gradient: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Newton's step from ``x``."""
        ...


@dataclass(frozen=True)
class InAnswers:
    """theta = start + J' x, with ``kernel`` = J J' (n, n) and ``prior`` = J start (n,). See Rasmussen and Williams
    (2006), algorithm 3.1.
    """

    kernel: np.ndarray
    prior: np.ndarray

    def differences(self, x: np.ndarray) -> np.ndarray:
        """J theta (n,)."""
        return self.prior + self.kernel @ x

    def penalty(self, x: np.ndarray) -> float:
        """Half of |theta - start|^2."""
        return float(x @ self.kernel @ x) / 2

    def step(self, x: np.ndarray, gradient: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Newton's step from ``x``."""
        root = np.sqrt(weight)
        target = weight * (self.kernel @ x) + gradient
        return target - root * np.linalg.solve(self._inner(root), root * (self.kernel @ target)) - x

    def _inner(self, root: np.ndarray) -> np.ndarray:
        return np.eye(len(root)) + root[:, None] * self.kernel * root


@dataclass(frozen=True)
class InDimensions:
    """theta = x, with ``design`` = J (n, d) and ``start`` (d,)."""

    design: np.ndarray
    start: np.ndarray

    def differences(self, x: np.ndarray) -> np.ndarray:
        """J theta (n,)."""
        return self.design @ x

    def penalty(self, x: np.ndarray) -> float:
        """Half of |theta - start|^2."""
        return float((x - self.start) @ (x - self.start)) / 2

    def step(self, x: np.ndarray, gradient: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Newton's step from ``x``."""
        return np.linalg.solve(self._precision(weight), self.design.T @ gradient - (x - self.start))

    def _precision(self, weight: np.ndarray) -> np.ndarray:
        return np.eye(len(self.start)) + (self.design.T * weight) @ self.design


def find_mode(form: Form, answered: Answered, x: np.ndarray) -> np.ndarray:
    """Climb from ``x`` to the mode. The log posterior is concave: a step that falls is halved until it rises."""
    differences = form.differences(x)
    height = answered.log_probability(differences) - form.penalty(x)
    for _ in range(STEPS):
        step = form.step(x, *answered.derivatives(differences))
        while True:
            moved = form.differences(x + step)
            reached = answered.log_probability(moved) - form.penalty(x + step)
            if reached >= height - 1e-9 or np.max(np.abs(moved - differences), initial=0.0) < CLOSE:
                break
            step = step / 2
        change = np.max(np.abs(moved - differences), initial=0.0)
        x, differences, height = x + step, moved, reached
        if change < CLOSE:
            break
    return x
