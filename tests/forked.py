"""Engine processes that need not import torch each: they are forked off a server process that has.

The import costs a spawned engine six seconds of a core. How one starts and ends is for tests/engine/test_process.py,
which spawns; what a page does with an engine is the same with either.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess


class ForkedEngines:
    """Stands where `engine.process` has multiprocessing's spawn context."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["open_clip", "engine.server"])

    def Pipe(self) -> tuple[Connection, Connection]:
        """Both ends of a pipe."""
        return self._context.Pipe()

    def Process(self, *, target: Callable[..., None], args: tuple, name: str, daemon: bool) -> BaseProcess:
        """A process, not yet started, that will have the environment as it is now."""
        return self._context.Process(
            target=_in_environment, args=(dict(os.environ), target, *args), name=name, daemon=daemon
        )


def _in_environment(environment: dict[str, str], target: Callable[..., None], *args: object) -> None:
    """Run ``target`` as a spawned process would: with its parent's environment, and nothing for the collector to do."""
    os.environ.clear()
    os.environ.update(environment)
    gc.freeze()
    target(*args)
