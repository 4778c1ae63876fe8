"""What to measure, and which models: the left side of the Evaluate page.

Signals what was asked for; the page turns it into a job. A task is one that comes with the program, a task file, or a
folder that holds a folder for each class.
"""

from __future__ import annotations

import os
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLineEdit, QVBoxLayout, QWidget

from app.engine_client import NEW
from app.widgets.parts import ComboBox, ElidedLabel, Label, button, clear, column, plain_tooltip, row
from engine.evaluation.bundled import about
from engine.evaluation_messages import Evaluate, FolderTask, Measurable

W = TypeVar("W", bound=QWidget)

FOLDERS, FILE = "folders", "file"
FOLDERS_NOTE = (
    "A folder that holds a folder for each class. Which of two classes has more of something, and which is which?"
)
FILE_NOTE = "A task of your own, as a TOML file; the README says what it may hold."
STARTER = "starter"


class EvaluationForm(QWidget):
    """The form.

    Signals:
        pressed(): measure, or cancel.
    """

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._tasks = about()
        self._file, self._data = "", ""
        self._model = STARTER  # in use
        self.models: dict[str, QCheckBox] = {}
        self.runs: dict[str, QCheckBox] = {}
        self.task_box = _named(ComboBox(), "Task")
        for name, said in self._tasks.items():
            self.task_box.addItem(said.title, name)
        self.task_box.addItem("A folder of mine", FOLDERS)
        self.task_box.addItem("A task file", FILE)
        self._note = Label("", "quiet", wrap=True)
        self._place = ElidedLabel("", "quiet")
        self._choose = button("Choose…", self._choose_place)
        self.prompt = _named(QLineEdit(), "What one class has more of")
        self.prompt.setPlaceholderText("larger (optional)")
        self.high, self.low = _named(ComboBox(), "Class with more"), _named(ComboBox(), "Class with less")
        self._comparing = QWidget()
        self._model_list, self._run_list = QVBoxLayout(), QVBoxLayout()
        self._run_title = Label("Before and after a run", "heading")
        self.path = QCheckBox("Every tenth of the way between")
        self.act = button("Measure", self.pressed.emit, kind="primary")
        self._problem = Label("", wrap=True)
        self._arrange()
        self.task_box.currentIndexChanged.connect(self._show_task)
        self.show_measurable(Measurable((STARTER,), ()))
        self._show_task()

    # ---- what is asked for -------------------------------------------------------------------------------

    def command(self) -> Evaluate | None:
        """The job that the form describes; None, and the reason said, where something is missing."""
        models = tuple(name for name, box in self.models.items() if box.isChecked())
        runs = tuple(name for name, box in self.runs.items() if box.isChecked())
        task = self._task()
        if task is None:
            self.say("Choose the folder or the file first.")
            return None
        if not (models or runs):
            self.say("Choose a model to measure.")
            return None
        self.say("")
        data = self._data if isinstance(task, str) and self._needs_data() else ""
        return Evaluate(NEW, task, data, models, runs, self.path.isChecked())

    def choose_task(self, name: str) -> None:
        """Turn to a task."""
        self.task_box.setCurrentIndex(self.task_box.findData(name))

    def choose_file(self, file: str) -> None:
        """Turn to a task file."""
        self._file = file
        self.choose_task(FILE)
        self._show_task()

    def choose_folder(self, folder: str) -> None:
        """The folder with the images: with a folder a class, or a data set as its publisher lays it out."""
        try:
            with os.scandir(folder) as inside:
                names = sorted(each.name for each in inside if each.is_dir() and each.name[:1] != ".")
        except OSError as error:
            self.say(f"{folder} cannot be read: {error.strerror}.")
            return
        self._data = folder
        for place, box in enumerate((self.high, self.low)):
            box.clear()
            box.addItems(names)
            box.setCurrentIndex(min(place, len(names) - 1))
        self._show_task()

    def say(self, words: str) -> None:
        """What is wrong, "" for nothing."""
        self._problem.setText(words)
        self._problem.setVisible(bool(words))

    def _task(self) -> str | FolderTask | None:
        kind = self.task_box.currentData()
        if kind == FILE:
            return self._file or None
        if kind == FOLDERS:
            words = self.prompt.text().strip()
            return (
                FolderTask(self._data, words, "", self.high.currentText(), self.low.currentText())
                if self._data
                else None
            )
        return kind if self._data or not self._needs_data() else None

    def _needs_data(self) -> bool:
        kind = self.task_box.currentData()
        return kind in self._tasks and self._tasks[kind].needs_data

    # ---- what is shown -----------------------------------------------------------------------------------

    def show_measurable(self, found: Measurable) -> None:
        """The models and runs that there are; what was ticked stays ticked."""
        names = list(dict.fromkeys([self._model, *found.models]))
        self.models = _boxes(self._model_list, names, self.models, ticked=self._model)
        self.runs = _boxes(self._run_list, list(found.runs), self.runs)
        for part in (self._run_title, self.path):
            part.setVisible(bool(found.runs))

    def show_model(self, name: str) -> None:
        """The model in use comes first, and is ticked until the person chooses."""
        before, self._model = self._model, name
        if before in self.models and before != name:
            self.models[before].setChecked(False)
        self.show_measurable(Measurable(tuple(self.models), tuple(self.runs)))

    def show_measuring(self, measuring: bool) -> None:
        """The button cancels meanwhile."""
        self.act.setText("Cancel" if measuring else "Measure")
        self.task_box.setEnabled(not measuring)

    def _show_task(self) -> None:
        kind = self.task_box.currentData()
        note = {FOLDERS: FOLDERS_NOTE, FILE: FILE_NOTE}.get(kind) or self._tasks[kind].note
        self._note.setText(note)
        asks = kind in (FOLDERS, FILE) or self._needs_data()
        chosen = self._file if kind == FILE else self._data
        self._place.set_whole(os.path.basename(chosen) if chosen else "nothing chosen yet")
        self._place.setToolTip(plain_tooltip(chosen))
        for part in (self._place, self._choose):
            part.setVisible(asks)
        self._choose.setAccessibleName("Choose the task file" if kind == FILE else "Choose the folder with the images")
        self._comparing.setVisible(kind == FOLDERS)
        self.say("")

    def _choose_place(self) -> None:
        files = self.task_box.currentData() == FILE
        dialog = QFileDialog(self, "Choose a task file" if files else "Choose the folder with the images")
        if files:
            dialog.setNameFilter("Tasks (*.toml)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile if files else QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.choose_file if files else self.choose_folder)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # ---- making ------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        asked = column(Label("One class has more of"), self.prompt, spacing=4)
        for words, classes in (("Class with more", self.high), ("Class with less", self.low)):
            asked.addWidget(Label(words))
            asked.addWidget(classes)
        self._comparing.setLayout(asked)
        place = row(self._place, self._choose)
        place.setStretchFactor(self._place, 1)
        for inner in (self._model_list, self._run_list):
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(8)
        box = column(Label("Evaluate", "title"), Label("Task", "heading"), margins=(24, 24, 24, 24), spacing=8)
        box.addWidget(self.task_box)
        box.addWidget(self._note)
        box.addLayout(place)
        box.addWidget(self._comparing)
        box.addSpacing(16)
        box.addWidget(Label("Models", "heading"))
        box.addLayout(self._model_list)
        box.addSpacing(8)
        box.addWidget(self._run_title)
        box.addLayout(self._run_list)
        box.addWidget(self.path)
        box.addSpacing(16)
        box.addWidget(self._problem)
        box.addWidget(self.act)
        box.addStretch(1)
        self.setLayout(box)


def _named(box: W, name: str) -> W:
    """A control with its name for screen readers."""
    box.setAccessibleName(name)
    return box


def _boxes(
    into: QVBoxLayout, names: list[str], before: dict[str, QCheckBox], *, ticked: str = ""
) -> dict[str, QCheckBox]:
    """A check box for every name, in place of those that were there; ``ticked`` where none was."""
    on = {name for name, box in before.items() if box.isChecked()} or {ticked}
    clear(into)
    made = {}
    for name in names:
        short = os.path.basename(os.path.normpath(name)) if name.startswith("local-dir:") else name
        made[name] = QCheckBox(short.replace("&", "&&"))
        made[name].setToolTip(plain_tooltip(name))
        made[name].setChecked(name in on)
        into.addWidget(made[name])
    return made
