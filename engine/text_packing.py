"""A batch of texts through a causal text tower without its padding: every layer works on the tokens that count.

A text takes its vector from its end token, which sees nothing behind it, so what stands there changes nothing. Texts of
a batch differ in length: their tokens lie one behind the other in (N, W), and only attention, which is quick, lays them
out as (B, L). The same numbers as the network's own ``encode_text``, apart from rounding.
"""

from __future__ import annotations

from typing import Any

import torch
from open_clip.transformer import ResidualAttentionBlock
from torch import Tensor
from torch.nn import functional


def can_pack(network: Any) -> bool:
    """Whether the tower is made of open_clip's plain blocks; `engine.text_towers` knows that it is causal."""
    blocks = getattr(network.transformer, "resblocks", ())
    return bool(blocks) and all(type(block) is ResidualAttentionBlock for block in blocks)


def encode_packed(network: Any, tokens: Tensor) -> Tensor:
    """What the tower's last layer says of each end token: tokens (B, L) to (B, W), before the last norm."""
    ends = tokens.argmax(-1)  # the end token has the highest number
    length = int(ends.max()) + 1
    counts = torch.arange(length, device=tokens.device) <= ends[:, None]  # (B, L)
    places = counts.flatten().nonzero().squeeze(1)  # (N,)
    x = network.token_embedding(tokens[:, :length].flatten()[places])
    x = x + network.positional_embedding[places % length]
    for block in network.transformer.resblocks:
        x = _block(block, x, places, len(tokens), length)
    return x[(ends + 1).cumsum(0) - 1]


def _block(block: ResidualAttentionBlock, x: Tensor, places: Tensor, texts: int, length: int) -> Tensor:
    """One block on packed tokens (N, W); ``places`` (N,) of them in (B * L)."""
    attention = block.attn
    parts = functional.linear(block.ln_1(x), attention.in_proj_weight, attention.in_proj_bias)  # (N, 3W)
    laid_out = parts.new_zeros(texts * length, parts.shape[1]).index_copy(0, places, parts)
    queries, keys, values = laid_out.view(texts, length, 3, attention.num_heads, -1).permute(2, 0, 3, 1, 4)
    seen = functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)  # (B, H, L, W / H)
    seen = seen.transpose(1, 2).reshape(texts * length, -1)[places]
    x = x + block.ls_1(attention.out_proj(seen))
    return x + block.ls_2(block.mlp(block.ln_2(x)))
