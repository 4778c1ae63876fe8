"""Thumbnails and previews for the window: what is visible first, the rest of the library when nothing else is to do.

The main window makes one and hands it to whoever shows pictures. A thumbnail is looked for in the cache on disk,
then asked for from the pictures process; its JPEG is decoded to the size shown by a thread of a pool. Decoded images
are kept up to a limit in bytes, least recently shown out first. `close` ends process and threads.

Qt's decoders only ever see files that the pictures process wrote.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice

from PySide6.QtCore import QObject, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader

from app.image_cache import ImageCache, Key, key_of, read_image, without_thumbnail
from app.pictures_process import PicturesProcess
from engine.errors import ImageUnreadable, Problem
from engine.store.rows import File
from engine.thumbnails import THUMBNAIL_SIDE, Answer, Describe, Described, Preview, Refused, Thumbnail, thumbnail_path

MEMORY = 256 << 20
UNDER_WAY = 4  # requests in the process at once: a scrolled-away tile costs at most these
READS = 2  # thumbnails being decoded at once
PASSING = {"image-vanished", "image-changed"}  # problems that may be over by now
PROBES = 64  # files looked up in the cache at once while filling it
LARGEST_PREVIEW_MB = 2048  # Qt's limit for one decoded image; our own previews may be 100 megapixels


class PicturesClient(QObject):
    """`show` what is visible, then read `thumbnail`; `arrived` says when to read it again."""

    arrived = Signal(object)  # Key: there is a (sharper) thumbnail, or a problem
    preview_ready = Signal(int, QImage)
    preview_refused = Signal(int, object)  # Problem
    described = Signal(int, object)  # Described
    _read = Signal(object, int, object)  # key, side, QImage | None: from the pool
    _previewed = Signal(int, object)  # request, QImage
    _probed = Signal(object)  # files without a thumbnail

    def __init__(self, parent: QObject | None = None, *, memory: int = MEMORY) -> None:
        super().__init__(parent)
        QImageReader.setAllocationLimit(LARGEST_PREVIEW_MB)
        self._images = ImageCache(memory)
        self._problems: dict[Key, Problem] = {}
        self._visible: dict[Key, File] = {}
        self._side = THUMBNAIL_SIDE
        self._to_read: deque[Key] = deque()
        self._reading: set[Key] = set()
        self._to_make: deque[File] = deque()
        self._made: set[Key] = set()  # by the process for us: a thumbnail that cannot be read now is a problem
        self._previews: deque[Preview | Describe] = deque()
        self._asked: dict[int, File | None] = {}  # request -> the file of a thumbnail, None for the others
        self._missing: deque[File] = deque()  # found by filling the cache
        self._rest: Iterator[File] = iter(())  # still to look up
        self._probing = False
        self._closed = False
        self._numbers = count(1)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(READS)
        self._process = PicturesProcess(self)
        self._process.answered.connect(self._answer)
        self._read.connect(self._take)
        self._previewed.connect(self._take_preview)
        self._probed.connect(self._take_probe)

    # ---- thumbnails --------------------------------------------------------------------------------------

    def thumbnail(self, key: Key) -> QImage | None:
        """The sharpest image at hand, upright; None while there is none."""
        return self._images.get(key)

    def problem(self, key: Key) -> Problem | None:
        """Why there will be no thumbnail."""
        return self._problems.get(key)

    def show(self, files: Sequence[File], side: int) -> None:
        """These are visible now, most wanted first, each in a square of ``side`` device pixels. Others wait."""
        self._side = min(side, THUMBNAIL_SIDE)
        self._visible = {key_of(file): file for file in files}
        self._to_read = deque(key for key in self._visible if self._lacks(key))
        self._to_make = deque(file for file in self._to_make if key_of(file) in self._visible)
        self._pump()

    def fill(self, files: Iterable[File]) -> None:
        """The library was read (again): try again what had only vanished for a moment, and make the thumbnails that
        ``files`` lack, one by one, whenever nothing visible is to do."""
        self._missing.clear()
        self._rest = iter(files)
        passing = {key for key, problem in self._problems.items() if problem.code in PASSING}
        for key in passing:
            del self._problems[key]
        self._pump()

    # ---- previews ----------------------------------------------------------------------------------------

    def preview(self, path: bytes, max_side: int | None = None) -> int:
        """Ask for a large image, ``max_side`` pixels at most (None = all pixels); `preview_ready` carries the number
        returned, or `preview_refused` does."""
        return self._queue(Preview(next(self._numbers), path, max_side))

    def describe(self, path: bytes) -> int:
        """Ask what the camera wrote into a file; `described` carries the number returned, if there is an answer."""
        return self._queue(Describe(next(self._numbers), path))

    def _queue(self, request: Preview | Describe) -> int:
        self._previews.append(request)
        self._pump()
        return request.request

    def forget_preview(self, request: int) -> None:
        """Withdraw it; nothing is delivered for it any more."""
        self._previews = deque(preview for preview in self._previews if preview.request != request)
        if request in self._asked:
            del self._asked[request]
            self._process.forget(request)
            self._pump()

    @property
    def process_id(self) -> int | None:
        """The pictures process; None while there is none."""
        return self._process.pid

    def close(self) -> None:
        """End the process and the threads; whatever is asked afterwards is not done."""
        self._closed = True
        self._visible = {}
        self._to_read.clear()
        self._to_make.clear()
        self._previews.clear()
        self._missing.clear()
        self._rest = iter(())
        self._process.close()
        self._pool.waitForDone()

    # ---- the order of things -----------------------------------------------------------------------------

    def _lacks(self, key: Key) -> bool:
        return key not in self._problems and key not in self._reading and self._images.side(key) < self._side

    def _pump(self) -> None:
        if self._closed:
            return
        while self._to_read and len(self._reading) < READS:
            self._read_thumbnail(self._to_read.popleft())
        while self._previews and self._process.under_way < UNDER_WAY:
            preview = self._previews.popleft()
            self._asked[preview.request] = None
            self._process.ask(preview)
        asked = {key_of(file) for file in self._asked.values() if file is not None}
        while self._to_make and self._process.under_way < UNDER_WAY:
            file = self._to_make.popleft()
            if key_of(file) not in asked:
                self._make(file)
        if not (self._to_read or self._reading or self._process.under_way):
            self._fill_on()

    def _fill_on(self) -> None:
        if self._missing:
            self._make(self._missing.popleft())
        elif not self._probing and (files := list(islice(self._rest, PROBES))):
            self._probing = True
            self._pool.start(lambda: self._probed.emit(without_thumbnail(files)))

    def _read_thumbnail(self, key: Key) -> None:
        side = self._side
        self._reading.add(key)
        self._pool.start(lambda: self._read.emit(key, side, read_image(str(thumbnail_path(*key)), side)))

    def _make(self, file: File) -> None:
        number = next(self._numbers)
        self._asked[number] = file
        self._process.ask(Thumbnail(number, *key_of(file)))

    # ---- what comes back ---------------------------------------------------------------------------------

    def _take(self, key: Key, side: int, image: QImage | None) -> None:
        self._reading.discard(key)
        if image is not None:
            self._images.put(key, image, side)
            self.arrived.emit(key)
            if key in self._visible and self._lacks(key):
                self._to_read.append(key)  # tiles have grown meanwhile
        elif key in self._made:
            name = os.path.basename(key[0]).decode(errors="replace")
            self._refuse(key, ImageUnreadable(f"The thumbnail of “{name}” could not be read back.").problem())
        elif key in self._visible:
            self._to_make.append(self._visible[key])
        self._pump()

    def _answer(self, answer: Answer) -> None:
        if answer.request not in self._asked:
            return
        file = self._asked.pop(answer.request)
        if file is None:
            self._answer_preview(answer)
        elif isinstance(answer, Refused):
            self._refuse(key_of(file), answer.problem)
        elif (key := key_of(file)) in self._visible:
            self._made.add(key)
            self._to_read.append(key)
        self._pump()

    def _answer_preview(self, answer: Answer) -> None:
        if isinstance(answer, Refused):
            self.preview_refused.emit(answer.request, answer.problem)
            return
        if isinstance(answer, Described):
            self.described.emit(answer.request, answer)
            return
        self._asked[answer.request] = None  # still ours until the image is decoded
        number, file = answer.request, answer.file
        self._pool.start(lambda: self._previewed.emit(number, read_image(file, None)))

    def _take_preview(self, request: int, image: QImage | None) -> None:
        if request not in self._asked:
            return
        del self._asked[request]
        if image is None:
            self.preview_refused.emit(
                request, ImageUnreadable("The preview could not be read back from the cache.").problem()
            )
        else:
            self.preview_ready.emit(request, image)

    def _take_probe(self, files: list[File]) -> None:
        self._probing = False
        self._missing.extend(files)
        self._pump()

    def _refuse(self, key: Key, problem: Problem) -> None:
        self._problems[key] = problem
        self.arrived.emit(key)
