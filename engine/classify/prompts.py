"""Classes to unit vectors: the mean of a class's texts over the templates, brought back to unit length."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from engine.classify.errors import ClassPromptUnfit
from engine.classify.sets import ClassSet
from engine.directions import TextEncoder
from engine.jobs import JobContext

BATCH = 1_024  # texts between two breaths
KEPT = 20_000  # class vectors that are kept, some 2 KB each

_known: OrderedDict[tuple[str, tuple[str, ...]], np.ndarray] = OrderedDict()  # by text_key and the texts of a class


def class_vectors(clip: TextEncoder, classes: ClassSet, context: JobContext | None = None) -> np.ndarray:
    """Unit vectors (C, D) float32 of the classes: norm(mean of the unit vectors of their texts).

    Classes met before are not encoded again. Raises ClassPromptUnfit for a text that is too long for the encoder,
    JobCancelled.
    """
    context = context or JobContext()
    texts = {name: classes.texts(name) for name in classes.names}
    new = [each for each in texts.values() if (clip.text_key, each) not in _known]
    total = sum(map(len, new))
    done = 0
    for some in _batches(new):
        context.breathe()
        context.progress("Reading the classes", done, total, "texts")
        done += _encode(clip, some)
    made = np.stack([_known[clip.text_key, each] for each in texts.values()])
    for each in texts.values():
        _known.move_to_end((clip.text_key, each))
    while len(_known) > max(KEPT, len(texts)):
        _known.popitem(last=False)
    return made


def _encode(clip: TextEncoder, classes: list[tuple[str, ...]]) -> int:
    """Encode some classes and keep their vectors; returns how many texts that were."""
    flat = [text for texts in classes for text in texts]
    for text in flat:
        # No tokenizer makes more tokens than there are bytes, besides start and end.
        long = len(text.encode()) + 2 > clip.context_length
        if long and (count := clip.tokens(text)) > clip.context_length:
            raise ClassPromptUnfit(f"{text[:60]!r}... takes {count} tokens; this model reads {clip.context_length}.")
    vectors = clip.encode_texts(flat)
    start = 0
    for texts in classes:
        _known[clip.text_key, texts] = _unit(vectors[start : start + len(texts)].mean(axis=0))
        start += len(texts)
    return len(flat)


def _batches(classes: list[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """The classes in pieces of about `BATCH` texts."""
    pieces: list[list[tuple[str, ...]]] = []
    size = BATCH
    for texts in classes:
        if size + len(texts) > BATCH:
            pieces.append([])
            size = 0
        pieces[-1].append(texts)
        size += len(texts)
    return pieces


def _unit(vector: np.ndarray) -> np.ndarray:
    return (vector / max(float(np.linalg.norm(vector)), 1e-12)).astype(np.float32)
