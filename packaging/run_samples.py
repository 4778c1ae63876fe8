"""`make run`: open the window on the sample library; without a display, do the same job in the terminal.

The terminal way indexes the samples, ranks them, prints the table and writes a contact sheet.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine import settings  # noqa: E402

PROMPT = "brighter"
SAMPLES = settings.resources_dir() / "samples"
SHEET = ROOT / "build" / "brighter.png"
PAIRLENS = [sys.executable, "-m", "engine.cli"]


def can_open_windows() -> bool:
    """Whether Qt reaches a display, tried in a process of its own because Qt ends the one where it does not."""
    if os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] in {"offscreen", "minimal"}:
        return False
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    probe = [sys.executable, "-c", "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"]
    return subprocess.run(probe, capture_output=True, timeout=60, check=False).returncode == 0


def main() -> int:
    """Open the window, or print and draw the order of the samples; returns the exit code of what ran."""
    if not any(SAMPLES.glob("*.*")):
        print(f"There are no sample pictures in {SAMPLES}.", file=sys.stderr)
        return 1
    library = ["--library", str(settings.data_dir() / "samples.pairlens")]
    if can_open_windows():
        return subprocess.run([*PAIRLENS, "gui", str(SAMPLES), *library], cwd=ROOT, check=False).returncode
    print("No display here: doing the same job in the terminal.")
    SHEET.parent.mkdir(exist_ok=True)
    for command in (["index", str(SAMPLES)], ["rank", PROMPT, "--sheet", str(SHEET)]):
        print(f"\n$ pairlens {shlex.join([*command, *library])}", flush=True)
        code = subprocess.run([*PAIRLENS, *command, *library], cwd=ROOT, check=False).returncode
        if code != 0:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
