"""The threads of indexing: some read and decode files into the model's input form, some encode; for `engine.index`.

Pillow, the file system and torch release the GIL, so threads do. Each file ends as one of four: `Ready` to be encoded,
`Known` (its content has a vector already: not decoded), `Twin` (another file of this run has the same content:
not decoded either), or `Unfit`. The threads end with `Loader.close`.
"""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from engine.errors import ImageChanged, ImageError, ImageUnreadable, ImageVanished
from engine.picture_cache import THUMBNAIL_SIDE, save_thumbnail, thumbnail_path
from engine.pictures import Content, Picture, decode, read_content
from engine.quarantine import Notes
from engine.store import Library
from engine.store.rows import Embedded, File

if TYPE_CHECKING:
    import numpy as np
    import torch
    from PIL import Image

    from engine.clip import Clip

LONGEST_SHAPE = 64  # times as long as wide

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ready:
    """A decoded file; ``row`` lacks its vector, ``tensor`` is the model's input, (3, H, W)."""

    file: File
    row: Embedded
    tensor: torch.Tensor


@dataclass(frozen=True)
class Known:
    """A file whose content has a vector; ``row`` links it to that image."""

    file: File
    row: Embedded


@dataclass(frozen=True)
class Twin:
    """A file with the content of another one that is under way; load it again when that one is recorded."""

    file: File


@dataclass(frozen=True)
class Unfit:
    """A file that gives no picture. ``lasting``: as long as the file stays as it is, trying again is no use."""

    file: File
    problem: ImageError
    lasting: bool


Loaded = Ready | Known | Twin | Unfit


class Loader:
    """Loads files on ``threads`` threads and encodes on ``encoders``. A context manager: leaving it ends the threads.

    On a CPU each encoder works on one core alone. Torch's own way, all cores on one operation, makes the cores wait
    for each other after every operation: wherever another program (or the window) uses one of them, the waiting costs
    many times the work.
    """

    def __init__(self, library: Path, clip: Clip, threads: int, *, encoders: int) -> None:
        import torch

        self._clip = clip
        self._target = decoding_target(clip)
        self._notes = Notes(library)
        self._under_way: set[bytes] = set()
        self._lock = threading.Lock()
        # One connection to ask which contents are known, owned by one thread, as SQLite wants it.
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="known")
        self._library = self._asker.submit(Library, library).result()
        self._torch_threads = torch.get_num_threads()
        self._pool = ThreadPoolExecutor(threads, "loader", initializer=torch.set_num_threads, initargs=(1,))
        self._encoders = ThreadPoolExecutor(encoders, "encoder", initializer=torch.set_num_threads, initargs=(1,))
        self._parts = encoders

    def __enter__(self) -> Loader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop what waits, let what runs end, and stop."""
        import torch

        self._pool.shutdown(cancel_futures=True)
        self._notes.close()
        self._encoders.shutdown(cancel_futures=True)
        self._asker.submit(self._library.close).result()
        self._asker.shutdown()
        torch.set_num_threads(self._torch_threads)

    def submit(self, file: File) -> Future[Loaded]:
        """Begin to load a file."""
        return self._pool.submit(self._load, file)

    def encode(self, tensors: list[torch.Tensor]) -> list[Future[np.ndarray]]:
        """Begin to encode a batch, a part on each encoder: unit vectors (B, D) in the order of ``tensors``."""
        import torch

        size = max(1, -(-len(tensors) // self._parts))
        parts = [tensors[start : start + size] for start in range(0, len(tensors), size)]
        return [self._encoders.submit(self._clip.encode_images, torch.stack(part)) for part in parts]

    def _load(self, file: File) -> Loaded:
        try:
            content = read_content(file.path)
        except ImageError as problem:
            passing = isinstance(problem, ImageVanished | ImageChanged | ImageUnreadable)  # no drive, no permission
            return Unfit(file, problem, lasting=not passing)
        known = self._asker.submit(self._library.known_image, self._clip.encoder_key, content.content_hash).result()
        if known is not None:
            return Known(file, _row(file, content, *known))
        with self._lock:
            if content.content_hash in self._under_way:
                return Twin(file)
            self._under_way.add(content.content_hash)
        with self._notes.decoding(file.path):
            try:
                picture = decode(content, target=self._target)
            except ImageError as problem:
                self.settle(content.content_hash)
                return Unfit(file, problem, lasting=True)
            _keep_thumbnail(picture)
            row = _row(file, content, picture.width, picture.height, picture.format)
            return Ready(file, row, self._clip.preprocess(_middle(picture.image)))

    def settle(self, content_hash: bytes) -> None:
        """Say that a content is recorded, or was given up: it is not under way any more."""
        with self._lock:
            self._under_way.discard(content_hash)


def decoding_target(clip: Clip) -> int:
    """The side to decode for: both what the model wants and what a thumbnail wants."""
    return max(clip.image_size, THUMBNAIL_SIDE // 2)


def _middle(image: Image.Image) -> Image.Image:
    """The middle of an extremely long picture, the picture itself otherwise.

    Models scale the shorter side up to their input and then cut out the middle: 65,000 x 1 pixels would become
    14,560,000 x 224 on the way.
    """
    long, short = max(image.size), min(image.size)
    cut = (long - short * LONGEST_SHAPE) // 2  # from both ends
    if cut <= 0:
        return image
    if image.width > image.height:
        return image.crop((cut, 0, image.width - cut, image.height))
    return image.crop((0, cut, image.width, image.height - cut))


def _row(file: File, content: Content, width: int, height: int, kind: str) -> Embedded:
    return Embedded(file.id, content.content_hash, content.size, content.mtime_ns, width, height, kind, None)


def _keep_thumbnail(picture: Picture) -> None:
    """Save the thumbnail while the picture is decoded; it can be made again, so trouble with the cache is no matter."""
    target = thumbnail_path(picture.path, picture.size, picture.mtime_ns)
    if not os.path.exists(target):
        try:
            save_thumbnail(picture.image, target)
        except OSError as error:
            logger.warning("no thumbnail: %s", error)
