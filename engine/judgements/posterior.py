"""What is known about every image after the answers so far: a Gaussian, kept right answer by answer.

The difference of two images, in logits, is

    f_a - f_b = kappa q.(u_a - u_b) + w.(u_a - u_b) + e_a - e_b

with q the direction of the attribute's words, u the image vectors, and e what an image has of its own, which neither
knows. kappa, w and the e of up to `OWN_IMAGES` judged images are the dimensions theta, scaled so that the prior is
N(start, I); `Scales` says how much each may do. The e of further judged images is noise of their answers, which is
exact for an image judged once.

`fit` finds the mode and the covariance from all answers (Laplace); `Posterior.add` takes one more answer in place by
conditioning on it, in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.judgements.likelihood import curvature, settle
from engine.judgements.scales import Scales
from engine.judgements.space import Space

FIRST_TIE = 0.3  # the tie parameter from the first *equal* until the next fit


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


class Posterior:
    """theta ~ N(``mean``, ``covariance``) after ``count`` answers on a `Space`; made by `fit`."""

    def __init__(
        self, space: Space, scales: Scales, own: dict[int, int], mean: np.ndarray, covariance: np.ndarray, count: int
    ) -> None:
        self.space = space
        self.scales = scales
        self.mean = mean
        self.covariance = covariance
        self.count = count
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

    # ---- one answer more ---------------------------------------------------------------------------------

    def add(self, first: int, second: int, answer: int) -> None:
        """Condition on one more answer about two rows: 1 first, 0 equal, -1 second.

        Its own weight is taken at its mode; the weights of earlier answers stay until the next `fit`.
        """
        if first > second:
            first, second, answer = second, first, -answer
        for row in (first, second):
            if row not in self._own and len(self._own) < len(self.mean) - self.space.width:
                self._own[row] = self.space.width + len(self._own)
        if answer == 0 and not self.scales.ties:
            self.scales = replace(self.scales, ties=FIRST_TIE)
        pair = np.array([first, second])
        features, slots = self.space.features(pair, self.scales), self._slots(pair)
        width, own = self.space.width, self.scales.own / np.sqrt(2)
        jacobian = features[0] - features[1]
        along = self.covariance[:, :width] @ jacobian
        difference = float(self.mean[:width] @ jacobian)
        noise = 0.0
        for slot, sign in zip(slots, (own, -own), strict=True):
            if slot < 0:
                noise += own**2
            else:
                along += sign * self.covariance[:, slot]
                difference += sign * self.mean[slot]
        variance = float(along[:width] @ jacobian)
        variance += sum(sign * along[slot] for slot, sign in zip(slots, (own, -own), strict=True) if slot >= 0)
        total = np.array([variance + noise])
        told = settle(np.array([answer]), np.array([difference]), total, self.scales.ties)
        weight = float(curvature(told, self.scales.ties)[0])
        self.mean += along * (float(told[0]) - difference) / float(total[0])
        self.covariance -= np.outer(along, along * (weight / (1 + weight * float(total[0]))))
        self.count += 1
