"""The question of one axis of the map: ``across: more [ larger ] than [ automatic: smaller ]``.

Enter in either field emits `asked`. Like the prompt bar it knows nothing of the engine.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from app.widgets.parts import Label, row
from app.widgets.prompt_bar import AUTOMATIC, LONGEST, PromptField, Suggest


class AxisField(QWidget):
    """A prompt and its reverse.

    Signals:
        asked(): Enter was pressed.
    """

    asked = Signal()

    def __init__(self, name: str, example: str, suggest: Suggest) -> None:
        super().__init__()
        self._prompt = PromptField()
        self._reverse = QLineEdit()
        self._prompt.set_suggest(suggest)
        self._prompt.recalled.connect(lambda _, reverse: self._reverse.setText(reverse))
        fields = ((self._prompt, f"{name}: comparison", example), (self._reverse, f"{name}: opposite", AUTOMATIC))
        for field, accessible, placeholder in fields:
            field.setAccessibleName(accessible)
            field.setPlaceholderText(placeholder)
            field.setMaxLength(LONGEST)
            field.setMinimumWidth(72)
            field.returnPressed.connect(self._ask)
        layout = row(Label(name, "strong"), self._prompt, Label("than", "quiet"), self._reverse)
        layout.setStretch(1, 3)
        layout.setStretch(3, 2)
        self.setLayout(layout)

    @property
    def question(self) -> tuple[str, str]:
        """Prompt and reverse as typed; ("", "") = nothing."""
        return self._prompt.text().strip(), self._reverse.text().strip()

    def set_question(self, prompt: str, reverse: str) -> None:
        """Put this in the fields."""
        self._prompt.setText(prompt)
        self._reverse.setText(reverse)
        self.show_reverse("", automatic=True)

    def show_reverse(self, reverse: str, *, automatic: bool) -> None:
        """What the program found as the reverse stands where nothing was typed."""
        self._reverse.setPlaceholderText(f"{AUTOMATIC}: {reverse}" if automatic and reverse else AUTOMATIC)

    def set_history(self, prompts: Sequence[tuple[str, str]]) -> None:
        """What Up recalls, most recent first."""
        self._prompt.set_history(prompts)

    def focus(self) -> None:
        """Put the caret here."""
        self._prompt.setFocus()
        self._prompt.selectAll()

    def _ask(self) -> None:
        self._prompt.hide_suggestions()
        self.asked.emit()
