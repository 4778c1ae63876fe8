"""Which image encoder's vectors a question is about that reads no words, found without loading a model."""

from __future__ import annotations

from contextlib import suppress

from engine import models
from engine.errors import ModelError
from engine.store import Library
from engine.store.rows import Encoder


def encoder_named(library: Library, name: str) -> Encoder | None:
    """The image encoder of a model ("" = the starter model), or the one with this key; None where the library holds
    none, or it takes loading the model to say.
    """
    found = _newest(library, {name or models.STARTER})
    if found is None and models.is_here(name):
        with suppress(ModelError):  # a folder that is damaged
            files = models.resolve(name)
            # A trained model has the encoder of the one that it was made of.
            found = _newest(library, {files.name, files.note.get("encoder_key", files.name)})
    return found


def encoder_in_use(library: Library, name: str) -> Encoder | None:
    """The image encoder of the model in use, else the one that most images have a vector under; None: no image has."""
    named = encoder_named(library, name)
    if named is not None and named.images:
        return named
    fullest = max(library.encoders(), key=lambda encoder: encoder.images, default=None)
    return fullest if fullest is not None and fullest.images else None


def _newest(library: Library, known: set[str]) -> Encoder | None:
    """The last that was made: a model that was replaced by another of its name has an encoder of its own."""
    return max(
        (encoder for encoder in library.encoders() if known & {encoder.key, encoder.name}),
        key=lambda encoder: encoder.id,
        default=None,
    )
