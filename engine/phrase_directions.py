"""The directions of the whole phrase bank under one text encoder: the vocabulary that differences are told in.

Made at the first explanation (thousands of short texts, seconds to a minute), then kept in memory and in a file of
`settings.cache_dir`, which can be deleted at any time. Each is exactly what `engine.directions.direction` makes of the
phrase, so that asking for a phrase ranks by the very scores that the explanation was made of.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from engine import settings
from engine.directions import STATEMENTS, Direction, TextEncoder, direction
from engine.jobs import JobContext
from engine.phrases import PhraseBank
from engine.readings import read

_log = logging.getLogger(__name__)
_kept: dict[tuple[str, PhraseBank], PhraseDirections] = {}  # by text_key, of the encoder used last


@dataclass(frozen=True)
class PhraseDirections:
    """``directions`` of M phrases; ``vectors`` (M, D) float32 are their unit vectors, 0 where the encoder is mute."""

    directions: tuple[Direction, ...]
    vectors: np.ndarray


def phrase_directions(
    clip: TextEncoder, bank: PhraseBank | None = None, context: JobContext | None = None
) -> PhraseDirections:
    """The directions of all phrases of the bank; other questions are answered in between. Raises JobCancelled."""
    bank = bank or PhraseBank.load()
    wanted = (clip.text_key, bank)
    if wanted not in _kept:
        file = _cache_file(clip, bank)  # takes longer than an explanation: every phrase is read
        made = _read(file, bank)
        if made is None:
            made = _make(clip, bank, context or JobContext())
            _write(file, made)
        _kept.clear()
        _kept[wanted] = made
    return _kept[wanted]


def _make(clip: TextEncoder, bank: PhraseBank, context: JobContext) -> PhraseDirections:
    made = []
    for done, phrase in enumerate(bank.phrases):
        context.breathe()
        context.progress("Reading the phrase bank", done, len(bank.phrases), "phrases")
        made.append(direction(clip, phrase.phrase, bank=bank))
    return PhraseDirections(tuple(made), np.stack([each.vector for each in made]))


# ---- the cache file -------------------------------------------------------------------------------------


def _cache_file(clip: TextEncoder, bank: PhraseBank) -> Path:
    """Named by the text encoder and by every text that the directions are made of."""
    texts = repr((STATEMENTS, [(phrase, read(bank, phrase.phrase)) for phrase in bank.phrases]))
    name = blake2b(f"{clip.text_key}\n{texts}".encode(), digest_size=16).hexdigest()
    return settings.cache_dir() / "phrases" / f"{name}.safetensors"


def _read(file: Path, bank: PhraseBank) -> PhraseDirections | None:
    """What the file holds; None where there is none, or it was not written whole by `_write`."""
    try:
        with safe_open(file, framework="np") as cache:
            vectors, members, weights, words, counts, known = (cache.get_tensor(name) for name in _TENSORS)
            if cache.metadata()["digest"] != _digest(vectors, members, weights, words, counts, known):
                return None
    except (OSError, SafetensorError, KeyError, TypeError):
        return None
    ends = np.cumsum(counts)
    parts = [slice(end - count, end) for end, count in zip(ends, counts, strict=True)]
    made = tuple(
        Direction(vector, members[part], weights[part], words[part], phrase.phrase, phrase.reverse, True, float(share))
        for phrase, vector, part, share in zip(bank.phrases, vectors, parts, known, strict=True)
    )
    return PhraseDirections(made, vectors)


_TENSORS = ("vectors", "members", "weights", "words", "counts", "known")


def _write(file: Path, made: PhraseDirections) -> None:
    """Write the file beside its place and move it there; a folder or disk that does not take it is no problem."""
    each = made.directions
    arrays = (
        made.vectors,
        *(np.concatenate([getattr(one, name) for one in each]) for name in ("members", "weights", "words")),
        np.array([len(one.words) for one in each]),
        np.array([one.known for one in each]),
    )
    partial = file.with_suffix(f".{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            save_file(dict(zip(_TENSORS, arrays, strict=True)), partial, {"digest": _digest(*arrays)})
            os.replace(partial, file)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, SafetensorError) as error:
        _log.warning("the phrase cache %s was not written: %s", file, error)


def _digest(*arrays: np.ndarray) -> str:
    digest = blake2b(digest_size=16)
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
