"""Other programs for a file: `show_in_file_manager` and `open_externally`, on each system by its own command.

Paths are bytes and commands are lists of arguments; no shell reads them. Each command runs on a thread of its own
that ends with it, so that nothing here waits and no ended process is left behind.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence

from app.dragdrop import uri_of

Command = list[str | bytes]

SECONDS = 20
"""A launcher hands over and returns; one that does not is left to itself after this long."""


def show_in_file_manager(path: bytes) -> None:
    """Open the file's folder with the file marked, where the file manager can do that."""
    _run_first(reveal_commands(path, sys.platform))


def open_externally(path: bytes) -> None:
    """Open the file in the program that the system has for it."""
    _run_first(open_commands(path, sys.platform))


def reveal_commands(path: bytes, platform: str) -> Sequence[Command]:
    """Commands to try in turn on ``platform`` (as in `sys.platform`)."""
    if platform == "win32":
        return [["explorer.exe", "/select," + os.fsdecode(path)]]
    if platform == "darwin":
        return [["open", "-R", path]]
    show_items: Command = [
        "dbus-send",
        "--session",
        "--print-reply",  # waits for the answer, so that a missing file manager is an error
        "--dest=org.freedesktop.FileManager1",
        "/org/freedesktop/FileManager1",
        "org.freedesktop.FileManager1.ShowItems",
        b"array:string:" + uri_of(path).replace(b",", b"%2C"),  # a comma would begin the next item
        "string:",
    ]
    return [show_items, ["xdg-open", os.path.dirname(path)]]


def open_commands(path: bytes, platform: str) -> Sequence[Command]:
    """Commands to try in turn on ``platform`` (as in `sys.platform`)."""
    if platform == "win32":
        return [["explorer.exe", os.fsdecode(path)]]
    return [["open", path]] if platform == "darwin" else [["xdg-open", path]]


def _run_first(commands: Sequence[Command]) -> None:
    threading.Thread(target=_try_in_turn, args=(commands,), name="reveal", daemon=True).start()


def _try_in_turn(commands: Sequence[Command]) -> None:
    for command in commands:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
            )
        except FileNotFoundError:
            continue  # this system has no such launcher
        except subprocess.TimeoutExpired:
            return
        if done.returncode == 0:
            return
