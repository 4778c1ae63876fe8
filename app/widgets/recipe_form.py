"""How a run learns: a preset, the few settings that matter, and the whole recipe as TOML for those who want it.

The TOML is the only truth; the settings above it read it and write their line of it. Whether it makes sense is said by
the engine (`Preflight`).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from app import theme
from app.tokens import CONTROL_HEIGHT
from app.widgets.parts import ComboBox, Label, button, column, plain_tooltip, row

PRESETS = {
    "text-tower": ("The text encoder", "Learns most; minutes on a small model."),
    "adapter": ("An adapter behind it", "A small map, learned in seconds; learns less."),
    "paper": ("As in the paper", "The settings of the paper's released code, for comparison."),
}
SETTINGS = {
    "steps": ("Steps", "How many times the weights change."),
    "batch": ("Pairs a step", "More learn better and take more memory."),
    "learning_rate": ("Learning rate", "How far the weights move at each step."),
    "keep": (
        "Keep of zero-shot",
        "From 0 to 1: how much of what the model knew has to stay when the strength is chosen.",
    ),
}
TOML_LINES = 12


class RecipeForm(QWidget):
    """Signals:
    changed(): the recipe is another.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._texts: dict[str, str] = {}
        self.preset = ComboBox()
        self.preset.setAccessibleName("What is trained")
        self.preset.view().setAccessibleName("What can be trained")
        self.preset.activated.connect(lambda: self._choose())
        self.fields = {name: self._field(name) for name in SETTINGS}
        self.toml = QPlainTextEdit()
        self.toml.setAccessibleName("Recipe")
        self.toml.setFont(theme.font())
        self.toml.setFixedHeight(TOML_LINES * self.toml.fontMetrics().lineSpacing() + 16)
        self.toml.setTabChangesFocus(True)
        self.toml.textChanged.connect(self._toml_changed)
        self.toml.hide()
        self._hint = Label("", "quiet", wrap=True)
        self._advanced: QPushButton = button("Show the whole recipe", self._toggle, kind="link")
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignVCenter)
        for name, field in self.fields.items():
            label = Label(SETTINGS[name][0])
            label.setMinimumHeight(CONTROL_HEIGHT)
            form.addRow(label, field)
        box = column(self.preset, self._hint, spacing=8)
        box.addLayout(form)
        box.addLayout(row(self._advanced, 1))
        box.addWidget(self.toml)
        self.setLayout(box)

    @property
    def text(self) -> str:
        """The recipe as TOML; "" until the presets are known."""
        return self.toml.toPlainText()

    def set_presets(self, presets: Sequence[tuple[str, str]]) -> None:
        """The recipes that there are, the first chosen; what was typed stays when they come again."""
        if self._texts:
            return
        self._texts = dict(presets)
        for name in self._texts:
            self.preset.addItem(PRESETS.get(name, (name, ""))[0], name)
        self._choose()

    def set_text(self, text: str) -> None:
        """Another recipe, of an earlier run for example."""
        self.toml.setPlainText(text)

    def _field(self, name: str) -> QLineEdit:
        label, tip = SETTINGS[name]
        made = QLineEdit()
        made.setAccessibleName(label)
        made.setToolTip(plain_tooltip(tip))
        made.setMaximumWidth(160)
        made.textEdited.connect(lambda text: self._write(name, text.strip()))
        return made

    def _choose(self) -> None:
        self._hint.setText(PRESETS.get(self.preset.currentData(), ("", ""))[1])
        self.toml.setPlainText(self._texts[self.preset.currentData()])

    def _toggle(self) -> None:
        shown = self.toml.isHidden()
        self.toml.setVisible(shown)
        self._advanced.setText("Hide the whole recipe" if shown else "Show the whole recipe")

    def _toml_changed(self) -> None:
        """The settings show what it says; one that it does not name is empty."""
        values = _values(self.text)
        for name, field in self.fields.items():
            if values is not None and not field.hasFocus():
                with QSignalBlocker(field):
                    field.setText(str(values.get(name, "")))
        self.changed.emit()

    def _write(self, name: str, value: str) -> None:
        self.toml.setPlainText(with_value(self.text, name, value))


def with_value(text: str, name: str, value: str) -> str:
    """TOML with another value for a name; "" takes the line out. What is no number becomes a string, which the engine
    then refuses by name.
    """
    written = value if re.fullmatch(r"[-+]?\d[\d_]*(\.\d+)?(e[-+]?\d+)?", value, re.IGNORECASE) else json.dumps(value)
    lines = [line for line in text.splitlines() if line.partition("=")[0].strip() not in (name, _OTHER.get(name, name))]
    return "\n".join([*lines, f"{name} = {written}"] if value else lines) + "\n"


_OTHER = {"steps": "epochs"}  # a recipe names one of the two


def _values(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
