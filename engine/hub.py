"""Files of a model hub over plain HTTP: what a file weighs, and its download with progress, cancel and resume.

Called by `engine.models.get` in a job. The hub's own client is not used here: it retries for minutes when there is no
network, and a download that it hands to its transfer library cannot be cancelled in the middle of a file. What is
needed of the protocol is one HEAD request and ranges. ``HF_ENDPOINT`` names another hub, ``HF_HUB_OFFLINE`` forbids the
network.
"""

from __future__ import annotations

import errno
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlparse

from engine.errors import DiskFull, ModelOffline, ModelUnknown

if TYPE_CHECKING:
    from engine.jobs import JobContext

HUB = "https://huggingface.co"
TIMEOUT = 10.0  # seconds for an answer, and between two pieces of a download
PIECE = 1 << 20  # bytes between two looks at cancel
TRIES = 3  # connections in a row that bring nothing before a download is given up
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class RemoteFile:
    """A file of the hub; ``sha256`` is "" where the hub does not tell it."""

    url: str
    size: int
    sha256: str


def find(repository: str, names: tuple[str, ...]) -> RemoteFile:
    """The first of ``names`` that the repository holds. Raises `ModelOffline`, `ModelUnknown`."""
    endpoint = os.environ.get("HF_ENDPOINT") or HUB
    for name in names:
        found = _look(f"{endpoint.rstrip('/')}/{repository}/resolve/main/{quote(name)}")
        if found:
            return found
    raise ModelUnknown(f"The hub holds no {' or '.join(names)} in {repository}.")


def download(remote: RemoteFile, target: Path, context: JobContext, title: str) -> None:
    """Fetch ``remote`` into ``target``, going on where an earlier try stopped.

    Raises `JobCancelled` (what came so far stays), `ModelOffline` when the connection breaks for good, `DiskFull`.
    """
    failures = 0
    while (have := _size(target)) < remote.size:
        try:
            _fetch(remote, target, context, title)
        except (OSError, http.client.HTTPException) as error:
            _raise_if_disk_full(error, target)
            failures = failures + 1 if _size(target) == have else 0
            if failures == TRIES:
                came = f"{_size(target) / 1e6:,.0f} of {remote.size / 1e6:,.0f} MB"
                sentence = f"The download of {title} broke off after {came}; getting it again goes on from there."
                raise ModelOffline(sentence, details=str(error)) from error
    context.progress(title, remote.size, remote.size, unit="bytes")


def _fetch(remote: RemoteFile, target: Path, context: JobContext, title: str) -> None:
    """One connection's worth; returns early when the server closes it, the caller looks at the size."""
    have = _size(target)
    with _opened(urllib.request.Request(remote.url, headers={"Range": f"bytes={have}-"})) as answer:
        resumed = answer.status == http.client.PARTIAL_CONTENT
        with target.open("ab" if resumed else "wb") as stream:
            have = have if resumed else 0
            while piece := answer.read(min(PIECE, remote.size - have)):
                stream.write(piece)
                have += len(piece)
                context.progress(title, have, remote.size, unit="bytes")
                context.check_cancelled()
        if have < remote.size:
            raise http.client.IncompleteRead(b"", remote.size - have)


def _look(url: str) -> RemoteFile | None:
    """Ask for a file's size and digest; None when there is no such file."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "TRUE", "YES", "ON"):
        raise ModelOffline("The network is switched off for models (HF_HUB_OFFLINE is set).")
    headers = _head(url)
    if headers is None:
        return None
    # A large file's HEAD is answered by a redirect to where it lies, with what it is in headers of the hub's own.
    size = headers.get("X-Linked-Size") or headers.get("Content-Length")
    digest = (headers.get("X-Linked-Etag") or headers.get("ETag") or "").strip('"')
    if not size or not size.isdigit():
        raise ModelOffline(f"{urlparse(url).netloc} answers, but not like a model hub.")
    return RemoteFile(url, int(size), digest if len(digest) == 64 else "")


def _head(url: str) -> Message | None:
    """Headers of the hub's answer, following redirects inside the hub only (renamed repositories)."""
    for _ in range(5):
        try:
            with _opened(urllib.request.Request(url, method="HEAD"), _NoRedirects) as answer:
                return answer.headers
        except urllib.error.HTTPError as error:
            if error.code not in REDIRECTS:
                return _refused(url, error)
            target = urljoin(url, error.headers.get("Location", ""))
            if urlparse(target).netloc != urlparse(url).netloc or error.headers.get("X-Linked-Size"):
                return error.headers
            url = target
        except (OSError, http.client.HTTPException) as error:
            raise ModelOffline(f"{urlparse(url).netloc} cannot be reached.", details=str(error)) from error
    raise ModelOffline(f"{urlparse(url).netloc} sends from one address to the next.")


def _refused(url: str, error: urllib.error.HTTPError) -> None:
    # 401: the hub's answer for a repository that does not exist (or needs an account).
    if error.code not in (401, 403, 404):
        raise ModelOffline(f"{urlparse(url).netloc} answers with error {error.code}.", details=str(error)) from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any, **named: Any) -> None:
        return None


@contextmanager
def _opened(request: urllib.request.Request, *handlers: type) -> Iterator[Any]:
    request.add_header("User-Agent", "pairlens")
    request.add_header("Accept-Encoding", "identity")
    with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT) as answer:
        yield answer


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _raise_if_disk_full(error: Exception, target: Path) -> None:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise DiskFull(f"No space is left in {str(target.parent)!r}.") from error
