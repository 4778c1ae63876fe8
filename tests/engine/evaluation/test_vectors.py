"""The images of a task as vectors: read ahead on threads that leave nothing behind."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np
import pytest
import torch

from engine.clip import Clip
from engine.errors import JobCancelled
from engine.evaluation.vectors import THREADS, embed
from engine.jobs import JobContext


class SlowClip:
    """Takes its time over each picture, and counts them."""

    encoder_key, dim, image_size = "slow", 4, 8

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.prepared = 0

    def preprocess(self, image: Any) -> torch.Tensor:
        self.prepared += 1
        time.sleep(self.seconds)  # the work itself: a cancel has to come while a picture is being prepared
        return torch.zeros(3, 8, 8)

    def encode_images(self, tensors: torch.Tensor) -> np.ndarray:
        return np.full((len(tensors), self.dim), 0.5, np.float32)


def pixels(count: int) -> list[np.ndarray]:
    return [np.full((8, 8, 3), number, np.uint8) for number in range(count)]


def test_every_image_has_its_vector_and_torch_its_threads() -> None:
    usual = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert embed(cast(Clip, SlowClip(0)), pixels(70), JobContext()).shape == (70, 4)
        with ThreadPoolExecutor(1) as another:
            assert another.submit(torch.get_num_threads).result() == 2
    finally:
        torch.set_num_threads(usual)


def test_a_cancel_waits_for_no_image_that_nobody_began_to_read() -> None:
    cancelled = threading.Event()
    cancelled.set()
    clip = SlowClip(0.05)
    with pytest.raises(JobCancelled):
        embed(cast(Clip, clip), pixels(70), JobContext(cancelled=cancelled))
    assert clip.prepared <= 2 * THREADS
