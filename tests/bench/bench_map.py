"""The map with 100,000 images: how long each frame keeps the GUI thread; `python -m tests.bench.bench_map`.

A frame is one thing that a person does (a notch of the wheel, a step of a drag, of a lasso, of the pointer) and the
painting that follows, timed by the clock and by what the GUI thread computed meanwhile (the first also counts whatever
else the machine did). Every image has a thumbnail on disk; they are read while one moves. Each window is a
process of its own: two sizes, and one with two device pixels to the pixel.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # imported by the processes that measure
    from app.map_points import Points
    from app.widgets.map_view import MapView
    from engine.store.rows import File

FILES = 100_000
THUMBNAILS = 2_000  # files of which every image has the content of one
PHOTOS = 20  # really different
WINDOWS = ((1280, 800, 1), (1920, 1080, 1), (1280, 800, 2))  # width, height, device pixels for one
PAUSE_EVERY = 4  # frames, after which what came in meanwhile is taken


def main() -> int:
    """Measure all windows, or one in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--window", nargs=2, type=int, metavar=("WIDTH", "HEIGHT"))
    options = parser.parse_args()
    if options.window:
        print(json.dumps(measure(*options.window)))
        return 0
    figures: dict[str, object] = {"images": FILES}
    with tempfile.TemporaryDirectory() as folder:
        for width, height, scale in WINDOWS:
            environment = os.environ | {
                "PAIRLENS_HOME": folder,
                "QT_QPA_PLATFORM": "offscreen",
                "QT_SCALE_FACTOR": str(scale),
                "OMP_NUM_THREADS": "1",
            }
            command = [sys.executable, "-m", "tests.bench.bench_map", "--window", str(width), str(height)]
            out = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
            figures[f"{width}x{height}@{scale}x"] = json.loads(out.splitlines()[-1])
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


def measure(width: int, height: int) -> dict[str, float]:
    """Milliseconds of the frames of one window: the median, the 99th percentile and the longest of each kind."""
    from PySide6.QtWidgets import QApplication

    from app import theme
    from app.pictures_client import PicturesClient
    from app.widgets.map_layers import AxisWords
    from app.widgets.map_view import MapView

    app = QApplication(["bench", *theme.STYLE])
    theme.apply(app, "dark")
    make_thumbnails()
    pictures = PicturesClient()
    view = MapView(pictures, file_of)
    view.resize(width, height)
    view.show()
    begun = time.perf_counter()
    points = make_points()
    figures = {"points_ms": 1000 * (time.perf_counter() - begun)}
    view.show_points(points, AxisWords("brighter", "darker"), AxisWords("warmer", "colder"))
    view.repaint()
    for name, acts in kinds(view):
        frames = []
        for number, act in enumerate(acts):
            begun, computed = time.perf_counter(), time.thread_time()
            act()
            view.repaint()
            frames.append((time.perf_counter() - begun, time.thread_time() - computed))
            if number % PAUSE_EVERY == 0:
                app.processEvents()
                time.sleep(0.005)  # for the threads that read thumbnails
        passed, own = 1000 * np.array(frames).T
        figures |= {
            f"{name}_median_ms": float(np.median(passed)),
            f"{name}_p99_ms": float(np.percentile(passed, 99)),
            f"{name}_longest_ms": float(passed.max()),
            f"{name}_longest_own_ms": float(own.max()),
        }
    pictures.close()
    return {name: round(value, 2) for name, value in figures.items()}


def kinds(view: MapView) -> Iterator[tuple[str, Iterator[Callable[[], object]]]]:
    """What a person does, kind by kind."""
    from PySide6.QtCore import QPointF

    rng = np.random.default_rng(1)
    area = view.area

    def anywhere() -> QPointF:
        x, y = rng.uniform(0.1, 0.9, 2)
        return QPointF(area.left() + x * area.width(), area.top() + y * area.height())

    yield "zoom_in", (lambda at=at: view.scale_by(1.25, at) for at in [anywhere()] * 30)
    yield "pan_close", (lambda: view.pan(-24, 10) for _ in range(100))
    yield "zoom_out", (lambda at=at: view.scale_by(0.8, at) for at in [anywhere()] * 40)
    view.scale_by(1.6)
    yield "pan_far", (lambda: view.pan(-7, 3) for _ in range(100))
    view.show_whole()
    yield "point", (lambda at=at: view.hover(view.at(at)) for at in [anywhere() for _ in range(60)])
    yield "choose", (lambda: view.set_chosen(view.spot_x > rng.uniform(0, area.width())) for _ in range(20))


def make_points() -> Points:
    """Two rankings as the engine writes them, laid over each other."""
    from app.map_points import Points

    rng = np.random.default_rng(0)
    rankings = []
    for _ in range(2):
        table = np.empty(FILES, [("file", "<i8"), ("score", "<f4")])
        table["file"] = rng.permutation(FILES) + 1
        table["score"] = np.sort(rng.normal(size=FILES))[::-1]
        rankings.append(table)
    return Points.of(*rankings)


def make_thumbnails() -> None:
    """A thumbnail in the cache for each of `THUMBNAILS` files."""
    from engine.picture_cache import thumbnail_path
    from tests.bench.bench_index import make_photos

    with tempfile.TemporaryDirectory(dir=os.environ["PAIRLENS_HOME"]) as folder:
        photos = make_photos(Path(folder) / "photos", PHOTOS, (512, 384))
        for number in range(THUMBNAILS):
            file = file_of(number)
            target = thumbnail_path(file.path, file.size, file.mtime_ns)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                os.link(photos[number % PHOTOS], target)


def file_of(number: int) -> File:
    """The file with this id, which does not exist; its content is that of one of `THUMBNAILS`."""
    from engine.store.rows import File

    content = number % THUMBNAILS
    name = f"picture {content:06}.jpg"
    path = b"/pictures/" + os.fsencode(name)
    return File(number, 1, number, path, name, 1000 + content, content, 4000, 3000, "JPEG")


if __name__ == "__main__":
    sys.exit(main())
