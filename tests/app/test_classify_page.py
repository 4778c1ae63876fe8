"""The classify page in a whole window with a real engine: classes, comparisons, corrections, undo; and its parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMainWindow, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.class_model import Filter, Sorting
from app.main_window import MainWindow
from app.ollama import Ollama
from app.pages.classify_page import ClassifyPage
from app.widgets.alpha_curve import AlphaCurve
from app.widgets.ask_model_dialog import AskModelDialog
from app.widgets.comparatives import class_words, control_words, gain_words, left_out_words
from app.widgets.confusion_matrix import ConfusionMatrix, MatrixArea
from engine.classify.answers import ROWS
from engine.classify.figures import Accuracy, ClassFigures, Control, Gain, Point
from engine.classify.files import read as read_set
from engine.classify.sets import SYMMETRIC, ClassSet, Comparative
from engine.classify_messages import ClassifyResult
from engine.errors import NothingIndexed
from engine.ollama_errors import OllamaNotRunning
from engine.store import Library, Writer, changes
from engine.store.classes import class_sets, corrections
from engine.text_messages import HOSTS_SETTING
from tests.app.conftest import NO_MODEL, OpenWindow
from tests.app.lone import surroundings
from tests.conftest import write_photo
from tests.engine.ollama_server import FakeOllama

PATIENCE = 120_000  # ms: torch is imported on a machine that may be busy with other things


@pytest.fixture
def sorted_photos(tmp_path: Path) -> Path:
    folder = tmp_path / "sorted"
    for seed in range(12):
        write_photo(folder / ("boat", "car")[seed % 2] / f"{seed}.png", seed)
    return folder


def says(widget: QWidget, words: str) -> bool:
    return any(words in label.text() for label in widget.findChildren(QLabel))


def classes_of(page: ClassifyPage) -> ClassSet:
    assert page.work.classes is not None
    return page.work.classes


def answer_of(page: ClassifyPage) -> tuple[ClassifyResult, np.ndarray]:
    assert page.work.result is not None
    assert page.work.rows is not None
    return page.work.result, page.work.rows


def test_a_person_sorts_compares_corrects_and_takes_it_back(
    qtbot: QtBot, open_main: OpenWindow, sorted_photos: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    window = open_main(sorted_photos / "boat", sorted_photos / "car")
    qtbot.waitUntil(lambda: window.library_page.model.total == 12, timeout=PATIENCE)
    window.commands["page_classify"].trigger()
    page, work = window.page.classify, window.page.classify.work
    assert page._stack.currentIndex() == 0  # the empty state

    def answered() -> None:
        qtbot.waitUntil(lambda: not work.is_busy and work.result is not None, timeout=PATIENCE)

    qtbot.waitUntil(lambda: page.model.total == 12, timeout=PATIENCE)
    window.commands["class_folders"].trigger()  # the names of the folders are the classes, and the truth
    qtbot.waitUntil(lambda: work.classes is not None, timeout=PATIENCE)
    qtbot.waitUntil(lambda: work.result is not None and work.result.images == 12, timeout=PATIENCE)
    assert classes_of(page).names == ("boat", "car")
    assert page.bar.names.text() == "boat, car"
    work.set_labels("folder")
    answered()
    result, rows = answer_of(page)
    assert result.known == 12
    assert page.model.rowCount() == 12
    assert "12 known images" in page._accuracy.text()
    assert sum(section.count for section in page.model.sections) == 12
    for section in page.model.sections:  # each class begins with a line that names it
        shown = page.model.ids(section.first, section.first + section.count - 1)
        labels = rows["label"][np.isin(rows["file"], shown)]
        assert {classes_of(page).names[label] for label in labels} == {section.title}
    page.bar.sorting_chosen.emit(Sorting.DOUBT)
    assert page.model.sections == ()
    page.bar.sorting_chosen.emit(Sorting.CLASS)
    label = rows["label"][rows["file"] == page.model.file(0).id][0]
    assert page.model.tile(0).words.startswith(classes_of(page).names[label])

    assert "boat: " in page._of_classes.text()
    assert "car: " in page._of_classes.text()
    page.matrix.go_to(1, 1)
    assert "boat: " not in page._of_classes.text()
    page.matrix.go_to(0, 1)  # a cell opens what is behind it
    page.matrix.setFocus()
    qtbot.keyClick(page.matrix, Qt.Key.Key_Return)
    assert page.model.rowCount() == ((rows["true"] == 0) & (rows["label"] == 1)).sum()
    page.bar.filter_cleared.emit()
    assert page.model.rowCount() == 12
    page.bar.class_wanted.emit(1)
    assert page.bar._classes.currentData() == 1
    page._filter(Filter(switched=True))  # nothing was compared yet
    assert page.bar._classes.currentData() is None, "pictures of all classes are looked for"
    assert not page.grid.isVisible()
    next(b for b in page._none.findChildren(QPushButton) if b.text() == "Show all").click()
    assert page.grid.isVisible()
    assert page.model.rowCount() == 12

    page.comparatives._text.setText("brighter")
    qtbot.keyClick(page.comparatives._text, Qt.Key.Key_Return)
    assert classes_of(page).comparatives == (Comparative("boat", "car", "brighter"),)
    assert classes_of(page).form == SYMMETRIC
    qtbot.waitUntil(lambda: work.result is not None and bool(work.result.curve), timeout=PATIENCE)
    assert answer_of(page)[0].control is not None
    work.set_labels("")
    qtbot.waitUntil(
        lambda: bool(answer_of(page)[0].curve) and not answer_of(page)[0].curve[0].accuracy, timeout=PATIENCE
    )
    work.set_labels("folder")
    qtbot.waitUntil(lambda: bool(answer_of(page)[0].curve and answer_of(page)[0].curve[0].accuracy), timeout=PATIENCE)
    assert "points over zero-shot" in page.comparatives._gain.text()
    page.comparatives._text.setText("darker")  # contradicts
    qtbot.keyClick(page.comparatives._text, Qt.Key.Key_Return)
    assert "contradicts" in page._problem.text()
    window.commands["undo"].trigger()
    assert classes_of(page).comparatives == ()
    answered()

    page.grid.go_to(0)
    image = page.model.file(0).image_id
    page.correct(1)
    with Library(window.library) as library:
        set_id = class_sets(library)[0].id
        qtbot.waitUntil(lambda: corrections(library, set_id) == {image: "car"}, timeout=PATIENCE)
        answered()
        window.commands["undo"].trigger()
        qtbot.waitUntil(lambda: corrections(library, set_id) == {}, timeout=PATIENCE)
    answered()
    page.grid.setFocus()
    qtbot.keyClick(page.grid, Qt.Key.Key_0)  # none of these, whatever its folder says
    qtbot.waitUntil(lambda: not work.is_busy and answer_of(page)[0].known == 11, timeout=PATIENCE)
    assert page.model.file(0).image_id == image
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: not work.is_busy and answer_of(page)[0].known == 12, timeout=PATIENCE)

    answered()
    window.commands["class_remove"].trigger()
    assert work.classes is None
    assert page.bar.names.text() == "", "what is typed now begins anew"
    with Library(window.library) as library:
        qtbot.waitUntil(lambda: class_sets(library) == [], timeout=PATIENCE)
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: work.classes is not None, timeout=PATIENCE)
    answered()
    target = tmp_path / "out"
    target.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(target))
    window.commands["class_copy"].trigger()
    qtbot.waitUntil(lambda: len(list(target.rglob("*.png"))) == 12, timeout=PATIENCE)
    qtbot.waitUntil(lambda: says(window.notice, f"12 pictures copied into {target.name}."), timeout=PATIENCE)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "set.toml"), ""))
    window.commands["class_export"].trigger()
    assert says(window.notice, "The class set was saved to set.toml.")
    assert set(read_set(tmp_path / "set.toml").names) == {"boat", "car"}
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "labels.csv"), ""))
    window.commands["class_table"].trigger()
    qtbot.waitUntil(lambda: says(window.notice, "12 pictures written to labels.csv."), timeout=PATIENCE)
    assert len(list(sorted_photos.rglob("*.png"))) == 12


def test_where_it_is_known_from_is_found_again_at_the_next_start(
    qtbot: QtBot, open_main: OpenWindow, sorted_photos: Path
) -> None:
    window = open_main(sorted_photos / "boat", sorted_photos / "car")
    window.commands["page_classify"].trigger()
    qtbot.waitUntil(lambda: window.library_page.model.total == 12, timeout=PATIENCE)
    window.commands["class_folders"].trigger()
    work = window.page.classify.work
    qtbot.waitUntil(lambda: work.set_id is not None and not work.is_busy, timeout=PATIENCE)
    window.close()
    again = open_main()
    again.commands["page_classify"].trigger()
    page = again.page.classify
    assert page.bar.source.currentText() == "Known: folders' names"
    qtbot.waitUntil(lambda: page.work.result is not None and page.work.result.known == 12, timeout=PATIENCE)


@pytest.fixture
def ollama(tmp_path: Path) -> Iterator[FakeOllama]:
    """The test's own server, which the library names."""
    with FakeOllama() as server:
        with Writer(tmp_path / "test.pairlens") as writer:
            writer.call(lambda db: changes.put_setting(db, HOSTS_SETTING, server.url))
        yield server


