"""Watches the library's folders and says, once it is quiet again, which of them changed.

The engine makes a `FolderWatcher` and tells it the folders whenever they change; `changed` is then called, on the
watcher's own thread, with a folder's id; `close` ends it. Where watching is not possible (network drives, the system's
limits) one line goes to the log and *Refresh* remains. What lies behind links below a folder is not watched.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from engine.scan import is_hidden, named_as_image
from engine.store.rows import Folder

QUIET_SECONDS = 1.0  # a file is announced when it is created, long before it is written
PATIENCE_SECONDS = 15.0  # while files keep coming, they are taken in at least this often

# Not those of opening and reading: indexing itself would cause them.
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileClosedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Watched:
    path: bytes
    identity: tuple[int, int]  # another drive mounted in the place needs a new watch
    watch: ObservedWatch


class FolderWatcher:
    """Calls ``changed(folder id)`` after something below a watched folder changed and ``quiet`` seconds went by."""

    def __init__(self, changed: Callable[[int], None], *, quiet: float = QUIET_SECONDS) -> None:
        self._changed = changed
        self._quiet = quiet
        self._observer: BaseObserver | None = None
        self._watched: dict[int, _Watched] = {}
        self._given_up: set[bytes] = set()  # said once in the log
        self._restless: dict[int, tuple[float, float]] = {}  # folder -> times of the first and the last event
        self._condition = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._tell, name="folder-watcher", daemon=True)
        self._thread.start()

    def watch(self, folders: Iterable[Folder]) -> None:
        """Watch exactly these folders from now on, as far as they are there. Call it again after every refresh."""
        wanted = {folder.id: (folder.path, _identity(folder.path)) for folder in folders}
        for folder_id, watched in list(self._watched.items()):
            if wanted.get(folder_id) != (watched.path, watched.identity):
                del self._watched[folder_id]
                self._unschedule(watched)
        for folder_id, (path, identity) in wanted.items():
            if identity is not None and folder_id not in self._watched:
                self._schedule(folder_id, path, identity)

    def close(self) -> None:
        """Stop watching; no call of ``changed`` is under way or comes after this returns."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        self._thread.join()
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()

    def _schedule(self, folder_id: int, path: bytes, identity: tuple[int, int]) -> None:
        try:
            if self._observer is None:
                self._observer = Observer()
                self._observer.start()
            handler = _Handler(lambda: self._note(folder_id))
            watch = self._observer.schedule(handler, os.fsdecode(path), recursive=True, event_filter=_EVENTS)
        except OSError as error:
            if path not in self._given_up:
                logger.warning("%r is not watched, use Refresh: %s", path, error)
                self._given_up.add(path)
            return
        self._given_up.discard(path)
        self._watched[folder_id] = _Watched(path, identity, watch)

    def _unschedule(self, watched: _Watched) -> None:
        shared = any(other.watch == watched.watch for other in self._watched.values())
        if self._observer is not None and not shared:
            self._observer.unschedule(watched.watch)

    def _note(self, folder_id: int) -> None:
        now = time.monotonic()
        with self._condition:
            first, _ = self._restless.get(folder_id, (now, now))
            self._restless[folder_id] = (first, now)
            self._condition.notify()

    def _tell(self) -> None:
        while (folder_id := self._next_quiet()) is not None:
            self._changed(folder_id)

    def _next_quiet(self) -> int | None:
        """Wait until a folder has been quiet long enough and return it; None at the end."""
        with self._condition:
            while not self._closed:
                now = time.monotonic()
                due = {
                    folder_id: min(last + self._quiet, first + PATIENCE_SECONDS)
                    for folder_id, (first, last) in self._restless.items()
                }
                earliest = min(due, key=due.__getitem__, default=None)
                if earliest is not None and due[earliest] <= now:
                    del self._restless[earliest]
                    return earliest
                self._condition.wait(None if earliest is None else due[earliest] - now)
        return None


class _Handler(FileSystemEventHandler):
    """Passes on what concerns images and folders; other programs' temporary files do not."""

    def __init__(self, note: Callable[[], None]) -> None:
        self._note = note

    def on_any_event(self, event: FileSystemEvent) -> None:
        names = (os.path.basename(os.fsencode(path)) for path in (event.src_path, event.dest_path) if path)
        if any(not is_hidden(name) and (event.is_directory or named_as_image(name)) for name in names):
            self._note()


def _identity(path: bytes) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
