"""Start the installed program once, in an environment without the development dependencies (`make installed`).

    check_installed.py FOLDER    FOLDER holds the wheel's content (pip install --target)

From another folder: the command line indexes a few pictures and ranks them, the window opens without a display, shows
them and is closed. What the wheel lacks (a module, a resource, a dependency) fails here and not at a user's.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

DEVELOPMENT = ("pytest", "hypothesis", "ruff")
PROMPT = "brighter"

# Opens the window as `pairlens gui` does, and closes it like a person once the folder's pictures are in the library.
WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from app import application
from app.main_window import MainWindow
from engine.errors import LibraryError
from engine.store import Library

library, folder, expected = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])

def close_when_filled():
    windows = [widget for widget in qt.topLevelWidgets() if isinstance(widget, MainWindow) and widget.isVisible()]
    try:
        with Library(library) as source:
            filled = sum(encoder.images for encoder in source.encoders()) == expected
    except LibraryError:
        return
    if windows and filled:
        assert "torch" not in sys.modules, "the window imported torch"
        timer.stop()
        windows[0].close()

if __name__ == "__main__":
    make = application.make_application
    def make_application():
        global qt, timer
        qt, timer = make(), QTimer()
        timer.timeout.connect(close_when_filled)
        timer.start(100)
        return qt
    application.make_application = make_application
    sys.exit(application.run([folder, "--library", str(library), "--device", "cpu"]))
"""


def make_pictures(folder: Path) -> list[str]:
    """Twelve pictures from white to black; returns their paths in this order."""
    from PIL import Image

    paths = [folder / f"{index * 7 % 12:02}.png" for index in range(12)]  # names in another order than brightness
    for index, path in enumerate(paths):
        table = [value // 16 + 250 - 20 * index for value in range(256)]  # keeps some of the gradient
        picture = Image.linear_gradient("L").resize((160, 120)).point([min(max(level, 0), 255) for level in table])
        picture.convert("RGB").save(path)
    return [str(path) for path in paths]


def check(installed: Path, place: Path) -> None:
    """Run everything below ``place``; raises what goes wrong."""
    found = [name for name in DEVELOPMENT if importlib.util.find_spec(name)]
    assert not found, f"development dependencies in this environment: {found}"
    environment = os.environ | {
        "PYTHONPATH": str(installed),
        "PAIRLENS_HOME": str(place / "home"),
        "QT_QPA_PLATFORM": "offscreen",
        "HF_HUB_OFFLINE": "1",
    }

    def start(*command: str | Path) -> str:
        words = [str(word) for word in command]
        done = subprocess.run(
            words, cwd=place, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, (
            f"{' '.join(words[:4])} ended with {done.returncode}:\n{done.stderr or done.stdout}"
        )
        return done.stdout

    where = start(sys.executable, "-c", "import app, engine; print(app.__file__, engine.__file__)")
    assert where.count(str(installed)) == 2, f"not the installed program: {where}"

    pairlens = [sys.executable, installed / "bin" / "pairlens"]
    (place / "pictures").mkdir()
    expected = make_pictures(place / "pictures")
    report = json.loads(start(*pairlens, "index", "pictures", "--json"))
    assert report["embedded"] == len(expected), report
    answer = json.loads(start(*pairlens, "rank", PROMPT, "--json"))
    order = [row["path"] for row in answer["results"]]
    assert sorted(order) == sorted(expected), answer
    places = [order.index(path) for path in expected]
    early = sum(places[first] < places[second] for first in range(12) for second in range(first + 1, 12))
    assert early >= 60, f"{PROMPT}: only {early} of 66 pairs of grey pictures are in order"
    print(f"installed command line: {report['embedded']} pictures indexed; {early} of 66 pairs in order by {PROMPT!r}")

    script = place / "open_and_close.py"
    script.write_text(WINDOW)
    start(sys.executable, script, place / "window.pairlens", place / "pictures", str(len(expected)))
    print("installed window: opened, filled, closed")


def main() -> int:
    """Check the installed program named on the command line; 1 says what failed."""
    installed = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as place:
        try:
            check(installed, Path(place))
        except (AssertionError, subprocess.TimeoutExpired) as error:
            print(f"check_installed: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
