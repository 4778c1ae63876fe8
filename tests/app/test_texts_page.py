"""Captions and differences in the window, with a real engine process and a server that speaks Ollama's protocol."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app.differences_model import Column
from app.dragdrop import files_mime
from app.main_window import MainWindow
from app.pages.texts_page import TextsPage
from app.widgets.text_field import TextField
from engine.store import Library, Writer, changes, texts
from engine.text_messages import HOSTS_SETTING
from tests.app.buttons import press
from tests.app.conftest import NO_MODEL, OpenWindow
from tests.engine.ollama_server import FakeOllama, Handler, Json, honest
from tests.engine.shelves import shelve

PATIENCE = 60_000
CAPTIONS = (
    "A black dog running on a beach.",
    "Two girls playing in a park.",
    "A man riding a red bicycle.",
    "A brown horse standing in a field.",
    "Three boats lying at a pier.",
    "A woman reading a newspaper on a bench.",
)


@pytest.fixture
def ollama() -> Iterator[FakeOllama]:
    with FakeOllama() as server:
        yield server


@pytest.fixture
def library(tmp_path: Path, ollama: FakeOllama) -> Path:
    """Six pictures with a caption each, and the address of the test's own server."""
    path = tmp_path / "test.pairlens"
    with Writer(path) as writer:
        images = shelve(writer, tmp_path / "photos", [f"{number}.jpg" for number in range(len(CAPTIONS))])
        rows = [(image, text, "test") for image, text in zip(images, CAPTIONS, strict=True)]
        writer.call(lambda db: texts.record_captions(db, rows))
        writer.call(lambda db: changes.put_setting(db, HOSTS_SETTING, ollama.url))
    return path


@pytest.fixture
def window(qtbot: QtBot, open_main: OpenWindow, library: Path) -> MainWindow:
    window = open_main(model=NO_MODEL)
    qtbot.waitUntil(lambda: window.page.texts.differences.model.standing.captioned == 6, timeout=PATIENCE)
    window.commands["page_texts"].trigger()
    return window


@pytest.fixture
def page(window: MainWindow) -> TextsPage:
    return window.page.texts


def says(widget: QWidget, words: str) -> bool:
    return any(words in label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def field(widget: QWidget, name: str) -> TextField:
    return next(f for f in widget.findChildren(TextField) if f.accessibleName() == name and f.isVisible())


def rows(library: Path) -> list[tuple[str, str]]:
    with Library(library) as opened:
        return [(row.text, row.status) for row in texts.differences(opened)]


def reverses(library: Path) -> list[str]:
    with Library(library) as opened:
        return [row.reverse for row in texts.differences(opened)]


def captions(library: Path) -> list[str]:
    with Library(library) as opened:
        return [caption.text for caption in texts.all_captions(opened)]


def write_by_rule(qtbot: QtBot, page: TextsPage) -> None:
    page.write("differences")
    page.differences.panel.pairs.set_value(15)
    page.differences.panel.write.click()
    qtbot.waitUntil(lambda: page.differences.model.rowCount() >= 15 and not page.writing.is_running, timeout=PATIENCE)
    page.differences.show_panel(False)
    page.differences.table.setFocus()


def test_differences_are_written_and_reviewed_with_the_keyboard(
    qtbot: QtBot, window: MainWindow, page: TextsPage, library: Path
) -> None:
    assert says(page, "Sentences that say how one picture differs from another.")
    press(page, "Write differences…")
    write_by_rule(qtbot, page)
    assert says(window.notice, "sentences on 15 pairs written.")
    view = page.differences
    table, model = view.table, view.model
    assert table.row == 0
    first = model.at(0)
    assert first is not None
    assert [side.image_id for side in view.sides] == [first.first_id, first.second_id]
    shown = {field(side, f"Caption 1 of {name}").toPlainText() for side, name in zip(view.sides, "AB", strict=True)}
    assert len(shown) == 2
    assert shown <= set(CAPTIONS)

    for key in "AXJ":
        qtbot.keyClick(table, key)
    qtbot.waitUntil(lambda: [status for _, status in rows(library)[:3]] == ["accepted", "rejected", "new"])
    assert table.row == 3
    qtbot.keyClick(table, "K")
    assert table.row == 2
    qtbot.keyClick(table, "E")
    editor = table.findChild(QPlainTextEdit)
    assert editor is not None
    editor.setPlainText("The first is a better picture,\nand the second is worse.")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    edited = ("The first is a better picture, and the second is worse.", "edited")
    qtbot.waitUntil(lambda: rows(library)[2] == edited)
    assert table.row == 3, "the next one is looked at"
    assert reverses(library)[2] == "The first is worse, and the second is a better picture."
    qtbot.waitUntil(lambda: model.index(2, Column.STATUS).data() == "Edited")

    qtbot.keyClick(table, "Z")
    qtbot.keyClick(table, "Z")
    qtbot.waitUntil(lambda: [status for _, status in rows(library)[:3]] == ["accepted", "new", "new"])
    assert table.row == 1, "what was taken back is shown"
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: rows(library)[0][1] == "new")
    window.commands["redo"].trigger()
    qtbot.waitUntil(lambda: rows(library)[0][1] == "accepted")

    table.selectAll()
    qtbot.keyClick(table, "X")
    qtbot.waitUntil(lambda: {status for _, status in rows(library)} == {"rejected"})
    press(window.notice, "Undo")
    qtbot.waitUntil(lambda: [status for _, status in rows(library)[:3]] == ["accepted", "new", "new"])


