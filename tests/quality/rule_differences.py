"""True difference sentences about the sample library, from the values that samples.jsonl tells of every picture."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np

# Value of samples.jsonl -> more of it, less of it.
WORDS = {
    "brightness": ("brighter", "darker"),
    "colourfulness": ("more colourful", "more monochrome"),
    "warmth": ("warmer", "cooler"),
    "contrast": ("higher contrast", "lower contrast"),
    "sharpness": ("sharper", "blurrier"),
    "clutter": ("more cluttered", "tidier"),
}
APART = 0.5  # standard deviations that two pictures differ by at least
SENTENCE = "the first is {} than the second"


def differences(samples: Path) -> list[dict[str, str]]:
    """Every clear difference of every pair of pictures, as JSON Lines hold it; the order of a pair is drawn."""
    rows = [json.loads(line) for line in (samples / "samples.jsonl").read_text().splitlines()]
    rng = np.random.default_rng(0)
    lines = []
    for look, (more, less) in WORDS.items():
        values = np.array([row["looks"][look] for row in rows])
        values = (values - values.mean()) / values.std()
        for pair in itertools.combinations(range(len(rows)), 2):
            first, second = rng.permutation(pair)
            if abs(gap := values[first] - values[second]) > APART:
                ends = {"first": rows[first]["file"], "second": rows[second]["file"]}
                paths = {key: str((samples / file).absolute()) for key, file in ends.items()}
                lines.append({**paths, "text": SENTENCE.format(more if gap > 0 else less)})
    return lines
