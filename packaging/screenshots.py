"""Pictures of the real program: `python packaging/screenshots.py [--offscreen] [--all] [--model NAME] [FOLDER]`.

Starts the window in a process of its own and with a home of its own, shows it the folder (the sample library unless
another is named), drives it through its screens and saves them as WebP in ``resources/screenshots``: those that the
README shows, or with ``--all`` every screen at each size, scale and theme. Runs under Xvfb where it is installed;
``--offscreen`` needs no X at all.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QWidget

    from app.main_window import MainWindow

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "resources" / "screenshots"
SIZES = ((1280, 800), (1920, 1080))
SCALES = (1, 2)
SHOWN = {
    "dark": (
        "library",
        "ranking",
        "viewer",
        "palette",
        "judge",
        "analogies",
        "classify",
        "differences",
        "trained",
    ),
    "light": ("ranking", "compare", "map", "contrast", "evaluate", "models", "training"),
}
"""The themes, and the screens of each that are kept in the project, at the smaller size and the larger scale."""

SCREENS = (
    "library",
    "ranking",
    "compare",
    "several",
    "judge",
    "judged",
    "analogies",
    "more",
    "contrast",
    "map",
    "evaluate-empty",
    "evaluate",
    "explanation",
    "palette",
    "viewer",
    "classify",
    "differences",
    "captions",
    "train",
    "training",
    "trained",
    "models",
)
QUALITY = 88
PATIENCE_MS = 600_000
VALIDATIONS = 7  # before the picture of a run at work is taken, and the run stopped
POLL_MS = 50
SETTLE_MS = 800
FACTS = "samples.jsonl"  # what the sample pictures show
PAIRS = 80  # to write about
FIRST_TILES = 12  # pictures to wait for
ANSWERS = 24

Step = Callable[[], bool]
"""What a tour waits for before it goes on."""


def main() -> int:
    """Take all pictures; returns 1 when a tour failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "resources" / "samples")
    parser.add_argument("--model", default="", help="the model to use (default: the program's own)")
    parser.add_argument("--prompt", default="more colourful", help="what to ask")
    parser.add_argument("--offscreen", action="store_true", help="without an X server")
    parser.add_argument("--target", type=Path, default=TARGET, help="where the pictures go")
    parser.add_argument("--all", action="store_true", help="every screen at each size, scale and theme")
    parser.add_argument("--one", nargs=3, metavar=("THEME", "WIDTHxHEIGHT", "SCALE"), help=argparse.SUPPRESS)
    parser.add_argument("--drive", action="store_true", help=argparse.SUPPRESS)  # inside the process that is driven
    given = parser.parse_args()
    if given.drive:
        return drive(given)
    sizes, scales = (SIZES, SCALES) if given.all else (SIZES[:1], SCALES[-1:])
    for theme, (width, height), scale in itertools.product(SHOWN, sizes, scales):
        if status := run_one(given, theme, f"{width}x{height}", str(scale)):
            return status
    return 0


def run_one(given: argparse.Namespace, theme: str, size: str, scale: str) -> int:
    """One start of the program."""
    command = [sys.executable, __file__, "--drive", "--one", theme, size, scale]
    command += ["--model", given.model, "--prompt", given.prompt, "--target", str(given.target)]
    command += ["--all"] if given.all else []
    environment = os.environ | {"QT_SCALE_FACTOR": scale, "PYTHONPATH": str(ROOT)}
    if given.offscreen or not shutil.which("xvfb-run"):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    else:
        environment.pop("QT_QPA_PLATFORM", None)
        command = ["xvfb-run", "-a", "-s", "-screen 0 3840x2160x24", *command]
    with tempfile.TemporaryDirectory(prefix="pairlens-shots-") as home:
        pictures = shutil.copytree(given.folder, Path(home) / "Pictures" / given.folder.name)  # "~/Pictures/..."
        environment |= {"HOME": home, "PAIRLENS_HOME": str(Path(home) / "PairLens")}
        return subprocess.run([*command, str(pictures)], env=environment, check=False).returncode


def drive(given: argparse.Namespace) -> int:
    """Start the window in this process and lead it through its screens."""
    from PySide6.QtCore import QTimer

    from app.application import make_application, open_window
    from app.options import Options
    from app.preferences import Preferences
    from engine.protocol import EngineConfig
    from engine.settings import default_library

    theme, size, scale = given.one
    preferences = Preferences()
    preferences.theme = theme
    app = make_application()
    with tempfile.TemporaryDirectory() as session:
        config = EngineConfig(str(default_library()), session, given.model)
        options = Options((os.fsencode(given.folder.resolve()),), model=given.model)
        window = open_window(app, options, preferences, config)
        window.resize(*(int(side) for side in size.split("x")))
        suffix = f"{theme}-{size}@{scale}x" if given.all else theme
        tour = Tour(window, given.prompt, given.target, suffix, SCREENS if given.all else SHOWN[theme])
        poll = QTimer(interval=POLL_MS)
        poll.timeout.connect(tour.go_on)
        poll.start()
        QTimer.singleShot(PATIENCE_MS, lambda: app.exit(1))
        return app.exec()


