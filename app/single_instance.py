"""One window per library: a second start hands its folders to the first, which comes to the front.

`hand_over` is tried by `app.application` before anything is built; when nobody answers, `InstanceServer` is started
and listens until the window closes. The library's lock file, not this socket, is what keeps two writers apart.
"""

from __future__ import annotations

import getpass
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_SEPARATOR = b"\0"  # the one byte that no path holds
_END = b"\0\0"
_ANSWER = b"shown"
_CONNECT_MS = 300
_ANSWER_MS = 3000


def _socket_name(library: Path) -> str:
    user = os.getuid() if hasattr(os, "getuid") else getpass.getuser()  # a number need not have a name
    identity = f"{user}\n{library.resolve()}".encode(errors="surrogateescape")
    return "pairlens-" + hashlib.blake2b(identity, digest_size=10).hexdigest()


def hand_over(library: Path, folders: Sequence[bytes]) -> bool:
    """Ask the window that has ``library`` open to come to the front and add ``folders``; False if there is none."""
    socket = QLocalSocket()
    socket.connectToServer(_socket_name(library))
    if not socket.waitForConnected(_CONNECT_MS):
        return False
    socket.write(_SEPARATOR.join(folders) + _END)
    socket.flush()
    answered = socket.waitForReadyRead(_ANSWER_MS) and socket.readAll().data() == _ANSWER
    socket.abort()
    return answered


class InstanceServer(QObject):
    """Listens for later starts on the same library.

    Signals:
        asked(list): another start wants this window shown; the folders (bytes) it was given.
    """

    asked = Signal(list)

    def __init__(self, library: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)
        name = _socket_name(library)
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # left behind by a killed window: `hand_over` found nobody there
            self._server.listen(name)

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _accept(self) -> None:
        """Take what the other start sends at once, and let go of it.

        A socket with Python functions on its signals outlived the server by one event, which then found it gone.
        """
        socket = self._server.nextPendingConnection()
        if socket is None:
            return
        received = bytes(socket.readAll().data())
        while not received.endswith(_END) and socket.waitForReadyRead(_CONNECT_MS):
            received += bytes(socket.readAll().data())
        whole = received.endswith(_END)
        if whole:
            socket.write(_ANSWER)
            socket.flush()
        socket.disconnectFromServer()
        socket.deleteLater()
        if whole:
            self.asked.emit([part for part in received.split(_SEPARATOR) if part])