def test_filters_keep_what_was_just_reviewed_in_view(qtbot: QtBot, page: TextsPage, library: Path) -> None:
    write_by_rule(qtbot, page)
    view = page.differences
    count = view.model.rowCount()
    view.status.setCurrentIndex(view.status.findData("new"))
    view.status.activated.emit(view.status.currentIndex())
    qtbot.waitUntil(lambda: view.model.is_settled)
    qtbot.keyClick(view.table, "A")
    qtbot.waitUntil(lambda: view.status.itemText(view.status.findData("accepted")) == "Accepted (1)", timeout=PATIENCE)
    assert view.model.rowCount() == count, "accepted, and still in its place"
    view.status.setCurrentIndex(view.status.findData("accepted"))
    view.status.activated.emit(view.status.currentIndex())
    qtbot.waitUntil(lambda: view.model.rowCount() == 1)
    view.status.setCurrentIndex(0)
    qtbot.keyClicks(view.words, "dog beach")
    dogs = sum("dog" in text.lower() and "beach" in text.lower() for text, _ in rows(library))
    qtbot.waitUntil(lambda: view.model.rowCount() == dogs, timeout=PATIENCE)
    assert 0 < dogs < count


def test_letters_typed_into_a_field_review_nothing(qtbot: QtBot, page: TextsPage, library: Path) -> None:
    write_by_rule(qtbot, page)
    before = rows(library)
    view = page.differences
    view.words.setFocus()
    qtbot.keyClicks(view.words, "aexzjk")
    caption = field(view.sides[0], "Caption 1 of A")
    caption.setFocus()
    qtbot.keyClicks(caption, "aexzjk")
    qtbot.keyClick(caption, Qt.Key.Key_Escape)
    assert view.words.text() == "aexzjk"
    assert rows(library) == before


def test_captions_are_edited_added_deleted_and_brought_back(
    qtbot: QtBot, window: MainWindow, page: TextsPage, library: Path
) -> None:
    page.show_tab("captions")
    view = page.captions
    qtbot.waitUntil(lambda: view.picture.image_id is not None, timeout=PATIENCE)
    view.model.setData(view.model.index(0, 1), "A black dog at sea.")
    qtbot.waitUntil(lambda: captions(library)[0] == "A black dog at sea.")
    new = field(view.picture, "Add a caption to this image")
    new.setFocus()
    qtbot.keyClicks(new, "A second caption.")
    qtbot.keyClick(new, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "A second caption." in captions(library))
    qtbot.waitUntil(lambda: view.model.rowCount() == 7, timeout=PATIENCE)
    view.table.selectAll()
    window.commands["remove_captions"].trigger()
    qtbot.waitUntil(lambda: captions(library) == [])
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: len(captions(library)) == 7)
    window.commands["undo"].trigger()
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: captions(library) == list(CAPTIONS))


def test_the_details_panel_shows_captions_that_can_be_typed_into(
    qtbot: QtBot, window: MainWindow, library: Path
) -> None:
    window.commands["page_library"].trigger()
    qtbot.waitUntil(lambda: window.library_page.model.rowCount() == 6, timeout=PATIENCE)
    window.library_page.grid.go_to(0)
    inspector = window.library_page.inspector
    caption = field(inspector, "Caption 1 of this image")
    assert caption.toPlainText() == CAPTIONS[0]
    caption.setPlainText("A dog.")
    qtbot.keyClick(caption, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: captions(library)[0] == "A dog.")
    caption.setPlainText(" … ")
    qtbot.keyClick(caption, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: says(window.banner, "There are no words in this text."))
    qtbot.waitUntil(lambda: caption.toPlainText() == "A dog.")
    caption.setPlainText("")
    qtbot.keyClick(caption, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(captions(library)) == 5)
    press(window.notice, "Undo")
    qtbot.waitUntil(lambda: captions(library)[0] == "A dog.")
    qtbot.waitUntil(lambda: caption.isVisible() and caption.toPlainText() == "A dog.")


