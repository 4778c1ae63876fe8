"""Files on their way in and out: drag and drop and the clipboard, both as lists of URIs.

Paths are bytes. Qt's own `QMimeData.urls` loses names that are not UTF-8, so the list is read and written here, as
the percent-encoded bytes that it is on the wire.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from urllib.parse import quote_from_bytes, unquote_to_bytes

from PySide6.QtCore import QMimeData, QObject, Qt
from PySide6.QtGui import QDrag, QImage, QPixmap

URI_LIST = "text/uri-list"
DRAG_SIDE = 96  # of the picture under the pointer while dragging
_LOCAL_HOSTS = (b"", b"localhost")


def files_mime(paths: Iterable[bytes]) -> QMimeData:
    """What a drag or the clipboard carries for these files: their URIs, and their paths as plain text."""
    listed = list(paths)
    mime = QMimeData()
    mime.setData(URI_LIST, b"".join(uri_of(path) + b"\r\n" for path in listed))
    mime.setText("\n".join(path.decode("utf-8", "replace") for path in listed))
    return mime


def drag_out(source: QObject, paths: Sequence[bytes], picture: QImage | None) -> None:
    """Let the person drag these files to another program; they can only be copied, never moved."""
    drag = QDrag(source)
    drag.setMimeData(files_mime(paths))
    if picture is not None:
        small = picture.scaled(DRAG_SIDE, DRAG_SIDE, Qt.AspectRatioMode.KeepAspectRatio)
        drag.setPixmap(QPixmap.fromImage(small))
    drag.exec(Qt.DropAction.CopyAction)


def paths_in(mime: QMimeData) -> list[bytes]:
    """The absolute local paths that ``mime`` carries, as bytes, in their order and each once."""
    if not mime.hasFormat(URI_LIST):
        return []
    lines = bytes(mime.data(URI_LIST).data()).splitlines()
    paths = (path_of(line) for line in lines if line and not line.startswith(b"#"))
    return list(dict.fromkeys(path for path in paths if path is not None))


def uri_of(path: bytes) -> bytes:
    """``file:`` URI of an absolute path, with every byte that is not plain ASCII percent-encoded."""
    if sys.platform == "win32":
        path = b"/" + path.replace(b"\\", b"/")
    return b"file://" + quote_from_bytes(path, safe="/:" if sys.platform == "win32" else "/").encode("ascii")


def path_of(uri: bytes) -> bytes | None:
    """The local path behind a ``file:`` URI; None for anything else (another scheme, another host)."""
    scheme, _, rest = uri.partition(b":")
    if scheme.lower() != b"file":
        return None
    host = b""
    if rest.startswith(b"//"):
        host, slash, rest = rest[2:].partition(b"/")
        rest = slash + rest
    path = unquote_to_bytes(rest)
    if host.lower() not in _LOCAL_HOSTS or not path.startswith(b"/"):
        return None
    return os.path.normpath(path.lstrip(b"/") if sys.platform == "win32" else path)
