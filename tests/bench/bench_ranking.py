"""How long a ranking takes, warm, over a table in memory; `python -m tests.bench.bench_ranking [--json FILE]`.

A ranking is all of `engine.ranking.rank`: scores of every image, the order, and the agreement of twelve members. Beside
it the plain NumPy product and sort.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engine.directions import Direction
from engine.ranking import rank
from engine.store.matrix import VectorTable

DIM = 512
MEMBERS = 12
SIZES = ((100_000, 20.0), (1_000_000, 200.0))  # images, milliseconds that a ranking may take
REPEATS = 9


def table(count: int, rng: np.random.Generator) -> VectorTable:
    """Random unit vectors (count, DIM) float32, made in pieces: a million of them fill 2 GB once, not three times."""
    matrix = np.empty((count, DIM), np.float32)
    for start in range(0, count, 50_000):
        piece = rng.standard_normal((min(50_000, count - start), DIM), np.float32)
        matrix[start : start + len(piece)] = piece / np.linalg.norm(piece, axis=1, keepdims=True)
    return VectorTable(np.arange(count), matrix)


def direction(rng: np.random.Generator) -> Direction:
    """A direction of twelve members that agree somewhat."""
    members = rng.standard_normal((MEMBERS, DIM)).astype(np.float32) + rng.standard_normal(DIM).astype(np.float32)
    vector = members.mean(0) / np.linalg.norm(members.mean(0))
    return Direction(
        vector, members, np.full(MEMBERS, 1 / MEMBERS, np.float32), np.arange(MEMBERS) // 3, "more", "less", True
    )


def milliseconds(task: Callable[[], object]) -> dict[str, float]:
    """Median and best of `REPEATS` warm runs."""
    task()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        task()
        times.append(1000 * (time.perf_counter() - start))
    return {"median_ms": round(float(np.median(times)), 1), "best_ms": round(min(times), 1)}


def measure(count: int, limit: float) -> dict[str, Any]:
    """Rank ``count`` images, ours and plainly."""
    rng = np.random.default_rng(0)
    images, asked = table(count, rng), direction(rng)
    ours = milliseconds(lambda: rank(images, asked))
    plain = milliseconds(lambda: np.argsort(-(images.matrix @ asked.vector)))
    return {"images": count, "dim": DIM, "ranking": ours, "plain_numpy": plain, "limit_ms": limit}


def main() -> None:
    """Parse the arguments, print a line per size, write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--images", type=int, action="append", help="only these sizes")
    options = parser.parse_args()
    sizes = [(count, limit) for count, limit in SIZES if not options.images or count in options.images]
    results = [measure(count, limit) for count, limit in sizes]
    for found in results:
        print(
            f"{found['images']:>9,} x {DIM}: ranking {found['ranking']['median_ms']} ms (best "
            f"{found['ranking']['best_ms']}), plain NumPy {found['plain_numpy']['median_ms']} ms, "
            f"limit {found['limit_ms']:.0f} ms"
        )
    if options.json:
        options.json.write_text(json.dumps({"ranking": results}, indent=1))


if __name__ == "__main__":
    main()