def test_texts_are_dropped_and_what_does_not_fit_is_listed(
    qtbot: QtBot, window: MainWindow, page: TextsPage, library: Path, tmp_path: Path
) -> None:
    table = tmp_path / "c.csv"
    table.write_text("path,caption\nphotos/0.jpg,<b>A new one</b>.\nphotos/99.jpg,Nowhere.\n")
    mime, copy = files_mime([os.fsencode(table)]), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(99, 99), copy, mime, left, none)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPointF(99, 99), copy, mime, left, none))
    qtbot.waitUntil(lambda: says(window.notice, "1 caption new, of 2 found. 1 could not be used."), timeout=PATIENCE)
    assert "<b>A new one</b>." in captions(library)
    press(window.notice, "Details")
    assert any("99.jpg" in view.toPlainText() for view in page.findChildren(QPlainTextEdit))


def test_a_model_is_chosen_held_cancelled_and_gone_on_with(
    qtbot: QtBot, window: MainWindow, page: TextsPage, library: Path, ollama: FakeOllama
) -> None:
    gate, reached = threading.Event(), threading.Event()

    def wait_at_the_gate(handler: Handler, body: Json) -> None:
        if len(ollama.requests) > 10:
            reached.set()
            while not (gate.wait(0.02) or ollama.ended.is_set()):
                pass
        honest(handler, body)

    ollama.chat = wait_at_the_gate
    page.write("differences")
    panel = page.differences.panel
    qtbot.waitUntil(lambda: panel.writer.box.findData("ollama:m:latest") > 0, timeout=PATIENCE)
    panel.writer.box.setCurrentIndex(panel.writer.box.findData("ollama:m:latest"))
    assert panel.instructions.isVisible()
    panel.pairs.set_value(15)
    panel.write.click()
    qtbot.waitUntil(reached.is_set, timeout=PATIENCE)
    qtbot.waitUntil(lambda: says(window.strip, "pairs"), timeout=PATIENCE)
    press(window.strip, "Pause")
    qtbot.waitUntil(lambda: says(window.strip, "paused"), timeout=PATIENCE)
    press(window.strip, "Cancel")
    qtbot.waitUntil(lambda: not page.writing.is_running, timeout=PATIENCE)
    gate.set()
    qtbot.waitUntil(lambda: says(page, "The last run was not finished"), timeout=PATIENCE)
    kept = rows(library)
    press(page, "Go on")
    qtbot.waitUntil(lambda: len(rows(library)) == 15 and not page.writing.is_running, timeout=PATIENCE)
    assert rows(library)[: len(kept)] == kept
    qtbot.waitUntil(lambda: not says(page, "The last run was not finished"), timeout=PATIENCE)


def test_a_server_that_fails_is_told_with_its_remedies(
    qtbot: QtBot, window: MainWindow, page: TextsPage, ollama: FakeOllama
) -> None:
    ollama.chat = lambda handler, _: handler.reply({"error": "requires more system memory"}, 500)
    page.write("differences")
    panel = page.differences.panel
    qtbot.waitUntil(lambda: panel.writer.box.findData("ollama:m:latest") > 0, timeout=PATIENCE)
    panel.writer.box.setCurrentIndex(panel.writer.box.findData("ollama:m:latest"))
    panel.write.click()
    qtbot.waitUntil(lambda: says(window.banner, "does not fit into the memory"), timeout=PATIENCE)
    press(window.banner, "Ollama: servers and models")
    assert window.pages.currentWidget() is window.page.models


def test_a_library_without_captions_offers_to_import_them(qtbot: QtBot, open_main: OpenWindow, tmp_path: Path) -> None:
    with Writer(tmp_path / "test.pairlens") as writer:
        shelve(writer, tmp_path / "photos", ["0.jpg", "1.jpg"])
    window = open_main(model=NO_MODEL)
    window.commands["page_texts"].trigger()
    page = window.page.texts
    assert says(page, "Bring in what people wrote about your pictures.")
    qtbot.waitUntil(lambda: window.library_page.model.rowCount() == 2, timeout=PATIENCE)
    (tmp_path / "photos" / "0.txt").write_text("A smooth picture.")
    (tmp_path / "photos" / "1.txt").write_text("Another smooth picture.")
    window.commands["read_folders"].trigger()
    qtbot.waitUntil(lambda: says(page, "Sentences that say how one picture differs"), timeout=PATIENCE)
