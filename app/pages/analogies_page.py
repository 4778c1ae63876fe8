"""The analogies page: A is to B as C is to what; and like C, but more of what was typed, by a slider.

Pictures come from the grid, file managers, the clipboard and the actions *Use as A, B, C*; every change asks the engine
anew (`app.latest_question`: the newest question wins). Nothing is written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QWidget

from app.compared_pictures import files_among
from app.dragdrop import paths_in
from app.engine_client import NEW
from app.found_files import FoundFiles, head_of
from app.image_actions import IN_LISTS, add_actions
from app.latest_question import LatestQuestion
from app.pages.page import Page, Surroundings
from app.widgets.equation import Equation
from app.widgets.first_run import EmptyState
from app.widgets.mode_buttons import mode_buttons
from app.widgets.more_slider import MoreSlider
from app.widgets.parts import ElidedLabel, button, column, row
from app.widgets.picture_list import Found, PictureList
from app.widgets.step_words import StepWords
from app.widgets.viewer import Viewer
from app.widgets.well import Well
from app.wording import step_agreement
from engine.errors import Problem
from engine.pair_messages import Analogy, AnalogyResult, Difference
from engine.protocol import RankingResult, Similar
from engine.store.rows import File

FOUND = 60  # pictures shown of an answer
AGAIN_MS = 2000  # while images are still being indexed
MOST_TAKEN = 13  # of a choice in the library: six examples and where to begin
EQUATION, MORE = "analogy_equation", "analogy_more"
LINES = {
    EQUATION: ("A is to B as C is to …", "Show a step with two pictures, and find where it leads from a third."),
    MORE: ("Like this, but more …", "Begin with one picture and move along a comparison."),
}
HINT = "Drop pictures into the places above, or choose them in the library and press Alt+A, Alt+B, Alt+C."


class AnalogiesPage(Page):
    """The equation or the slider, and what answers it."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self._around = around
        self._mode = EQUATION
        self._prompt = self._reverse = ""
        self._taken: list[bytes] = []
        self._pending = False
        self._files = FoundFiles(around.library)
        self._question = LatestQuestion(around.client, self)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self.equation = Equation(around.pictures, self._files.at)
        self.more = MoreSlider()
        self.results = PictureList(around.pictures, "What answers it, best first")
        self.viewer = Viewer(self.results.found, around.pictures, self)
        self._words = ElidedLabel("", "quiet", at_end=True)
        self.step = StepWords()
        self._empty: dict[str, EmptyState] = {}
        self._arrange()
        self._connect()
        self._choose_mode(EQUATION)

    @property
    def is_answered(self) -> bool:
        """Whether everything asked has been answered."""
        return not self._soon.isActive() and not self._question.is_busy

    # ---- what the window asks ----------------------------------------------------------------------------

    def enter(self, chosen: Sequence[File]) -> None:
        """The images chosen in the library fill the places, once for each choice."""
        paths = [file.path for file in chosen]
        fits = len(paths) == 2 or (len(paths) % 2 and 1 < len(paths) <= MOST_TAKEN)
        if paths != self._taken and (fits or (len(paths) == 1 and not self.equation.start.path)):
            self._taken = paths
            self.equation.put(paths, self.equation.start if len(paths) == 1 else None)

    def ask(self, prompt: str, reverse: str) -> bool:
        """Where the slider is shown, it moves along what was typed."""
        if self._mode != MORE:
            return False
        self._prompt, self._reverse = prompt, reverse
        self.more.show_prompt(prompt, reverse)
        self._soon.start()
        self.more.slider.setFocus()
        return True

    def put(self, paths: Sequence[bytes]) -> bool:
        """Pasted pictures go where the keyboard is, or where there is room."""
        files = files_among(paths)
        self.equation.put(files)
        return bool(files)

    def chosen(self) -> Sequence[File]:
        """The pictures that are chosen among those found."""
        if self.viewer.isVisible():
            return [self.viewer.file] if self.viewer.file is not None else []
        return self.results.chosen()

    def look_closer(self) -> None:
        """Look closer at the current picture."""
        if self.results.currentIndex().isValid():
            self._look_at(self.results.currentIndex().row())

    # ---- questions ---------------------------------------------------------------------------------------

    def _ask(self) -> None:
        start, examples = self.equation.start.path, self.equation.examples()
        if self._mode == EQUATION and examples and start:
            command = Analogy(NEW, examples, start)
            self._send(command, (examples, start))
        elif self._mode == MORE and start:
            amount = self.more.amount if self._prompt else 0.0
            command = Similar(NEW, None, start, self._prompt, amount, self._reverse, FOUND + 1)
            self._send(command, (start, self._prompt, self._reverse))
        else:
            self._question.cancel()
            self._show(())

    def _send(self, command: Analogy | Similar, about: object) -> None:
        self._words.set_whole("Looking…" if not self.results.found.rowCount() else self._words.text())
        self._question.ask(command, about=about, done=self._take, failed=self._refuse)

    def _take(self, answer: object) -> None:
        if isinstance(answer, AnalogyResult):
            self._pending = answer.pending > 0
            head = head_of(answer.file, FOUND)
            said = [step_agreement(float(share)) for share in head["share"]] if len(head) else []
            self._show(self._found(head["file"].tolist(), said), answer.step)
        elif isinstance(answer, RankingResult):
            self._pending = answer.pending > 0
            if answer.prompt:
                self.more.show_result(answer)
            files = head_of(answer.file, FOUND + 1)["file"].tolist()
            self._show(self._found(files, [""] * len(files), but=self.equation.start.path))

    def _found(self, file_ids: list[int], said: list[str], but: bytes = b"") -> list[Found]:
        files = self._files.of(file_ids)
        there = [(files[i], words) for i, words in zip(file_ids, said, strict=True) if i in files]
        wanted = [(file, words) for file, words in there if file.path != but]
        return [Found(file, rank, words) for rank, (file, words) in enumerate(wanted[:FOUND], 1)]

    def _refuse(self, problem: Problem) -> None:
        self._show(())
        self._words.set_whole(problem.sentence)
        self._around.tell(problem)

    def _show(self, rows: Sequence[Found], step: Sequence[Difference] | None = None) -> None:
        self.results.show_found(rows)
        first = rows[0].file if rows else None
        self.equation.answer.take(first.path if first else b"", first)
        self.step.setVisible(step is not None)
        self.step.show_step(step or ())
        self._body.setCurrentWidget(self._answered if rows else self._empty[self._mode])
        self._words.set_whole(self._say(rows))

    def _say(self, rows: Sequence[Found]) -> str:
        if not rows:
            return ""
        if self._mode == MORE:
            return f"the {len(rows)} images most like it"
        return f"the {len(rows)} images that finish it best; under each, how its step from C agrees with the one shown"

    def _library_changed(self, what: frozenset[str]) -> None:
        if what & {"folders", "files", "vectors"}:
            self._files.forget()
            if self._pending and not self._again.isActive():
                self._again.start()

    # ---- what Qt calls -----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Pictures dropped beside the wells go where there is room; folders are the window's."""
        event.setAccepted(bool(files_among(paths_in(event.mimeData()))))

    def dropEvent(self, event: QDropEvent) -> None:
        """Put them in."""
        event.acceptProposedAction()
        self.put(paths_in(event.mimeData()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The viewer covers the page."""
        super().resizeEvent(event)
        self.viewer.setGeometry(self.rect())

    # ---- making ------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._answered = QWidget()
        self._answered.setLayout(column(self.results, margins=(12, 0, 12, 8)))
        self._body = QStackedWidget()
        for mode, words in ((EQUATION, "Choose three pictures…"), (MORE, "Choose a picture…")):
            self._empty[mode] = EmptyState(LINES[mode], words, hint=HINT)
            self._empty[mode].pressed.connect(self._choose_files)
            self._body.addWidget(self._empty[mode])
        self._body.addWidget(self._answered)
        terms = row(self.equation, self.more, spacing=32, margins=(16, 8, 16, 8))
        terms.setStretchFactor(self.more, 1)
        whole = column(spacing=0)
        whole.addLayout(self._mode_bar())
        whole.addLayout(terms)
        whole.addWidget(self.step)
        whole.addWidget(self._body, 1)
        self.setLayout(whole)
        self.viewer.hide()

    def _mode_bar(self) -> QHBoxLayout:
        actions = self._around.actions
        modes = {actions[mode].text(): (actions[mode], partial(self._choose_mode, mode)) for mode in (EQUATION, MORE)}
        clear = button("Start again", actions["analogy_clear"].trigger)
        bar = row(*mode_buttons(self, modes), self._words, clear, margins=(16, 8, 16, 8))
        bar.setStretchFactor(self._words, 1)
        return bar

    def _connect(self) -> None:
        actions, client = self._around.actions, self._around.client
        effects: dict[str, Callable[[], object]] = {
            "analogy_a": lambda: self._use_as("A"),
            "analogy_b": lambda: self._use_as("B"),
            "analogy_c": lambda: self._use_as("C"),
            "more_like": self._more_like,
            "analogy_example": self.equation.add_example,
            "analogy_clear": self._clear,
        }
        for name, effect in effects.items():
            actions[name].triggered.connect(lambda _=False, effect=effect: effect())
        for name in (EQUATION, MORE, "analogy_example"):
            self.addAction(actions[name])
        add_actions(self.results, actions, IN_LISTS)
        self.step.asked.connect(lambda phrase: self._around.rank(phrase, ""))
        self.equation.changed.connect(self._soon.start)
        self.equation.wanted.connect(self._choose_file)
        self.equation.answer_opened.connect(lambda: self._look_at(0))
        self.more.moved.connect(lambda amount: self._ask())
        self._soon.timeout.connect(self._ask)
        self._again.timeout.connect(self._ask)
        self.results.opened.connect(self._look_at)
        self.results.wanted.connect(self._ask_pictures)
        self.viewer.closed.connect(self._leave_viewer)
        self.viewer.moved.connect(lambda at: self.results.setCurrentIndex(self.results.found.index(at)))
        client.model_ready.connect(lambda model: self._soon.start())
        client.library_changed.connect(self._library_changed)

    # ---- doing -------------------------------------------------------------------------------------------

    def _choose_mode(self, mode: str) -> None:
        self._mode = mode
        self._around.actions[mode].setChecked(True)
        self.equation.show_examples(mode == EQUATION)
        self.more.setVisible(mode == MORE)
        if self.isVisible():
            self.equation.start.setFocus()  # it is there in both
        self._show(())
        self._soon.start()

    def _use_as(self, letter: str) -> None:
        files = (self.chosen() if self.isVisible() else []) or self._around.chosen()
        if files:
            self.equation.put_term(letter, files[0].path)
            if not self.isVisible():
                there = f"{files[0].name} is {letter} of the analogy."
                self._around.say(there, "Analogies", lambda: self._around.show("analogies"))

    def _more_like(self) -> None:
        files = (self.chosen() if self.isVisible() else []) or self._around.chosen()
        if files:
            self._choose_mode(MORE)
            self._taken = [file.path for file in self._around.chosen()]
            self.equation.put_term("C", files[0].path)
            self.more.slider.setValue(0)
            self._around.show("analogies")

    def _clear(self) -> None:
        self.equation.clear()
        self.more.slider.setValue(0)

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Choose pictures")
        self.equation.put([os.fsencode(name) for name in names])

    def _choose_file(self, well: Well) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose a picture", str(Path(os.fsdecode(well.path)).parent))
        if name:
            self.equation.put([os.fsencode(name)], well)

    def _look_at(self, at: int) -> None:
        if at < self.results.found.rowCount():
            self.viewer.open_row(at)
            self.viewer.show()
            self.viewer.raise_()
            self.viewer.setFocus()

    def _leave_viewer(self) -> None:
        self.viewer.hide()
        self.results.setFocus()

    def _ask_pictures(self) -> None:
        if self.isVisible():
            side = round(self.results.side * self.devicePixelRatioF())
            self._around.pictures.show(self.results.visible_files(), side)
