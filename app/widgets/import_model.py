"""What has to be known about a checkpoint file before it is imported: a name, and the architecture it was made with."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QDialog, QFormLayout, QLineEdit, QWidget

from app.widgets.dialogs import arrange_form
from app.widgets.parts import Label, button
from engine.catalogue import RECOMMENDED

_HINT = (
    "Safetensors files, and files of torch that hold nothing but numbers; code in a file is never run. The "
    "architecture is a name of open_clip such as ViT-B-32, with or without its training, or the name of a model on "
    "this machine."
)


class ImportModelDialog(QDialog):
    """Asks for both; the import itself is a job of the engine.

    Signals:
        chosen(str, str, str): file, architecture, name.
    """

    chosen = Signal(str, str, str)

    def __init__(self, file: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import a model file")
        self._file = file
        self.name = QLineEdit(Path(file).stem)
        self.name.setAccessibleName("Name")
        self.architecture = QLineEdit("ViT-B-32")
        self.architecture.setAccessibleName("Architecture")
        known = sorted({model.name.partition("/")[0] for model in RECOMMENDED} | {model.name for model in RECOMMENDED})
        completer = QCompleter(known, self)
        popup = cast(QAbstractItemView, completer.popup())  # a completer on its own has one
        popup.setProperty("kind", "popup")
        popup.setAccessibleName("Architectures")
        self.architecture.setCompleter(completer)
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow(Label("File", "quiet"), Label(file, wrap=True))
        form.addRow(Label("Name", "quiet"), self.name)
        form.addRow(Label("Architecture", "quiet"), self.architecture)
        self.import_button = button("Import", self._choose, kind="primary")
        arrange_form(self, Label(_HINT, wrap=True), form, self.import_button)
        self.resize(520, 280)
        for field in (self.name, self.architecture):
            field.textChanged.connect(lambda text: self._check())
        self._check()

    def _check(self) -> None:
        self.import_button.setEnabled(bool(self.name.text().strip() and self.architecture.text().strip()))

    def _choose(self) -> None:
        self.chosen.emit(self._file, self.architecture.text().strip(), self.name.text().strip())
        self.close()
