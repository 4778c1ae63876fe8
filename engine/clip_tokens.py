"""How many tokens CLIP's text encoder makes of a sentence, counted without loading torch.

open_clip's own tokenizer is the truth (the tests hold this one to it), but importing it imports torch: five seconds and
a gigabyte, for a count. The merges are read from open_clip's vocabulary file. What stands between two spaces comes
again and again, so each is taken apart once.
"""

from __future__ import annotations

import gzip
import re
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

_PIECE = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_+")
_MERGES = 49152 - 256 - 2  # of the file's lines, as many as the vocabulary holds
_CACHE = 50_000  # words, as they are written


def count_tokens(text: str) -> int:
    """Tokens of a text, without the two that begin and end every text (77 with them is the most that CLIP reads)."""
    return sum(map(_tokens_between_spaces, text.lower().split()))  # no token holds a space


@lru_cache(_CACHE)
def _tokens_between_spaces(text: str) -> int:
    return sum(map(_word_tokens, _PIECE.findall(text)))


def _word_tokens(word: str) -> int:
    ranks = _ranks()
    parts = [_letters()[byte] for byte in word.encode()]
    parts[-1] += "</w>"
    while len(parts) > 1:
        pairs = list(pairwise(parts))
        best = min(pairs, key=lambda pair: ranks.get(pair, _MERGES))
        if best not in ranks:
            break
        parts = _merge(parts, best)
    return len(parts)


def _merge(parts: list[str], pair: tuple[str, str]) -> list[str]:
    """Join the pair wherever it stands, from the left."""
    merged: list[str] = []
    for part in parts:
        if merged and (merged[-1], part) == pair and not merged[-1].endswith("</w>"):
            merged[-1] += part
        else:
            merged.append(part)
    return merged


@cache
def _ranks() -> dict[tuple[str, str], int]:
    spec = find_spec("open_clip")
    assert spec is not None  # a dependency
    assert spec.submodule_search_locations is not None
    file = Path(spec.submodule_search_locations[0]) / "bpe_simple_vocab_16e6.txt.gz"
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        lines = stream.read().split("\n")[1 : _MERGES + 1]
    return {(first, second): rank for rank, (first, second) in enumerate(line.split() for line in lines)}


@cache
def _letters() -> list[str]:
    """The character that stands for each byte in the vocabulary: itself where it can be printed."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in printed else chr(next(others)) for byte in range(256)]
