"""Ctrl+C in the terminal and the system's request to end close the window, without asking anything.

Python runs signal handlers only between its own instructions, and an idle window runs none; the signal's number comes
through a socket that Qt watches. Started by `app.application`, ends with the window.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QWidget


def close_on_signals(window: QWidget, leave: Callable[[], object]) -> None:
    """From now on SIGINT and SIGTERM call ``leave``, as long as ``window`` lives; only from the main thread, as Python
    wants it.
    """
    reader, writer = socket.socketpair()
    for end in (reader, writer):
        end.setblocking(False)
    signal.set_wakeup_fd(writer.fileno())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)

    def close() -> None:
        reader.recv(64)
        leave()

    notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read, window)
    notifier.activated.connect(close)
    window.destroyed.connect(lambda: writer.close())  # keeps the socket open as long as the window lives
