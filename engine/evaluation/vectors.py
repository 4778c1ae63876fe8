"""The images of a task as unit vectors of an image encoder, kept in the cache: text encoders come and go, they stay.

Read and decoded on threads, encoded a batch at a time on the thread of the job.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine import settings
from engine.errors import ImageError
from engine.jobs import JobContext
from engine.pictures import read_picture

if TYPE_CHECKING:
    import torch

    from engine.clip import Clip

BATCH = 32  # images; a cancel waits for one
THREADS = 4
KEPT = 8  # files in the cache; the oldest go


def embed(clip: Clip, images: Sequence[bytes | np.ndarray], context: JobContext) -> np.ndarray:
    """Unit vectors (N, D) float32 of paths, or of RGB pixels (H, W, 3); a row of NaN where an image cannot be used.

    Raises `JobCancelled`, `OutOfMemory`.
    """
    file = _cache_file(clip, images)
    try:
        found = np.load(file, allow_pickle=False)
        if found.shape == (len(images), clip.dim):
            return found
    except (OSError, ValueError, EOFError):  # not there, or not whole
        pass
    found = _embed(clip, images, context)
    _keep(file, found)
    return found


def _embed(clip: Clip, images: Sequence[bytes | np.ndarray], context: JobContext) -> np.ndarray:
    import torch

    vectors = np.full((len(images), clip.dim), np.nan, np.float32)
    usual = torch.get_num_threads()
    pool = ThreadPoolExecutor(THREADS, "evaluation", torch.set_num_threads, (1,))
    try:
        waiting = [pool.submit(_load, clip, image) for image in images[: 2 * BATCH]]
        for start in range(0, len(images), BATCH):
            context.progress("Reading the images of a task", start, len(images))
            context.breathe()
            loaded = [future.result() for future in waiting[:BATCH]]
            ahead = images[start + 2 * BATCH : start + 3 * BATCH]
            waiting = [*waiting[BATCH:], *(pool.submit(_load, clip, image) for image in ahead)]
            usable = [row for row, tensor in enumerate(loaded) if tensor is not None]
            if usable:
                batch = torch.stack([tensor for tensor in loaded if tensor is not None])
                vectors[start + np.array(usable)] = clip.encode_images(batch)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(usual)
    context.progress("Reading the images of a task", len(images), len(images))
    return vectors


def _load(clip: Clip, image: bytes | np.ndarray) -> torch.Tensor | None:
    from PIL import Image

    if isinstance(image, np.ndarray):
        return clip.preprocess(Image.fromarray(image))
    try:
        return clip.preprocess(read_picture(image, target=clip.image_size).image)
    except ImageError:
        return None  # counted by whoever asked


def _cache_file(clip: Clip, images: Sequence[bytes | np.ndarray]) -> Path:
    """Named by the encoder and by what identifies the images: path, size and time, or pixels."""
    digest = blake2b(clip.encoder_key.encode(), digest_size=16)
    for image in images:
        if isinstance(image, np.ndarray):
            digest.update(np.ascontiguousarray(image).data)
            continue
        digest.update(image + b"\0")
        try:
            seen = os.stat(image)
            digest.update(f"{seen.st_size} {seen.st_mtime_ns}".encode())
        except OSError:
            digest.update(b"missing")
    return settings.cache_dir() / "evaluation" / f"{digest.hexdigest()}.npy"


def _keep(file: Path, vectors: np.ndarray) -> None:
    """Write beside its place and move there; a cache that cannot be written is no matter."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        with part.open("wb") as stream:
            np.save(stream, vectors)
        os.replace(part, file)
        kept = sorted(file.parent.glob("*.npy"), key=lambda each: each.stat().st_mtime_ns)
        for old in kept[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        file.with_suffix(".part").unlink(missing_ok=True)
