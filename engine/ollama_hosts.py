"""Ollama as a person meets it: addresses, what state a server is in, getting a model; used wherever Ollama is.

Only this machine is asked unless the person allowed another: an image or a caption must not leave unnoticed. Started by
`pairlens doctor`, `pairlens differences pull` and the window's settings; nothing here writes a file.
"""

from __future__ import annotations

import ipaddress
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import ollama

from engine.errors import LibraryError
from engine.jobs import JobContext, run_async
from engine.ollama_errors import (
    AnswerUnfit,
    HostNotLocal,
    LanguageModelError,
    ModelInCloud,
    OllamaFailed,
    OllamaModelMissing,
    OllamaNotRunning,
)
from engine.store import Library
from engine.text_messages import DEFAULT_HOST, HOSTS_SETTING, HostState

CONNECT_SECONDS = 2.0
LOOK_SECONDS = 2.0
# What the client raises on an answer that is no JSON, or JSON of another shape than it expects.
UNREADABLE = (ValueError, TypeError, AttributeError)
UNREACHED = (ConnectionError, httpx.ConnectError, httpx.ConnectTimeout)


def hosts_of(library: Path) -> list[str]:
    """The servers that a library's settings name, else this machine's usual one."""
    try:
        with Library(library) as source:
            return source.setting(HOSTS_SETTING).split() or [DEFAULT_HOST]
    except LibraryError:
        return [DEFAULT_HOST]


def checked_host(host: str, *, remote: bool = False) -> str:
    """A host as a URL ("localhost:1234" -> "http://localhost:1234").

    Raises HostNotLocal for another machine's address, unless ``remote`` says that the person allowed it.
    """
    given = host.strip()
    try:
        url = urlsplit(given if "://" in given else f"http://{given}")
        name, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 11434)
    except ValueError as error:
        raise HostNotLocal(f"{host!r} is no address of a server.", details=str(error)) from error
    if not name or url.scheme not in ("http", "https"):
        raise HostNotLocal(f"{host!r} is no address of a server.")
    name = "127.0.0.1" if name in ("0.0.0.0", "::") else name  # where a server listens, not where it is asked
    if not remote and not _is_this_machine(name):
        raise HostNotLocal(f"{given} is another machine; captions and images would be sent to it.")
    return f"{url.scheme}://{f'[{name}]' if ':' in name else name}:{port}"


