"""The window at 100,000 images: first paint, loading, scrolling, memory; `python -m tests.bench.bench_grid`.

A watchdog timer on the GUI thread measures every gap between two of its ticks; the longest is the figure, as time
passed and as time that the GUI thread computed (the first also counts whatever else the machine did). The figures come
from one run and go to standard output and, with ``--json FILE``, into a file. Every stage is a process of its own;
the indexing beside the second scrolling writes into the same library.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # each stage imports only what it measures
    from app.library_model import LibraryModel
    from app.widgets.grid import GridView

FILES = 100_000
REAL_EVERY = 20  # every so many files have a real thumbnail
PHOTOS = 400  # indexed meanwhile
STEP_MS = 16
FIRST_PAINTS = 5
STARTED = "PAIRLENS_BENCH_STARTED"  # when a stage's process was started, in seconds since 1970


def main() -> int:
    """Run all stages, or one of them in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--stage", choices=sorted(STAGES))
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.stage:
        print(json.dumps(STAGES[options.stage](options.folder)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"PAIRLENS_HOME": f"{folder}/home", "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"}
        figures = measure(Path(folder))
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


def measure(folder: Path) -> dict[str, object]:
    """All figures of this machine, now."""
    paints = [stage("paint", folder) for _ in range(FIRST_PAINTS)]
    stage("prepare", folder)
    quiet = stage("scroll", folder)
    indexing = begin("index", folder)
    busy = stage("scroll", folder)
    still_indexing = indexing.poll() is None
    indexed = finish(indexing)
    return {
        "files": FILES,
        "first_paint_seconds": statistics.median(paint["seconds"] for paint in paints),
        "torch_imported": any(paint["torch"] for paint in paints),
        "scrolling": quiet,
        "scrolling_while_indexing": {**busy, "indexing_lasted": still_indexing, "indexed": indexed["embedded"]},
    }


def begin(name: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.bench.bench_grid", "--stage", name, "--folder", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {STARTED: str(time.time())})


def finish(process: subprocess.Popen[bytes]) -> dict[str, float]:
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"a stage ended with status {process.returncode}")
    return json.loads(out.splitlines()[-1])


def stage(name: str, folder: Path) -> dict[str, float]:
    return finish(begin(name, folder))


# ---- the stages, each in its own process -----------------------------------------------------------------


def paint(folder: Path) -> dict[str, float]:
    """From the start of the process to the first paint of the window; it ends there, before the engine is started."""
    from app import application
    from app.preferences import Preferences

    class Clock(application.MainWindow):
        def __init__(self, library: Path, preferences: Preferences) -> None:
            super().__init__(library, preferences)
            self.first_painted.connect(self._end)

        def _end(self) -> None:
            torch = float("torch" in sys.modules or "open_clip" in sys.modules)
            print(json.dumps({"seconds": time.time() - float(os.environ[STARTED]), "torch": torch}), flush=True)
            shutil.rmtree(os.environ["PAIRLENS_HOME"])  # or the third start in a row without an end would ask why
            os._exit(0)

    application.MainWindow = Clock
    application.run(["--library", str(folder / "first.pairlens")])
    raise SystemExit("the window was never painted")


def prepare(folder: Path) -> dict[str, float]:
    """A library of rows, a ranking of them, real thumbnails for some, photos and a model for the indexing."""
    import numpy as np

    from engine.picture_cache import thumbnail_path
    from engine.store import Library, Writer, changes
    from engine.store.rows import Embedded, Seen
    from tests.bench.bench_index import VIT_B_32, make_photos, random_model

    seen = [Seen(b"/pictures/%03d/picture %06d.jpg" % (n // 1000, n), 1000 + n, n) for n in range(FILES)]
    with Writer(folder / "library.pairlens") as writer:
        folder_id = writer.call(lambda db: changes.add_folder(db, b"/pictures"))
        ids = writer.call(lambda db: changes.note_files(db, folder_id, seen))
        read = [
            Embedded(i, i.to_bytes(16, "big"), s.size, s.mtime_ns, 4000, 3000, "JPEG", None)
            for i, s in zip(ids, seen, strict=True)
        ]
        writer.call(lambda db: changes.ensure_encoder(db, "none", "none", 4))
        writer.call(lambda db: changes.record(db, "none", read))
    with Library(folder / "library.pairlens") as library:
        files = library.files()
    thumbnails = [path.read_bytes() for path in make_photos(folder / "thumbnails", 20, (512, 384))]
    for number, file in enumerate(files[::REAL_EVERY]):
        target = thumbnail_path(file.path, file.size, file.mtime_ns)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(thumbnails[number % len(thumbnails)])
    rng = np.random.default_rng(0)
    table = np.empty(FILES, [("file", "<i8"), ("score", "<f4")])
    table["file"] = rng.permutation([file.id for file in files])
    table["score"] = np.sort(rng.normal(size=FILES))[::-1]
    np.save(folder / "ranking.npy", table)
    make_photos(folder / "photos", PHOTOS, (800, 600))
    random_model(folder / "model", VIT_B_32)
    return {}


def index(folder: Path) -> dict[str, float]:
    """A real indexing into the same library, in a process that gives way as the engine's does."""
    from engine.clip import load
    from engine.index import index_folders
    from engine.jobs import JobContext
    from engine.priority import give_way
    from engine.store import Writer

    give_way()
    with Writer(folder / "library.pairlens") as writer:
        clip = load(f"local-dir:{folder / 'model'}", "cpu")
        report = index_folders(writer, [os.fsencode(folder / "photos")], clip, JobContext())
    return {"embedded": report.embedded}


def scroll(folder: Path) -> dict[str, float]:
    """Load, rank, scroll and turn the order round, as a person in a hurry would; see the module for the figures."""
    import resource

    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from app import theme
    from app.library_model import LibraryModel
    from app.pictures_client import PicturesClient
    from app.widgets.grid import GridView
    from engine.protocol import RankingResult

    app = QApplication(["bench", *theme.STYLE])
    theme.apply(app, "dark")
    model, pictures = LibraryModel(), PicturesClient()
    grid = GridView(model, pictures)
    grid.resize(1280, 800)
    grid.show()
    watchdog = Watchdog()
    figures: dict[str, float] = {}

    def until_loaded(act: Callable[[], None]) -> float:
        loop, begun = QEventLoop(), time.perf_counter()
        model.loaded.connect(loop.quit)
        act()
        loop.exec()
        return time.perf_counter() - begun

    ranking = RankingResult(str(folder / "ranking.npy"), FILES, "brighter", "darker", True, "", 0.8, "strong")
    figures["load_seconds"] = until_loaded(lambda: model.open(folder / "library.pairlens"))
    figures["rank_seconds"] = until_loaded(lambda: model.show_ranking(ranking))
    figures |= watchdog.figures("loading")

    changes_timer = QTimer(interval=250)
    changes_timer.timeout.connect(model.refresh)  # as LibraryChanged comes while something is indexed
    changes_timer.start()
    for name, steps in (("scrolling", scrolling(grid)), ("ordering", ordering(grid, model))):
        loop, step_timer = QEventLoop(), QTimer(interval=STEP_MS)
        step_timer.timeout.connect(lambda steps=steps, loop=loop: next(steps, None) or loop.quit())
        step_timer.start()
        loop.exec()
        step_timer.stop()
        figures |= watchdog.figures(name)
    figures["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pictures.close()
    model.close()
    return {name: round(value, 4) for name, value in figures.items()}


def scrolling(grid: GridView) -> Iterator[bool]:
    """One thing a person does per step; always true, until the end."""
    rng = random.Random(1)
    bar = grid.verticalScrollBar()
    for _ in range(200):  # the wheel, fast
        bar.setValue(bar.value() + 180)
        yield True
    for _ in range(60):  # pages
        bar.setValue(bar.value() + bar.pageStep())
        yield True
    for _ in range(120):  # the scroll bar, dragged about
        bar.setValue(rng.randrange(bar.maximum()))
        yield True
    for columns in (*range(6, 41), *range(40, 1, -1), 6):  # Ctrl+wheel out and in
        grid.set_columns(columns)
        yield True


def ordering(grid: GridView, model: LibraryModel) -> Iterator[bool]:
    """More, less, a cut-off dragged; everything selected and scrolled through."""
    for number in range(40):
        model.set_flipped(number % 2 == 0)
        yield True
        model.set_cutoff(number / 20 - 1)
        yield True
    model.set_cutoff(None)
    grid.selectAll()
    bar = grid.verticalScrollBar()
    for _ in range(60):
        bar.setValue(bar.value() + 180)
        yield True


class Watchdog:
    """Ticks on the GUI thread and remembers how late it was."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._timer = QTimer(interval=2, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._gaps: list[tuple[float, float]] = []
        self._last = (time.perf_counter(), time.thread_time())
        self._timer.start()

    def _tick(self) -> None:
        now = (time.perf_counter(), time.thread_time())
        self._gaps.append((now[0] - self._last[0], now[1] - self._last[1]))
        self._last = now

    def figures(self, name: str) -> dict[str, float]:
        """Milliseconds since the last call: longest gap, the 99th percentile, longest of the thread's own time."""
        import numpy as np

        self._tick()
        gaps, self._gaps = 1000 * np.array(self._gaps), []
        return {
            f"{name}_longest_block_ms": float(gaps[:, 0].max()),
            f"{name}_block_p99_ms": float(np.percentile(gaps[:, 0], 99)),
            f"{name}_longest_own_ms": float(gaps[:, 1].max()),
        }


STAGES: dict[str, Callable[[Path], dict[str, float]]] = {
    "paint": paint,
    "prepare": prepare,
    "index": index,
    "scroll": scroll,
}

if __name__ == "__main__":
    sys.exit(main())
