"""The pictures process: makes thumbnails and previews for the window.

The window starts it with `start` when the first tile asks, and sends `Thumbnail`, `Preview`, `Describe` and `Forget`
down the pipe; each request but a forgotten one is answered once, by `Made`, `Described` or `Refused`, in no fixed
order. Two threads: one receives, one decodes. Previews come before thumbnails, and the newest request first: what the
person has scrolled to beats what has left the screen. The process ends when the pipe closes, whatever it is doing.

It is a process of its own because decoders crash on hostile files, and because torch is being imported meanwhile.
"""

from __future__ import annotations

import errno
import logging
import multiprocessing
import os
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from engine import settings
from engine.errors import DiskFull, ImageChanged, ImageError, ImageVanished, PairLensError, Problem
from engine.log import open_log
from engine.picture_cache import (
    THUMBNAIL_SIDE,
    preview_dir,
    preview_path,
    save_preview,
    save_thumbnail,
    thumbnail_path,
    trim,
)

THUMBNAIL_CACHE_BYTES = 4 << 30
PREVIEW_CACHE_BYTES = 512 << 20
MEMORY_LIMIT_BYTES = 4 << 30  # of address space; the largest picture allowed takes under 2 GiB
IDLE_SECONDS = 10.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Thumbnail:
    """Ask for the thumbnail of a file as the library knows it (``size``, ``mtime_ns``)."""

    request: int
    path: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Preview:
    """Ask for a file's pixels, upright and lossless; ``max_side`` scales down to that many pixels, None does not."""

    request: int
    path: bytes
    max_side: int | None = None


@dataclass(frozen=True)
class Describe:
    """Ask what the camera wrote into a file."""

    request: int
    path: bytes


@dataclass(frozen=True)
class Forget:
    """Withdraw requests; one that is being worked on is answered all the same."""

    requests: tuple[int, ...]


@dataclass(frozen=True)
class Made:
    """The answer: an RGB image ``file`` of ``width`` x ``height`` pixels, a JPEG (thumbnail) or BMP (preview).

    The file belongs to the cache: read it soon, do not keep its name.
    """

    request: int
    file: str
    width: int
    height: int


@dataclass(frozen=True)
class Described:
    """The answer to `Describe`; empty where the file does not say."""

    request: int
    camera: str
    taken: str  # YYYY-MM-DD HH:MM


@dataclass(frozen=True)
class Refused:
    """No picture, and why."""

    request: int
    problem: Problem


Request = Thumbnail | Preview | Describe
Answer = Made | Described | Refused


def start() -> tuple[SpawnProcess, Connection]:
    """Start the pictures process. The caller holds the only other end of the pipe; closing it ends the process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=True)
    process = context.Process(target=run, args=(theirs,), name="pairlens-pictures", daemon=False)
    process.start()
    theirs.close()
    return process, ours


def run(connection: Connection) -> None:
    """The body of the pictures process; ends by `os._exit` when the pipe does."""
    open_log(settings.log_dir() / "pictures.log")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the window decides when to end
    _limit_memory()
    requests = Requests()
    threading.Thread(target=_receive, args=(connection, requests), name="requests", daemon=True).start()
    maker = PictureMaker()
    while True:
        request = requests.take(IDLE_SECONDS)
        if request is None:
            trim(settings.thumbnail_dir(), THUMBNAIL_CACHE_BYTES)
            request = requests.take(None)
        if request is not None:
            _send(connection, maker.answer(request))


def _receive(connection: Connection, requests: Requests) -> None:
    while True:
        try:
            requests.put(connection.recv())
        except (EOFError, OSError):
            os._exit(0)  # not sys.exit: the other thread may be deep in a decoder


def _send(connection: Connection, answer: Answer) -> None:
    try:
        connection.send(answer)
    except OSError:
        os._exit(0)


def _limit_memory() -> None:
    """A backstop where the system has one: a decoder that asks for more fails alone instead of filling the machine."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = MEMORY_LIMIT_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_LIMIT_BYTES, hard)
        with suppress(ValueError, OSError):  # macOS knows the limit but does not let it be set
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


