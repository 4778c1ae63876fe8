"""How quickly the engine process starts, answers, is cancelled and comes back; `python -m tests.bench.bench_process`.

The figures come from one run and go to standard output and, with ``--json FILE``, into a file. The model is a tiny CLIP
with random weights: these are the figures of the process, not of a model. Times are in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.protocol import AddFolders, EngineProblem, HideImages, ModelReady, Progress, Rank
from tests.conftest import make_clip, write_photo
from tests.engine.engines import Engine

CRASHES = 5
QUESTIONS = 9


def milliseconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return round(1000 * (time.perf_counter() - begun), 1)


def hide(engine: Engine) -> float:
    """From a quick command to its acknowledgement."""
    return milliseconds(lambda: engine.answer(engine.ask(lambda job: HideImages(job, (1,)))))


def start(engine: Engine, figures: dict[str, float]) -> None:
    begun = time.perf_counter()
    engine.start()
    engine.until_ready()
    figures["ready"] = round(1000 * (time.perf_counter() - begun), 1)
    while_loading = [hide(engine)]
    while not engine.soon(ModelReady, lambda event: True, 0.05):
        while_loading.append(hide(engine))
    figures["quick_command_while_torch_is_imported_median"] = statistics.median(while_loading)
    figures["quick_command_while_torch_is_imported_worst"] = max(while_loading)
    figures["model_ready"] = round(1000 * (time.perf_counter() - begun), 1)


def index(engine: Engine, folder: Path, figures: dict[str, float]) -> None:
    """Questions while the folder is indexed, then a cancel in the middle, then questions to a library at rest."""
    job = engine.ask(lambda number: AddFolders(number, (os.fsencode(folder),)))
    engine.wait(Progress, lambda event: event.job == job and event.title.startswith("Indexing") and event.done > 0)
    asked = [ask(engine) for _ in range(QUESTIONS)]
    figures["ranking_while_indexing_median"] = statistics.median(asked[1:])
    figures["ranking_while_indexing_worst"] = max(asked[1:])  # the first one also reads the prompt's words
    engine.cancel(job)
    figures["cancel"] = milliseconds(lambda: engine.answer(job))
    figures["ranking_at_rest_median"] = statistics.median(ask(engine) for _ in range(QUESTIONS))


def ask(engine: Engine) -> float:
    return milliseconds(lambda: engine.answer(engine.ask(lambda job: Rank(job, "brighter"))))


def crash(engine: Engine, figures: dict[str, float]) -> None:
    seen, back = [], []
    for _ in range(CRASHES):
        hide(engine)
        begun = time.perf_counter()
        os.kill(engine.pid or 0, signal.SIGKILL)
        engine.wait(EngineProblem)
        seen.append(time.perf_counter() - begun)
        engine.until_ready()
        back.append(time.perf_counter() - begun)
    figures["crash_seen_median"] = round(1000 * statistics.median(seen), 1)
    figures["ready_after_crash_median"] = round(1000 * statistics.median(back), 1)


def main() -> None:
    """Run all of it in a folder that goes afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--images", type=int, default=20_000)
    options = parser.parse_args()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["PAIRLENS_HOME"] = str(folder / "home")
        photos = folder / "photos"
        for number in range(options.images):
            write_photo(photos / f"{number}.bmp", number, (40, 32))
        engine = Engine(folder, model=make_clip(folder / "clip"))
        start(engine, figures)
        index(engine, photos, figures)
        crash(engine, figures)
        figures["close"] = milliseconds(engine.close)
    for what, value in figures.items():
        print(f"{what:50} {value:10.1f} ms")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