def _is_this_machine(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def checked_model(model: str, *, remote: bool = False) -> str:
    """The model's name. Raises ModelInCloud for one that Ollama only passes on, unless that was allowed."""
    name = model.strip()
    tag = name.rpartition(":")[2].lower()
    if not remote and (tag == "cloud" or tag.endswith("-cloud")):
        raise ModelInCloud(f"{name} runs at a service, not on this machine; captions and images would be sent there.")
    if not name:
        raise OllamaModelMissing("No model is named.")
    return name


# ---- states ---------------------------------------------------------------------------------------------


def look(url: str, model: str = "") -> HostState:
    """The state of one server, and of one model there; answers within a few seconds, whatever is at the address."""
    try:
        url = checked_host(url, remote=True)
    except HostNotLocal as error:
        return HostState(url, "not Ollama", error.sentence, "Give Ollama's own address.")
    client = ollama.Client(host=url, timeout=LOOK_SECONDS, trust_env=False, follow_redirects=False)
    try:
        models = tuple(sorted(found.model or "" for found in client.list().models))
        loaded = {found.model for found in client.ps().models} if models else set()
    except UNREACHED:
        return _not_running(url)
    except (httpx.TransportError, ollama.ResponseError, *UNREADABLE) as error:
        said = f"Something at {url} answers, but not as Ollama does ({type(error).__name__})."
        return HostState(url, "not Ollama", said, "Look at what uses this port, or give Ollama's own address.")
    finally:
        client.close()
    if model and full_name(model) not in models:
        missing = OllamaModelMissing(f"Ollama at {url} has no model {model}.")
        return HostState(url, "model missing", missing.sentence, missing.remedy, models)
    if not models:
        remedy = "Get one: `pairlens differences pull MODEL`, for example qwen3:4b."
        return HostState(url, "model missing", f"Ollama runs at {url} and has no model yet.", remedy)
    ready = full_name(model) in loaded if model else bool(loaded)
    words = f"Ollama runs at {url} with {len(models)} model{'s' if len(models) > 1 else ''}: {', '.join(models)}."
    return HostState(url, "ready" if ready else "idle", words, "", models)


def _not_running(url: str) -> HostState:
    here = urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")
    if here and shutil.which("ollama") is None:
        return HostState(url, "not installed", "Ollama is not installed on this machine.", "Get it from ollama.com.")
    remedy = "Start it: `ollama serve`." if here else "Start it there, or give another address."
    return HostState(url, "not running", f"No Ollama answers at {url}.", remedy)


def short(error: ollama.ResponseError) -> str:
    """What the server said, on one line, as the end of a sentence."""
    return " ".join((error.error or "").split())[:200].rstrip(" .") or "it does not say why"


def full_name(model: str) -> str:
    """The name as the server lists it: "llava" is "llava:latest"."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


# ---- getting a model ------------------------------------------------------------------------------------


def pull(model: str, url: str, context: JobContext, *, remote: bool = False) -> None:
    """Have the server get a model; what it has of it already is not loaded again, also after a cancel.

    Raises OllamaNotRunning, OllamaModelMissing (the registry has none of this name), OllamaFailed, ModelInCloud,
    HostNotLocal, JobCancelled.
    """
    name, address = checked_model(model, remote=remote), checked_host(url, remote=remote)
    try:
        run_async(context, _pull(name, address, context))
    except UNREACHED as error:
        raise OllamaNotRunning(f"No Ollama answers at {address}.", details=str(error)) from error
    except ollama.ResponseError as error:
        raise _pull_refused(name, address, error) from error
    except (httpx.TransportError, *UNREADABLE) as error:
        sentence = f"Ollama at {address} broke off while it was getting {name}."
        raise OllamaFailed(sentence, details=repr(error)) from error


async def _pull(name: str, url: str, context: JobContext) -> None:
    client = connect(url)
    parts: dict[str, tuple[int, int]] = {}  # digest -> (bytes there, bytes in all)
    status = ""
    try:
        async for part in await client.pull(name, stream=True):
            status = part.status or status
            if part.digest and part.total:
                parts[part.digest] = (part.completed or 0, part.total)
            done, total = (sum(column) for column in zip(*parts.values(), strict=True)) if parts else (0, 0)
            context.progress(f"Getting {name}", done, total or None, "bytes")
    finally:
        await client.close()
    if status != "success":
        raise OllamaFailed(f"Ollama at {url} broke off while it was getting {name}.", details=status)


def _pull_refused(name: str, url: str, error: ollama.ResponseError) -> LanguageModelError:
    said = short(error)
    if error.status_code == 404 or "file does not exist" in said or "manifest" in said:
        return OllamaModelMissing(f"The registry has no model {name}.", details=said)
    return OllamaFailed(f"Ollama at {url} could not get {name}: {said}.", details=said)


# ---- the connection -------------------------------------------------------------------------------------


def connect(url: str, *, limit: int | None = None) -> ollama.AsyncClient:
    """A client of the server at ``url``; ``limit``: bytes of one answer, more raise AnswerUnfit."""
    # trust_env=False: a proxy from the environment must not be asked for our own machine. The time for an answer is
    # limited by the asker; a server that computes sends nothing for minutes.
    timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    secure = url.startswith("https:")  # else the certificates need not be read
    inner = httpx.AsyncHTTPTransport(verify=secure, limits=limits, trust_env=False)
    transport = _Limited(inner, limit) if limit else inner
    return ollama.AsyncClient(host=url, timeout=timeout, transport=transport, trust_env=False, follow_redirects=False)


class _Limited(httpx.AsyncBaseTransport):
    """Ends an answer that grows beyond a number of bytes."""

    def __init__(self, inner: httpx.AsyncBaseTransport, limit: int) -> None:
        self._inner = inner
        self._limit = limit

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _LimitedStream(response.stream, self._limit)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _LimitedStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, limit: int) -> None:
        self._inner = inner
        self._limit = self._left = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._inner:
            self._left -= len(part)
            if self._left < 0:
                raise AnswerUnfit("answer too long", f"The answer is longer than {self._limit // 1024} KB.")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()
