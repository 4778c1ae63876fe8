"""Results too large for the pipe, as files in the window's session folder: orders (.npy).

Written by the engine process, read by the window, which removes the folder when it closes.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

RANKINGS_KEPT = 20  # result files; the window has long read the older ones
RANKING = np.dtype([("file", "<i8"), ("score", "<f4")])


def write_ranking(folder: Path, job: int, files: np.ndarray, scores: np.ndarray, **more: np.ndarray) -> str:
    """Write an order as a .npy of `RANKING` rows into ``folder``, with ``more`` fields (F,) float32; returns the file.

    The oldest beyond `RANKINGS_KEPT` go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.empty(len(files), [*RANKING.descr, *((name, "<f4") for name in more)])
    rows["file"], rows["score"] = files, scores
    for name, values in more.items():
        rows[name] = values
    target = folder / f"ranking-{job}.npy"
    write_array(target, rows)
    results = sorted(folder.glob("ranking-*.npy"), key=lambda file: file.stat().st_mtime_ns)
    for old in results[:-RANKINGS_KEPT]:
        old.unlink(missing_ok=True)
    return str(target)


def write_array(target: Path, rows: np.ndarray) -> None:
    """Write a .npy whole or not at all."""
    beside = target.with_suffix(".part")
    with beside.open("wb") as stream:
        np.save(stream, rows)
    os.replace(beside, target)
