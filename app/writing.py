"""Runs of writing, and texts in and out of files, as the window does them: jobs of the engine and what is said of them.

Made by the page of captions and differences, which asks it, as the menu does. What a run wrote and what fell is said in
a notice, why it stopped in a banner with its remedies.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.engine_client import NEW
from app.pages.page import Surroundings
from app.widgets.dialogs import TextDialog
from app.wording import many
from engine.store.reviewing import Unfinished
from engine.text_messages import (
    ExportCaptions,
    ExportDifferences,
    ForgetUnfinished,
    ImportCaptions,
    ImportDifferences,
    ImportResult,
    Refused,
    TextJob,
    WriteCaptions,
    WriteDifferences,
    WritingResult,
)

CAPTION_FILES = "Captions (*.csv *.tsv *.jsonl *.json *.txt *.caption);;All files (*)"
CAPTION_EXPORTS = "JSON Lines (*.jsonl);;CSV (*.csv);;COCO captions (*.json)"
LINES = "JSON Lines (*.jsonl)"
NAMES_SHOWN = 3  # of what fell


class Writing(QObject):
    """Starts jobs and says what came of them.

    Signals:
        running(bool): whether a run of writing differences is under way.
    """

    running = Signal(bool)

    def __init__(self, around: Surroundings, page: QWidget) -> None:
        super().__init__(page)
        self._client = around.client
        self._around = around
        self._window = page
        self._runs = 0

    @property
    def is_running(self) -> bool:
        """Whether a run of writing differences is under way."""
        return self._runs > 0

    # ---- writing -----------------------------------------------------------------------------------------

    def write_differences(self, job: WriteDifferences) -> None:
        """Start a run; the strip shows it."""
        self._runs += 1
        self.running.emit(True)
        self._client.ask(job, done=lambda result: self._say(result, "sentence", "pair"), ended=self._end)

    def write_captions(self, job: WriteCaptions) -> None:
        """Have a vision model describe images."""
        self._client.ask(job, done=lambda result: self._say(result, "caption", "image"))

    def go_on(self, unfinished: Unfinished) -> None:
        """Write about the pairs that are left of a run."""
        job = _job_of(unfinished.command)
        if job is not None:
            self.write_differences(replace(job, pairs=unfinished.left))

    def forget(self) -> None:
        """Do not offer to go on with the run that did not end."""
        self._client.ask(ForgetUnfinished(NEW))

    def _end(self) -> None:
        self._runs -= 1
        self.running.emit(self.is_running)

    def _say(self, result: object, what: str, of: str) -> None:
        if not isinstance(result, WritingResult):
            return
        words = f"{many(result.written, what)} on {many(result.asked, of)} written."
        if result.rejected:
            fell = sum(count for _, count in result.rejected)
            names = "; ".join(f"{count:,} {name}" for name, count in result.rejected[:NAMES_SHOWN])
            words += f" {fell:,} fell: {names}{'; …' if len(result.rejected) > NAMES_SHOWN else '.'}"
        if failed := sum(count for _, count in result.failed):
            words += f" {many(failed, of)} had no answer" + (f": {result.why}" if result.stopped is None else ".")
        self._tell(words)
        if result.stopped is not None:
            self._around.tell(result.stopped)

    def _tell(self, words: str, refused: Sequence[Refused] = ()) -> None:
        if refused:
            self._around.say(words, "Details", lambda: self._show_refused(refused))
        else:
            self._around.say(words)

    def _show_refused(self, refused: Sequence[Refused]) -> None:
        sentence = "These texts could not be used; the others were imported."
        lines = "\n".join(f"{text.where}: {text.reason}" for text in refused)
        dialog = TextDialog("Texts that could not be used", sentence, lines, self._window)
        dialog.copy_button.setText("Copy list")
        dialog.show()

    # ---- files -------------------------------------------------------------------------------------------

    def choose_captions(self) -> None:
        """Ask for files of captions."""
        self._open("Import captions", CAPTION_FILES, self.import_captions)

    def choose_differences(self) -> None:
        """Ask for files of differences."""
        self._open("Import differences", f"{LINES};;All files (*)", self.import_differences)

    def import_captions(self, sources: Sequence[bytes]) -> None:
        """Read captions from files, and from folders of the library."""
        if sources:
            self._ask_import(ImportCaptions(NEW, tuple(sources)), "caption")

    def import_differences(self, sources: Sequence[bytes]) -> None:
        """Read differences from files."""
        if sources:
            self._ask_import(ImportDifferences(NEW, tuple(sources)), "sentence")

    def import_files(self, sources: Sequence[bytes], *, as_differences: bool) -> None:
        """Dropped files, by what is looked at: a list of pairs is .jsonl, captions are anything."""
        lines = [source for source in sources if as_differences and source.lower().endswith(b".jsonl")]
        self.import_differences(lines)
        self.import_captions([source for source in sources if source not in lines])

    def export_captions(self) -> None:
        """Ask where to, and write every caption."""
        self._save("Export captions", CAPTION_EXPORTS, lambda file: ExportCaptions(NEW, file), "caption")

    def export_differences(self, status: str = "", writer: str = "") -> None:
        """Ask where to, and write differences, of one status or writer where named."""
        self._save("Export differences", LINES, lambda file: ExportDifferences(NEW, file, status, writer), "sentence")

    def _ask_import(self, job: TextJob, what: str) -> None:
        def say(result: object) -> None:
            if isinstance(result, ImportResult):
                words = f"{many(result.imported, what)} new, of {result.found:,} found."
                if result.refused_count:
                    words += f" {result.refused_count:,} could not be used."
                self._tell(words, result.refused)

        self._client.ask(job, done=say)

    def _open(self, title: str, kinds: str, take: Callable[[Sequence[bytes]], None]) -> None:
        dialog = QFileDialog(self._window, title, "", kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: take([os.fsencode(name) for name in names]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _save(self, title: str, kinds: str, job: Callable[[bytes], TextJob], what: str) -> None:
        dialog = QFileDialog(self._window, title, "", kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("jsonl")
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix(kind.rpartition(".")[2].rstrip(")")))
        dialog.fileSelected.connect(lambda name: self._export(job(os.fsencode(name)), Path(name).name, what))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export(self, job: TextJob, name: str, what: str) -> None:
        def say(result: object) -> None:
            if isinstance(result, int):
                self._tell(f"{many(result, what)} in {name}.")

        self._client.ask(job, done=say)


def _job_of(command: Mapping[str, Any]) -> WriteDifferences | None:
    """The job that these fields, as JSON keeps them, make; None where they are of another version of PairLens."""
    try:
        return WriteDifferences(NEW, **command)
    except TypeError:
        return None