class Requests:
    """What is still to do; filled by the receiving thread, emptied by the decoding one."""

    def __init__(self) -> None:
        self._previews: dict[int, Preview | Describe] = {}
        self._thumbnails: dict[int, Thumbnail] = {}
        self._changed = threading.Condition()

    def put(self, message: Request | Forget) -> None:
        """Add a request, or take some out."""
        with self._changed:
            if isinstance(message, Preview | Describe):
                self._previews[message.request] = message
            elif isinstance(message, Thumbnail):
                self._thumbnails[message.request] = message
            else:
                for request in message.requests:
                    self._previews.pop(request, None)
                    self._thumbnails.pop(request, None)
            self._changed.notify()

    def take(self, timeout: float | None) -> Request | None:
        """The newest preview, else the newest thumbnail; None when none came within ``timeout`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._previews or self._thumbnails, timeout)
            if self._previews:
                return self._previews.popitem()[1]
            return self._thumbnails.popitem()[1] if self._thumbnails else None


class PictureMaker:
    """Answers requests from the cache or by decoding; remembers, as long as the process lives, which files failed."""

    def __init__(self) -> None:
        self._failed: dict[Path, Problem] = {}  # by the picture that could not be made

    def answer(self, request: Request) -> Answer:
        """Make what is asked for; whatever goes wrong is a `Refused`."""
        try:
            if isinstance(request, Describe):
                return _describe(request)
            target = self._target(request)
            if target in self._failed:
                return Refused(request.request, self._failed[target])
            width, height = _size_of(target) or self._make(request, target)
            return Made(request.request, str(target), width, height)
        except PairLensError as error:
            return Refused(request.request, error.problem())
        except OSError as error:
            return Refused(request.request, _cache_problem(error))
        except Exception as error:  # the process boundary: one odd file must not cost all the others
            logger.exception("request %r", request)
            return Refused(
                request.request, PairLensError("The picture cannot be shown.", details=repr(error)).problem()
            )

    def _target(self, request: Thumbnail | Preview) -> Path:
        if isinstance(request, Thumbnail):
            return thumbnail_path(request.path, request.size, request.mtime_ns)
        try:
            status = os.stat(request.path)
        except OSError:
            name = os.path.basename(request.path).decode("utf-8", "replace")
            raise ImageVanished(f"{name} is not there any more.") from None
        return preview_path(request.path, status.st_size, status.st_mtime_ns, request.max_side)

    def _make(self, request: Thumbnail | Preview, target: Path) -> tuple[int, int]:
        from engine.pictures import read_picture

        side = THUMBNAIL_SIDE // 2 if isinstance(request, Thumbnail) else request.max_side
        try:
            image = read_picture(request.path, target=side).image
        except (ImageVanished, ImageChanged):
            raise  # may be different in a moment
        except ImageError as error:
            self._failed[target] = error.problem()
            raise
        if isinstance(request, Thumbnail):
            return save_thumbnail(image, target)
        size = save_preview(image, target, request.max_side)
        trim(preview_dir(), PREVIEW_CACHE_BYTES)
        return size


def _describe(request: Describe) -> Described:
    from engine.details import read_details

    details = read_details(request.path)
    return Described(request.request, details.camera, details.taken)


def _size_of(file: Path) -> tuple[int, int] | None:
    """Width and height of a picture of the cache, from its header; None if it is not there (or was cut short)."""
    from PIL import Image, UnidentifiedImageError

    try:
        os.utime(file)  # `trim` deletes what was not asked for longest
        with Image.open(file, formats=("JPEG", "BMP")) as image:
            return image.size
    except (FileNotFoundError, UnidentifiedImageError):
        return None


def _cache_problem(error: OSError) -> Problem:
    """The cache could not be written (or read): pictures themselves fail with an `ImageError`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull("The disk is full: thumbnails cannot be kept.").problem()
    return PairLensError(f"The cache in {settings.cache_dir()} cannot be written: {error}.").problem()
