"""Questions to a language model that Ollama runs: structured answers, checked, with time and size limits and retries.

Used by the writers of captions and differences. What the client does not do by itself is done here: an answer is
checked against its schema; work is shared among several hosts, and goes on while one of them answers. Every fault is a
LanguageModelError. Addresses, states and pulling are in `engine.ollama_hosts`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Any, TypeVar

import httpx
import ollama
from pydantic import BaseModel, ValidationError

from engine.ollama_errors import (
    AnswerUnfit,
    LanguageModelError,
    OllamaFailed,
    OllamaModelMissing,
    OllamaNotRunning,
    OllamaOutOfMemory,
    OllamaTooSlow,
)
from engine.ollama_hosts import UNREACHED, UNREADABLE, checked_host, checked_model, connect, short
from engine.text_messages import ANSWER_SECONDS, DEFAULT_HOST

A = TypeVar("A", bound=BaseModel)

ANSWER_BYTES = 256 * 1024
CONTEXT_TOKENS = 4096  # the server's own default may be less, and a longer prompt would be cut without a word
LEAST_CONTEXT = 2048  # tokens; where the model does not fit into memory with more, it is tried with this
BUSY_RETRIES = 5  # of a server whose queue is full
PAUSE_SECONDS = 1.0  # before the first of them; doubled each time
RECHECK_SECONDS = 5.0  # until a host that did not answer is tried again

_MEMORY_WORDS = ("memory", "runner has unexpectedly stopped", "runner process has terminated")


@dataclass
class _Host:
    url: str
    client: ollama.AsyncClient
    context_tokens: int
    busy: int = 0
    away_until: float = 0.0
    problem: LanguageModelError | None = None

    def give_up(self, problem: LanguageModelError, seconds: float) -> None:
        self.problem = problem
        self.away_until = time.monotonic() + seconds


@dataclass
class LocalModel:
    """One model at one or several hosts, asked from one event loop; an async context manager.

    ``seconds``: what one answer may take. ``pause``: seconds before a busy server is asked again.
    """

    name: str
    urls: Sequence[str] = (DEFAULT_HOST,)
    seconds: float = ANSWER_SECONDS
    pause: float = PAUSE_SECONDS
    remote: bool = False
    context_tokens: int = CONTEXT_TOKENS
    _hosts: list[_Host] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        self.name = checked_model(self.name, remote=self.remote)
        self.urls = [checked_host(url, remote=self.remote) for url in self.urls]

    async def __aenter__(self) -> LocalModel:
        self._hosts = [_Host(url, connect(url, limit=ANSWER_BYTES), self.context_tokens) for url in self.urls]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for host in self._hosts:
            await host.client.close()

    async def ask(
        self, system: str, prompt: str, schema: type[A], *, images: Sequence[bytes] = (), answer_tokens: int = 600
    ) -> A:
        """One answer that fits ``schema``; ``images`` are encoded files (JPEG, PNG).

        Raises AnswerUnfit (no fitting answer after the retries), OllamaNotRunning, OllamaModelMissing,
        OllamaOutOfMemory, OllamaTooSlow, OllamaFailed.
        """
        busy = failed = 0
        room = 1  # times ``answer_tokens``
        while True:
            host = self._pick()
            host.busy += 1
            try:
                return await self._once(host, system, prompt, images, schema, answer_tokens * room)
            except _HostGone:
                continue  # `_pick` says why when none is left
            except _Busy as error:
                busy += 1
                if busy > BUSY_RETRIES:
                    raise error.fault from error
            except _Again as error:
                failed += 1
                if failed > 1:
                    raise error.fault from error
                room = 1 if isinstance(error.fault, OllamaOutOfMemory) else 2
                continue
            finally:
                host.busy -= 1
            await asyncio.sleep(self.pause * 2 ** (busy - 1))

    def _pick(self) -> _Host:
        """The host with the least to do among those that answer. Raises why there is none."""
        now = time.monotonic()
        there = [host for host in self._hosts if host.away_until <= now]
        if not there:
            problems = [host.problem for host in self._hosts if host.problem]
            raise next((p for p in problems if not isinstance(p, OllamaNotRunning)), problems[0])
        return min(there, key=lambda host: host.busy)

    async def _once(
        self, host: _Host, system: str, prompt: str, images: Sequence[bytes], schema: type[A], tokens: int
    ) -> A:
        """Ask one host once. Raises `_HostGone`, `_Busy` or `_Again` for what may go better, or else its fault."""
        context = host.context_tokens
        question = {"role": "user", "content": prompt, "images": images}
        try:
            async with asyncio.timeout(self.seconds):
                answer = await host.client.chat(
                    model=self.name,
                    messages=[{"role": "system", "content": system}, question],
                    format=_schema_of(schema),
                    options={"num_ctx": context, "num_predict": tokens, "temperature": 0.2, "seed": 0},
                )
        except TimeoutError:
            raise OllamaTooSlow(f"{self.name} at {host.url} gave no answer within {self.seconds:g} s.") from None
        except UNREACHED as error:
            host.give_up(OllamaNotRunning(f"No Ollama answers at {host.url}.", details=str(error)), RECHECK_SECONDS)
            raise _HostGone from error
        except httpx.TransportError as error:
            raise _Again(OllamaFailed(f"Ollama at {host.url} broke off its answer.", details=repr(error))) from error
        except ollama.ResponseError as error:
            raise self._refused(host, error, context) from error
        except UNREADABLE as error:
            fault = OllamaFailed(f"What {host.url} sends is not what Ollama sends.", details=str(error)[:500])
            raise _Again(fault) from error
        return self._read(answer, schema, context)

    def _refused(self, host: _Host, error: ollama.ResponseError, context: int) -> Exception:
        """What an answer with an error status means, to a question that was given ``context`` tokens."""
        said = short(error)
        lower = said.lower()
        if error.status_code == 404:
            missing = OllamaModelMissing(f"Ollama at {host.url} has no model {self.name}.", details=said)
            host.give_up(missing, float("inf"))
            return _HostGone()
        if error.status_code == 503:
            return _Busy(OllamaFailed(f"Ollama at {host.url} is busy: {said}.", details=said))
        if error.status_code == 400 and "context" in lower:
            return AnswerUnfit("context overflow", f"The captions are too long for {self.name}.", details=said)
        if any(word in lower for word in _MEMORY_WORDS):
            host.context_tokens = min(host.context_tokens, max(LEAST_CONTEXT, context // 2))
            return _Again(OllamaOutOfMemory(f"{self.name} does not fit into the memory at {host.url}.", details=said))
        return _Again(OllamaFailed(f"Ollama at {host.url} failed ({error.status_code}): {said}.", details=said))

    def _read(self, answer: ollama.ChatResponse, schema: type[A], context: int) -> A:
        """The answer as ``schema``, or why it is none."""
        text = answer.message.content or ""
        asked, made = answer.prompt_eval_count or 0, answer.eval_count or 0
        if answer.done_reason == "load" or (not text.strip() and answer.done):
            raise _Again(AnswerUnfit("empty answer", "The answer is empty."))
        if not answer.done:
            raise _Again(AnswerUnfit("cut off", "The answer ends before it is complete."))
        if asked + made >= context:
            raise AnswerUnfit("context overflow", f"Captions and answer do not fit into {context} tokens.")
        if answer.done_reason == "length":
            raise _Again(AnswerUnfit("cut off", "The answer ends before it is complete."))
        try:
            return schema.model_validate_json(text)
        except ValidationError as error:
            name = "not JSON" if error.errors()[0]["type"] == "json_invalid" else "not the schema"
            raise _Again(AnswerUnfit(name, "The answer does not fit.", details=str(error)[:500])) from error


@cache
def _schema_of(schema: type[BaseModel]) -> dict[str, Any]:
    return schema.model_json_schema()


class _Again(Exception):
    """Ask once more; ``fault`` is raised when that was in vain."""

    def __init__(self, fault: LanguageModelError) -> None:
        super().__init__(fault.sentence)
        self.fault = fault


class _Busy(_Again):
    """The server's queue is full: ask again in a while."""


class _HostGone(Exception):
    """This host cannot answer now; others may."""
