"""A question to the engine that is asked again and again: one at a time, and what an older one answers is dropped."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.engine_client import EngineClient
from engine.errors import Problem
from engine.protocol import Command


class Question:
    """Owned by whoever asks; see `EngineClient.ask` for what is called when."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self._job: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether an answer is waited for."""
        return self._job is not None

    def ask(
        self,
        command: Command,
        done: Callable[[object], None],
        failed: Callable[[Problem], None] | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        """Ask, instead of whatever was asked before. ``ended`` is called after the answer, or without one."""
        self.cancel()

        def if_current(take: Callable[..., None], outcome: object) -> None:
            if self._job == job:
                self._job = None
                take(outcome)

        def at_end() -> None:
            if self._job == job:  # cancelled elsewhere, or the engine died
                self._job = None
            if ended is not None:
                ended()

        job = self._client.ask(
            command,
            done=partial(if_current, done),
            failed=partial(if_current, failed) if failed is not None else None,
            ended=at_end,
        )
        self._job = job

    def cancel(self) -> None:
        """The answer is wanted no longer."""
        if self._job is not None:
            self._client.cancel(self._job)
            self._job = None
