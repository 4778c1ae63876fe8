"""How long classes take, warm: 100,000 images x 1,000 classes; `python -m tests.bench.bench_classify [--json FILE]`.

Measured are zero-shot, the same with twenty comparatives (before and after in one pass), and the curve of 21 alphas;
beside them the plain NumPy product and argmax, which give neither probabilities nor the expected confusion. Memory is
what the process grew by at its highest, over the vectors themselves.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.classify import alphas, comparing
from engine.classify.comparing import Said
from engine.classify.scoring import Change, before_and_after, zero_shot

IMAGES, CLASSES, DIM = 100_000, 1_000, 512
COMPARATIVES = 20
SCALE = 100.0
LIMIT = 2.0  # seconds
REPEATS = 5


def units(count: int, rng: np.random.Generator) -> np.ndarray:
    """Random unit vectors (count, DIM) float32, made in pieces."""
    made = np.empty((count, DIM), np.float32)
    for start in range(0, count, 20_000):
        piece = rng.standard_normal((min(20_000, count - start), DIM), np.float32)
        made[start : start + len(piece)] = piece / np.linalg.norm(piece, axis=1, keepdims=True)
    return made


def seconds(task: Callable[[], object]) -> dict[str, float]:
    """Median and best of the warm runs."""
    task()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return {"median_s": round(float(np.median(times)), 2), "best_s": round(min(times), 2)}


def peak_mb() -> float:
    """The most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def plain(images: np.ndarray, classes: np.ndarray) -> None:
    """Product and argmax, in blocks."""
    for start in range(0, len(images), 2_000):
        (images[start : start + 2_000] @ classes.T).argmax(axis=1)


def measure(count: int, width: int) -> dict[str, object]:
    """All of it for ``count`` images and ``width`` classes."""
    rng = np.random.default_rng(0)
    images, classes = units(count, rng), units(width, rng)
    said = [Said(2 * n, 2 * n + 1, vector) for n, vector in enumerate(units(COMPARATIVES, rng))]
    moved = comparing.moved(classes, said)
    change = Change(moved.places, moved.at(0.9))
    before = peak_mb()
    found: dict[str, object] = {"images": count, "classes": width, "dim": DIM, "limit_s": LIMIT}
    found["zero_shot"] = seconds(lambda: zero_shot(images, classes, SCALE))
    found["with_comparatives"] = seconds(lambda: before_and_after(images, classes, SCALE, change))
    found["grew_mb"] = round(peak_mb() - before)
    versions = alphas.along(moved)
    found["curve"] = seconds(lambda: alphas.labels_of(images, classes, SCALE, versions))
    found["plain_numpy"] = seconds(lambda: plain(images, classes))
    return found


def main() -> None:
    """Parse the arguments, print the figures, write them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--classes", type=int, default=CLASSES)
    options = parser.parse_args()
    found = measure(options.images, options.classes)
    print(
        f"{options.images:,} images x {options.classes:,} classes x {DIM}, limit {LIMIT} s, grew {found['grew_mb']} MB"
    )
    for name in ("zero_shot", "with_comparatives", "curve", "plain_numpy"):
        print(f"  {name}: {found[name]}")
    if options.json:
        options.json.write_text(json.dumps({"classify": found}, indent=1))


if __name__ == "__main__":
    main()
