"""Measuring models in the window, with a real engine on folders whose names are the answers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.widgets.evaluation_form import FILE, FOLDERS, EvaluationForm
from app.widgets.figure_table import FigureTable, lines_of
from engine.evaluation.bundled import about
from engine.evaluation_messages import FolderTask, Measurable
from tests.app.conftest import NO_MODEL, OpenWindow
from tests.engine.evaluation.layouts import picture

PATIENCE = 120_000


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    for number in range(6):
        picture(tmp_path / "pets" / "day" / f"{number}.png", (210, 210, 190), number)
        picture(tmp_path / "pets" / "night" / f"{number}.png", (20, 20, 60), 50 + number)
    return tmp_path / "pets"


def says(widget: QWidget, words: str) -> bool:
    return any(words in label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def press(widget: QWidget, words: str) -> None:
    next(b for b in widget.findChildren(QPushButton) if b.isVisible() and b.text() == words).click()


def test_a_folder_is_measured_and_its_report_saved(
    qtbot: QtBot, open_main: OpenWindow, tiny_model: str, pets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_main(model=NO_MODEL)  # the models that are measured are others than the one in use
    page = window.page.evaluate
    window.commands["page_evaluate"].trigger()
    assert says(page, "How often are the words right?")
    page.form.show_model(tiny_model)
    page.form.choose_task(FOLDERS)
    window.commands["measure"].trigger()
    assert says(page, "Choose the folder or the file first.")
    page.form.choose_folder(str(pets))
    assert (page.form.high.currentText(), page.form.low.currentText()) == ("day", "night")
    page.form.prompt.setText("brighter")
    press(page, "Measure")
    assert page.is_measuring
    qtbot.waitUntil(lambda: not page.is_measuring, timeout=PATIENCE)
    assert page.table.rowCount() == 6, "five rules, and which class"
    assert page.table.item(0, 0).text() == "brighter"
    assert " ± " in page.table.item(0, 2).text()
    assert says(page, "12 images")

    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    window.commands["open_report"].trigger()
    assert "brighter" in Path(opened[0]).read_text(encoding="utf-8")
    page.save_report(os.fsencode(tmp_path / "mine.html"))
    assert (tmp_path / "mine.html").read_bytes() == Path(opened[0]).read_bytes()
    assert says(window.notice, "mine.html")
    page.save_report(os.fsencode(tmp_path / "nowhere" / "mine.html"))
    assert says(window.banner, "cannot be written")

    page.form.low.setCurrentText("day")
    press(page, "Measure")
    qtbot.waitUntil(lambda: not page.is_measuring, timeout=PATIENCE)
    assert says(page.form, "day cannot be high and low")


def test_the_form_asks_for_what_a_task_needs(qtbot: QtBot, tmp_path: Path) -> None:
    form = EvaluationForm()
    qtbot.addWidget(form)
    form.show()
    assert form.task_box.currentData() == "sample-looks"
    command = form.command()
    assert command is not None
    assert (command.task, command.data, command.models) == ("sample-looks", "", ("starter",))
    form.choose_task("awa2")
    assert says(form, about()["awa2"].note)
    assert form.command() is None
    assert says(form, "Choose the folder or the file first.")
    (tmp_path / "data").mkdir()
    form.choose_folder(str(tmp_path / "data"))
    command = form.command()
    assert command is not None
    assert (command.task, command.data) == ("awa2", str(tmp_path / "data"))
    form.choose_file(str(tmp_path / "mine.toml"))
    assert form.task_box.currentData() == FILE
    command = form.command()
    assert command is not None
    assert (command.task, command.data) == (str(tmp_path / "mine.toml"), "")
    form.choose_task(FOLDERS)
    command = form.command()
    assert command is not None
    assert command.task == FolderTask(str(tmp_path / "data"))


def test_a_folder_that_is_gone_is_said_so(qtbot: QtBot, tmp_path: Path) -> None:
    form = EvaluationForm()
    qtbot.addWidget(form)
    form.show()
    form.choose_task(FOLDERS)
    form.choose_folder(str(tmp_path / "gone"))
    assert says(form, "gone cannot be read: No such file or directory.")
    form.choose_folder(str(tmp_path))
    assert not says(form, "cannot be read")


def test_models_and_runs_are_ticked(qtbot: QtBot) -> None:
    form = EvaluationForm()
    qtbot.addWidget(form)
    form.show()
    assert not form.path.isVisible()
    form.show_model("local-dir:/models/photo")
    form.show_measurable(Measurable(("starter", "mine"), ("mine",)))
    assert list(form.models) == ["local-dir:/models/photo", "starter", "mine"]
    assert [box.text() for box in form.models.values()] == ["photo", "starter", "mine"]
    form.models["mine"].setChecked(True)
    form.runs["mine"].setChecked(True)
    form.path.setChecked(True)
    form.show_measurable(Measurable(("starter", "mine", "new"), ("mine",)))
    command = form.command()
    assert command is not None
    assert (command.models, command.runs, command.path) == (("local-dir:/models/photo", "mine"), ("mine",), True)
    for box in (*form.models.values(), *form.runs.values()):
        box.setChecked(False)
    assert form.command() is None
    assert says(form, "Choose a model")


FIGURES = {
    "subjects": [{"title": "a"}, {"title": "b"}],
    "figures": [
        {"model": model, "comparison": "size", "rule": "single", "accuracy": share, "standard_error": error,
         "pairs": 900, "shuffled": 0.501}
        for model, share, error in (("a", 0.5, 0.02), ("b", 0.75, None))
    ],
    "strays": [{"model": "b", "comparison": "size", "stray": 0.1}],
    "zero_shot": [
        {"model": model, "accuracy": 0.9, "standard_error": 0.01, "images": 40, "chance": 0.25} for model in "ab"
    ],
    "tests": [
        {"model": "b", "against": "a", "comparison": "size", "rule": "single", "difference": 0.25,
         "standard_error": 0.03, "p": 1e-9}
    ],
}  # fmt: skip


def test_the_table_says_every_figure_in_words_too(qtbot: QtBot) -> None:
    table = FigureTable()
    qtbot.addWidget(table)
    table.show_figures(*lines_of(json.loads(json.dumps(FIGURES))))
    table.resize(900, 200)
    table.show()
    texts = [[table.item(row, column).text() for column in range(table.columnCount())] for row in range(2)]
    assert texts == [
        ["size", "single statement", "50.0 ± 2.0", "75.0", "+25.0 ± 3.0, p < 0.001"],
        ["which class", "zero-shot", "90.0 ± 1.0", "90.0 ± 1.0", ""],
    ]
    said = table.item(0, 3).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "size, single statement, b: 75.0 percent"
    assert "unrelated questions stray 10.0" in table.item(0, 3).toolTip()
    picture = table.grab().toImage()
    track = table.visualItemRect(table.item(0, 3))
    colours = {
        picture.pixelColor(x, table.horizontalHeader().height() + track.center().y()).name()
        for x in range(track.left(), track.right())
    }
    assert len(colours) > 2, "a bar is drawn"