def ask_a_model(window: MainWindow) -> AskModelDialog:
    """The dialog that the button opens, where dogs and wolves are compared."""
    window.commands["page_classify"].trigger()
    page = window.page.classify
    page.bar.typed.emit("dog, wolf")
    next(each for each in page.findChildren(QPushButton) if each.text() == "Ask a model…").click()
    return page.findChildren(AskModelDialog)[0]


def test_a_model_of_ollama_is_chosen_from_those_that_are_there(
    qtbot: QtBot, open_main: OpenWindow, ollama: FakeOllama
) -> None:
    ollama.models = ["m:latest", "other:1b"]
    ollama.chat = lambda handler, body: handler.answer('{"phrases": ["with floppier ears"]}', model=body["model"])
    window = open_main(model=NO_MODEL)
    dialog = ask_a_model(window)
    assert not dialog.ask_button.isEnabled(), "no model is known yet"
    qtbot.waitUntil(lambda: dialog.writer.box.count() == 2, timeout=PATIENCE)
    dialog.writer.box.setCurrentIndex(1)
    dialog.ask_button.click()
    work = window.page.classify.work
    qtbot.waitUntil(lambda: bool(work.classes and work.classes.comparatives), timeout=PATIENCE)
    assert classes_of(window.page.classify).comparatives == (Comparative("dog", "wolf", "with floppier ears"),)
    assert {body["model"] for body in ollama.requests} == {"other:1b"}


