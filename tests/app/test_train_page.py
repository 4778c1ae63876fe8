"""The train page without an engine: what it shows of runs, and what it asks for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.engine_client import EngineClient
from app.pages.page import Surroundings
from app.pages.train_page import TrainPage
from app.run_words import outcome_words
from app.widgets.compare_runs import CompareRunsDialog, rows
from app.widgets.data_form import Stock
from app.widgets.recipe_form import with_value
from engine.errors import Problem
from engine.protocol import Command, ModelReady, UseModel
from engine.store import Writer
from engine.store.rows import Attribute
from engine.training import recipes
from engine.training_messages import (
    BeforeAfter,
    BeforeAfterResult,
    Cost,
    CurvePoint,
    DataChoice,
    ExportRun,
    Figure,
    LookAtRun,
    PauseRun,
    Preflight,
    PreflightResult,
    Presets,
    RemoveRun,
    RenameRun,
    ResumeRun,
    RunDetails,
    RunGrew,
    RunInfo,
    RunOutcome,
    RunsChanged,
    StartRun,
    StopRun,
    TrainingLine,
    UseRun,
    ValidationLine,
)
from tests.app.lone import surroundings
from tests.app.shelf import note_folder, record_all

OUTCOME = RunOutcome(
    0.7,
    (Figure("single", 1240, 0.51, 0.012, 0.74, 0.011), Figure("ensemble", 300, 0.8, 0.02, 0.81, 0.02)),
    0.986,
    tuple(CurvePoint(at / 10, 0.5 + at / 40, 1 - at / 500) for at in range(11)),
    150,
)
RUNNING = RunInfo("now", "running", 100, 400, 256, "text-tower", "starter", 5312, 3.0)
WAITING = RunInfo("later", "queued", 0, 400, 256, "adapter", "starter", 5312, 2.0, place=1)
DONE = RunInfo("samples", "done", 200, 200, 256, "text-tower", "starter", 5312, 1.0, outcome=OUTCOME, model="samples",
               model_strength=0.7)  # fmt: skip
PREFLIGHT = PreflightResult(
    {"training": 3100, "validation": 140, "held out": 133}, {"training": 210, "validation": 45, "held out": 45},
    {"an image without a vector under this model": 12}, 1240, 14.2, 400, 256,
    Cost(310.0, "CPU", 1_400_000_000, 9_000_000_000, 64_000_000, 99_000_000_000),
)  # fmt: skip
LINES = (
    ValidationLine(0, 5.0, 0.5, 0.5, 0.6, 1.0, 0),
    TrainingLine(10, 4.9, 4.8, 0.01, 5e-4, 400.0, 800.0),
    ValidationLine(100, 4.0, 0.7, 0.7, 0.8, 0.98, 100),
)
ALL = (RUNNING, WAITING, DONE)


class Sent(list[Command]):
    """What the page asks of an engine that is not started; ``answer`` gives the last question of a kind its result."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[Command, dict[str, Callable[..., object]]]] = []

    def answer(self, kind: type[Command], result: object, *, how: str = "done") -> None:
        _, answers = next(entry for entry in reversed(self.answers) if isinstance(entry[0], kind))
        answers[how](result)

    def last(self, kind: type[Command]) -> Command:
        return next(command for command in reversed(self) if isinstance(command, kind))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    commands = Sent()

    def ask(self: EngineClient, command: Command, **answers: Callable[..., object]) -> int:
        commands.append(command)
        commands.answers.append((command, answers))
        return len(commands)

    monkeypatch.setattr(EngineClient, "ask", ask)
    return commands


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QMainWindow]:
    made = QMainWindow()
    qtbot.addWidget(made)
    yield made
    made.close()


@pytest.fixture
def around(window: QMainWindow, tmp_path: Path) -> Iterator[Surroundings]:
    Writer(tmp_path / "a.pairlens").close()
    with surroundings(tmp_path, window) as made:
        yield made


