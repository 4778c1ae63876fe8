"""Which language model is asked how two classes differ: one of the user's Ollama, or what to do where there is none."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QWidget

from app.ollama import Ollama
from app.widgets.dialogs import arrange_form
from app.widgets.parts import Label, button, row
from app.widgets.writer_box import WriterBox
from engine.writing_prompts import OLLAMA


class AskModelDialog(QDialog):
    """Asks for a model; asking it is the engine's.

    Signals:
        chosen(str): the model, as Ollama names it.
        settings_wanted(): the person wants to set up Ollama.
    """

    chosen = Signal(str)
    settings_wanted = Signal()

    def __init__(self, first: str, second: str, ollama: Ollama, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Ask a language model")
        self.writer = WriterBox(ollama, rules=False)
        self.ask_button = button("Ask", self._ask, kind="primary")
        words = (
            f"A model of your own Ollama is told the names {first} and {second}, and proposes up to three phrases on"
            f" how {first} looks beside {second}. It sees no pictures."
        )
        arrange_form(self, Label(words, wrap=True), row(self.writer), self.ask_button)
        self.resize(440, 272)  # with room for what is wrong, which comes later
        self.writer.box.currentIndexChanged.connect(lambda place: self._check())
        self.writer.settings_wanted.connect(self._set_up)
        self._check()
        ollama.look()

    def _check(self) -> None:
        self.ask_button.setEnabled(bool(self.writer.writer))

    def _ask(self) -> None:
        self.chosen.emit(self.writer.writer.removeprefix(OLLAMA))
        self.close()

    def _set_up(self) -> None:
        self.close()
        self.settings_wanted.emit()
