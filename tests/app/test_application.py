"""The program as a process: how it starts, what it survives, how it ends, and that nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.settings import log_dir
from tests.app.conftest import NO_MODEL
from tests.conftest import write_photo
from tests.engine.engines import has_ended

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0

# Runs the program as `python -m app` does, with something done to its window once it is filled.
DRIVEN = """
import os
import sys
from PySide6.QtCore import QTimer
from app import application
from app.main_window import MainWindow

fill = MainWindow.fill
def filled(window, client):
    fill(window, client)
    act(window)
MainWindow.fill = filled

{act}

if __name__ == "__main__":
    raise SystemExit(application.run(sys.argv[1:]))
"""


def start(tmp_path: Path, *arguments: str, act: str = "") -> subprocess.Popen[str]:
    """The program in a process of its own on a new library; ``act`` defines ``act(window)``."""
    command = [sys.executable, "-m", "app"]
    if act:
        script = tmp_path / "driven.py"
        script.write_text(DRIVEN.format(act=act))
        command = [sys.executable, str(script)]
    options = ["--library", str(tmp_path / "own.pairlens"), "--model", NO_MODEL, *arguments]
    return subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def children(pid: int) -> set[int]:
    """The processes that ``pid`` started and that run."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.add(int(stat.parent.name))
    return found


def wait_for(what: object, condition: object) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_the_window_never_imports_torch(tmp_path: Path) -> None:
    act = """
def act(window):
    def tell():
        heavy = [m for m in ("torch", "torchvision", "open_clip", "transformers") if m in sys.modules]
        print("heavy:", heavy, flush=True)
        window.close()
    window.client.model_problem.connect(tell)
"""
    program = start(tmp_path, act=act)
    out, err = program.communicate(timeout=PATIENCE)
    assert (program.returncode, out.strip()) == (0, "heavy: []"), err


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    act = """
def fill_nothing(window, client):
    print("heavy:", [m for m in ("torch", "PIL", "engine.store.library") if m in before], flush=True)
    os._exit(0)
MainWindow.fill = fill_nothing
paint = MainWindow.paintEvent
def painted(window, event):
    global before
    before = set(sys.modules)
    paint(window, event)
MainWindow.paintEvent = painted
"""
    program = start(tmp_path, act=act)
    out, err = program.communicate(timeout=PATIENCE)
    assert (program.returncode, out.strip()) == (0, "heavy: []"), err


def test_an_exception_in_a_slot_is_shown_and_logged_and_the_program_goes_on(tmp_path: Path) -> None:
    act = """
def act(window):
    def fail():
        raise ZeroDivisionError("planted")
    def look():
        from app.widgets.dialogs import TextDialog
        dialog = window.findChild(TextDialog)
        print("shown:", dialog is not None and dialog.isVisible(), flush=True)
        window.close()
    QTimer.singleShot(0, fail)
    QTimer.singleShot(200, look)
"""
    program = start(tmp_path, act=act)
    out, err = program.communicate(timeout=PATIENCE)
    assert (program.returncode, out.strip()) == (0, "shown: True"), err
    log = (log_dir() / "window.log").read_text()
    assert "ZeroDivisionError: planted" in log
    assert "Traceback" in log


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    for number in range(300):
        write_photo(folder / f"{number:03}.jpg", number)
    return folder


def test_closing_while_work_is_under_way_ends_well_and_leaves_nothing(tmp_path: Path, many: Path) -> None:
    act = """
def act(window):
    window.client.progressed.connect(lambda progress: QTimer.singleShot(0, window.close))
"""
    began = time.monotonic()
    program = start(tmp_path, str(many), act=act)
    wait_for("engine", lambda: children(program.pid))
    engines = children(program.pid)
    _, err = program.communicate(timeout=PATIENCE)
    assert program.returncode == 0, err
    assert time.monotonic() - began < 30  # of which closing is at most 5; see the next test for that alone
    assert all(has_ended(pid) for pid in engines)
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(many).encode() in read(path)]


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_window_in_order(tmp_path: Path, number: signal.Signals) -> None:
    program = start(
        tmp_path, act="def act(window):\n    window.client.ready.connect(lambda: print('ready', flush=True))"
    )
    assert program.stdout is not None
    assert program.stdout.readline().strip() == "ready"
    engines = children(program.pid)
    began = time.monotonic()
    program.send_signal(number)
    _, err = program.communicate(timeout=PATIENCE)
    assert program.returncode == 0, err
    assert time.monotonic() - began < 5
    assert all(has_ended(pid) for pid in engines)


def test_a_killed_window_leaves_no_process_behind(tmp_path: Path, many: Path) -> None:
    act = "def act(window):\n    window.client.ready.connect(lambda: print('ready', flush=True))"
    program = start(tmp_path, str(many), act=act)
    assert program.stdout is not None
    assert program.stdout.readline().strip() == "ready"
    started = children(program.pid)
    assert started
    program.kill()
    program.communicate()
    assert all(has_ended(pid) for pid in started)


def test_a_second_start_shows_the_first_and_ends(tmp_path: Path) -> None:
    act = """
def act(window):
    forward = window.come_forward
    def come(paths):
        print("asked", paths, flush=True)
        forward(paths)
    window.come_forward = come
    window.client.ready.connect(lambda: print("ready", flush=True))
"""
    first = start(tmp_path, act=act)
    assert first.stdout is not None
    assert first.stdout.readline().strip() == "ready"
    second = start(tmp_path)
    _, err = second.communicate(timeout=PATIENCE)
    assert second.returncode == 0, err
    assert first.stdout.readline().strip() == "asked []"
    first.terminate()
    first.communicate(timeout=PATIENCE)


def test_without_a_display_it_says_what_to_do_instead(tmp_path: Path) -> None:
    bare = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    done = subprocess.run(
        [sys.executable, "-m", "app"], cwd=ROOT, env=bare, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pairlens index" in done.stderr


def test_wrong_usage_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "--colour"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--colour" in done.stderr
