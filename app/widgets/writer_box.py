"""Chooses who writes: by rule where that is possible, else one of the models of the user's Ollama.

Part of the panels that start writing and of the dialog that asks a model about two classes.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.ollama import Ollama, state_in_words
from app.widgets.parts import ComboBox, Label, button, column, icon_button, row
from engine.writing_prompts import OLLAMA

BY_RULE = "By rule, from the captions"


class WriterBox(QWidget):
    """Chooses who writes: by rule where that is possible, else one of Ollama's models.

    Signals:
        settings_wanted(): the person wants to set up Ollama.
    """

    settings_wanted = Signal()

    def __init__(self, ollama: Ollama, *, rules: bool) -> None:
        super().__init__()
        self._ollama = ollama
        self._rules = rules
        self.box = ComboBox()
        self.box.setAccessibleName("Writer")
        self.box.view().setAccessibleName("Writers")
        self._state = Label("", "quiet", wrap=True)
        self._set_up = button("Set up Ollama…", self.settings_wanted.emit, kind="link")
        again = icon_button("refresh", "Look for Ollama again", ollama.look)
        choose = row(self.box, again)
        choose.setStretch(0, 1)
        whole = column(spacing=4)
        whole.addLayout(choose)
        whole.addWidget(self._state)
        whole.addLayout(row(self._set_up, 1))
        self.setLayout(whole)
        ollama.changed.connect(self._fill)
        self._fill()

    @property
    def writer(self) -> str:
        """ "rules" or "ollama:MODEL"; "" where there is none."""
        return self.box.currentData() or ""

    def _fill(self) -> None:
        chosen = self.writer
        self.box.blockSignals(True)
        self.box.clear()
        if self._rules:
            self.box.addItem(BY_RULE, "rules")
        for model in self._ollama.models:
            self.box.addItem(model, f"{OLLAMA}{model}")
        self.box.setCurrentIndex(max(0, self.box.findData(chosen)) if self.box.count() else -1)
        self.box.setEnabled(self.box.count() > 0)
        self.box.blockSignals(False)
        words = "Looking for Ollama…" if self._ollama.is_looking else state_in_words(self._ollama.states)
        self._state.setText(words)
        self._state.setVisible(bool(words))
        self._set_up.setVisible(bool(words) and not self._ollama.is_looking)
        self.box.currentIndexChanged.emit(self.box.currentIndex())