def test_without_a_model_the_dialog_says_so_and_leads_to_the_settings(
    qtbot: QtBot, open_main: OpenWindow, ollama: FakeOllama
) -> None:
    ollama.models = []
    window = open_main(model=NO_MODEL)
    dialog = ask_a_model(window)
    labels = dialog.findChildren(QLabel)
    qtbot.waitUntil(lambda: any("has no model yet" in each.text() for each in labels), timeout=PATIENCE)
    assert not dialog.ask_button.isEnabled()
    next(each for each in dialog.findChildren(QPushButton) if each.text() == "Set up Ollama…").click()
    assert window.pages.currentWidget() is window.page.models


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> Iterator[ClassifyPage]:
    window = QMainWindow()
    qtbot.addWidget(window)
    with surroundings(tmp_path, window) as around:
        made = ClassifyPage(around, Ollama(around.client, window))
        window.setCentralWidget(made)
        yield made


@pytest.mark.parametrize("text", ["dog", "dog, dog", "dog,,cat", 'dog,"cat'])
def test_classes_that_cannot_be_are_said_so_beside_them(page: ClassifyPage, text: str) -> None:
    page.bar.typed.emit(text)
    assert page._problem.text()
    assert not page._problem.isHidden()
    assert page.work.classes is None


def result_of(names: tuple[str, ...], **more: object) -> ClassifyResult:
    usual: dict[str, object] = {"images": 9, "known": 9, "accuracy": Accuracy.of(5, 9), "gained": Gain(2, 1, 9)}
    said = (Comparative(names[0], names[1], "larger"),)
    rest = {"accuracy_zero_shot": Accuracy.of(4, 9), "per_class": (), "pairs": ((0, 1),), "curve": (), "control": None}
    return ClassifyResult("", "", ClassSet(names, comparatives=said), **{**usual, **rest, **more})  # pyright: ignore[reportArgumentType]


