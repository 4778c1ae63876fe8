"""Class sets and labels to and from files: what the classify page's menu does. The engine writes what is long."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from app.classifying import Classifying
from app.engine_client import NEW
from app.pages.page import Surroundings
from app.wording import many
from engine.classify import files
from engine.classify_messages import SortIntoFolders, SortResult
from engine.errors import PairLensError


class ClassFiles(QObject):
    """Opens and saves.

    Signals:
        failed(Problem): a file could not be used.
    """

    failed = Signal(object)

    def __init__(self, work: Classifying, around: Surroundings, window: QWidget) -> None:
        super().__init__(window)
        self._work = work
        self._around = around
        self._window = window

    def new_set(self) -> None:
        """Begin an empty class set under a name."""
        name, chosen = QInputDialog.getText(self._window, "New class set", "Its name:")
        if chosen and name.strip():
            self._work.begin(name.strip())

    def choose_set(self) -> None:
        """Work on another class set of the library."""
        names = [each.name for each in self._work.stored()]
        if names:
            at = names.index(self._work.name) if self._work.name in names else 0
            name, chosen = QInputDialog.getItem(self._window, "Class sets", "Work on:", names, at, editable=False)
            if chosen:
                self._work.open_stored(name)

    def open_set(self) -> None:
        """Work on the class set of a file."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open a class set", "", "Class sets (*.toml *.txt)")
        if name:
            try:
                self._work.apply(files.read(Path(name)), "open a class set")
            except PairLensError as error:
                self.failed.emit(error.problem())

    def save_set(self) -> None:
        """Write the class set to a file."""
        name, _ = QFileDialog.getSaveFileName(self._window, "Save the class set", "classes.toml", "Class sets (*.toml)")
        if name and self._work.classes is not None:
            try:
                files.write(Path(name), self._work.classes)
            except PairLensError as error:
                self.failed.emit(error.problem())
            else:
                self._around.say(f"The class set was saved to {Path(name).name}.")

    def export_table(self) -> None:
        """Write the labels as a table."""
        name, _ = QFileDialog.getSaveFileName(self._window, "Export the labels", "labels.csv", "Tables (*.csv)")
        if name:
            self._sort(os.fsencode(name), "table")

    def sort_into(self, kind: str) -> None:
        """Copy ("copy") or hard-link ("link") the files into a folder a class."""
        name = QFileDialog.getExistingDirectory(self._window, "A folder to make one folder a class in")
        if name:
            self._sort(os.fsencode(name), kind)

    def _sort(self, target: bytes, kind: str) -> None:
        result = self._work.result
        if result is not None:
            command = SortIntoFolders(NEW, result.file, result.classes.names, target, kind)
            where = f"{_DONE[kind]} {os.path.basename(os.fsdecode(target))}"
            self._around.client.ask(command, done=lambda done: self._tell(done, where), failed=self.failed.emit)

    def _tell(self, done: object, where: str) -> None:
        if isinstance(done, SortResult):
            failed = f"; {len(done.failed):,} could not be" if done.failed else ""
            self._around.say(f"{many(done.written, 'picture')} {where}{failed}.")


_DONE = {"table": "written to", "copy": "copied into", "link": "hard-linked into"}
