"""The losses, as functions of unit vectors. Formulas: arXiv 2409.09721, equation 1 and its released code.

d_ij = norm(u_i - u_j)      S_ab = t_a . d_b / tau      L = (CE(S) + CE(S^T)) / 2      (symmetric InfoNCE)
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def unit_differences(first: Tensor, second: Tensor) -> Tensor:
    """Unit image vectors (B, D) twice to unit differences (B, D). The two images of a pair must differ."""
    return functional.normalize(first - second, dim=-1)


def contrastive(texts: Tensor, differences: Tensor, temperature: Tensor | float, same: Tensor | None = None) -> Tensor:
    """Symmetric InfoNCE of B unit texts (B, D) with their unit differences (B, D); a scalar.

    ``same`` (B,) numbers the texts: where two rows hold the same words, neither is a wrong answer to the other. None
    takes every other row as wrong, as the paper does.
    """
    logits = texts @ differences.T / temperature  # (B, B): text a, pair b
    answers = torch.arange(len(logits), device=logits.device)
    if same is not None:
        spared = (same[:, None] == same) & (answers[:, None] != answers)
        logits = logits.masked_fill(spared, float("-inf"))
    return (functional.cross_entropy(logits, answers) + functional.cross_entropy(logits.T, answers)) / 2


def drift(texts: Tensor, before: Tensor) -> Tensor:
    """How far unit vectors (B, D) have moved from where they were: mean squared distance, a scalar."""
    return (texts - before).square().sum(-1).mean()
