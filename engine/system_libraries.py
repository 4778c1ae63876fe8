"""Which system libraries Qt misses on Linux, and the Debian or Ubuntu packages that hold them.

Used by `pairlens doctor` and by the Makefile (``python -m engine.system_libraries`` prints the packages, one a line).
Nothing of Qt is imported: its plugins are files on disk, and ``ldd`` says what they lack.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

# What the window needs on X11 and without a display; the embedded and Vulkan plugins are for other machines.
PLUGINS = ("libqxcb.so", "libqoffscreen.so", "libqminimal.so")
MODULES = ("libQt6Core.so.6", "libQt6DBus.so.6", "libQt6Gui.so.6", "libQt6Svg.so.6", "libQt6Widgets.so.6")

PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def qt_folder() -> Path | None:
    """Where PySide6 is installed, or None."""
    found = importlib.util.find_spec("PySide6")
    locations = found.submodule_search_locations if found else None
    return Path(locations[0]) if locations else None


def parse_ldd(text: str) -> set[str]:
    """The names of the libraries that ``ldd`` did not find."""
    return {line.split("=>")[0].strip() for line in text.splitlines() if line.rstrip().endswith("not found")}


def missing_libraries(folder: Path | None = None) -> list[str]:
    """The shared libraries that Qt's window needs and the system lacks, sorted; empty where there is no ``ldd``."""
    folder = folder or qt_folder()
    ldd = shutil.which("ldd")
    if folder is None or ldd is None or sys.platform != "linux":
        return []
    files = [folder / "Qt/plugins/platforms" / name for name in PLUGINS]
    files += [folder / "Qt/lib" / name for name in MODULES]
    missing: set[str] = set()
    for file in filter(Path.exists, files):
        answer = subprocess.run([ldd, str(file)], capture_output=True, text=True, check=False)
        missing |= parse_ldd(answer.stdout)
    return sorted(missing)


def packages(libraries: list[str]) -> list[str]:
    """The Debian packages that hold these libraries, sorted; a library we do not know stands for itself."""
    return sorted({PACKAGES.get(library, library) for library in libraries})


if __name__ == "__main__":
    sys.stdout.writelines(f"{package}\n" for package in packages(missing_libraries()))
