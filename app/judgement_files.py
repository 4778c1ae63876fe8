"""Answers in and out as CSV, and what is told of it. Made by the judge page.

The engine reads and writes the files: an import is one transaction, an export replaces a file only once it is whole.
"""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.engine_client import NEW
from app.pages.page import Surroundings
from app.widgets.dialogs import TextDialog
from app.wording import many
from engine.judging_messages import ExportJudgements, ImportedJudgements, ImportJudgements
from engine.store.rows import Attribute

_KINDS = "Tables (*.csv *.tsv *.txt);;All files (*)"


class JudgementFiles:
    """Asks which file, has it read or written, and says what came of it."""

    def __init__(self, around: Surroundings, window: QWidget) -> None:
        self._around = around
        self._window = window

    def choose_import(self, attribute: Attribute) -> None:
        """Let the person choose a file of answers."""
        dialog = QFileDialog(self._window, f"Import answers about {attribute.name}", "", _KINDS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda file: self.take_in(attribute, Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def choose_export(self, attribute: Attribute) -> None:
        """Let the person choose where the answers go."""
        dialog = QFileDialog(self._window, f"Export answers about {attribute.name}", f"{attribute.name}.csv", "*.csv")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(lambda file: self.write(attribute, Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_in(self, attribute: Attribute, file: Path) -> None:
        """Import the answers of a file."""
        self._around.client.ask(ImportJudgements(NEW, attribute.id, os.fsencode(file)), done=self._tell_import)

    def write(self, attribute: Attribute, file: Path) -> None:
        """Export the answers to a file."""

        def tell(rows: object) -> None:
            if isinstance(rows, int):
                self._around.say(f"{many(rows, 'answer')} written to {file.name}.")

        self._around.client.ask(ExportJudgements(NEW, attribute.id, os.fsencode(file)), done=tell)

    def _tell_import(self, done: object) -> None:
        if not isinstance(done, ImportedJudgements):
            return
        known = f", {done.known:,} known already" if done.known else ""
        bad = f", {many(done.rejected_count, 'line')} not taken" if done.rejected_count else ""
        sentence = f"{many(done.taken, 'answer')} imported{known}{bad}."
        self._around.say(sentence, "Details" if done.rejected else "", lambda: self._show_rejected(done))

    def _show_rejected(self, done: ImportedJudgements) -> None:
        lines = "\n".join(f"Line {number}: {reason}" for number, reason in done.rejected)
        sentence = f"{many(done.rejected_count, 'line')} of the file not taken; the others count."
        TextDialog("Lines that were not taken", sentence, lines, self._window).show()
