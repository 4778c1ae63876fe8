"""The prompt bar at the top of every page: ``more [ cheerful ] than [ automatic: gloomy ]  more <-> less``.

Enter in either field emits `asked`; Up and Down recall earlier prompts; suggestions come from the phrase bank. The
bar knows nothing of the engine: `app.asking` connects it, tells it what the reverse was found to be and what the
program made of the words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtCore import QPoint, QStringListModel, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QFrame, QLineEdit, QToolButton, QWidget

from app.icons import set_icon
from app.widgets.parts import Label, button, column, icon_button, row
from app.wording import comparative

Suggest = Callable[[str], Sequence[str]]

AUTOMATIC = "automatic"
LONGEST = 10_000  # characters a field takes; the engine says in a sentence when a prompt is too long for its model


def _no_suggestions(text: str) -> Sequence[str]:
    return ()


class PromptField(QLineEdit):
    """The field for the comparison: a line edit that recalls and suggests.

    Signals:
        recalled(str, str): Up or Down brought back this prompt and reverse.
    """

    recalled = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._suggest: Suggest = _no_suggestions
        self._history: list[tuple[str, str]] = []
        self._place = -1  # -1 = what is being typed
        self._typed = ""
        self._phrases = QStringListModel(self)
        completer = QCompleter(self._phrases, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setMaxVisibleItems(10)
        self._popup = cast(QAbstractItemView, completer.popup())  # a completer on its own has one
        self._popup.setProperty("kind", "popup")
        self._popup.setAccessibleName("Suggestions")
        self.setCompleter(completer)
        self.textEdited.connect(self._edited)

    def set_suggest(self, suggest: Suggest) -> None:
        """Where suggestions come from: what was typed -> phrases."""
        self._suggest = suggest

    def set_history(self, prompts: Sequence[tuple[str, str]]) -> None:
        """The earlier prompts with their reverses, most recent first."""
        self._history = list(prompts)
        self._place = -1

    def hide_suggestions(self) -> None:
        """Close the list of suggestions."""
        self._popup.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down walk through the history; everything else edits."""
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None or self._popup.isVisible():
            super().keyPressEvent(event)
        else:
            self._recall(self._place + step)

    def _recall(self, place: int) -> None:
        if not -1 <= place < len(self._history):
            return
        if self._place == -1:
            self._typed = self.text()
        self._place = place
        prompt, reverse = self._history[place] if place >= 0 else (self._typed, "")
        self.setText(prompt)
        self.recalled.emit(prompt, reverse)

    def _edited(self, text: str) -> None:
        self._place = -1
        self._phrases.setStringList(list(self._suggest(text)) if text.strip() else [])


def leading_word(prompt: str, *, more: bool) -> str:
    """What stands before the field, so that it can be read aloud: "more cheerful", "which is brighter"; turned round
    "less cheerful", "which is not brighter".
    """
    compared = comparative(prompt)
    if compared is None and prompt.strip():
        return "where" if more else "where not"
    if compared is not None and compared == " ".join(prompt.split()):
        return "which is" if more else "which is not"
    return "more" if more else "less"


class Explanation(QFrame):
    """The popover that says, one line each, what the program made of the words."""

    def __init__(self, lines: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("kind", "popover")
        self.setAccessibleName("What the program made of the words")
        heading = Label("What the program made of the words", "heading")
        labels = [Label(line, wrap=True) for line in lines]
        self.setLayout(column(heading, *labels, margins=(16, 12, 16, 12)))
        self.setFixedWidth(440)


class PromptBar(QFrame):
    """The one question of the program.

    Signals:
        asked(str, str): order the library by this prompt and reverse ("" = found by the program).
        flipped(bool): True = most of it first, False = least of it first.
        cleared(): the prompt was emptied and Enter pressed; back to the folders' own order.
    """

    asked = Signal(str, str)
    flipped = Signal(bool)
    cleared = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "bar")
        self._explanation: tuple[str, ...] = ()
        self._more = True
        self._word = Label("more", "strong")
        self._word.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._word.setFixedWidth(88)  # the longest of the words: nothing moves while one types
        self.prompt = PromptField()
        self.reverse = QLineEdit()
        self._prepare(self.prompt, "Comparison", "brighter, more cheerful, larger…")
        self._prepare(self.reverse, "Opposite", AUTOMATIC)
        self.prompt.textChanged.connect(lambda text: self._show_word())
        self.prompt.recalled.connect(lambda _, reverse: self.reverse.setText(reverse))
        self.flip_button = button("more ⇄ less", self.flip)
        self.flip_button.setAccessibleName("More or less: turn the order round")
        self.ask_button = button("Ask", self.ask, kind="primary")
        self.explain_button = icon_button("info", "What the program made of the words", self.explain)
        self.explain_button.setEnabled(False)
        layout = row(
            self._word,
            self.prompt,
            Label("than", "quiet"),
            self.reverse,
            self.flip_button,
            self.explain_button,
            self.ask_button,
            margins=(16, 8, 16, 8),
        )
        layout.setStretch(1, 3)
        layout.setStretch(3, 2)
        self.setLayout(layout)

    def ask(self) -> None:
        """What Enter does."""
        self.prompt.hide_suggestions()
        self.prompt.setModified(False)
        prompt = self.prompt.text().strip()
        if prompt:
            self.asked.emit(prompt, self.reverse.text().strip())
        else:
            self.cleared.emit()

    def flip(self) -> None:
        """Turn the order round."""
        self._more = not self._more
        self._show_word()
        self.flipped.emit(self._more)

    def show_answer(self, prompt: str, reverse: str, automatic: bool, explanation: Sequence[str]) -> None:
        """Show what was asked as the engine understood it: the reverse it found, and its explanation.

        A person who is already typing the next question is not disturbed.
        """
        if not self.prompt.isModified():
            self.prompt.setText(prompt)
            self.reverse.setText("" if automatic else reverse)
        self.reverse.setPlaceholderText(f"{AUTOMATIC}: {reverse}" if automatic and reverse else AUTOMATIC)
        self._explanation = tuple(explanation)
        self.explain_button.setEnabled(bool(explanation))

    def clear(self) -> None:
        """Nothing is asked, and what comes next starts with most first."""
        self.prompt.clear()
        if not self._more:
            self.flip()
        self.show_answer("", "", True, ())

    def explain(self) -> None:
        """Open the explanation under its button."""
        if self._explanation:
            popover = Explanation(self._explanation, self)
            popover.adjustSize()
            corner = self.explain_button.mapToGlobal(QPoint(self.explain_button.width(), self.explain_button.height()))
            popover.move(corner - QPoint(popover.width(), -4))
            popover.show()

    def focus(self) -> None:
        """Put the caret in the prompt, its text selected."""
        self.prompt.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.prompt.selectAll()

    def _show_word(self) -> None:
        self._word.setText(leading_word(self.prompt.text(), more=self._more))

    def _prepare(self, field: QLineEdit, name: str, placeholder: str) -> None:
        field.setAccessibleName(name)
        field.setPlaceholderText(placeholder)
        field.setMaxLength(LONGEST)
        field.setClearButtonEnabled(True)
        for action in field.findChildren(QAction):
            set_icon(action, "close")
        for clear in field.findChildren(QToolButton):
            clear.setAccessibleName(f"Clear {name.lower()}")
        field.returnPressed.connect(self.ask)
