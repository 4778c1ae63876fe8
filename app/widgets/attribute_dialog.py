"""What an attribute is called and, if there are words for it, by which words images are ordered before any answer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QWidget

from app.widgets.dialogs import arrange_form
from app.widgets.parts import Label, button, row

_HINT = (
    "Pairs of images are judged under this name, and every answer moves the whole order. Words order the images before "
    "the first answer; where answers speak against them they lose their say. They may be left out."
)


class AttributeDialog(QDialog):
    """Asks for a new attribute; making it is the engine's.

    Signals:
        made(str, str, str): name, prompt, reverse.
    """

    made = Signal(str, str, str)

    def __init__(self, taken: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("New attribute")
        self._taken = taken
        self.name, self.prompt, self.reverse = QLineEdit(), QLineEdit(), QLineEdit()
        self.name.setPlaceholderText("cheerful")
        self.prompt.setPlaceholderText("more cheerful; empty = no words")
        self.reverse.setPlaceholderText("automatic")
        form = QFormLayout()
        form.setSpacing(8)
        for title, field in (("Name", self.name), ("Words", self.prompt), ("Opposite", self.reverse)):
            field.setAccessibleName(title)
            field.textChanged.connect(lambda text: self._check())
            form.addRow(Label(title, "quiet"), field)
        self.make_button = button("Make", self._make, kind="primary")
        arrange_form(self, Label(_HINT, wrap=True), form, self.make_button)
        self.resize(480, 264)
        self._check()

    def _check(self) -> None:
        self.make_button.setEnabled(_is_free(self.name.text(), self._taken))

    def _make(self) -> None:
        self.made.emit(*(field.text().strip() for field in (self.name, self.prompt, self.reverse)))
        self.close()


class RenameDialog(QDialog):
    """Asks for another name.

    Signals:
        renamed(str): the name.
    """

    renamed = Signal(str)

    def __init__(self, name: str, taken: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Rename attribute")
        self.name = QLineEdit(name)
        self.name.setAccessibleName("Name")
        self.name.selectAll()
        self.rename_button = button("Rename", self._rename, kind="primary")
        arrange_form(self, Label("Its words and answers stay."), row(self.name), self.rename_button)
        self.resize(400, 144)
        self.name.textChanged.connect(lambda text: self.rename_button.setEnabled(_is_free(text, taken)))
        self.rename_button.setEnabled(False)

    def _rename(self) -> None:
        self.renamed.emit(self.name.text().strip())
        self.close()


def _is_free(name: str, taken: Sequence[str]) -> bool:
    """Whether an attribute can have this name."""
    return bool(name.strip()) and name.strip() not in taken