def test_a_language_model_that_fails_speaks_of_classes_and_not_of_writing(page: ClassifyPage) -> None:
    page.window().show()
    page.work.failed.emit(OllamaNotRunning("Ollama is not running at http://127.0.0.1:11434.").problem())
    said = " ".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())
    assert "Ollama is not running at http://127.0.0.1:11434. Look at Ollama on the Models page" in said
    assert "was written" not in said


def test_that_nothing_is_indexed_is_no_longer_said_once_it_is(page: ClassifyPage) -> None:
    page.work.failed.emit(NothingIndexed("No image is indexed under this model where you look.").problem())
    assert not page._problem.isHidden()
    page.work.result, page.work.rows = result_of(("dog", "cat")), np.zeros(0, ROWS)
    page.work.answered.emit()
    assert page._problem.isHidden()
    page.bar.typed.emit("dog, dog")
    page.work.answered.emit()
    assert not page._problem.isHidden(), "what is wrong with the classes stays"


def test_a_gain_that_random_words_reach_is_called_chance() -> None:
    names = ("dog", "cat")
    assert gain_words(result_of(names)) == (
        "+11.1 points over zero-shot (standard error 18.9): 2 put right, 1 put wrong."
    )
    good = control_words(result_of(names, control=Control((-0.1, 0.0), 0)))
    assert "may be chance" not in control_words(result_of(names, control=Control((-0.1,) * 20, 0)))
    assert "Random words in their place: -5.0 on average, -10.0 to +0.0 in 2 draws." in good
    assert "3 of them do as well: this gain may be chance" in control_words(
        result_of(names, control=Control((0.2,) * 3, 3))
    )
    assert gain_words(result_of(names, gained=None, accuracy=None)) == ""


def test_the_figures_of_a_class_and_the_labels_that_count_nowhere_in_words() -> None:
    dog, cat = ClassFigures(60, 0.4, 41, 24 / 41), ClassFigures(0, None, 0, None)
    assert class_words("dog", dog) == "dog: 40 % of 60 found; 59 % of the 41 taken for it are."
    assert class_words("cat", cat) == "cat: none of its images is known; none is taken for it."
    assert left_out_words(result_of(("dog", "cat"))) == ""
    lines = ((4, "The library has no image 'a.jpg'; index its folder first."), (7, "A path is missing."))
    told = left_out_words(result_of(("dog", "cat"), strange=(("elf", 2),), rejected=2, reasons=lines))
    assert told == (
        " Labels that are no class: elf (2). 2 lines of the table were not taken; line 4: The library has no image"
        " 'a.jpg'; index its folder first."
    )


def test_a_table_of_labels_with_lines_that_do_not_fit_is_told(
    qtbot: QtBot, open_main: OpenWindow, sorted_photos: Path, tmp_path: Path
) -> None:
    window = open_main(sorted_photos)
    window.commands["page_classify"].trigger()
    page = window.page.classify
    qtbot.waitUntil(lambda: page.model.total == 12, timeout=PATIENCE)
    page.bar.typed.emit("boat, car")
    (tmp_path / "labels.csv").write_text("path,label\nsorted/boat/0.png,boat\nsorted/nowhere.png,car\n")
    page.work.set_labels(str(tmp_path / "labels.csv"))
    qtbot.waitUntil(lambda: "line 3: The library has no image" in page._above.text(), timeout=PATIENCE)
    assert answer_of(page)[0].known == 1


