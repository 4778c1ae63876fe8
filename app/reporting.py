"""Where the window's messages go: window.log, the crash file, and a dialog for what nobody foresaw.

`start_logging` is called first by `app.application`; from then on Python's and Qt's messages go to one rotating file,
a native crash leaves its stack in ``window-crash.log``, and an exception in a slot is logged and shown while the
program goes on. The files stay open until the process ends.
"""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from engine.errors import PairLensError, Problem
from engine.settings import log_dir

log = logging.getLogger("pairlens.window")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class UnexpectedErrors(QObject):
    """Takes what reaches `sys.excepthook`: logs it and tells the window.

    Signals:
        caught(Problem): an exception nobody handled; the program goes on.
    """

    caught = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._telling = False

    def install(self) -> None:
        """Become the process's excepthook."""
        sys.excepthook = self._hook

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        log.error("Unexpected error\n%s", text)
        if isinstance(error, PairLensError):
            problem = error.problem()
        else:
            sentence = f"Something went wrong inside the window ({kind.__name__}: {error})."
            problem = Problem(PairLensError.code, sentence, PairLensError.remedy, text)
        if not self._telling:  # an error while telling about an error goes to the log alone
            self._telling = True
            self.caught.emit(problem)
            self._telling = False


def start_logging() -> Path | None:
    """Open window.log and the crash file in ``settings.log_dir()``, and take over Qt's messages.

    Returns the file with the stack of the crash that ended the last window; None where it ended well.
    """
    folder = log_dir()
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        folder / "window.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8", errors="backslashreplace"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("pairlens")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    crash, before = folder / "window-crash.log", folder / "window-crash-before.log"
    crashed = crash.is_file() and crash.stat().st_size > 0
    if crashed:
        os.replace(crash, before)
    # Kept open on purpose: the fault handler writes to the descriptor when nothing else works any more.
    faulthandler.enable(crash.open("w"))
    qInstallMessageHandler(_take_qt_message)
    return before if crashed else None


def _take_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s (%s)", message, context.category or "default")
