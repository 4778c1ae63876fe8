"""How long it takes to explain a pair, warm, and to tell two folders apart; `python -m tests.bench.bench_explain`.

Random vectors and random members in place of a model: everything but the two look-ups of a vector, which a library
answers in under a millisecond. With ``--json FILE`` the figures go into a file.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from engine.contrast import contrast
from engine.explain import differences, usual_in
from engine.phrase_directions import PhraseDirections
from engine.phrases import PhraseBank
from tests.bench.bench_ranking import DIM, direction, milliseconds

IMAGES = 2_000  # the most that are looked at, whatever the library's size
FOLDER = 1_000
LIMIT = 100.0  # milliseconds that an explanation may take


def measure() -> dict[str, Any]:
    """Explanations of one pair, what is usual (once after each change of the library), and a contrast of folders."""
    random = np.random.default_rng(0)
    images = random.standard_normal((IMAGES, DIM)).astype(np.float32)
    images /= np.linalg.norm(images, axis=1, keepdims=True)
    made = tuple(direction(random) for _ in PhraseBank.load().phrases)
    phrases = PhraseDirections(made, np.stack([each.vector for each in made]))
    begun = time.perf_counter()
    usual = usual_in(phrases, images)
    once = 1000 * (time.perf_counter() - begun)
    begun = time.perf_counter()
    contrast(usual, images[:FOLDER], images[FOLDER:])
    folders = 1000 * (time.perf_counter() - begun)
    return {
        "phrases": len(made),
        "explanation": milliseconds(lambda: differences(usual, images[0], images[1])),
        "limit_ms": LIMIT,
        "what_is_usual_ms": round(once, 1),
        "contrast_ms": round(folders, 1),
    }


def main() -> None:
    """Parse the arguments, print the figures, write them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = measure()
    print(
        f"{found['phrases']} phrases x {DIM}: explanation {found['explanation']['median_ms']} ms, limit {LIMIT:.0f} ms;"
        f" what is usual among {IMAGES:,} images {found['what_is_usual_ms']} ms;"
        f" contrast of {FOLDER:,} with {IMAGES - FOLDER:,} images {found['contrast_ms']} ms"
    )
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
