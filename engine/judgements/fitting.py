"""All answers at once to a `Posterior`: the scales, then mode and covariance (Laplace).

Run when an attribute is opened, and again when its answers have changed by a good part (`engine.judgements.following`);
in between `Posterior.add` and `Posterior.remove` take them one by one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from engine.judgements.laplace import Answered, InAnswers, InDimensions, find_mode
from engine.judgements.likelihood import EQUAL, most_likely_ties
from engine.judgements.posterior import Posterior, Site
from engine.judgements.scales import MOST, Kernels, Scales, choose
from engine.judgements.space import Answers, Space

OWN_IMAGES = 1152  # judged images with a dimension of their own, those judged most often
SPARE = 256  # of those, how many are kept free for images judged after a fit


def fit(space: Space, answers: Answers, scales: Scales | None = None, *, choose_scales: bool = True) -> Posterior:
    """The posterior after all answers; ``scales`` are where the choice of scales begins, or final without it."""
    answers = answers.oriented()
    scales = scales or Scales()
    if choose_scales:
        part = _most_judged(answers)
        scales = choose(_kernels(space, part), part.answer, scales)
    own = _own_slots(answers, space.width)
    size = space.width + min(len(own) + SPARE, OWN_IMAGES)
    start = np.zeros(size)
    if space.words is not None:
        start[0] = 1.0
    if not len(answers):
        return Posterior(space, scales, own, start, np.eye(size))
    design, noise = _design(space, answers, scales, own, size)
    way = _by_answers if len(answers) <= size else _by_dimensions
    mean, covariance, answered = way(design, start, answers.answer, noise, scales.ties)
    sites = _sites(answers, answered, design @ mean)
    return Posterior(space, replace(scales, ties=answered.ties), own, mean, covariance, sites)


def _sites(answers: Answers, answered: Answered, differences: np.ndarray) -> list[Site]:
    """What each answer contributes at the mode, where J theta is ``differences`` (n,)."""
    gradient, weight = answered.derivatives(differences)
    shift = weight * differences + gradient
    rows = zip(*(part.tolist() for part in (answers.first, answers.second, weight, shift)), strict=True)
    return [Site(*row) for row in rows]


def _by_answers(
    design: np.ndarray, start: np.ndarray, answer: np.ndarray, noise: np.ndarray, ties: float
) -> tuple[np.ndarray, np.ndarray, Answered]:
    """Mean, covariance, and the answers with their tie parameter, through n x n matrices."""
    form = InAnswers(design @ design.T, design @ start)
    x, answered = _mode(form, answer, noise, ties, np.zeros(len(answer)))
    _, weight = answered.derivatives(form.differences(x))
    rooted = np.sqrt(weight)[:, None] * design
    inner = np.eye(len(answer)) + rooted @ rooted.T
    covariance = np.eye(len(start)) - rooted.T @ np.linalg.solve(inner, rooted)
    return start + design.T @ x, covariance, answered


def _by_dimensions(
    design: np.ndarray, start: np.ndarray, answer: np.ndarray, noise: np.ndarray, ties: float
) -> tuple[np.ndarray, np.ndarray, Answered]:
    """The same, through d x d matrices."""
    form = InDimensions(design, start)
    x, answered = _mode(form, answer, noise, ties, start)
    _, weight = answered.derivatives(form.differences(x))
    return x, np.linalg.inv(np.eye(len(start)) + (design.T * weight) @ design), answered


def _mode(
    form: InAnswers | InDimensions, answer: np.ndarray, noise: np.ndarray, ties: float, x: np.ndarray
) -> tuple[np.ndarray, Answered]:
    """The mode, and the answers with the tie parameter that suits it."""
    if not np.any(answer == EQUAL):
        answered = Answered(answer, noise, 0.0)
        return find_mode(form, answered, x), answered
    x = find_mode(form, Answered(answer, noise, ties or 1.0), x)
    answered = Answered(answer, noise, most_likely_ties(answer, form.differences(x)))
    return find_mode(form, answered, x), answered


# ---- answers as matrices --------------------------------------------------------------------------------


def _own_slots(answers: Answers, width: int) -> dict[int, int]:
    """Judged rows -> their own dimension."""
    counts = Counter([*answers.first.tolist(), *answers.second.tolist()])
    return {row: width + place for place, (row, _) in enumerate(counts.most_common(OWN_IMAGES))}


def _design(
    space: Space, answers: Answers, scales: Scales, own: dict[int, int], size: int
) -> tuple[np.ndarray, np.ndarray]:
    """J (n, size) of the answers' differences, and the variance (n,) of what has no dimension."""
    design = np.zeros((len(answers), size))
    noise = np.zeros(len(answers))
    design[:, : space.width] = space.features(answers.first, scales) - space.features(answers.second, scales)
    share = scales.own / np.sqrt(2)
    for rows, sign in ((answers.first, share), (answers.second, -share)):
        slots = np.array([own.get(row, -1) for row in rows.tolist()])
        held = np.flatnonzero(slots >= 0)
        design[held, slots[held]] += sign
        noise[slots < 0] += share**2
    return design, noise


def _most_judged(answers: Answers) -> Answers:
    """At most `MOST` answers: those on the images judged most often, which tell an image's own share apart."""
    if len(answers) <= MOST:
        return answers
    counts = np.bincount(np.concatenate([answers.first, answers.second]))
    often = np.minimum(counts[answers.first], counts[answers.second])
    kept = np.sort(np.argsort(-often, kind="stable")[:MOST])
    return Answers(answers.first[kept], answers.second[kept], answers.answer[kept])


def _kernels(space: Space, answers: Answers) -> Kernels:
    plain = Scales(1.0, 1.0, 1.0)
    features = space.features(answers.first, plain) - space.features(answers.second, plain)
    said = space.width - space.vectors.shape[1]
    words, vectors = features[:, :said], features[:, said:]
    same = [
        left[:, None] == right
        for left, right in (
            (answers.first, answers.first),
            (answers.second, answers.second),
            (answers.first, answers.second),
            (answers.second, answers.first),
        )
    ]
    own = (same[0].astype(np.float64) + same[1] - same[2] - same[3]) / 2
    return Kernels(words @ words.T, vectors @ vectors.T, own, words.sum(axis=1))
