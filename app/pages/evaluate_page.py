"""The evaluate page: a task, the models to measure on it, and how often each was right, by rule, with standard errors.

The window shows it; the engine measures, as a job that the strip shows and cancels too. What comes back are two files
of the session folder: figures, which the table shows, and a report, which is opened in a browser or saved.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QStackedWidget, QWidget

from app.engine_client import NEW
from app.pages.page import Page, Surroundings
from app.remedies import remedy_in_words
from app.widgets.evaluation_form import EvaluationForm
from app.widgets.figure_table import FigureTable, lines_of
from app.widgets.first_run import EmptyState
from app.widgets.parts import ElidedLabel, Label, button, column, row
from engine.errors import ExchangeError, Problem
from engine.evaluation_messages import EvaluationResult, ListMeasurable, Measurable
from engine.replacing import replacing
from engine.store.rows import File

LINES = ("How often are the words right?", "Measure models on pictures whose answer is known.")
HINT = (
    "The sample library comes with its answers. The tasks of the paper need their data sets; a folder of yours will do."
)
_FORM_WIDTH = 344


class EvaluatePage(Page):
    """Tasks, models, figures."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._client = around.client
        self._job = 0  # under way; 0 = none
        self._result: EvaluationResult | None = None
        self.form = EvaluationForm()
        self.table = FigureTable()
        self._title = Label("", "heading")
        self._about = ElidedLabel("", "quiet")
        self._open = button("Open the report", self.open_report)
        self._save = button("Save the report…", self.choose_place)
        self._stack = QStackedWidget()
        self._arrange()
        self._connect()

    @property
    def is_measuring(self) -> bool:
        """Whether a measurement is under way."""
        return bool(self._job)

    def enter(self, chosen: Sequence[File]) -> None:
        """Models and runs may have come since the page was last shown."""
        self._client.ask(ListMeasurable(NEW), done=self._take_measurable)

    # ---- measuring ---------------------------------------------------------------------------------------

    def measure(self) -> None:
        """Begin, or cancel what is under way."""
        if self._job:
            self._client.cancel(self._job)
            return
        command = self.form.command()
        if command is None:
            return
        self._job = self._client.ask(command, done=self._take, failed=self._fail, ended=self._end)
        self.form.show_measuring(True)

    def _take(self, result: object) -> None:
        if isinstance(result, EvaluationResult):
            self._result = result
            self._show(json.loads(Path(result.figures).read_text(encoding="utf-8")))

    def _fail(self, problem: Problem) -> None:
        """What is wrong with the task is said beside it; anything else is the window's to tell."""
        if problem.code.startswith(("task", "too-few", "prompt", "classes")):
            self.form.say(f"{problem.sentence} {remedy_in_words(problem)}")
        else:
            self._around.tell(problem)

    def _end(self) -> None:
        self._job = 0
        self.form.show_measuring(False)

    def _show(self, figures: dict[str, Any]) -> None:
        models, lines = lines_of(figures)
        self.table.show_figures(models, lines)
        self._title.setText(figures["task"])
        unusable = f", {figures['unusable']:,} could not be read" if figures["unusable"] else ""
        self._about.set_whole(
            f"{figures['images']:,} images{unusable}; percent right ± standard error, {figures['seeds']} draws"
        )
        self._stack.setCurrentIndex(1)
        for name in ("open_report", "save_report"):
            self._around.actions[name].setEnabled(True)

    def _take_measurable(self, found: object) -> None:
        if isinstance(found, Measurable):
            self.form.show_measurable(found)

    # ---- the report --------------------------------------------------------------------------------------

    def open_report(self) -> None:
        """Show it in the browser."""
        if self._result:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._result.report))

    def choose_place(self) -> None:
        """Ask where to save it."""
        if self._result is None:
            return
        dialog = QFileDialog(self, "Save the report", "evaluation.html", "Reports (*.html)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("html")
        dialog.fileSelected.connect(lambda name: self.save_report(os.fsencode(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_report(self, place: bytes) -> None:
        """Save it there; it needs no other file."""
        if self._result is None:
            return
        file = Path(os.fsdecode(place))
        try:
            with replacing(file) as part:
                part.write_bytes(Path(self._result.report).read_bytes())
        except ExchangeError as error:
            self._around.tell(error.problem())
            return
        self._around.say(f"The report is saved as {file.name}.")

    # ---- making ------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self.setAccessibleName("Evaluate")
        empty = EmptyState(LINES, "Measure the sample library", hint=HINT)
        empty.pressed.connect(self._measure_samples)
        results = QWidget()
        results.setProperty("kind", "page")
        box = column(margins=(24, 16, 24, 16), spacing=12)
        head = row(self._title, self._about, self._open, self._save, spacing=16)
        head.setStretchFactor(self._about, 1)
        box.addLayout(head)
        box.addWidget(self.table, 1)
        results.setLayout(box)
        for part in (empty, results):
            self._stack.addWidget(part)
        scrolled = QScrollArea()
        scrolled.setWidgetResizable(True)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scrolled.setFixedWidth(_FORM_WIDTH)
        scrolled.setWidget(self.form)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scrolled)
        whole.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.form.pressed.connect(self.measure)
        self._client.model_ready.connect(lambda model: self.form.show_model(model.name))
        actions = self._around.actions
        actions["measure"].triggered.connect(self._measure_here)
        actions["open_report"].triggered.connect(self.open_report)
        actions["save_report"].triggered.connect(self.choose_place)
        for name in ("open_report", "save_report"):
            actions[name].setEnabled(False)

    def _measure_here(self) -> None:
        """From wherever the person is: what the form says is seen."""
        self._around.show("evaluate")
        self.measure()

    def _measure_samples(self) -> None:
        self.form.choose_task("sample-looks")
        self.measure()
