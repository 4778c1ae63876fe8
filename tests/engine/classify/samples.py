"""Unit vectors for the tests of classification."""

from __future__ import annotations

import numpy as np


def units(count: int, dim: int = 16, seed: int = 0) -> np.ndarray:
    """Random unit vectors (count, dim) float32."""
    made = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)
