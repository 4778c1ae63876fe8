"""What several commands need of a library: the model it uses, and files by id."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from engine.cli.terminal import waiting
from engine.encoders import encoder_in_use, encoder_named
from engine.settings import default_library
from engine.store import Library, Writer

if TYPE_CHECKING:
    from engine.clip import Clip


@contextmanager
def library_if_any(path: Path) -> Iterator[Library]:
    """The library; where there is no default one yet, an empty one that is gone afterwards: for questions about files.

    Raises what opening a library raises.
    """
    if path != default_library() or path.exists():
        with Library(path) as library:
            yield library
        return
    with TemporaryDirectory(prefix="pairlens-") as folder:
        empty = Path(folder) / "empty.pairlens"
        Writer(empty).close()
        with Library(empty) as library:
            yield library


def model_name(library: Library, wanted: str) -> str:
    """The model asked for, else the one the library used last ("" = the starter model)."""
    return wanted or library.setting("model")


def load_model(path: Path, wanted: str, device: str) -> Clip:
    """Load the model for a library; raises what `engine.clip.load` and opening the library raise."""
    with Library(path) as library:
        name = model_name(library, wanted)
    with waiting(f"Loading {name or 'the starter model'} ..."):
        from engine.clip import load

        return load(name, device)


def encoder_and_clip(library: Library, wanted: str, device: str, *, words: bool) -> tuple[str, str, Clip | None]:
    """Key and name of the image encoder to use, and the model, which is loaded where there are words to read, or no
    vectors yet.
    """
    if not words and not wanted:
        stored = encoder_in_use(library, model_name(library, ""))
        if stored is not None:
            return stored.key, stored.name, None
    if not words:
        key, name, _ = encoder_of(library, wanted, device)
        return key, name, None
    clip = load_model(library.path, wanted, device)
    return clip.encoder_key, clip.name, clip


def encoder_of(library: Library, wanted: str, device: str) -> tuple[str, str, int]:
    """The image encoder (key, name, dimension) of a model, or of one that the library knows by this name or key.

    Loads a model only where the library does not know the name.
    """
    name = model_name(library, wanted)
    known = encoder_named(library, name)
    if known is not None:
        return known.key, known.name, known.dim
    clip = load_model(library.path, name, device)
    return clip.encoder_key, clip.name, clip.dim