@pytest.fixture
def page(window: QMainWindow, around: Surroundings, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> TrainPage:
    monkeypatch.setattr(TrainPage, "_read_stock", lambda self: None)  # its thread; there is nothing in this library
    made = TrainPage(around)
    window.setCentralWidget(made)
    window.resize(1280, 800)
    window.show()
    made.enter([])
    around.client.model_ready.emit(ModelReady("starter", "CPU", "key", 32))
    sent.answer(Presets, tuple((name, recipes.write(recipe)) for name, recipe in recipes.PRESETS.items()))
    return made


def tell(around: Surroundings, *runs: RunInfo) -> None:
    around.client.told.emit(RunsChanged(runs))


def says(page: TrainPage, words: str) -> bool:
    return any(words in label.text() for label in page.findChildren(QLabel) if label.isVisible())


def says_button(page: TrainPage, words: str) -> bool:
    return any(button.text() == words and button.isVisible() for button in page.findChildren(QPushButton))


def pressed(page: TrainPage, words: str) -> None:
    next(b for b in page.findChildren(QPushButton) if b.isVisible() and b.text() == words).click()


def test_a_run_is_chosen_looked_at_and_started(qtbot: QtBot, page: TrainPage, sent: Sent, around: Surroundings) -> None:
    assert says(page, "Teach the model what you mean")
    assert not page.setup.start.isEnabled()
    page.setup.show_stock(Stock())
    assert says(page, "neither differences nor judgements yet")
    assert not [command for command in sent if isinstance(command, Preflight)]

    page.setup.show_stock(
        Stock({("rules", "new"): 500, ("ollama:a", "rejected"): 9}, (Attribute(7, "calm", "", "", 12),))
    )
    qtbot.waitUntil(lambda: any(isinstance(command, Preflight) for command in sent))
    asked = sent.last(Preflight)
    assert isinstance(asked, Preflight)
    assert asked.data == DataChoice(writers=("rules",), statuses=("new",), attributes=(7,))
    assert recipes.parse(asked.recipe) == recipes.PRESETS["text-tower"]
    sent.answer(Preflight, PREFLIGHT)
    assert says(page, "3,373 pairs of 300 images")
    assert says(page, "12 pairs left out: an image without a vector")
    assert page.setup.name.text() == "run 1"
    QTest.keyClick(page.setup.name, Qt.Key.Key_Return)
    started = sent.last(StartRun)
    assert started == StartRun(0, "run 1", asked.recipe, asked.data)

    sent.answer(StartRun, Problem("run-busy", "A run called 'run 1' is here already.", "Choose another."), how="failed")
    assert says(page, "is here already")
    tell(around, replace(RUNNING, name="run 1"))
    assert page.list.current == "run 1", "a run that was started is shown"
    assert page.setup.name.text() == "run 2"


def test_settings_and_recipe_are_one(qtbot: QtBot, page: TrainPage, sent: Sent) -> None:
    form = page.setup.recipe
    form.fields["steps"].setFocus()
    form.fields["steps"].selectAll()
    QTest.keyClicks(form.fields["steps"], "75")
    assert recipes.parse(form.text).steps == 75
    form.set_text(form.text.replace("batch = 256", "batch = 2026-11-30"))
    assert form.fields["batch"].text() == "2026-11-30", "wrong, as the engine will say"
    form.set_text(form.text.replace("batch = 2026-11-30", "batch = 32"))
    assert form.fields["batch"].text() == "32"
    form.preset.setCurrentIndex(form.preset.findData("adapter"))
    form.preset.activated.emit(form.preset.currentIndex())
    assert recipes.parse(form.text) == recipes.PRESETS["adapter"]
    page.setup.data.use_file(os.fsencode("/somewhere/pairs.jsonl"))
    qtbot.waitUntil(lambda: any(isinstance(command, Preflight) for command in sent))
    assert sent.last(Preflight) == Preflight(0, form.text, DataChoice(file=b"/somewhere/pairs.jsonl"))
    sent.answer(Preflight, Problem("recipe-unfit", "The recipe says steps = 0.", "Correct it."), how="failed")
    assert says(page, "The recipe says steps = 0.")
    assert not page.setup.start.isEnabled()


def test_a_value_takes_the_place_of_a_line() -> None:
    text = "epochs = 20\nbatch = 512\n"
    assert with_value(text, "steps", "5") == "batch = 512\nsteps = 5\n"
    assert with_value(text, "batch", "1e-3") == "epochs = 20\nbatch = 1e-3\n"
    assert with_value(text, "batch", "") == "epochs = 20\n"
    assert with_value(text, "batch", 'a"b') == 'epochs = 20\nbatch = "a\\"b"\n'


def test_a_run_at_work_is_followed_paused_and_stopped(page: TrainPage, sent: Sent, around: Surroundings) -> None:
    tell(around, *ALL)
    page.list.pick("now")
    assert sent.last(LookAtRun) == LookAtRun(0, "now")
    around.client.told.emit(RunGrew("now", LINES))
    assert says(page, "right before 50.0 %, now 70.0 %")
    assert says(page, "running, 25 %, about 3 min left")
    assert [series.name for series in page.view.main.series] == ["single statement", "minus reverse"]
    assert list(page.view.main.series[0].ys) == [0.5, 0.7]
    steps = next(run.steps for run in ALL if run.name == "now")
    low, high = page.view.rate.y_range
    assert 0 < low < 5e-4 < high < 1e-3, "a single value is seen for what it is"
    assert page.view.main.x_range == page.view.rate.x_range == (0, steps), "one sees how far there is to go"
    around.client.told.emit(RunGrew("now", (replace(LINES[2], single=0.75),)))  # type: ignore[type-var]
    assert list(page.view.main.series[0].ys) == [0.5, 0.75], "a step that comes again takes the place of the first"
    pressed(page, "Pause")
    assert sent[-1] == PauseRun(0, "now")
    pressed(page, "Stop and keep the best")
    assert sent[-1] == StopRun(0, "now")
    tell(around, replace(RUNNING, wish="stop"), WAITING, DONE)
    assert says(page, "stopping at 25 %")
    tell(around, replace(RUNNING, state="interrupted"), WAITING, DONE)
    around.actions["run_pause"].trigger()
    assert sent[-1] == ResumeRun(0, "now")
    page.list.pick("later")
    assert says(page, "starts next")
    pressed(page, "Do not start")
    assert sent[-1] == PauseRun(0, "later")


def test_what_a_run_came_to_is_shown_asked_and_used(page: TrainPage, sent: Sent, around: Surroundings) -> None:
    tell(around, *ALL)
    page.list.pick("samples")
    assert says(page, "74.0 ± 1.1 %")
    assert says(page, "+23.0 points")
    assert says(page, "no clear change")
    assert page.result.strength == 0.7
    assert says(page, "the run chose this one")
    page.result.slider.setValue(10)
    assert says(page, "0.50: 62 % right, 99.0 % of zero-shot kept")
    pressed(page, "Use this model")
    assert sent[-1] == UseRun(0, "samples", 0.5)
    tell(around, RUNNING, WAITING, replace(DONE, model_strength=0.5))
    around.client.model_ready.emit(ModelReady("samples", "CPU", "key", 32))
    assert not page.result.use.isEnabled()
    pressed(page, "Back to starter")
    assert sent[-1] == UseModel(0, "starter")
    page.export_to("samples", 0.5, Path("somewhere"))
    assert sent[-1] == ExportRun(0, "samples", 0.5, b"somewhere")


def test_a_model_that_is_in_use_is_shown_so_from_the_first_look(page: TrainPage, around: Surroundings) -> None:
    tell(around, *ALL)
    around.client.model_ready.emit(ModelReady("samples", "CPU", "key", 32))
    page.list.pick("samples")
    assert page.result.use.text() == "In use"
    assert says_button(page, "Back to starter")
    page.result.slider.setValue(4)
    assert page.result.use.text() == "Use this model"
    assert says_button(page, "Back to starter")


def test_both_models_are_asked_what_is_typed_above(
    page: TrainPage, sent: Sent, around: Surroundings, photos: Path
) -> None:
    library = around.library
    files = note_folder(library, photos)
    record_all(library)
    tell(around, *ALL)
    assert not page.ask("brighter", ""), "a new run: the library answers"
    page.list.pick("samples")
    assert page.ask("brighter", "")
    assert sent[-1] == BeforeAfter(0, "samples", 0.7, "brighter")
    answer = BeforeAfterResult("brighter", "darker", 0.7, tuple(files[:3]), (files[1], files[4]), "fair", "strong", 0.4)
    sent.answer(BeforeAfter, answer)
    before = [page.result.before.item(row).text() for row in range(page.result.before.count())]
    assert before == ["1  then lower", "2  then 1", "3  then lower"]
    assert [page.result.after.item(row).text() for row in range(2)] == ["1  was 2", "2  was lower"]
    assert says(page, "the order has turned over")
    assert says(page, "agreement: strong")
    assert page.ask("of", "")
    sent.answer(BeforeAfter, Problem("prompt-empty", "There are no words.", ""), how="failed")
    assert says(page, "There are no words.")


def test_runs_are_renamed_removed_and_brought_back(page: TrainPage, sent: Sent, around: Surroundings) -> None:
    tell(around, *ALL)
    page.list.pick("now")
    assert not around.actions["run_remove"].isEnabled(), "it is at work"
    page.list.pick("samples")
    page.list.renamed.emit("samples", "colours")
    assert sent[-1] == RenameRun(0, "samples", "colours")
    around.actions["run_remove"].trigger()
    assert sent[-1] == RemoveRun(0, "samples")
    tell(around, RUNNING, WAITING)
    assert page.stack.currentWidget() is page.setup
    around.undo_stack.undo()
    assert sent[-1] == RemoveRun(0, "samples", removed=False)


def test_a_run_is_summed_up_by_what_it_was_taught() -> None:
    assert outcome_words(DONE) == "51 % → 74 % right"
    both = (*OUTCOME.figures, Figure("reversed", 1240, 0.31, 0.01, 0.94, 0.01))
    assert outcome_words(replace(DONE, outcome=replace(OUTCOME, figures=both))) == "41 % → 84 % right"
    assert outcome_words(replace(DONE, outcome=replace(OUTCOME, figures=()))) == "done"


def test_chosen_runs_are_compared(page: TrainPage, sent: Sent, around: Surroundings) -> None:
    tell(around, *ALL)
    page.list.pick("samples")
    page.list.item(1).setSelected(True)
    assert page.list.chosen == ["now", "samples"]
    around.actions["run_compare"].trigger()
    recipe = recipes.write(recipes.PRESETS["text-tower"])
    details = RunDetails(DONE, recipe, {}, {}, {}, {}, 0, "abc", LINES)
    other = replace(details, info=RUNNING, recipe=recipe.replace("batch = 256", "batch = 64"), data="def")
    page.training.details.emit(details)
    assert page.findChild(CompareRunsDialog) is None, "one of the two has not come yet"
    page.training.details.emit(other)
    dialog = page.findChild(CompareRunsDialog)
    assert dialog is not None
    said = dict(rows([details, other]))
    assert said["batch"] == ["256", "64"]
    assert said["single statement"] == ["51.0 → 74.0 ± 1.1 %", ""]
    assert "learning rate" not in said, "it is the same in both"
    dialog.close()


@pytest.mark.parametrize(
    ("words", "closes", "stops"),
    [("Go on in the background", True, False), ("Stop and keep the best", True, True), ("Cancel", False, False)],
)
def test_closing_asks_what_becomes_of_a_run_at_work(
    page: TrainPage, sent: Sent, around: Surroundings, words: str, closes: bool, stops: bool
) -> None:
    assert page.may_close(), "none is at work"
    tell(around, *ALL)

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        next(b for b in box.buttons() if b.text().replace("&", "") == words).click()

    QTimer.singleShot(0, press)
    assert page.may_close() is closes
    assert (sent[-1] == StopRun(0, "now")) is stops
