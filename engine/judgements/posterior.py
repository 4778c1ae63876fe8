"""What is known about every image after the answers so far: a Gaussian, kept right answer by answer.

The difference of two images, in logits, is

    f_a - f_b = kappa q.(u_a - u_b) + w.(u_a - u_b) + e_a - e_b

with q the direction of the attribute's words, u the image vectors, and e what an image has of its own, which neither
knows. kappa, w and the e of up to `OWN_IMAGES` judged images are the dimensions theta, scaled so that the prior is
N(start, I); `Scales` says how much each may do. The e of further judged images is noise of their answers, which is
exact for an image judged once.

`fit` finds the mode and the covariance from all answers (Laplace); `Posterior.add` takes one more answer in place by
conditioning on it, and `Posterior.remove` takes one out again, both in milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.judgements.likelihood import curvature, settle
from engine.judgements.scales import Scales
from engine.judgements.space import Space

FIRST_TIE = 0.3  # the tie parameter from the first *equal* until the next fit
BLOCK = 64  # rows of the covariance changed at once


@dataclass(frozen=True)
class Site:
    """What one answer about two rows (the lower one first) contributes: a Gaussian factor of J theta with ``precision``
    and ``shift`` (precision times mean).
    """

    first: int
    second: int
    precision: float
    shift: float


@dataclass(frozen=True)
class Belief:
    """What is known about P images together: ``mean`` (P,) and ``covariance`` (P, P), in logits."""

    mean: np.ndarray
    covariance: np.ndarray

    def given(self, first: int, second: int, weight: float) -> Belief:
        """The belief once a pair of these images was answered with this weight, whatever the answer: the mean stays."""
        along = self.covariance[first] - self.covariance[second]
        variance = along[first] - along[second]
        covariance = self.covariance - np.outer(along, along) / (variance + 1 / max(weight, 1e-9))
        return Belief(self.mean, covariance)

    def given_all(self, firsts: np.ndarray, seconds: np.ndarray, weights: np.ndarray, most: int) -> Belief:
        """The same for many pairs (A,) with weights (A,) at once, about the first ``most`` images alone."""
        mean, covariance = self.mean[:most], self.covariance[:most, :most]
        if not len(firsts):
            return Belief(mean, covariance)
        along = self.covariance[firsts] - self.covariance[seconds]
        told = along[:, firsts] - along[:, seconds] + np.diag(1 / np.maximum(weights, 1e-9))
        along = along[:, :most]
        return Belief(mean, covariance - along.T @ np.linalg.solve(told, along))


class Posterior:
    """theta ~ N(``mean``, ``covariance``) after ``count`` answers on a `Space`; made by `fit`, whose answers
    contributed ``fitted``, in their order.
    """

    def __init__(
        self,
        space: Space,
        scales: Scales,
        own: dict[int, int],
        mean: np.ndarray,
        covariance: np.ndarray,
        fitted: Sequence[Site] = (),
    ) -> None:
        self.space = space
        self.scales = scales
        self.mean = mean
        self.covariance = covariance
        self.fitted = tuple(fitted)
        self.count = len(fitted)
        self._own = own  # row -> its dimension behind those of words and vectors

    # ---- what is known -----------------------------------------------------------------------------------

    def over(self, rows: np.ndarray) -> Belief:
        """The belief about these images, rows of the table (P,)."""
        features, slots = self.space.features(rows, self.scales), self._slots(rows)
        held = np.flatnonzero(slots >= 0)
        width, own = self.space.width, self.scales.own / np.sqrt(2)
        mean = features @ self.mean[:width]
        mean[held] += own * self.mean[slots[held]]
        covariance = features @ self.covariance[:width, :width] @ features.T
        cross = own * (features @ self.covariance[:width, slots[held]])
        covariance[:, held] += cross
        covariance[held] += cross.T
        covariance[np.ix_(held, held)] += own**2 * self.covariance[np.ix_(slots[held], slots[held])]
        free = np.flatnonzero(slots < 0)
        covariance[free, free] += own**2
        return Belief(mean, covariance)

    def scores(self) -> np.ndarray:
        """The mean of every image (N,) float32, in logits around the library's own mean."""
        direction = self.direction()
        scores = self.space.vectors @ direction.astype(np.float32) - np.float32(direction @ self.space.mean)
        for row, slot in self._own.items():
            scores[row] += self.scales.own / np.sqrt(2) * self.mean[slot]
        return scores

    def direction(self) -> np.ndarray:
        """The vector (D,) along which words and answers together order any image, also one that comes later."""
        said = self.space.words is not None
        direction = self.scales.vectors * self.space.unit * self.mean[int(said) : self.space.width]
        return direction + self.scales.words * self.mean[0] * self.space.words if said else direction

    def said_by_words(self) -> np.ndarray:
        """The part of `scores` that is the prompt's direction, counted as the answers made it count; (N,) float32."""
        if self.space.words is None:
            return np.zeros(len(self.space.vectors), np.float32)
        strength = self.scales.words * self.mean[0]
        return (strength * (self.space.vectors @ self.space.words - self.space.mean @ self.space.words)).astype(
            np.float32
        )

    def deviations(self, rows: np.ndarray, *, block: int = 2048) -> np.ndarray:
        """The standard deviation of each image's score (P,)."""
        return np.concatenate(
            [np.sqrt(self._variances(rows[start : start + block])) for start in range(0, len(rows), block)]
            or [np.empty(0)]
        )

    def draws(self, rows: np.ndarray, count: int, rng: np.random.Generator, *, block: int = 8192) -> np.ndarray:
        """Scores of these rows as they may be, all together, (count, P) float32; each draw around a mean of its own."""
        space, scales, said = self.space, self.scales, int(self.space.words is not None)
        theta = self.mean + rng.standard_normal((count, len(self.mean))) @ _root(self.covariance).T
        toward = scales.vectors * space.unit * theta[:, said : space.width]
        if space.words is not None:
            toward += scales.words * theta[:, :1] * space.words
        toward = toward.astype(np.float32)
        made = np.empty((count, len(rows)), np.float32)
        for start in range(0, len(rows), block):
            made[:, start : start + block] = toward @ space.vectors[rows[start : start + block]].T
        slots, own = self._slots(rows), scales.own / np.sqrt(2)
        made += np.where(slots >= 0, 0, own).astype(np.float32) * rng.standard_normal(made.shape, np.float32)
        held = np.flatnonzero(slots >= 0)
        made[:, held] += (own * theta[:, slots[held]]).astype(np.float32)
        return made

    def _variances(self, rows: np.ndarray) -> np.ndarray:
        features, slots = self.space.features(rows, self.scales), self._slots(rows)
        width, own = self.space.width, self.scales.own / np.sqrt(2)
        variances = np.einsum("pd,pd->p", features @ self.covariance[:width, :width], features)
        held = np.flatnonzero(slots >= 0)
        cross = np.einsum("pd,dp->p", features[held], self.covariance[:width, slots[held]])
        alone = np.full(len(rows), own**2)
        alone[held] = 2 * own * cross + own**2 * self.covariance[slots[held], slots[held]]
        return np.maximum(variances + alone, 0.0)

    def _slots(self, rows: np.ndarray) -> np.ndarray:
        return np.array([self._own.get(int(row), -1) for row in rows], dtype=np.int64)

    # ---- one answer more or less -------------------------------------------------------------------------

    def add(self, first: int, second: int, answer: int) -> Site:
        """Condition on one more answer about two rows: 1 first, 0 equal, -1 second. Returns what it contributed.

        Its own weight is taken at its mode; the weights of earlier answers stay until the next `fit`.
        """
        if first > second:
            first, second, answer = second, first, -answer
        for row in (first, second):
            if row not in self._own and len(self._own) < len(self.mean) - self.space.width:
                self._own[row] = self.space.width + len(self._own)
        if answer == 0 and not self.scales.ties:
            self.scales = replace(self.scales, ties=FIRST_TIE)
        along, difference, variance, noise = self._towards(first, second)
        total, ties = variance + noise, self.scales.ties
        told = settle(np.array([answer]), np.array([difference]), np.array([total]), ties)
        weight = float(curvature(told, ties)[0])
        pull = (float(told[0]) - difference) / total
        precision = weight / (1 + noise * weight)
        self.mean += along * pull
        self._narrow(along, precision / (1 + precision * variance))
        self.count += 1
        return Site(first, second, precision, pull * (1 + precision * variance) + precision * difference)

    def remove(self, site: Site) -> None:
        """Take out what an answer contributed. The answers that came after it keep the weights that they have."""
        along, difference, variance, _ = self._towards(site.first, site.second)
        left = max(1 - site.precision * variance, 1e-9)
        self.mean += along * ((site.precision * difference - site.shift) / left)
        self._narrow(along, -site.precision / left)
        self.count -= 1

    def _towards(self, first: int, second: int) -> tuple[np.ndarray, float, float, float]:
        """Of the difference J theta + noise of two rows: covariance with theta, mean and variance of J theta, and the
        variance of the noise.
        """
        pair = np.array([first, second])
        features, slots = self.space.features(pair, self.scales), self._slots(pair)
        width, own = self.space.width, self.scales.own / np.sqrt(2)
        jacobian = features[0] - features[1]
        along = self.covariance[:, :width] @ jacobian
        difference = float(self.mean[:width] @ jacobian)
        signed = [(int(slot), sign) for slot, sign in zip(slots, (own, -own), strict=True) if slot >= 0]
        for slot, sign in signed:
            along += sign * self.covariance[:, slot]
            difference += sign * self.mean[slot]
        variance = float(along[:width] @ jacobian) + sum(sign * along[slot] for slot, sign in signed)
        return along, difference, variance, (2 - len(signed)) * own**2

    def _narrow(self, along: np.ndarray, by: float) -> None:
        """covariance -= by * along along', block by block: a whole outer product would be written to memory first."""
        for start in range(0, len(along), BLOCK):
            part = slice(start, start + BLOCK)
            self.covariance[part] -= np.outer(along[part] * by, along)


def _root(covariance: np.ndarray) -> np.ndarray:
    """A matrix R with R R' = covariance; rounding may have left it short of positive definite."""
    floor = 1e-10 * float(np.trace(covariance)) / len(covariance)
    try:
        return np.linalg.cholesky(covariance + floor * np.eye(len(covariance)))
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        return vectors * np.sqrt(np.maximum(values, 0))
