"""Keeps the pictures process (`engine.thumbnails`) alive and finds the file that makes it crash.

`app.pictures_client` makes it; the process starts with the first request and ends with `close` (or with the window:
its pipe closes). After a crash or a hang everything that was under way is asked again, one request at a time, so
that the guilty file is known; a file that has ended the process twice is refused.
"""

from __future__ import annotations

import os
import threading
from collections import Counter, deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from PySide6.QtCore import QObject, QTimer, Signal

from engine import thumbnails
from engine.errors import ImageUnreadable, PairLensError, Problem
from engine.thumbnails import Answer, Forget, Refused, Request

Start = Callable[[], tuple[BaseProcess, Connection]]

FRUITLESS = 6
"""After so many ends in a row without one answer the process cannot work here, and is not started again."""

HANG_SECONDS = 60
"""Longer than the largest picture takes from a slow network drive."""


class PicturesProcess(QObject):
    """One process at a time. Requests carry numbers that the caller chooses; each is answered once."""

    answered = Signal(object)  # Made | Refused, on the GUI thread
    _heard = Signal(object, object)  # (process, Answer), (process, None) when it has ended; from the listening thread

    def __init__(
        self, parent: QObject | None = None, *, start: Start = thumbnails.start, hang_seconds: int = HANG_SECONDS
    ) -> None:
        super().__init__(parent)
        self._start_process = start
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._listener: threading.Thread | None = None
        self._asked: dict[int, Request] = {}
        self._suspects: deque[Request] = deque()  # were under way at a crash; asked again one by one
        self._crashes: Counter[bytes] = Counter()  # by path
        self._fruitless = 0  # ends since the last answer
        self._hang = QTimer(self, singleShot=True, interval=1000 * hang_seconds)
        self._hang.timeout.connect(self._kill)
        self._heard.connect(self._take)

    @property
    def under_way(self) -> int:
        """How many requests wait for their answer. A short queue here keeps the choice of the next one late."""
        return len(self._asked) + len(self._suspects)

    @property
    def pid(self) -> int | None:
        """The process's number; None while there is none."""
        return None if self._process is None else self._process.pid

    def ask(self, request: Request) -> None:
        """Send ``request`` (behind what a crash left over)."""
        if self._fruitless >= FRUITLESS:
            QTimer.singleShot(0, self, lambda: self.answered.emit(Refused(request.request, _cannot_work())))
        elif self._suspects:
            self._suspects.append(request)
        else:
            self._send(request)

    def forget(self, number: int) -> None:
        """Withdraw a request; no answer to it is delivered any more."""
        self._suspects = deque(request for request in self._suspects if request.request != number)
        if self._asked.pop(number, None) is not None:
            self._write(Forget((number,)))
            self._go_on()

    def close(self) -> None:
        """End the process and wait for it. Nothing is lost: its files are written beside their place and moved."""
        self._asked.clear()
        self._suspects.clear()
        self._hang.stop()
        process, listener, connection = self._process, self._listener, self._connection
        self._process = self._listener = self._connection = None
        if process is not None and listener is not None and connection is not None:
            process.kill()
            listener.join()
            connection.close()

    def _start(self) -> None:
        self._process, self._connection = self._start_process()
        self._listener = threading.Thread(
            target=self._listen, args=(self._process, self._connection), name="pictures", daemon=True
        )
        self._listener.start()

    def _listen(self, process: BaseProcess, connection: Connection) -> None:
        try:
            while True:
                self._heard.emit(process, connection.recv())
        except (EOFError, OSError):
            process.join()
            self._heard.emit(process, None)

    def _send(self, request: Request) -> None:
        if self._process is None:
            self._start()
        self._asked[request.request] = request
        self._hang.start()
        self._write(request)

    def _write(self, message: Request | Forget) -> None:
        if self._connection is None:
            return
        try:
            self._connection.send(message)
        except OSError:
            return  # the process has just ended: the listener says so, and what was asked is asked again

    def _take(self, process: BaseProcess, answer: Answer | None) -> None:
        if process is not self._process:
            return  # a late word of one that was closed
        if answer is None:
            self._lost()
        elif (request := self._asked.pop(answer.request, None)) is not None:
            self._crashes.pop(request.path, None)
            self._fruitless = 0
            self._go_on()
            self.answered.emit(answer)

    def _go_on(self) -> None:
        if self._suspects and not self._asked:
            self._send(self._suspects.popleft())
        elif self._asked:
            self._hang.start()
        else:
            self._hang.stop()

    def _lost(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = self._listener = None
        lost = list(self._asked.values())
        self._asked.clear()
        self._fruitless += 1
        if self._fruitless >= FRUITLESS:
            self._give_up([*lost, *self._suspects])
            return
        self._crashes.update(request.path for request in lost)
        guilty = [request for request in lost if self._crashes[request.path] > 1]
        self._suspects.extendleft(request for request in reversed(lost) if request not in guilty)
        self._go_on()
        for request in guilty:
            self.answered.emit(Refused(request.request, _guilty(request.path)))

    def _give_up(self, requests: list[Request]) -> None:
        self._suspects.clear()
        self._hang.stop()
        for request in requests:
            self.answered.emit(Refused(request.request, _cannot_work()))

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()


def _guilty(path: bytes) -> Problem:
    name = os.path.basename(path).decode(errors="replace")
    return ImageUnreadable(f"“{name}” stopped the reading of pictures twice and is left alone.").problem()


def _cannot_work() -> Problem:
    return PairLensError("Pictures cannot be shown: the process that reads them ends as soon as it starts.").problem()
