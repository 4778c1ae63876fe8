"""Print how well rankings by plain words agree with what can be measured in the pictures (Spearman correlation).

    python -m tests.quality.measure_rankings FOLDER [--model NAME] [--human FILE.csv --column NAME --prompt WORDS]

Every picture under FOLDER is read once: it gives the measured values of the table below and one image vector. Each
prompt then orders the pictures through the same two calls that the program makes (`direction`, `rank`), the reverse
found by the program. ``--human`` adds a row for people's scores (a CSV with a column ``path`` relative to FOLDER).
The standard error is that of 200 bootstrap draws of the pictures.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from engine.clip import Clip, load
from engine.directions import direction
from engine.pictures import read_picture
from engine.ranking import rank, spearman
from engine.store.matrix import VectorTable

SIDE = 256  # pixels of the longer side: values are measured at one size, whatever the file's
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
BATCH = 32


# ---- what is measured: each takes an RGB picture (H, W, 3) in 0..1 ----------------------------------------


def lightness(rgb: np.ndarray) -> float:
    """Mean CIELAB L*."""
    return float(lab(rgb)[..., 0].mean())


def warmth(rgb: np.ndarray) -> float:
    """Mean CIELAB b* (blue to yellow)."""
    return float(lab(rgb)[..., 2].mean())


def contrast(rgb: np.ndarray) -> float:
    """Standard deviation of CIELAB L*."""
    return float(lab(rgb)[..., 0].std())


def colourfulness(rgb: np.ndarray) -> float:
    """Hasler and Suesstrunk 2003, equation 3."""
    red, green, blue = np.moveaxis(rgb * 255, -1, 0)
    rg, yb = red - green, (red + green) / 2 - blue
    return float(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))


def blur(rgb: np.ndarray) -> float:
    """Minus the logarithm of the variance of the Laplacian of the luminance."""
    grey = rgb @ np.array([0.299, 0.587, 0.114])
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    return -float(np.log(laplacian.var() + 1e-9))


def hue_share(centre: float, half_width: float) -> Callable[[np.ndarray], float]:
    """The share of pixels whose hue lies within ``half_width`` degrees of ``centre``, weighted by saturation."""

    def measure(rgb: np.ndarray) -> float:
        hue, saturation = hue_and_saturation(rgb)
        distance = np.abs((hue - centre + 180) % 360 - 180)
        return float((saturation * (distance <= half_width)).mean())

    return measure


def hue_and_saturation(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """HSV hue in degrees and saturation in 0..1, each (H, W)."""
    high, low = rgb.max(-1), rgb.min(-1)
    spread = np.where(high > low, high - low, 1)
    red, green, blue = np.moveaxis(rgb, -1, 0)
    sector = np.select(
        [high == red, high == green], [(green - blue) / spread, 2 + (blue - red) / spread], 4 + (red - green) / spread
    )
    return sector * 60 % 360, (high - low) / np.maximum(high, 1e-9)


def lab(rgb: np.ndarray) -> np.ndarray:
    """SRGB (D65) to CIELAB."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


MEASURES: tuple[tuple[str, str, Callable[[np.ndarray], float]], ...] = (
    ("brighter", "mean L*", lightness),
    ("more colourful", "Hasler-Suesstrunk", colourfulness),
    ("warmer", "mean b*", warmth),
    ("higher contrast", "deviation of L*", contrast),
    ("blurrier", "-log var Laplacian", blur),
    ("greener", "green share", hue_share(120, 45)),
    ("redder", "red share", hue_share(0, 30)),
    ("bluer", "blue share", hue_share(220, 45)),
)


# ---- the table ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    prompt: str
    measured_as: str
    correlation: float
    standard_error: float
    verdict: str


def read(folder: Path, clip: Clip) -> tuple[list[Path], np.ndarray, np.ndarray]:
    """Paths; image vectors (N, D); measured values (N, len(MEASURES))."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    vectors, values = [], []
    for batch in batches(paths):
        pictures = [read_picture(os.fsencode(path)).image for path in batch]
        vectors.append(clip.encode_images(torch.stack([clip.preprocess(picture) for picture in pictures])))
        values.extend(measure(picture) for picture in pictures)
        print(f"\r{len(values)} of {len(paths)} pictures", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return paths, np.concatenate(vectors), np.array(values)


def batches(paths: list[Path]) -> Iterator[list[Path]]:
    """``paths`` in lots of `BATCH`."""
    for start in range(0, len(paths), BATCH):
        yield paths[start : start + BATCH]


def measure(picture: Image.Image) -> list[float]:
    """Every measured value of one picture, at the common size."""
    scale = SIDE / max(picture.size)
    size = (max(3, round(picture.width * scale)), max(3, round(picture.height * scale)))
    rgb = np.asarray(picture.resize(size, Image.Resampling.LANCZOS), np.float64) / 255
    return [function(rgb) for _, _, function in MEASURES]


def compare(clip: Clip, vectors: np.ndarray, prompt: str, measured_as: str, values: np.ndarray) -> Row:
    """Rank by ``prompt`` and correlate with ``values`` (N,)."""
    table = VectorTable(np.arange(len(vectors)), vectors)
    ranking = rank(table, direction(clip, prompt))
    scores = ranking.scores
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(values), len(values)) for _ in range(200)]
    error = np.std([spearman(scores[draw], values[draw]) for draw in draws])
    return Row(prompt, measured_as, spearman(scores, values), float(error), ranking.verdict)


def human_values(file: Path, column: str, folder: Path, paths: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    """People's scores: indices of the pictures that have one (M,), and the scores (M,)."""
    with file.open(newline="", encoding="utf-8") as stream:
        scores = {(folder / row["path"]).resolve(): float(row[column]) for row in csv.DictReader(stream)}
    found = [index for index, path in enumerate(paths) if path.resolve() in scores]
    return np.array(found), np.array([scores[paths[index].resolve()] for index in found])


def main() -> None:
    """Parse the arguments, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="")
    parser.add_argument("--human", type=Path, help="CSV with people's scores")
    parser.add_argument("--column", default="Complexity", help="its column")
    parser.add_argument("--prompt", default="more cluttered", help="the words that should order the pictures like it")
    options = parser.parse_args()

    clip = load(options.model)
    paths, vectors, values = read(options.folder, clip)
    rows = [
        compare(clip, vectors, prompt, measured_as, values[:, column])
        for column, (prompt, measured_as, _) in enumerate(MEASURES)
    ]
    if options.human:
        found, scores = human_values(options.human, options.column, options.folder, paths)
        rows.append(compare(clip, vectors[found], options.prompt, f"people's {options.column}", scores))
    print(f"{clip.title}, {len(paths)} pictures of {options.folder}")
    for row in rows:
        print(
            f"{row.prompt:<18} {row.measured_as:<20} {row.correlation:+.3f} +- {row.standard_error:.3f}  {row.verdict}"
        )


if __name__ == "__main__":
    main()
