"""A run while it goes on: how often it is right about pictures that it does not learn from, and the rest in small.

Made by the train page, fed with `show_run` whenever the run has measured more.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QProgressBar, QWidget

from app.run_words import TRAINERS, state_words
from app.training import AT_WORK, TO_GO_ON, RunLines, seconds_left
from app.widgets.chart import Chart, Series
from app.widgets.parts import ElidedLabel, Label, button, column, row
from engine.training_messages import RunInfo, ValidationLine

MAIN = "Right on images it does not learn from"


class RunView(QWidget):
    """``pause``, ``go_on``, ``stop``: what the buttons do with the run that is shown."""

    def __init__(self, pause: Callable[[], object], go_on: Callable[[], object], stop: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("kind", "page")
        self._name = ElidedLabel("", "title")
        self._state = Label("", "quiet", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the run")
        self.pause = button("Pause", pause)
        self.go_on = button("Go on", go_on, kind="primary")
        self.stop = button("Stop and keep the best", stop)
        self._figures = Label("", wrap=True)
        self.main = Chart(MAIN, as_percent=True)
        self.losses = Chart("Loss", small=True)
        self.kept = Chart("Zero-shot", as_percent=True, small=True)
        self.rate = Chart("Learning rate", small=True)
        head = row(self._name, self.pause, self.go_on, self.stop)
        head.setStretch(0, 1)
        small = row(self.losses, self.kept, self.rate, spacing=16)
        box = column(margins=(24, 24, 24, 24), spacing=8)
        box.addLayout(head)
        for part in (self._state, self._bar, self._figures):
            box.addWidget(part)
        box.addWidget(self.main, 3)
        box.addLayout(small, 1)
        self.setLayout(box)

    def show_run(self, run: RunInfo, lines: RunLines) -> None:
        """Where it stands, and what it has measured."""
        self._name.set_whole(run.name)
        base = f"{TRAINERS.get(run.trainer, run.trainer)} of {run.base}, {run.pairs:,} pairs" if run.base else ""
        self._state.setText("   ·   ".join(filter(None, (state_words(run, seconds_left(run, lines)), base))))
        self._bar.setMaximum(max(1, run.steps))
        self._bar.setValue(run.step)
        self.pause.setVisible(run.state in AT_WORK or run.state == "queued")
        self.pause.setText("Pause" if run.state in AT_WORK else "Do not start")
        self.pause.setEnabled(not run.wish)
        self.go_on.setVisible(run.state in TO_GO_ON)
        self.go_on.setText("Go on" if run.step else "Start")
        self.stop.setVisible(run.state in AT_WORK or (run.state in TO_GO_ON and bool(lines.validation)))
        self.stop.setEnabled(run.wish != "stop")
        self._figures.setText(_figures(lines))
        for chart in (self.main, self.losses, self.kept, self.rate):
            chart.set_range(0, max(1, run.steps))  # from the first figure on one sees how far there is to go
        self._draw(lines)

    def _draw(self, lines: RunLines) -> None:
        found, steps = lines.validation, [line.step for line in lines.training]
        single = _series("single statement", found, lambda line: line.single)
        both = [line for line in found if line.reversed is not None]
        reversed_ = _series("minus reverse", both, lambda line: line.reversed or 0.0, "quiet", dashed=True)
        best = [found[-1].best_step] if found and found[-1].best_step >= 0 else []
        self.main.show_series(single, reversed_)
        self.main.show_cursor(best[0] if best else None)
        training = Series("training", steps, [line.contrastive for line in lines.training], "quiet")
        self.losses.show_series(_series("held out", found, lambda line: line.loss), training)
        self.kept.show_series(_series("kept", found, lambda line: line.zero_shot_kept))
        self.rate.show_series(Series("", steps, [line.learning_rate for line in lines.training], "quiet"))


def _series(
    name: str,
    lines: list[ValidationLine],
    value: Callable[[ValidationLine], float],
    colour: str = "accent",
    *,
    dashed: bool = False,
) -> Series:
    return Series(name, [line.step for line in lines], [value(line) for line in lines], colour, dashed)


def _figures(lines: RunLines) -> str:
    """Before and now, speed and memory, in one line."""
    words = []
    if found := lines.validation:
        before, now = found[0], found[-1]
        words.append(f"right before {100 * before.single:.1f} %, now {100 * now.single:.1f} %")
        words.append(f"zero-shot kept {100 * now.zero_shot_kept:.1f} %")
        words.append(f"best at step {now.best_step:,}")
    if measured := lines.training:
        now = measured[-1]
        words.append(f"{now.pairs_per_second:,.0f} pairs a second")
        words.append(f"{now.memory_mb / 1000:.1f} GB of memory")
    return "   ·   ".join(words)
