"""A second start on the same library hands over to the first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pytestqt.qtbot import QtBot

from app.single_instance import InstanceServer, hand_over

ROOT = Path(__file__).resolve().parents[2]
SECOND_START = """
import sys; from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.single_instance import hand_over
app = QCoreApplication([])
raise SystemExit(0 if hand_over(Path(sys.argv[1]), [b"/pictures/\\xff one", b"/two"]) else 3)
"""

GOING_AWAY = """
import sys; from pathlib import Path
from PySide6.QtCore import QCoreApplication
from PySide6.QtNetwork import QLocalSocket
from app import single_instance
app, library = QCoreApplication([]), Path(sys.argv[1])
for number in range(60):
    server, asked = single_instance.InstanceServer(library), []
    server.asked.connect(asked.append)
    caller = QLocalSocket()
    caller.connectToServer(single_instance._socket_name(library))
    caller.waitForConnected(1000)
    caller.write(b"/a\\0\\0")
    caller.flush()
    while not asked:
        app.processEvents()
    if number % 2:
        caller.abort()
    del server
    caller.abort()
    app.processEvents()
"""


def test_a_second_process_hands_over_its_folders(qtbot: QtBot, tmp_path: Path) -> None:
    library = tmp_path / "library.pairlens"
    server = InstanceServer(library)
    with qtbot.waitSignal(server.asked, timeout=10_000) as asked:
        second = subprocess.Popen([sys.executable, "-c", SECOND_START, str(library)], cwd=ROOT, env=os.environ)
    assert asked.args == [[b"/pictures/\xff one", b"/two"]]
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=10_000)
    assert second.returncode == 0
    server.close()


def test_nobody_there_and_another_library(qtbot: QtBot, tmp_path: Path) -> None:
    server = InstanceServer(tmp_path / "one.pairlens")
    assert not hand_over(tmp_path / "two.pairlens", [])
    server.close()
    assert not hand_over(tmp_path / "one.pairlens", [])


def test_a_window_may_end_while_it_is_called(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", GOING_AWAY, str(tmp_path / "library.pairlens")], cwd=ROOT, timeout=60)
    assert ended.returncode == 0
