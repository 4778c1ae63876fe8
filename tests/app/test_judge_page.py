"""Judging pairs in the window, with a real engine and pictures process."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.widgets.attribute_dialog import AttributeDialog, RenameDialog
from app.widgets.cycles_dialog import CyclesDialog
from app.widgets.dialogs import TextDialog
from engine.judging_messages import Judge, LookAtStanding, NextPairs
from engine.protocol import ModelReady
from engine.store import Library, judging
from engine.store.rows import Judgement
from tests.app.buttons import press
from tests.app.conftest import NO_MODEL, OpenWindow
from tests.app.shelf import note_folder, record_all
from tests.conftest import write_photo

PATIENCE = 60_000


def says(widget: QWidget, words: str) -> bool:
    return any(words in label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def tells(widget: QWidget, words: str) -> bool:
    """The same of labels that may be shortened."""
    return any(words in label.toolTip() for label in widget.findChildren(QLabel) if label.isVisible())


def said(window: MainWindow) -> list[Judgement]:
    """What the library holds of the attribute that is judged."""
    attribute = window.page.judge.judging.attribute
    assert attribute is not None
    with Library(window.library) as library:
        return judging.judgements(library, attribute.id)


def front(window: MainWindow) -> tuple[int, int] | None:
    pair = window.page.judge.judging.pair
    return (pair.first_image, pair.second_image) if pair is not None else None


def until_pair(qtbot: QtBot, window: MainWindow, but: tuple[int, int] | None = None) -> tuple[int, int]:
    """Wait for a pair in front, another one than ``but``."""
    qtbot.waitUntil(lambda: front(window) not in (None, but) and window.page.judge.view.isVisible(), timeout=PATIENCE)
    found = front(window)
    assert found is not None
    return found


def answer(qtbot: QtBot, window: MainWindow, key: Qt.Key | str) -> tuple[int, int]:
    """Press a key on the pair in front and wait for the next; returns the one that was answered."""
    before = until_pair(qtbot, window)
    qtbot.keyClick(window.page.judge.view, key)
    until_pair(qtbot, window, before)
    return before


def test_a_comparison_typed_is_judged_with_keys_undone_and_orders_the_library(
    qtbot: QtBot, open_main: OpenWindow, photos: Path
) -> None:
    window = open_main(photos)
    page, model = window.page.judge, window.library_page.model
    qtbot.waitUntil(lambda: model.rowCount() == 12, timeout=PATIENCE)
    window.commands["page_judge"].trigger()
    assert says(page, "Say which of two pictures has more of it.")

    told: list[str] = []
    window.client.progressed.connect(lambda progress: told.append(progress.title))
    window.bar.prompt.setText("brighter")
    window.bar.ask()
    until_pair(qtbot, window)
    qtbot.waitUntil(lambda: page.judging.standing is not None, timeout=PATIENCE)
    assert not {NextPairs.title, LookAtStanding.title} & set(told), "the job strip would move the pictures"
    assert window.pages.currentWidget() is page
    assert says(page, "Which is brighter?")

    keys = {"1": "first", "2": "second", "0": "equal", "?": "unsure", "S": "skipped", Qt.Key.Key_Right: "second"}
    asked = [(answer(qtbot, window, key), word) for key, word in keys.items()]
    assert [((each.first_image, each.second_image), each.answer) for each in said(window)] == asked
    qtbot.waitUntil(lambda: tells(page, "from 4 answers") and tells(page, "of the first 10 are sure"), timeout=PATIENCE)
    assert page.strip.accessibleDescription().startswith("The first of 12: ")

    for pair, _ in reversed(asked[-2:]):
        qtbot.keyClick(page.view, "Z")
        qtbot.waitUntil(lambda pair=pair: front(window) == pair, timeout=PATIENCE)
    assert len(said(window)) == 4

    hidden = answer_flag(qtbot, window)
    qtbot.waitUntil(lambda: model.rowCount() == 11, timeout=PATIENCE)
    qtbot.keyClick(page.view, "Z")
    qtbot.waitUntil(lambda: model.rowCount() == 12 and front(window) == hidden, timeout=PATIENCE)

    with qtbot.waitSignal(window.asking.answered, timeout=PATIENCE):
        press(page, "Whole order")
    qtbot.waitUntil(lambda: model.rowCount() == 12 and model.tile(0).between is not None, timeout=PATIENCE)
    assert window.pages.currentWidget() is window.library_page
    header = window.library_page.header
    assert tells(header, "judged: brighter, most first")
    assert tells(header, "from 3 answers")
    window.library_page.grid.go_to(0)
    assert says(window.library_page.inspector, "#1 of 12")
    first, last = model.tile(0).between or (0, 0)
    assert says(window.library_page.inspector, f"Between {first} and {last} with 90 % probability.")
    window.commands["flip"].trigger()
    assert model.tile(11).between == (13 - last, 13 - first)

    window.commands["page_judge"].trigger()
    answer(qtbot, window, "1")
    with qtbot.waitSignal(window.asking.answered, timeout=PATIENCE):
        window.commands["page_library"].trigger()  # the order is that of the answers given meanwhile
    qtbot.waitUntil(lambda: tells(header, "from 4 answers"), timeout=PATIENCE)


def answer_flag(qtbot: QtBot, window: MainWindow) -> tuple[int, int]:
    """Hide the second picture of the pair in front; returns the pair."""
    page, before = window.page.judge, until_pair(qtbot, window)
    qtbot.keyClick(page.view, "F")
    assert page.keys.flagging
    qtbot.keyClick(page.view, Qt.Key.Key_Escape)
    assert not page.keys.flagging
    qtbot.keyClick(page.view, "F")
    qtbot.keyClick(page.view, "2")
    until_pair(qtbot, window, before)
    return before


def exchange(qtbot: QtBot, window: MainWindow, file: Path) -> None:
    """The one answer goes out and comes in again, with a line that cannot be taken."""
    page, attribute = window.page.judge, window.page.judge.judging.attribute
    assert attribute is not None
    page.files.write(attribute, file)
    qtbot.waitUntil(lambda: says(window.notice, "1 answer written to answers.csv."), timeout=PATIENCE)
    file.write_text(file.read_text() + "nowhere.jpg,else.jpg,first\n")
    page.files.take_in(attribute, file)
    words = "0 answers imported, 1 known already, 1 line not taken."
    qtbot.waitUntil(lambda: says(window.notice, words), timeout=PATIENCE)
    press(window.notice, "Details")
    dialog = page.findChild(TextDialog)
    assert dialog is not None
    assert says(dialog, "1 line of the file not taken")
    dialog.close()
    page.files.take_in(attribute, file.parent)
    qtbot.waitUntil(lambda: says(window.banner, "cannot be used"), timeout=PATIENCE)


def test_attributes_are_made_renamed_removed_and_come_back(
    qtbot: QtBot, open_main: OpenWindow, photos: Path, tmp_path: Path
) -> None:
    window = open_main(photos)
    page = window.page.judge
    qtbot.waitUntil(lambda: window.library_page.model.rowCount() == 12, timeout=PATIENCE)
    window.commands["page_judge"].trigger()
    press(page, "New attribute…")
    dialog = page.findChild(AttributeDialog)
    assert dialog is not None
    dialog.name.setText("cheerful")
    press(dialog, "Make")
    until_pair(qtbot, window)
    assert says(page, "Which is more so: “cheerful”?")

    window.commands["rename_attribute"].trigger()
    rename = page.findChild(RenameDialog)
    assert rename is not None
    assert not rename.rename_button.isEnabled()
    rename.name.setText("happy")
    press(rename, "Rename")
    qtbot.waitUntil(lambda: page.attributes.list.currentText() == "happy", timeout=PATIENCE)
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: page.attributes.list.currentText() == "cheerful", timeout=PATIENCE)

    before = until_pair(qtbot, window)
    window.commands["answer_first"].trigger()
    until_pair(qtbot, window, before)
    exchange(qtbot, window, tmp_path / "answers.csv")
    window.commands["remove_attribute"].trigger()
    qtbot.waitUntil(lambda: says(page, "Say which of two pictures has more of it."), timeout=PATIENCE)
    press(window.notice, "Undo")
    until_pair(qtbot, window)
    assert page.attributes.list.currentText() == "cheerful"
    assert len(said(window)) == 1, "its answers are still there"
    window.commands["take_back"].trigger()
    qtbot.waitUntil(lambda: said(window) == [], timeout=PATIENCE)  # also what was answered before it was chosen

    page.save("brighter", "")
    qtbot.waitUntil(lambda: page.attributes.list.currentText() == "brighter", timeout=PATIENCE)
    window.commands["remove_attribute"].trigger()
    qtbot.waitUntil(lambda: page.attributes.list.currentText() == "cheerful", timeout=PATIENCE)
    until_pair(qtbot, window)
    press(window.notice, "Undo")
    qtbot.waitUntil(lambda: page.attributes.list.currentText() == "brighter", timeout=PATIENCE)


def test_answers_that_contradict_each_other_are_shown_and_asked_again(
    qtbot: QtBot, open_main: OpenWindow, tmp_path: Path
) -> None:
    for seed in range(3):
        write_photo(tmp_path / "three" / f"{seed}.jpg", seed)
    window = open_main(tmp_path / "three")
    page = window.page.judge
    qtbot.waitUntil(lambda: window.library_page.model.rowCount() == 3, timeout=PATIENCE)
    window.commands["page_judge"].trigger()
    page.ask("cheerful", "")
    until_pair(qtbot, window)
    attribute = page.judging.attribute
    assert attribute is not None
    for a, b in ((1, 2), (2, 3), (3, 1)):
        window.client.ask(Judge(0, attribute.id, a, b, "first"))
    qtbot.waitUntil(lambda: len(said(window)) == 3, timeout=PATIENCE)
    page.judging.begin()  # as after a restart: nothing is left to ask
    qtbot.waitUntil(lambda: says(page, "Every pair that tells something was asked."), timeout=PATIENCE)
    qtbot.waitUntil(window.commands["show_cycles"].isEnabled, timeout=PATIENCE)
    press(page, "1 contradiction")
    dialog = page.findChild(CyclesDialog)
    assert dialog is not None
    assert says(dialog, "1 contradiction in 1 three; 0.25 would be expected")
    press(dialog, "Judge again")
    for _ in range(3):
        before = until_pair(qtbot, window)
        window.commands["answer_first"].trigger()
        qtbot.waitUntil(lambda before=before: front(window) != before, timeout=PATIENCE)
    assert len(said(window)) == 6


def test_what_has_no_words_is_judged_where_no_model_can_be_loaded(
    qtbot: QtBot, open_main: OpenWindow, tmp_path: Path
) -> None:
    library = tmp_path / "test.pairlens"
    for seed in range(4):
        write_photo(tmp_path / "photos" / f"{seed}.jpg", seed)
    note_folder(library, tmp_path / "photos")
    record_all(library)
    window = open_main(model=NO_MODEL)
    page = window.page.judge
    qtbot.waitUntil(lambda: window.library_page.model.total == 4, timeout=PATIENCE)
    page._make("bare", "", "")
    answer(qtbot, window, "1")
    qtbot.waitUntil(lambda: len(page.strip.places()) == 4, timeout=PATIENCE)
    front_before = front(window)
    window.client.model_ready.emit(ModelReady("m", "CPU", "key", 4))  # what was being loaded is there
    assert front(window) == front_before, "nobody's pair is taken away from under the hand"
    press(page, "Whole order")
    qtbot.waitUntil(lambda: window.library_page.model.asked, timeout=PATIENCE)

    page._make("worded", "brighter", "")
    qtbot.waitUntil(lambda: page.message.isVisible() and says(page.message, "/nowhere"), timeout=PATIENCE)


def test_what_is_missing_is_said_with_the_button_that_helps(
    qtbot: QtBot, open_main: OpenWindow, tmp_path: Path
) -> None:
    window = open_main(model=NO_MODEL)
    page = window.page.judge
    window.commands["page_judge"].trigger()
    qtbot.waitUntil(lambda: says(page, "Judging takes two pictures or more."), timeout=PATIENCE)
    assert not any(window.commands[name].isEnabled() for name in ("answer_first", "flag_image", "take_back"))
    assert not page.ask("brighter", ""), "the library is asked where there is nothing to judge"
    write_photo(tmp_path / "one" / "a.jpg", 1)
    window.add([bytes(tmp_path / "one")])
    qtbot.waitUntil(lambda: window.library_page.model.total == 1, timeout=PATIENCE)
    assert says(page, "Judging takes two pictures or more.")
    write_photo(tmp_path / "one" / "b.jpg", 2)
    window.commands["refresh"].trigger()
    qtbot.waitUntil(lambda: says(page, "Say which of two pictures has more of it."), timeout=PATIENCE)
    assert page.ask("brighter", "")
    qtbot.waitUntil(lambda: page.message.isVisible() and says(page.message, "/nowhere"), timeout=PATIENCE)
    press(page.message, "Try again")