class Tour:
    """Leads the window from screen to screen, each when the one before is complete."""

    def __init__(self, window: MainWindow, prompt: str, target: Path, suffix: str, wanted: Sequence[str]) -> None:
        self._window = window
        self._prompt = prompt
        self._target = target
        self._suffix = suffix
        self._wanted = wanted
        self._steps = self._lead()
        self._until: Step = lambda: window.pages.count() > 0
        target.mkdir(parents=True, exist_ok=True)

    def go_on(self) -> None:
        """Called again and again."""
        if self._until():
            self._until = next(self._steps, None) or self._window.close

    def _lead(self) -> Iterator[Step]:
        from engine.classify.sets import Comparative

        window = self._window
        page = window.library_page
        yield lambda: page.model.total > 0 and self._pictures_are_there()
        page.grid.go_to(0)
        yield self._settled()
        self._save("library")
        window.bar.prompt.setText(self._prompt)
        window.bar.ask()
        yield lambda: page.model.result is not None and page.model.result.pending == 0 and self._pictures_are_there()
        page.grid.go_to(0)
        yield self._settled()
        self._save("ranking")
        compare = window.page.compare
        compare.put([page.model.file(0).path, page.model.file(page.model.rowCount() - 1).path])
        for prompt in ("brighter", "warmer", self._prompt):
            compare.judge(prompt, "")
        window.commands["page_compare"].trigger()
        yield lambda: compare.is_answered
        yield self._settled()
        self._save("compare")
        yield from self._pairs()
        yield from self._judge()
        page.grid.go_to(0)
        window.commands["page_map"].trigger()
        window.page.map.draw_axes("brighter", "more colourful")
        yield lambda: window.page.map.axes.results is not None
        yield self._settled()
        self._save("map")
        window.commands["page_library"].trigger()
        window.bar.explain()
        yield self._settled()
        self._save("explanation", *self._popups())
        self._close_popups()
        window.commands["palette"].trigger()
        yield self._settled()
        self._save("palette", *self._popups())
        self._close_popups()
        page.grid.go_to(0)
        window.commands["open_viewer"].trigger()
        yield self._settled()
        self._save("viewer")
        page.viewer.leave()
        window.commands["page_classify"].trigger()
        work = window.page.classify.work
        work.name_classes(("red", "orange", "green", "blue", "grey"))
        yield lambda: work.result is not None and not work.is_busy
        window.page.classify.matrix.go_to(0, 1)
        work.say([Comparative("red", "orange", "less yellow")])
        yield lambda: work.result is not None and bool(work.result.curve)
        yield self._settled()
        self._save("classify")
        yield from self._through_texts()
        yield from self._train()
        yield from self._evaluate()
        window.commands["page_models"].trigger()
        yield self._settled()
        self._save("models")

    def _pairs(self) -> Iterator[Step]:
        """Several pictures compared, an analogy, the slider, and the first images of the order against all others."""
        window, model = self._window, self._window.library_page.model
        compare, analogies, contrast = window.page.compare, window.page.analogies, window.page.contrast
        compare.put([model.file(row * model.rowCount() // 6).path for row in range(6)])
        yield lambda: compare.is_answered
        yield self._settled()
        self._save("several")
        compare.put([model.file(0).path, model.file(model.rowCount() - 1).path])
        window.commands["page_analogies"].trigger()
        window.commands["analogy_equation"].trigger()
        analogies.put([model.file(row).path for row in (model.rowCount() - 2, 1, model.rowCount() - 12)])
        yield lambda: analogies.is_answered and analogies.results.found.rowCount() > 0
        yield self._settled()
        self._save("analogies")
        window.commands["analogy_more"].trigger()
        window.bar.prompt.setText("brighter")
        window.bar.ask()
        analogies.more.slider.setValue(15)
        yield lambda: analogies.is_answered
        yield self._settled()
        self._save("more")
        window.library_page.grid.choose([model.file(row).id for row in range(model.rowCount() // 4)])
        window.commands["tell_apart"].trigger()
        yield lambda: contrast.is_answered and contrast.phrases.topLevelItemCount() > 0
        yield self._settled()
        self._save("contrast")
        window.bar.clear()

    def _judge(self) -> Iterator[Step]:
        """Answer pairs as somebody would who wants light pictures, then look at the order."""
        window, page, judging = self._window, self._window.page.judge, self._window.page.judge.judging
        window.commands["page_judge"].trigger()
        page.ask("lighter", "")
        for _ in range(ANSWERS):
            yield lambda: len(judging.pairs) > 1 and all(side.image is not None for side in page.view.sides)
            before = judging.pair
            first, second = (_lightness(side.image) for side in page.view.sides)
            window.commands["answer_first" if first > second else "answer_second"].trigger()
            yield lambda before=before: judging.pair not in (None, before)
        yield lambda: judging.standing is not None and judging.standing.answers == ANSWERS
        yield self._settled()
        self._save("judge")
        page.show_order()
        library = window.library_page
        yield lambda: library.model.rowCount() > 0 and library.model.tile(0).between is not None
        library.grid.go_to(0)
        yield self._settled()
        self._save("judged")
        window.bar.prompt.setText(self._prompt)
        window.bar.ask()
        yield lambda: library.model.result is not None and library.model.result.prompt == self._prompt

    def _evaluate(self) -> Iterator[Step]:
        """The starter's figures on the sample library."""
        evaluate = self._window.page.evaluate
        self._window.commands["page_evaluate"].trigger()
        yield self._settled()
        self._save("evaluate-empty")
        evaluate.form.choose_task("sample-looks")
        self._window.commands["measure"].trigger()
        yield lambda: not evaluate.is_measuring
        yield self._settled()
        self._save("evaluate")

    def _train(self) -> Iterator[Step]:
        """A run on differences that are true of the pictures: before it starts, while it learns, and after it."""
        from tests.quality.rule_differences import differences

        window, page = self._window, self._window.page.train
        if (folder := self._samples()) is None:
            return
        data = folder.parent / "differences.jsonl"
        data.write_text("".join(json.dumps(line) + "\n" for line in differences(folder)))
        window.commands["page_train"].trigger()
        yield lambda: bool(page.setup.recipe.text)
        page.setup.data.use_file(os.fsencode(data))
        page.setup.recipe.set_text(page.setup.recipe.text.replace("evaluate_every = 50", "evaluate_every = 10"))
        page.setup.name.setText("How pictures look")
        yield page.setup.start.isEnabled
        yield self._settled()
        self._save("train")
        page.setup.start.click()
        yield lambda: len(page.training.lines(page.list.current).validation) >= VALIDATIONS
        yield self._settled()
        self._save("training")
        window.commands["run_stop"].trigger()
        yield lambda: page.stack.currentWidget() is page.result
        page.result.ask(self._prompt)
        yield lambda: page.result.after.count() > 0
        yield self._settled()
        yield self._settled()
        self._save("trained")

    def _through_texts(self) -> Iterator[Step]:
        """The captions that come with the sample library, and sentences by rule, some of them reviewed."""
        window, texts = self._window, self._window.page.texts
        model = texts.differences.model
        if (folder := self._samples()) is None:
            return
        texts.writing.import_captions([os.fsencode(folder / FACTS)])
        yield lambda: model.standing.captioned > 1
        window.commands["write_differences"].trigger()
        texts.differences.panel.pairs.set_value(PAIRS)
        texts.differences.panel.write.click()
        yield lambda: model.rowCount() > PAIRS and not texts.writing.is_running
        texts.differences.table.go_to(0)
        for name in ("accept", "accept", "reject", "accept"):
            window.commands[name].trigger()
        texts.differences.show_panel(False)
        window.notice.hide()
        yield self._settled()
        self._save("differences")
        texts.show_tab("captions")
        yield self._settled()
        self._save("captions")

    def _samples(self) -> Path | None:
        """The folder of the sample library; None for pictures of another folder, of which nothing is known."""
        above = Path(os.fsdecode(self._window.library_page.model.file(0).path)).parents
        return next((folder for folder in above if (folder / FACTS).is_file()), None)

    def _settled(self) -> Step:
        """True after a moment: layouts, previews and lists that come from other threads are there."""
        from PySide6.QtCore import QDeadlineTimer

        return QDeadlineTimer(SETTLE_MS).hasExpired

    def _pictures_are_there(self) -> bool:
        from app.image_cache import key_of

        model, pictures = self._window.library_page.model, self._window.pictures
        keys = [key_of(model.file(row)) for row in range(min(model.rowCount(), FIRST_TILES))]
        return all(pictures.thumbnail(key) is not None or pictures.problem(key) is not None for key in keys)

    def _popups(self) -> list[QWidget]:
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QApplication

        return [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.windowType() == Qt.WindowType.Popup]

    def _close_popups(self) -> None:
        for popup in self._popups():
            popup.close()

    def _save(self, name: str, *above: QWidget) -> None:
        """The window, with popups painted where they stand."""
        from PIL.ImageQt import fromqpixmap
        from PySide6.QtGui import QPainter

        if name not in self._wanted:
            return
        picture = self._window.grab()
        painter = QPainter(picture)
        for popup in above:
            painter.drawPixmap(self._window.mapFromGlobal(popup.pos()), popup.grab())
        painter.end()
        file = self._target / f"{name}-{self._suffix}.webp"
        fromqpixmap(picture).convert("RGB").save(file, quality=QUALITY, method=6)
        print(file)


def _lightness(image: QImage | None) -> int:
    """How light a picture is on the whole, 0 to 255."""
    return image.scaled(1, 1).pixelColor(0, 0).lightness() if image is not None else 0


if __name__ == "__main__":
    raise SystemExit(main())
