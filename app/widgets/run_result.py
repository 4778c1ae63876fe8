"""What a run came to: figures before and after, the strength to use it with, and the same question asked of both.

Made by the train page. The slider is weight averaging: 0 is the model from before, 1 the trained one; the curve along
it is taken on validation images, the figures on held-out ones, at the strength that the run chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSlider, QSplitter, QWidget

from app.pictures_client import PicturesClient
from app.run_words import RULE_TIPS, gain_words, share_words, state_words
from app.widgets.agreement import WORDS
from app.widgets.chart import LEFT as AXIS
from app.widgets.chart import Chart, Series
from app.widgets.order_tiles import OrderTiles
from app.widgets.parts import ComboBox, ElidedLabel, Label, button, clear, column, plain_tooltip, row
from engine.evaluation.rules import RULES
from engine.store.rows import File
from engine.training_messages import BeforeAfterResult, RunInfo, RunOutcome

STEPS = 20  # of the slider from 0 to 1
PAUSE_MS = 250
ASK = "Ask both: brighter, more cheerful…"
WIDTH = 480  # of the figures
HANDLE = 7  # half of the slider's: it stands under its place on the curve


class RunResult(QWidget):
    """Signals:
    asked(str, float): order the library by this prompt before the run and at this strength after it.
    used(float): let the model answer with this strength.
    left(): let the model from before answer again.
    exported(float): write the model with this strength somewhere.
    opened(int): a picture was chosen.
    """

    asked = Signal(str, float)
    used = Signal(float)
    left = Signal()
    exported = Signal(float)
    opened = Signal(int)

    def __init__(self, pictures: PicturesClient) -> None:
        super().__init__()
        self.setProperty("kind", "page")
        self._run: RunInfo | None = None
        self._in_use = ""  # the model that answers now
        self._name = ElidedLabel("", "title")
        self._state = Label("", "quiet", wrap=True)
        self.use = button("Use this model", lambda: self.used.emit(self.strength), kind="primary")
        self.back = button("Back to the model before", self.left.emit)
        self._export = button("Export…", lambda: self.exported.emit(self.strength))
        self._figures = QGridLayout()
        self.curve = Chart("Strength", as_percent=True, x="strength")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setAccessibleName("Strength")
        self._strength = Label("", "quiet", wrap=True)
        self.prompt = ComboBox()
        self.prompt.setEditable(True)
        self.prompt.setInsertPolicy(ComboBox.InsertPolicy.NoInsert)
        self.prompt.view().setAccessibleName("Prompts asked before")
        self._typed = cast(QLineEdit, self.prompt.lineEdit())  # an editable one has it
        self._typed.setPlaceholderText(ASK)
        for part in (self.prompt, self._typed):
            part.setAccessibleName("Ask both models")
        self._moved = Label("", "quiet", wrap=True)
        self.before = OrderTiles("Order before", pictures)
        self.after = OrderTiles("Order after", pictures)
        self._trust = (Label("", "quiet"), Label("", "quiet"))
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self._ask)
        self._arrange()
        self.slider.valueChanged.connect(lambda value: self._slid())
        self._typed.returnPressed.connect(self._ask)
        self.prompt.activated.connect(lambda: self._ask())
        for tiles in (self.before, self.after):
            tiles.opened.connect(self.opened)

    @property
    def strength(self) -> float:
        """Where the slider stands, 0 to 1."""
        return self.slider.value() / STEPS

    def show_run(self, run: RunInfo, in_use: str) -> None:
        """Its outcome; ``in_use``: the model that answers now."""
        fresh = self._run is None or (self._run.name, self._run.outcome) != (run.name, run.outcome)
        self._run = run
        self._name.set_whole(run.name)
        self._state.setText(f"{state_words(run)}, on images it has never seen; learned on {run.base}")
        self.show_model(in_use)
        if fresh and run.outcome is not None:
            self._show_figures(run.outcome)
            self.slider.setValue(round(run.outcome.strength * STEPS))
            self._slid()

    def show_model(self, in_use: str) -> None:
        """Which model answers now."""
        run, self._in_use = self._run, in_use
        same = run is not None and in_use == run.model and abs(run.model_strength - self.strength) < 1e-6
        self.use.setText("In use" if same else "Use this model")
        self.use.setEnabled(run is not None and not same)
        self.back.setVisible(run is not None and in_use == run.model)
        self.back.setText(f"Back to {run.base}" if run is not None else "")

    def ask(self, prompt: str) -> None:
        """Ask both models."""
        self.prompt.setEditText(prompt)
        self._ask()

    def set_prompts(self, prompts: Sequence[str]) -> None:
        """What the library was asked before, the last first; the first is asked if nothing was asked here yet."""
        typed = self.prompt.currentText()
        self.prompt.clear()
        self.prompt.addItems(list(dict.fromkeys(prompts)))
        self.prompt.setEditText(typed or next(iter(prompts), ""))
        if not typed:
            self._ask()

    def show_orders(self, found: BeforeAfterResult, files: Sequence[File]) -> None:
        """The first pictures of both orders; ``files``: those of both, in any order."""
        known = {file.id: file for file in files}
        for tiles, ids, other, words in (
            (self.before, found.before, found.after, "then {}"),
            (self.after, found.after, found.before, "was {}"),
        ):
            places = {file: place for place, file in enumerate(other, 1)}
            notes = {file: words.format(places.get(file, "lower")) for file in ids}
            tiles.show_files([known[file] for file in ids if file in known], notes)
        for label, trust in zip(self._trust, (found.trust_before, found.trust_after), strict=True):
            label.setText(WORDS.get(trust, ""))
        kept = "hardly moved" if found.correlation > 0.95 else "moved" if found.correlation > 0.5 else "turned over"
        self._moved.setText(f"{found.prompt}, not {found.reverse}: the order has {kept}" if found.reverse else "")

    def show_words(self, words: str) -> None:
        """Why there are no orders, or that they are being made."""
        self._moved.setText(words)

    def _ask(self) -> None:
        if prompt := self.prompt.currentText().strip():
            self._moved.setText("Ordering…")
            self.asked.emit(prompt, self.strength)

    def _slid(self) -> None:
        self.curve.show_cursor(self.strength)
        outcome = self._run.outcome if self._run else None
        point = min(outcome.curve, key=lambda p: abs(p.strength - self.strength)) if outcome else None
        if point and outcome:
            chosen = "; the run chose this one" if abs(outcome.strength - self.strength) < 1e-6 else ""
            self._strength.setText(
                f"{self.strength:.2f}: {100 * point.accuracy:.0f} % right, {100 * point.zero_shot_kept:.1f} % of"
                f" zero-shot kept{chosen}"
            )
        self.show_model(self._in_use)
        if self.prompt.currentText().strip():
            self._soon.start()

    def _show_figures(self, outcome: RunOutcome) -> None:
        clear(self._figures)
        cells = [("held-out images", "before", "after", "")]
        cells += [
            (
                RULES[each.rule],
                share_words(each.before, each.before_error),
                share_words(each.after, each.after_error),
                gain_words(each),
            )
            for each in outcome.figures
        ]
        cells.append(("zero-shot kept", "", f"{100 * outcome.zero_shot_kept:.1f} %", ""))
        for place, line in enumerate(cells):
            for at, words in enumerate(line):
                label = Label(words, "quiet" if place == 0 or at == 0 else "strong" if at == 2 else "")
                label.setToolTip(plain_tooltip(self._tip(outcome, place)))
                label.setAccessibleName(f"{line[0]}: {words}" if at else words)
                self._figures.addWidget(label, place, at)
        points = outcome.curve
        strengths = [point.strength for point in points]
        self.curve.show_series(
            Series("right", strengths, [point.accuracy for point in points]),
            Series("zero-shot kept", strengths, [point.zero_shot_kept for point in points], "quiet", dashed=True),
        )

    @staticmethod
    def _tip(outcome: RunOutcome, place: int) -> str:
        if not 0 < place <= len(outcome.figures):
            return ""
        figure = outcome.figures[place - 1]
        return f"{RULE_TIPS[figure.rule]}\n{figure.pairs:,} pairs; ± one standard error over the images"

    def _arrange(self) -> None:
        head = row(self._name, self.back, self._export, self.use)
        head.setStretch(0, 1)
        self._figures.setHorizontalSpacing(16)
        self._figures.setVerticalSpacing(4)
        left = column(spacing=8)
        left.addLayout(self._figures)
        left.addSpacing(8)
        left.addWidget(self.curve)
        left.addLayout(row(self.slider, margins=(AXIS - HANDLE, 0, 0, 0)))
        left.addWidget(self._strength)
        self.curve.setFixedHeight(248)
        self.curve.set_range(0, 1 + 0.5 / STEPS)
        left.addStretch(1)
        numbers = QWidget()
        numbers.setLayout(left)
        numbers.setFixedWidth(WIDTH)
        orders = QSplitter(Qt.Orientation.Horizontal)
        orders.setChildrenCollapsible(False)
        for words, trust, tiles in (("Before", self._trust[0], self.before), ("After", self._trust[1], self.after)):
            side = QWidget()
            box = column(margins=(8, 0, 8, 0), spacing=4)
            box.addLayout(row(Label(words, "heading"), trust, 1))
            box.addWidget(tiles, 1)
            side.setLayout(box)
            orders.addWidget(side)
        right = column(self.prompt, self._moved, orders, spacing=8)
        right.setStretch(2, 1)
        below = row(spacing=24)
        below.addWidget(numbers)
        below.addLayout(right, 1)
        box = column(margins=(24, 24, 24, 24), spacing=12)
        box.addLayout(head)
        box.addWidget(self._state)
        box.addLayout(below, 1)
        self.setLayout(box)
        self._state.setWordWrap(True)
