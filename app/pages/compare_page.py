"""The compare page: two pictures, a line for each prompt under them, how else they differ, and their details.

Up to four more can be looked at beside them. The two that are compared are always A and B, in the first two places;
another picture is compared by changing places with one of them.

The window gives it pictures (`put`, `enter`) and what was typed (`ask`); it asks the engine itself, and answers that
come too late are dropped. Nothing is written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QScrollArea, QSlider, QSplitter, QStackedWidget, QWidget

from app.compared_pictures import MOST, ComparedPictures, files_among
from app.dragdrop import paths_in
from app.engine_client import NEW
from app.found_files import FoundFiles
from app.latest_question import LatestQuestion
from app.pages.page import Page, Surroundings
from app.pair_picture import PairPicture
from app.widgets.first_run import EmptyState
from app.widgets.mode_buttons import mode_buttons
from app.widgets.pair_details import PairDetails
from app.widgets.pair_view import Mode, PairView
from app.widgets.parts import ElidedLabel, column, icon_button, row
from app.widgets.verdicts import Verdicts
from app.widgets.viewer import ZOOM_STEP
from engine.errors import Problem
from engine.pair_messages import Compare, ComparisonResult, Explain, ExplanationResult
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
SAMPLES = "Measured against the sample pictures, as the library has fewer than eight images."
MOST_PROMPTS = 12
STEPS = 1000  # of the slider


class ComparePage(Page):
    """Two pictures compared, and others beside them."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self._around = around
        self._client = around.client
        self._actions = around.actions
        self.pictures = ComparedPictures(around.pictures, FoundFiles(around.library).at, self)
        self.prompts: list[tuple[str, str]] = []
        self._taken: list[bytes] = []  # what was last chosen in the grid
        self._verdict = LatestQuestion(around.client, self)
        self._explanation = LatestQuestion(around.client, self)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._ask_everything)
        self.view = PairView(self.pictures.shown)
        self.verdicts = Verdicts()
        self.details = PairDetails()
        self._words = ElidedLabel("", "quiet", at_end=True)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._empty = EmptyState(LINES, "Choose two pictures…", hint=HINT)
        self._arrange()
        self._connect()

    @property
    def pair(self) -> tuple[PairPicture, PairPicture]:
        """The two that are compared, A and B."""
        return self.pictures.pair

    @property
    def has_pair(self) -> bool:
        """Whether there are two pictures."""
        return all(picture.path for picture in self.pair)

    @property
    def is_answered(self) -> bool:
        """Whether everything asked about the pair has been answered."""
        return not (self._soon.isActive() or self._verdict.is_busy or self._explanation.is_busy)

    # ---- which pictures ----------------------------------------------------------------------------------

    def enter(self, chosen: Sequence[File]) -> None:
        """The images chosen in the library are looked at together, once for each choice."""
        paths = [file.path for file in chosen]
        if paths != self._taken and (len(paths) > 1 or not self.pair[0].path):
            self._taken = paths
            self.put(paths)

    def put(self, paths: Sequence[bytes], place: int | None = None) -> bool:
        """Compare these, see `ComparedPictures.put`. False: there is no file among them, only folders."""
        files = files_among(paths)
        self.pictures.put(files, place)
        return bool(files)

    def choose(self) -> None:
        """Ask for files to compare."""
        names, _ = QFileDialog.getOpenFileNames(self, "Choose two to six pictures")
        self.put([os.fsencode(name) for name in names])

    def choose_more(self) -> None:
        """Ask for files to look at too."""
        names, _ = QFileDialog.getOpenFileNames(self, "Add pictures")
        if names:
            self.pictures.add([os.fsencode(name) for name in names])

    def _show(self) -> None:
        self.view.show_pictures(self.pictures.shown)
        self._stack.setCurrentIndex(1)
        self._describe()
        self._soon.start()

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
        a, b = (picture.path for picture in self.pair)
        if a and b:
            self._explanation.ask(
                Explain(NEW, a, b), about=(a, b), done=self._take_differences, failed=self._no_differences
            )
        else:
            self._explanation.cancel()

    def _ask_verdicts(self) -> None:
        self.verdicts.show_verdicts(self.prompts)
        if self.has_pair and self.prompts:
            a, b, *others = self.pictures.paths
            command = Compare(NEW, a, b, tuple(self.prompts), tuple(others))
            about = (a, b, *others, *self.prompts)
            self._verdict.ask(command, about=about, done=self._take_verdicts, failed=self._no_verdicts)
        else:
            self._verdict.cancel()

    def _take_verdicts(self, result: object) -> None:
        if isinstance(result, ComparisonResult):
            self.verdicts.show_verdicts(self.prompts, result.verdicts, result.standings)

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
            words = "" if result.differences else ALIKE
            self.verdicts.show_differences(result.differences, f"{words} {SAMPLES}" if result.samples else words)

    # ---- ways to look ------------------------------------------------------------------------------------

    def set_mode(self, mode: Mode) -> None:
        """Look at the pair in another way."""
        self.view.set_mode(mode)
        self._slider.setVisible(mode in (Mode.SPLIT, Mode.FADE))
        self._slider.setAccessibleName("Where the split is" if mode is Mode.SPLIT else "From A to B")
        self._words.set_whole(self._said())

    def _describe(self) -> None:
        self.details.show_facts(*(picture.facts for picture in self.pair))
        self._words.set_whole(self._said())

    def _said(self) -> str:
        """What has to be said about what is shown."""
        if len(self.pictures.shown) == 2 or self.view.mode is not Mode.SIDE:
            return self.view.words()
        more = self.pictures.left_out
        room = f"The first {MOST} of {MOST + more:,} are shown. " if more else ""
        return f"{room}Click another picture to make it B; with Shift, to make it A."

    def _open_menu(self, place: int, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for letter, target in (("A", 0), ("B", 1)):
            make = menu.addAction(f"Make it {letter}", partial(self.pictures.exchange, place, target))
            make.setEnabled(place != target)
        menu.addAction("Take it away", partial(self.pictures.take_away, place))
        menu.addSeparator()
        menu.addAction(self._actions["add_pictures"])
        menu.popup(where)

    # ---- what Qt calls -----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Pictures dropped here are compared; folders are the window's."""
        event.setAccepted(bool(files_among(paths_in(event.mimeData()))))

    def dropEvent(self, event: QDropEvent) -> None:
        """Several take the place of all; one goes to where it was dropped."""
        event.acceptProposedAction()
        place = int(event.position().x() > self.width() / 2)
        if self.view.isVisible():
            place = self.view.place_at(self.view.mapFrom(self, event.position().toPoint()))
        self.put(paths_in(event.mimeData()), place)

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
        modes = {mode.value: (self._actions[name], partial(self.set_mode, mode)) for name, mode in MODES.items()}
        made = mode_buttons(self, modes)
        self._actions["pair_side"].setChecked(True)
        exchange = icon_button("swap", "Exchange A and B (X)", self.pictures.exchange)
        more = icon_button("plus", "Add pictures to look at too, up to six", self.choose_more)
        bar = row(*made, self._slider, self._words, more, exchange, margins=(16, 8, 16, 8))
        bar.setStretchFactor(self._words, 1)
        return bar

    def _connect(self) -> None:
        effects: dict[str, Callable[[], object]] = {
            "choose_pair": self.choose,
            "add_pictures": self.choose_more,
            "exchange": self.pictures.exchange,
            "next_a": partial(self.pictures.turn, 0),
            "next_b": partial(self.pictures.turn, 1),
            "take_away": self.pictures.take_away,
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
        self.verdicts.asked.connect(self._around.rank)
        self.view.picked.connect(self.pictures.exchange)
        self.view.menu_wanted.connect(self._open_menu)
        self.pictures.changed.connect(self._show)
        self.pictures.known.connect(self._describe)
        self._actions["compare_more"].triggered.connect(self._add_chosen)
        self._client.model_ready.connect(lambda model: self._soon.start())

    def _add_chosen(self) -> None:
        """The images chosen in the library are looked at too."""
        self._taken = [file.path for file in self._around.chosen()]
        self.pictures.add(self._taken)
        self._around.show("compare")

    def _flicker(self) -> None:
        """Space shows the other picture, in whatever mode: it is what the key is for."""
        if self.view.mode is not Mode.SWAP:
            self._actions["pair_swap"].trigger()
        else:
            self.view.flicker()
