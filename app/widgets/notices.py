"""What the window says without being asked: a banner for a problem, a line that offers Undo, a frame while dragging.

None of them blocks. A banner stays until it is closed, replaced, or its cause is gone; a notice leaves by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from app import theme
from app.icons import pixmap
from app.remedies import remedy_in_words
from app.widgets.parts import Label, button, column, icon_button, row
from engine.errors import Problem

NOTICE_MS = 8000

Remedy = tuple[str, Callable[[], object]]
"""The words on a button, and what it does."""


class Banner(QFrame):
    """A problem in a sentence, what to do about it, and the button that does it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "banner")
        self.setAccessibleName("Problem")
        self._mark = Label()
        self._sentence = Label("", wrap=True)
        self._remedy = Label("", "quiet", wrap=True)
        self._buttons = QHBoxLayout()
        self._made: list[QPushButton] = []
        self._code = ""
        text = row(self._mark, self._sentence, self._remedy, spacing=12, margins=(12, 8, 8, 8))
        text.setStretch(1, 3)
        text.setStretch(2, 2)
        text.addLayout(self._buttons)
        text.addWidget(icon_button("close", "Close this message", self.hide))
        self.setLayout(text)
        self.hide()

    def show_problem(self, problem: Problem, *remedies: Remedy) -> None:
        """Show ``problem``; each of ``remedies`` becomes a button, which also closes the banner."""
        self._code = problem.code
        self._draw_mark()
        self._sentence.setText(problem.sentence)
        remedy = remedy_in_words(problem)
        self._remedy.setText(remedy)
        self._remedy.setVisible(bool(remedy))
        self._replace_buttons(remedies)
        self.show()

    def settle(self, *families: str) -> None:
        """The cause is gone: take the message away if its problem is of one of these families ("model", "prompt")."""
        if self._code.partition("-")[0] in families:
            self.hide()

    def changeEvent(self, event: QEvent) -> None:
        """The mark follows the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.isVisible():
            self._draw_mark()

    def _draw_mark(self) -> None:
        self._mark.setPixmap(pixmap("warning", 20, theme.tokens().problem, self.devicePixelRatioF()))

    def _replace_buttons(self, remedies: tuple[Remedy, ...]) -> None:
        for old in self._made:
            self._buttons.removeWidget(old)
            old.deleteLater()
        self._made = []
        for words, act in remedies:

            def press(act: Callable[[], object] = act) -> None:
                self.hide()
                act()

            made = button(words, press)
            self._buttons.addWidget(made)
            made.show()  # else it comes a moment after the banner, which jumps
            self._made.append(made)


class Notice(QFrame):
    """One line about what was just done, with a button such as Undo; leaves after eight seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "notice")
        self.setAccessibleName("Notice")
        self._text = Label("", wrap=True)
        self._act: Callable[[], object] = self.hide
        self._button = button("Undo", self._press, kind="link")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        layout = row(self._text, self._button, icon_button("close", "Close this notice", self.hide), spacing=12)
        layout.setContentsMargins(16, 4, 4, 4)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.hide()

    def say(self, text: str, words: str = "", act: Callable[[], object] | None = None) -> None:
        """Show ``text``, with a button of ``words`` that does ``act``; without words there is none."""
        self._text.setText(text)
        self._button.setText(words)
        self._button.setVisible(act is not None and bool(words))
        self._act = act or self.hide
        self.show()
        self._timer.start(NOTICE_MS)

    def _press(self) -> None:
        self.hide()
        self._act()


class DropFrame(QFrame):
    """Covers the window while files are dragged over it, and says what letting go will do."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setProperty("kind", "drop")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        words = Label("Drop to add to the library", "title")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setLayout(column(words))
        self.hide()
