"""Runs beside each other: where their recipes differ, what they came to, and how they got there."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QDialog, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app.run_words import share_words, state_words
from app.training import RunLines
from app.widgets.chart import Chart, Series
from app.widgets.parts import button, column, row
from engine.evaluation.rules import RULES, TRAINED
from engine.training_messages import RunDetails

COLOURS = ("accent", "quiet", "text", "faint")


class CompareRunsDialog(QDialog):
    """Shows two runs or more; one that is still at work as far as it is."""

    def __init__(self, runs: Sequence[tuple[RunDetails, RunLines]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Compare runs")
        self.table = _table([details for details, _ in runs])
        chart = Chart("Right on images it does not learn from (single statement)", as_percent=True)
        chart.show_series(
            *(
                Series(
                    details.info.name,
                    [line.step for line in lines.validation],
                    [line.single for line in lines.validation],
                    COLOURS[place % len(COLOURS)],
                    dashed=place >= len(COLOURS),
                )
                for place, (details, lines) in enumerate(runs)
            )
        )
        box = column(chart, self.table, margins=(16, 16, 16, 16), spacing=12)
        box.addLayout(row(1, button("Close", self.close)))
        self.setLayout(box)
        self.resize(880, 640)


def rows(runs: Sequence[RunDetails]) -> list[tuple[str, list[str]]]:
    """What is said of each run, a line a subject: outcome first, then the settings that are not the same in all."""
    found = [("state", [state_words(run.info) for run in runs])]
    found.append(("learned on", [run.info.base for run in runs]))
    found.append(("pairs", [f"{run.info.pairs:,}" for run in runs]))
    for rule in TRAINED:
        found.append((RULES[rule], [_figure(run, rule) for run in runs]))
    kept = [f"{100 * run.info.outcome.zero_shot_kept:.1f} %" if run.info.outcome else "" for run in runs]
    found.append(("zero-shot kept", kept))
    found.append(("strength", [f"{run.info.outcome.strength:g}" if run.info.outcome else "" for run in runs]))
    recipes = [tomllib.loads(run.recipe) for run in runs]
    for name in dict.fromkeys(name for recipe in recipes for name in recipe):
        values = [str(recipe.get(name, "")) for recipe in recipes]
        if len(set(values)) > 1:
            found.append((name.replace("_", " "), values))
    same = len({run.data for run in runs}) == 1
    found.append(("data", ["the same" if same else run.data[:8] for run in runs]))
    return [line for line in found if any(line[1])]


def _figure(run: RunDetails, rule: str) -> str:
    figures = run.info.outcome.figures if run.info.outcome else ()
    each = next((figure for figure in figures if figure.rule == rule), None)
    return f"{100 * each.before:.1f} → {share_words(each.after, each.after_error)}" if each else ""


def _table(runs: Sequence[RunDetails]) -> QTableWidget:
    found = rows(runs)
    made = QTableWidget(len(found), len(runs))
    made.setAccessibleName("Runs beside each other")
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setHorizontalHeaderLabels([run.info.name for run in runs])
    made.setVerticalHeaderLabels([name for name, _ in found])
    made.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    made.setShowGrid(False)
    for line, (_, values) in enumerate(found):
        for at, words in enumerate(values):
            made.setItem(line, at, QTableWidgetItem(words))
    return made
