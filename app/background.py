"""Work away from the GUI thread, a piece at a time; whoever has such work makes one.

Every piece ends in `done` or `failed`, delivered on the GUI thread; `close` waits for the one under way. What only
reads the library is `app.background_reader`'s.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QThreadPool, Signal

from engine.errors import PairLensError


class Background(QObject):
    """One thread.

    Signals:
        done(object): what a piece of work returned.
        failed(Problem): what it could not do.
    """

    done = Signal(object)
    failed = Signal(object)
    _ended = Signal(object)  # from the thread

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thread = QThreadPool(self)
        self._thread.setMaxThreadCount(1)
        self._ended.connect(self._tell)

    def start(self, work: Callable[[], object]) -> None:
        """Do this, after what was started before."""
        self._thread.start(lambda: self._ended.emit(_outcome(work)))

    def close(self) -> None:
        """Drop what waits, and wait for what is under way."""
        self._thread.clear()
        self._thread.waitForDone()

    def _tell(self, outcome: object) -> None:
        if isinstance(outcome, PairLensError):
            self.failed.emit(outcome.problem())
        else:
            self.done.emit(outcome)


def _outcome(work: Callable[[], object]) -> object:
    try:
        return work()
    except PairLensError as error:
        return error