def test_a_matrix_of_many_classes_scrolls_in_its_place_and_follows_the_keyboard(qtbot: QtBot) -> None:
    matrix = ConfusionMatrix()
    area = MatrixArea(matrix)
    qtbot.addWidget(area)
    few = tuple(f"class {number}" for number in range(7))
    matrix.show_matrix(few, np.ones((7, 7), np.float32), expected=False)
    area.resize(matrix.sizeHint().width(), area.sizeHint().height())
    area.show()
    assert matrix.visibleRegion().boundingRect() == matrix.rect(), "seven classes are seen whole"
    many = tuple(f"class {number}" for number in range(100))
    matrix.show_matrix(many, np.ones((100, 100), np.float32), expected=False)
    area.resize(300, area.sizeHint().height())
    area.show()
    assert area.height() < 400 < matrix.height()
    matrix.go_to(99, 99)
    assert matrix.visibleRegion().contains(matrix.rect_of(99, 99).center())
    matrix.show_matrix(many[:3], np.ones((3, 3), np.float32), expected=False)
    assert area.sizeHint().height() < 200


def test_the_matrix_is_worked_with_the_keyboard(qtbot: QtBot) -> None:
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.show_matrix(("dog", "wolf", "cat"), np.array([[5, 2, 0], [1, 7, 0], [0, 0, 3]], np.float32), expected=False)
    assert matrix.current == (0, 1)
    assert matrix.accessibleDescription() == "dog: 2 of 7 taken for wolf"
    with qtbot.waitSignal(matrix.pair_chosen) as moved:
        qtbot.keyClick(matrix, Qt.Key.Key_Down)
    assert moved.args == [1, 1]
    qtbot.keyClick(matrix, Qt.Key.Key_Left)
    with qtbot.waitSignal(matrix.opened) as opened:
        qtbot.keyClick(matrix, Qt.Key.Key_Space)
    assert opened.args == [1, 0]
    for _ in range(5):
        qtbot.keyClick(matrix, Qt.Key.Key_Up)
    assert matrix.current == (0, 0)
    matrix.go_to(2, 1)
    qtbot.keyClick(matrix, Qt.Key.Key_Home)
    assert matrix.current == (0, 0)
    with qtbot.waitSignal(matrix.opened) as clicked:
        qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=matrix.rect_of(2, 1).center())
    assert clicked.args == [2, 1]


def test_a_matrix_of_very_many_classes_paints_what_is_seen(qtbot: QtBot) -> None:
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    names = tuple(f"class {n}" for n in range(500))
    matrix.show_matrix(names, np.eye(500, dtype=np.float32), expected=True)
    assert matrix.words(3, 3) == "class 3: 1.0 of 1 expected to be right"
    assert not matrix.grab(matrix.rect_of(10, 10)).isNull()


def test_the_slider_runs_from_alpha_1_to_0(qtbot: QtBot) -> None:
    curve = AlphaCurve()
    qtbot.addWidget(curve)
    assert curve.alpha == 1
    curve.show_points([Point(1.0, 0, Accuracy.of(4, 9), Gain(0, 0, 9)), Point(0.9, 2, Accuracy.of(5, 9), None)])
    qtbot.keyClick(curve, Qt.Key.Key_Right)
    qtbot.keyClick(curve, Qt.Key.Key_Right)
    assert curve.alpha == 0.9
    assert curve.words() == "55.6 %, 2 switched"
    assert curve.accessibleDescription() == "alpha 0.9. 55.6 %, 2 switched"
    assert not curve.grab().isNull()


def test_filters_keep_what_they_say() -> None:
    rows = np.zeros(4, [("label", "<i4"), ("true", "<i4"), ("zero_shot", "<i4")])
    rows["label"], rows["true"], rows["zero_shot"] = [0, 1, 1, 0], [0, 0, 1, -1], [0, 1, 0, 0]
    assert Filter(label=1, true=0).keeps(rows).tolist() == [False, True, False, False]
    assert Filter(switched=True).keeps(rows).tolist() == [False, False, True, False]
    assert [sorting.value for sorting in Sorting] == list(dict.fromkeys(s.value for s in Sorting))
