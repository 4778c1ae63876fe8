"""The train page: teach the model, watch it learn, and see what came of it before it is put to use.

The list of runs at the left; beside it a new run (data, recipe, run), or one that goes on, or what one came to. Its
inside is made when it is first shown, because charts take a moment to import. Runs are processes of their own: closing
the window ends none of them (`may_close` asks).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMessageBox, QSplitter, QStackedWidget, QVBoxLayout

from app.background_reader import BackgroundReader
from app.engine_client import NEW
from app.pages.page import Page, Surroundings
from app.pages.table import PAGES
from app.question import Question
from app.training import AT_WORK, TO_GO_ON, Training, seconds_left
from app.undo import RemoveRunStep
from engine.errors import LibraryError
from engine.protocol import ModelReady, UseModel
from engine.store.library import Library
from engine.store.rows import File
from engine.training_messages import (
    BeforeAfter,
    BeforeAfterResult,
    DataChoice,
    ExportRun,
    PauseRun,
    Preflight,
    PreflightResult,
    Presets,
    RenameRun,
    ResumeRun,
    RunDetails,
    RunInfo,
    StartRun,
    StopRun,
    UseRun,
)

if TYPE_CHECKING:
    from app.widgets.data_form import Stock

SOURCES = (("texts", "Captions and differences…"), ("judge", "Judge pairs…"))  # pages that make data
ON_A_RUN = ("run_pause", "run_stop", "run_use", "run_export", "run_rename", "run_remove", "run_compare")
CLOSING = "The run “{}” is at work."
BACKGROUND = "It can go on in the background, and is found again here when PairLens is next opened."


class TrainPage(Page):
    """Runs, and one of them."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._client = around.client
        self.training = Training(around.client, self)
        self._stock = BackgroundReader(self)
        self._in_use = ""
        self._preflights = Question(around.client)
        self._orders = Question(around.client)
        self._compared: dict[str, RunDetails | None] = {}
        self._made = False
        for name, effect in self._effects().items():
            around.actions[name].triggered.connect(lambda _=False, effect=effect: effect())
        self._client.model_ready.connect(self._model_is)
        self.training.changed.connect(self._runs_changed)
        self._enable()

    def enter(self, chosen: Sequence[File]) -> None:
        """Make the inside, at the first time; look at what there is to learn from."""
        if not self._made:
            self._make()
        self._read_stock()

    def leave_window(self) -> None:
        """Wait for the thread that reads what there is to learn from."""
        self._stock.close()

    def ask(self, prompt: str, reverse: str) -> bool:
        """Where a run is shown that is done, the prompt bar asks both models."""
        if not self._made or self.stack.currentWidget() is not self.result:
            return False
        self.result.ask(prompt)
        return True

    def may_close(self) -> bool:
        """Ask what becomes of a run at work; False: the window stays open."""
        run = self.training.at_work
        if run is None:
            return True
        box = QMessageBox(QMessageBox.Icon.Question, "A run is at work", CLOSING.format(run.name), parent=self.window())
        box.setTextFormat(box.textFormat().PlainText)
        box.setInformativeText(BACKGROUND)
        go_on = box.addButton("Go on in the background", QMessageBox.ButtonRole.AcceptRole)
        stop = box.addButton("Stop and keep the best", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(go_on)
        box.exec()
        if box.clickedButton() is stop:
            self._client.ask(StopRun(NEW, run.name))
        return box.clickedButton() in (go_on, stop)

    # ---- making ------------------------------------------------------------------------------------------

    def _make(self) -> None:
        from app.widgets.run_list import RunList
        from app.widgets.run_result import RunResult
        from app.widgets.run_setup import RunSetup
        from app.widgets.run_view import RunView

        self._made = True
        there = {spec.name for spec in PAGES}
        self.list = RunList()
        self.setup = RunSetup([source for source in SOURCES if source[0] in there])
        self.view = RunView(self._pause, self._go_on, self._stop)
        self.result = RunResult(self._around.pictures)
        self.stack = QStackedWidget()
        for part in (self.setup, self.view, self.result):
            self.stack.addWidget(part)
        whole = QSplitter()
        whole.setChildrenCollapsible(False)
        whole.addWidget(self.list)
        whole.addWidget(self.stack)
        whole.setStretchFactor(1, 1)
        whole.setSizes([224, 976])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(whole)
        self._connect()
        self._client.ask(Presets(NEW), done=self._take_presets)
        self._runs_changed()

    def _connect(self) -> None:
        self._stock.finished.connect(self.setup.show_stock)
        self.setup.asked_preflight.connect(self._preflight)
        self.setup.started.connect(self._start)
        self.setup.wanted.connect(self._around.show)
        self.list.picked.connect(self._show)
        self.list.itemSelectionChanged.connect(self._enable)
        self.list.renamed.connect(lambda old, name: self._client.ask(RenameRun(NEW, old, name)))
        self.training.grew.connect(self._grew)
        self.training.details.connect(self._take_details)
        self.result.asked.connect(self._ask_both)
        self.result.used.connect(self._use)
        self.result.left.connect(self._back)
        self.result.exported.connect(self._export)
        self.result.opened.connect(self._open_picture)
        for name in (*ON_A_RUN, "run_new"):
            self.addAction(self._around.actions[name])

    def _effects(self) -> dict[str, Callable[[], object]]:
        return {
            "run_new": self._new,
            "run_pause": self._pause_or_go_on,
            "run_stop": self._stop,
            "run_use": lambda: self.result.use.click(),
            "run_export": lambda: self._export(self.result.strength),
            "run_rename": lambda: self.list.edit_name(),
            "run_remove": self._remove,
            "run_compare": self._compare,
        }

    # ---- a new run ---------------------------------------------------------------------------------------

    def _new(self) -> None:
        self._around.show("train")
        self.list.pick("")
        self.setup.name.setFocus()

    def _read_stock(self) -> None:
        self._stock.read(self._around.library, _stock, at_once=True)

    def _take_presets(self, result: object) -> None:
        if isinstance(result, tuple):
            self.setup.recipe.set_presets(result)

    def _preflight(self, recipe: str, data: DataChoice) -> None:
        if not self._in_use:
            self.setup.show_waiting()
        self._preflights.ask(Preflight(NEW, recipe, data), self._take_preflight, self.setup.show_refusal)

    def _take_preflight(self, result: object) -> None:
        if isinstance(result, PreflightResult):
            self.setup.show_preflight(result)

    def _start(self, name: str, recipe: str, data: DataChoice) -> None:
        self._picking = name
        self.setup.start.setEnabled(False)
        self._client.ask(StartRun(NEW, name, recipe, data), failed=self.setup.show_refusal)

    # ---- the runs ----------------------------------------------------------------------------------------

    _picking = ""  # a run that is to be shown once it is there

    def _runs_changed(self) -> None:
        if not self._made:
            self._enable()
            return
        runs = self.training.runs
        self.list.show_runs(runs, lambda run: seconds_left(run, self.training.lines(run.name)))
        self.setup.set_names([run.name for run in runs])
        if self._picking and self.training.named(self._picking):
            self.list.pick(self._picking)
            self._picking = ""
        self._show_current()

    def _shown(self) -> RunInfo | None:
        return self.training.named(self.list.current) if self._made else None

    def _show(self, name: str) -> None:
        """Another line of the list was chosen."""
        if name:
            self.training.look_at(name)
        self._show_current()
        if self.stack.currentWidget() is self.result:
            self._offer_prompts()

    def _show_current(self) -> None:
        run = self._shown()
        if run is None:
            self.stack.setCurrentWidget(self.setup)
        elif run.outcome is not None:
            self.result.show_run(run, self._in_use)
            self.stack.setCurrentWidget(self.result)
        else:
            self.view.show_run(run, self.training.lines(run.name))
            self.stack.setCurrentWidget(self.view)
        self._enable()

    def _grew(self, name: str) -> None:
        run = self._shown()
        if run is not None and run.name == name and run.outcome is None:
            self.view.show_run(run, self.training.lines(name))

    def _enable(self) -> None:
        """Actions that can be done now."""
        run, actions = self._shown(), self._around.actions
        state = run.state if run else ""
        can = {
            "run_pause": state in AT_WORK or state in TO_GO_ON or state == "queued",
            "run_stop": state in AT_WORK or (state in TO_GO_ON and bool(run and run.step)),
            "run_use": bool(run and run.outcome),
            "run_export": bool(run and run.outcome),
            "run_rename": bool(run) and state not in AT_WORK,
            "run_remove": bool(run) and state not in AT_WORK,
            "run_compare": self._made and len(self.list.chosen) > 1,
        }
        for name, enabled in can.items():
            actions[name].setEnabled(enabled)

    def _pause_or_go_on(self) -> None:
        run = self._shown()
        if run is not None:
            self._go_on() if run.state in TO_GO_ON else self._pause()

    def _pause(self) -> None:
        self._client.ask(PauseRun(NEW, self.list.current))

    def _go_on(self) -> None:
        self._client.ask(ResumeRun(NEW, self.list.current))

    def _stop(self) -> None:
        self._client.ask(StopRun(NEW, self.list.current))

    def _remove(self) -> None:
        name = self.list.current
        self._around.undo_stack.push(RemoveRunStep(self._client, name))
        self._around.say(f"The run {name} was removed; its model stays.", "Undo", self._around.undo_stack.undo)

    def _compare(self) -> None:
        """Ask about all that are chosen; the dialog opens when everything is there."""
        self._compared = dict.fromkeys(self.list.chosen)
        for name in self._compared:
            self.training.look_at(name)

    def _take_details(self, details: RunDetails) -> None:
        if details.info.name in self._compared:
            self._compared[details.info.name] = details
            found = [each for each in self._compared.values() if each is not None]
            if len(found) == len(self._compared):
                from app.widgets.compare_runs import CompareRunsDialog

                self._compared = {}
                runs = [(each, self.training.lines(each.info.name)) for each in found]
                CompareRunsDialog(runs, self).show()

    # ---- what came of it ---------------------------------------------------------------------------------

    def _model_is(self, model: ModelReady) -> None:
        self._in_use = model.name
        if not self._made:
            return
        self.result.show_model(model.name)
        if not self._preflights.is_open and self.stack.currentWidget() is self.setup:
            self.setup.check()  # the vectors of another model are others

    def _offer_prompts(self) -> None:
        """Both models are asked what the library was asked last."""
        with suppress(LibraryError), Library(self._around.library) as library:
            self.result.set_prompts([prompt for prompt, _ in library.prompts()])

    def _ask_both(self, prompt: str, strength: float) -> None:
        name = self.list.current
        self._orders.ask(
            BeforeAfter(NEW, name, strength, prompt),
            partial(self._take_orders, name),
            lambda problem: self.result.show_words(str(problem)),
        )

    def _take_orders(self, name: str, result: object) -> None:
        if not isinstance(result, BeforeAfterResult) or name != self.list.current:
            return
        with suppress(LibraryError), Library(self._around.library) as library:
            found = [library.file(file) for file in dict.fromkeys((*result.before, *result.after))]
            files = [file for file in found if file is not None]
            self.result.show_orders(result, files)
            self._around.pictures.show(files, self.result.before.side)

    def _use(self, strength: float) -> None:
        self._client.ask(UseRun(NEW, self.list.current, strength))

    def _back(self) -> None:
        if (run := self._shown()) is not None:
            self._client.ask(UseModel(NEW, run.base))

    def _export(self, strength: float) -> None:
        dialog = QFileDialog(self, "Choose a new or empty folder for the model")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        name = self.list.current
        dialog.fileSelected.connect(lambda folder: self.export_to(name, strength, Path(folder)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_to(self, run: str, strength: float, folder: Path) -> None:
        """Write the model of a run where the person wants it."""
        told = f"The model was written to {folder}; open_clip loads it as local-dir:{folder}."
        self._client.ask(ExportRun(NEW, run, strength, os.fsencode(folder)), done=lambda result: self._around.say(told))

    def _open_picture(self, file_id: int) -> None:
        self._around.choose([file_id])
        self._around.show("library")


def _stock(library: Library) -> Stock:
    """What there is to learn from."""
    from app.widgets.data_form import Stock
    from engine.store.judging import attributes
    from engine.store.texts import difference_counts

    return Stock(difference_counts(library), attributes(library))
