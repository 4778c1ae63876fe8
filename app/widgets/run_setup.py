"""A new run in three steps side by side: what it learns from, how, and what that will take; then Start.

Made by the train page, which answers `asked_preflight` with `show_preflight` or `show_refusal`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.run_words import preflight_words
from app.widgets.data_form import DataForm, Stock
from app.widgets.parts import Label, button, column, row
from app.widgets.recipe_form import RecipeForm
from engine.errors import Problem
from engine.training_messages import DataChoice, PreflightResult

LEAD = "Teach the model what you mean: it learns from sentences that tell two pictures apart, and from your judgements."
PAUSE_MS = 400  # typing asks for nothing on the way
CHECKING = "Looking at the data…"
WAITING = "Waiting for the model…"
NO_DATA = "There is nothing to learn from yet."


class RunSetup(QScrollArea):
    """Signals:
    asked_preflight(str, DataChoice): what would this recipe take on these data?
    started(str, str, DataChoice): name, recipe and data of a run that is to begin.
    wanted(str): turn to the page of this name, to make data.
    """

    asked_preflight = Signal(str, object)
    started = Signal(str, str, object)
    wanted = Signal(str)

    def __init__(self, sources: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.data = DataForm()
        self.recipe = RecipeForm()
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the run")
        self.summary = Label("", "quiet", wrap=True)
        self.refusal = Label("", wrap=True)
        self.refusal.setAccessibleName("Why it cannot start")
        self.start = button("Start", self._start, kind="primary")
        self._ready = False
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self._ask)
        self._arrange(sources)
        self.data.changed.connect(self.check)
        self.recipe.changed.connect(self.check)
        self.name.textChanged.connect(lambda text: self._allow())
        self.name.returnPressed.connect(self.start.click)
        self._allow()

    @property
    def choice(self) -> DataChoice:
        """The data that are chosen."""
        return self.data.choice

    def set_names(self, taken: Sequence[str]) -> None:
        """Propose a name that no run has yet, unless the person typed one."""
        if not self.name.isModified():
            numbers = [int(found[1]) for name in taken if (found := re.fullmatch(r"run (\d+)", name))]
            self.name.setText(f"run {max(numbers, default=0) + 1}")

    def show_stock(self, stock: Stock) -> None:
        """What the library holds."""
        self.data.show_stock(stock)

    def check(self) -> None:
        """Something is different: ask in a moment what it takes."""
        self._ready = False
        self._allow()
        self.refusal.hide()
        has_data = self.data.has_data
        self.summary.setText(CHECKING if has_data else NO_DATA)
        if has_data and self.recipe.text:
            self._soon.start()
        else:
            self._soon.stop()

    def show_preflight(self, found: PreflightResult) -> None:
        """It can begin, and takes this."""
        self._ready = True
        self.summary.setText("\n".join(preflight_words(found)))
        self.refusal.hide()
        self._allow()

    def show_refusal(self, problem: Problem) -> None:
        """It cannot begin, and why."""
        self._ready = False
        self.summary.setText("")
        self.refusal.setText(str(problem))
        self.refusal.setStyleSheet(f"color: {theme.tokens().problem}")
        self.refusal.show()
        self._allow()

    def show_waiting(self) -> None:
        """No model answers yet."""
        self.summary.setText(WAITING)

    def _ask(self) -> None:
        self.asked_preflight.emit(self.recipe.text, self.data.choice)

    def _allow(self) -> None:
        self.start.setEnabled(self._ready and bool(self.name.text().strip()))

    def _start(self) -> None:
        self.started.emit(self.name.text().strip(), self.recipe.text, self.data.choice)
        self.name.setModified(False)

    def _arrange(self, sources: Sequence[tuple[str, str]]) -> None:
        for name, words in sources:
            self.data.offer(words, lambda name=name: self.wanted.emit(name))
        run = column(Label("Name", "quiet"), self.name, self.summary, self.refusal, spacing=8)
        run.addLayout(row(self.start, 1))
        cards = row(_card("1  What it learns from", self.data), _card("2  How", self.recipe), spacing=16)
        cards.addWidget(_card("3  Run", run))
        for place in range(3):
            cards.setStretch(place, 1)
        inside = QWidget()
        inside.setProperty("kind", "page")
        box = column(Label("New run", "title"), Label(LEAD, wrap=True), margins=(24, 24, 24, 24), spacing=12)
        box.addLayout(cards)
        box.addStretch(1)
        inside.setLayout(box)
        self.setWidgetResizable(True)
        self.setWidget(inside)
        self.setAccessibleName("New run")


def _card(title: str, content: QWidget | QVBoxLayout) -> QFrame:
    made = QFrame()
    made.setProperty("kind", "card")
    made.setAccessibleName(title)
    box = column(Label(title, "heading"), margins=(16, 12, 16, 16), spacing=12)
    if isinstance(content, QWidget):
        box.addWidget(content)
    else:
        box.addLayout(content)
    box.addStretch(1)
    made.setLayout(box)
    return made
