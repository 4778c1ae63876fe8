"""How long a move of the slider *like this, but more* takes, and an analogy; `python -m tests.bench.bench_likeness`.

Over a table in memory, warm: everything but the look-up of the picture's vector, which a library answers in under a
millisecond. With ``--json FILE`` the figures go into a file.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from engine.analogies import parallel
from engine.likeness import more_of, unit
from engine.ranking import best_first, score
from tests.bench.bench_ranking import DIM, direction, milliseconds, table

IMAGES = 100_000
SHOWN = 61  # results that the window asks for
LIMIT = 100.0  # milliseconds that a move may take


def measure(count: int) -> dict[str, Any]:
    """A move along a direction, its first results; and the whole order of an analogy with its agreement."""
    random = np.random.default_rng(0)
    images, toward = table(count, random), direction(random)
    spread = float(np.std(score(images.matrix, toward.vector)))
    amounts = iter(np.tile(np.linspace(-3, 3, 61), 10))

    def move() -> np.ndarray:
        wanted = more_of(images.matrix[0], toward.vector, float(next(amounts)) * spread)
        return best_first(score(images.matrix, wanted), images.ids, SHOWN)

    def finish() -> np.ndarray:
        step = images.matrix[1] - images.matrix[0]
        order = best_first(score(images.matrix, unit(images.matrix[2] + step)), images.ids)
        return parallel(step, images.matrix - images.matrix[2])[order]

    return {"images": count, "move": milliseconds(move), "limit_ms": LIMIT, "analogy": milliseconds(finish)}


def main() -> None:
    """Parse the arguments, print the figures, write them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--images", type=int, default=IMAGES)
    options = parser.parse_args()
    found = measure(options.images)
    print(
        f"{found['images']:>9,} x {DIM}: a move {found['move']['median_ms']} ms, limit {LIMIT:.0f} ms;"
        f" an analogy {found['analogy']['median_ms']} ms"
    )
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
