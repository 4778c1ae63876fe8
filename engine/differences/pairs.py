"""Which images to compare: endless (or as long as there are pairs) iterators of image ids, spread over all images.

No pair comes twice, and after k rounds every image was in about k pairs, so that a thousand pairs of a thousand images
are not a thousand pairs of fifty. The same images and seed give the same pairs, which makes a run resumable. Memory
grows with the images, never with the pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

NEIGHBOURS = 64  # pairs beyond the 64th neighbour are no near ones
CHUNK = 256  # rows of similarities at a time
MIN_GAP = 1.0  # standard deviations between the two scores of a pair along an attribute

Pair = tuple[int, int]


def random_pairs(images: Sequence[int], seed: int = 0) -> Iterator[Pair]:
    """Every pair once, in rounds that use every image once (a round-robin tournament in random order)."""
    rng = np.random.default_rng(seed)
    order: list[int | None] = list(rng.permutation(np.asarray(images, dtype=np.int64)).tolist())
    if len(order) % 2:
        order.append(None)  # one image sits out each round
    count = len(order) - 1
    fixed, ring = order[:1], order[1:]
    for turn in rng.permutation(count).tolist() if count > 0 else []:
        seats = fixed + ring[turn:] + ring[:turn]
        round_ = [(seats[k], seats[-1 - k]) for k in range(len(seats) // 2)]
        flips = rng.random(len(round_)) < 0.5
        for place in rng.permutation(len(round_)).tolist():
            one, other = round_[place]
            if one is not None and other is not None:
                yield (other, one) if flips[place] else (one, other)


def across_pairs(images: Sequence[int], group: Mapping[int, object], seed: int = 0) -> Iterator[Pair]:
    """Pairs of images of different groups (folders)."""
    return (pair for pair in random_pairs(images, seed) if group[pair[0]] != group[pair[1]])


def along_pairs(images: Sequence[int], scores: Sequence[float], seed: int = 0) -> Iterator[Pair]:
    """Pairs that differ much in a score: one of the upper half with one of the lower, at least `MIN_GAP` apart.

    A round shifts one half by one more place, so every image is used once a round.
    """
    rng = np.random.default_rng(seed)
    values = np.asarray(scores, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    ids = np.asarray(images, dtype=np.int64)
    half = len(order) // 2
    low, high = order[:half], order[len(order) - half :]
    gap = MIN_GAP * float(values.std())
    for turn in range(half):
        partners = np.roll(high, -turn)
        flips = rng.random(half) < 0.5
        for place in rng.permutation(half).tolist():
            one, other = low[place], partners[place]
            if values[other] - values[one] >= gap and gap > 0:
                first, second = (other, one) if flips[place] else (one, other)
                yield int(ids[first]), int(ids[second])


def near_pairs(
    images: Sequence[int], vectors: np.ndarray, seed: int = 0, between: Callable[[], object] = lambda: None
) -> Iterator[Pair]:
    """Pairs of like images: small differences. ``vectors``: unit vectors (N, D) float32, in the order of ``images``.

    All likenesses are computed before the first pair (minutes for 100,000 images); ``between`` is called meanwhile.

    In each round an image takes its nearest neighbour that is not used more often than the others yet, so that images
    which are near to everything are not in every pair.
    """
    rng = np.random.default_rng(seed)
    neighbours = _neighbours(vectors, between)
    taken = np.zeros(neighbours.shape, dtype=bool)  # (i, k): the pair of i and its k-th neighbour was given
    uses = np.zeros(len(images), dtype=np.int64)
    turn, given = 1, True
    while given:
        given = False
        for one in rng.permutation(len(images)).tolist():
            free = ~taken[one] & (uses[neighbours[one]] < turn)
            if uses[one] >= turn or not free.any():
                continue
            place = int(np.argmax(free))
            other = int(neighbours[one, place])
            taken[one, place] = True
            taken[other, neighbours[other] == one] = True
            uses[[one, other]] += 1
            given = True
            yield (
                (int(images[one]), int(images[other])) if rng.random() < 0.5 else (int(images[other]), int(images[one]))
            )
        turn += 1
        given = given or (turn <= NEIGHBOURS and not taken.all())


def _neighbours(vectors: np.ndarray, between: Callable[[], object]) -> np.ndarray:
    """(N, K) int32: each row's nearest others, nearest first."""
    count = len(vectors)
    wanted = min(NEIGHBOURS, count - 1)
    found = np.empty((count, max(wanted, 0)), dtype=np.int32)
    if wanted < 1:
        return found
    for start in range(0, count, CHUNK):
        between()
        rows = vectors[start : start + CHUNK] @ vectors.T
        rows[np.arange(len(rows)), np.arange(start, start + len(rows))] = -np.inf
        best = np.argpartition(-rows, wanted - 1, axis=1)[:, :wanted]
        ranked = np.argsort(-np.take_along_axis(rows, best, axis=1), axis=1, kind="stable")
        found[start : start + CHUNK] = np.take_along_axis(best, ranked, axis=1)
    return found
