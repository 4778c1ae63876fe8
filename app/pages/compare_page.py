"""The compare page: two pictures, a line for each prompt under them, how else they differ, and their details.

The window gives it pictures (`put`, `enter`) and what was typed (`ask`); it asks the engine itself, and answers that
come too late are dropped. Nothing is written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QActionGroup, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QSlider, QSplitter, QStackedWidget, QWidget

from app.dragdrop import paths_in
from app.engine_client import NEW
from app.pages.page import Page, Surroundings
from app.pair_picture import PairPicture
from app.widgets.first_run import EmptyState
from app.widgets.pair_details import PairDetails
from app.widgets.pair_view import Mode, PairView
from app.widgets.parts import ElidedLabel, button, column, icon_button, row
from app.widgets.verdicts import Verdicts
from app.widgets.viewer import ZOOM_STEP
from engine.errors import LibraryError, Problem
from engine.pair_messages import Compare, ComparisonResult, Explain, ExplanationResult
from engine.protocol import Command
from engine.store.library import Library
from engine.store.rows import File

LINES = ("Put two pictures side by side.", "Ask which has more of it, and see how else they differ.")
HINT = "Drop them here, paste them, or choose two in the library and press Ctrl+D."
MODES = {
    "pair_side": Mode.SIDE,
    "pair_swap": Mode.SWAP,
    "pair_split": Mode.SPLIT,
    "pair_fade": Mode.FADE,
    "pair_difference": Mode.DIFFERENCE,
}
ALIKE = "Nothing that the phrase bank has a word for tells these two apart."
MOST_PROMPTS = 12
STEPS = 1000  # of the slider


class ComparePage(Page):
    """Two pictures compared."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self._around = around
        self._client = around.client
        self._actions = around.actions
        self.pair = (PairPicture(around.pictures, self), PairPicture(around.pictures, self))
        self.prompts: list[tuple[str, str]] = []
        self._taken: list[bytes] = []  # what was last chosen in the grid
        self._jobs: dict[type[Command], int] = {}  # the last question of each kind
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._ask_everything)
        self.view = PairView(*self.pair)
        self.verdicts = Verdicts()
        self.details = PairDetails()
        self._words = ElidedLabel("", "quiet")
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._empty = EmptyState(LINES, "Choose two pictures…", hint=HINT)
        self._arrange()
        self._connect()

    @property
    def has_pair(self) -> bool:
        """Whether there are two pictures."""
        return all(picture.path for picture in self.pair)

    @property
    def is_answered(self) -> bool:
        """Whether everything asked about the pair has been answered."""
        return not self._soon.isActive() and not self._jobs

    # ---- which pictures ----------------------------------------------------------------------------------

    def enter(self, chosen: Sequence[File]) -> None:
        """The images chosen in the library: two become the pair, once for each choice."""
        paths = [file.path for file in chosen]
        if paths != self._taken and (len(paths) > 1 or not self.pair[0].path):
            self._taken = paths
            self.put(paths[:2])

    def put(self, paths: Sequence[bytes], side: int | None = None) -> bool:
        """Compare these: two become the pair; one goes to ``side``, or to where there is none, else to B.

        False: there is no file among them, only folders.
        """
        files = _files(paths)[:2]
        if len(files) == 2:
            self._show(*files)
        elif files:
            free = next((place for place, picture in enumerate(self.pair) if not picture.path), 1)
            shown = [picture.path for picture in self.pair]
            shown[free if side is None else side] = files[0]
            self._show(*shown)
        return bool(files)

    def exchange(self) -> None:
        """A becomes B."""
        self._show(*(picture.path for picture in reversed(self.pair)))

    def choose(self) -> None:
        """Ask for two files."""
        names, _ = QFileDialog.getOpenFileNames(self, "Choose two pictures")
        self.put([os.fsencode(name) for name in names])

    def _show(self, first: bytes, second: bytes) -> None:
        for picture, path in zip(self.pair, (first, second), strict=True):
            if path != picture.path:
                picture.show(path, self._file_at(path))
        self._stack.setCurrentIndex(1)
        self._soon.start()

    def _file_at(self, path: bytes) -> File | None:
        with suppress(LibraryError), Library(Path(self._client.config.library)) as library:
            return library.file_at(path) if path else None
        return None

    # ---- questions ---------------------------------------------------------------------------------------

    def ask(self, prompt: str, reverse: str) -> bool:
        """What was typed is asked of the pair, where there is one."""
        if self.has_pair:
            self.judge(prompt, reverse)
        return self.has_pair

    def judge(self, prompt: str, reverse: str) -> None:
        """Ask which of the two has more of it; its line stays for the next pair."""
        asked = (prompt, reverse)
        self.prompts = [asked, *(each for each in self.prompts if each != asked)][:MOST_PROMPTS]
        self._ask_verdicts()

    def _remove(self, place: int) -> None:
        del self.prompts[place]
        self._ask_verdicts()

    def _ask_everything(self) -> None:
        self._ask_verdicts()
        self.verdicts.show_differences((), "Looking for differences…" if self.has_pair else "")
        if self.has_pair:
            a, b = (picture.path for picture in self.pair)
            self._ask(Explain(NEW, a, b), self._take_differences, self._no_differences)

    def _ask_verdicts(self) -> None:
        self.verdicts.show_verdicts([prompt for prompt, _ in self.prompts])
        if self.has_pair and self.prompts:
            a, b = (picture.path for picture in self.pair)
            self._ask(Compare(NEW, a, b, tuple(self.prompts)), self._take_verdicts, self._no_verdicts)

    def _ask(self, command: Command, done: Callable[[object], None], failed: Callable[[Problem], None]) -> None:
        """Ask; an older question of the same kind is not answered any more."""
        kind = type(command)
        if kind in self._jobs:
            self._client.cancel(self._jobs.pop(kind))

        def if_current(take: Callable[[Any], None], answer: object) -> None:
            if self._jobs.get(kind) == job:
                del self._jobs[kind]
                take(answer)

        job = self._client.ask(command, done=partial(if_current, done), failed=partial(if_current, failed))
        self._jobs[kind] = job

    def _take_verdicts(self, result: object) -> None:
        if isinstance(result, ComparisonResult):
            self.verdicts.show_verdicts([prompt for prompt, _ in self.prompts], result.verdicts)

    def _no_verdicts(self, problem: Problem) -> None:
        """A prompt that cannot be judged is the one typed last, and goes; anything else concerns all of them."""
        if problem.code.startswith("prompt"):
            self._remove(0)
        else:
            self.verdicts.show_verdicts([])
        self._words.set_whole(str(problem))

    def _no_differences(self, problem: Problem) -> None:
        self.verdicts.show_differences((), str(problem))

    def _take_differences(self, result: object) -> None:
        if isinstance(result, ExplanationResult):
            self.verdicts.show_differences(result.differences, "" if result.differences else ALIKE)

    # ---- ways to look ------------------------------------------------------------------------------------

    def set_mode(self, mode: Mode) -> None:
        """Look at the pair in another way."""
        self.view.set_mode(mode)
        self._slider.setVisible(mode in (Mode.SPLIT, Mode.FADE))
        self._slider.setAccessibleName("Where the split is" if mode is Mode.SPLIT else "From A to B")
        self._words.set_whole(self.view.words())

    def _describe(self) -> None:
        self.details.show_facts(*(picture.facts for picture in self.pair))
        self._words.set_whole(self.view.words())

    # ---- what Qt calls -----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Pictures dropped here are compared; folders are the window's."""
        event.setAccepted(bool(_files(paths_in(event.mimeData()))))

    def dropEvent(self, event: QDropEvent) -> None:
        """Two become the pair; one goes to the side where it was dropped."""
        event.acceptProposedAction()
        self.put(paths_in(event.mimeData()), int(event.position().x() > self.width() / 2))

    # ---- making ------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._slider.setRange(0, STEPS)
        self._slider.setValue(STEPS // 2)
        self._slider.setFixedWidth(200)
        scrolled = QScrollArea()
        scrolled.setWidgetResizable(True)
        scrolled.setWidget(self.verdicts)
        lower = QSplitter(Qt.Orientation.Horizontal)
        lower.addWidget(scrolled)
        lower.addWidget(self.details)
        lower.setSizes([640, 480])
        whole = QSplitter(Qt.Orientation.Vertical)
        whole.addWidget(self.view)
        whole.addWidget(lower)
        whole.setStretchFactor(0, 1)
        whole.setSizes([480, 216])
        for parts in (lower, whole):
            parts.setChildrenCollapsible(False)
        page = QWidget()
        page.setProperty("kind", "page")
        box = column(spacing=0)
        box.addLayout(self._mode_bar())
        box.addWidget(whole, 1)
        page.setLayout(box)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(page)
        self.setLayout(column(self._stack))

    def _mode_bar(self) -> QHBoxLayout:
        made = []
        group = QActionGroup(self)
        for name, mode in MODES.items():
            action = self._actions[name]
            group.addAction(action)
            action.triggered.connect(lambda _=False, mode=mode: self.set_mode(mode))
            choose = button(mode.value, action.trigger)
            choose.setCheckable(True)
            choose.setChecked(mode is Mode.SIDE)
            choose.setToolTip(f"{mode.value}  {action.shortcut().toString()}")
            action.toggled.connect(choose.setChecked)
            choose.clicked.connect(lambda _=False, choose=choose, action=action: choose.setChecked(action.isChecked()))
            made.append(choose)
        self._actions["pair_side"].setChecked(True)
        exchange = icon_button("swap", "Exchange A and B (X)", self.exchange)
        bar = row(*made, self._slider, self._words, exchange, margins=(16, 8, 16, 8))
        bar.setStretchFactor(self._words, 1)
        return bar

    def _connect(self) -> None:
        effects: dict[str, Callable[[], object]] = {
            "choose_pair": self.choose,
            "exchange": self.exchange,
            "flicker": self._flicker,
            "pair_whole": self.view.show_whole,
            "pair_closer": lambda: self.view.scale_by(ZOOM_STEP),
            "pair_further": lambda: self.view.scale_by(1 / ZOOM_STEP),
        }
        for name, effect in effects.items():
            self._actions[name].triggered.connect(lambda _=False, effect=effect: effect())
        for name in (*effects, *MODES):
            self.addAction(self._actions[name])
        self._empty.pressed.connect(self.choose)
        self._slider.hide()
        self._slider.valueChanged.connect(lambda value: self.view.set_share(value / STEPS))
        self.view.moved.connect(lambda share: self._slider.setValue(round(share * STEPS)))
        self.verdicts.removed.connect(self._remove)
        self.verdicts.asked.connect(lambda phrase: self._around.rank(phrase, ""))
        self._client.model_ready.connect(lambda model: self._soon.start())
        for picture in self.pair:
            picture.changed.connect(self._describe)

    def _flicker(self) -> None:
        """Space shows the other picture, in whatever mode: it is what the key is for."""
        if self.view.mode is not Mode.SWAP:
            self._actions["pair_swap"].trigger()
        else:
            self.view.flicker()


def _files(paths: Sequence[bytes]) -> list[bytes]:
    return [path for path in paths if not os.path.isdir(path)]
