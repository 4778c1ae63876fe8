"""The main job through the window, with a real engine process: drop a folder, ask, see the order, take it back."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.dragdrop import files_mime, paths_in
from app.main_window import MainWindow
from app.widgets.agreement import WORDS
from engine.store import Writer
from tests.app.buttons import press
from tests.app.conftest import NO_MODEL, OpenWindow

PATIENCE = 60_000  # ms: torch is imported on a machine that may be busy with other things


def drop(window: MainWindow, mime: QMimeData) -> None:
    where, copy = QPoint(400, 400), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where, copy, mime, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    assert window.drop_frame.isVisible()
    QApplication.sendEvent(window, QDropEvent(QPointF(where), copy, mime, left, none))
    assert not window.drop_frame.isVisible()


def says(widget: QWidget, words: str) -> bool:
    return any(words in label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_drop_ask_flip_hide_remove_and_undo(qtbot: QtBot, open_main: OpenWindow, photos: Path) -> None:
    window = open_main()
    page, model = window.library_page, window.library_page.model
    qtbot.waitUntil(lambda: says(page, "Drop a folder here."), timeout=PATIENCE)

    drop(window, files_mime([os.fsencode(photos)]))
    qtbot.waitUntil(lambda: model.rowCount() == 12, timeout=PATIENCE)  # tiles before any vector
    assert not says(page, "Drop a folder here.")
    assert says(page.folders, "photos")

    with qtbot.waitSignal(window.asking.answered, timeout=PATIENCE):
        qtbot.keyClicks(window.bar.prompt, "brighter")
        qtbot.keyClick(window.bar.prompt, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: model.rowCount() == 12 and model.tile(11).rank == 12, timeout=PATIENCE)
    scores = [model.tile(row).score for row in range(12)]
    assert scores == sorted(scores, key=lambda score: -(score or 0))
    assert window.bar.reverse.placeholderText() == "automatic: darker"
    assert window.bar.explain_button.isEnabled()
    assert any(says(page.header, words) for words in WORDS.values())
    assert window.rail.findChild(QLabel) is not None
    assert says(window.rail, "CPU")

    page.grid.go_to(0)
    assert says(page.inspector, "#1 of 12")
    window.commands["copy_path"].trigger()
    assert paths_in(QApplication.clipboard().mimeData()) == [model.file(0).path]
    window.commands["open_viewer"].trigger()
    assert page.viewer.isVisible()
    qtbot.keyClick(page.viewer, Qt.Key.Key_Right)
    assert page.current_file() == model.file(1)
    qtbot.keyClick(page.viewer, Qt.Key.Key_Escape)
    assert not page.viewer.isVisible()
    assert page.current_file() == model.file(1)
    page.histogram.setValue(page.histogram.maximum())
    assert model.rowCount() < 12
    assert says(page.header, "of 12 images")
    page.histogram.setValue(0)

    order = model.ids().tolist()
    window.commands["flip"].trigger()
    assert model.ids().tolist() == order[::-1]  # at once, without the engine

    QApplication.clipboard().setImage(QImage(os.fsdecode(model.file(3).path)))
    pasted = model.file(3).id
    with qtbot.waitSignal(window.asking.answered, timeout=PATIENCE):
        window.commands["paste"].trigger()
    qtbot.waitUntil(lambda: model.ids()[:1].tolist() == [pasted], timeout=PATIENCE)
    assert window.bar.prompt.text() == ""

    window.collecting.hide(order[:2])
    qtbot.waitUntil(lambda: model.rowCount() == 10, timeout=PATIENCE)
    press(window.notice, "Undo")
    qtbot.waitUntil(lambda: model.rowCount() == 12, timeout=PATIENCE)

    window.collecting.remove_folder(page.folders.folders[0])
    qtbot.waitUntil(lambda: says(page, "Drop a folder here."), timeout=PATIENCE)
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: model.rowCount() == 12, timeout=PATIENCE)
    qtbot.keyClick(window.bar.prompt, Qt.Key.Key_Up)
    assert window.bar.prompt.text() == "brighter"


def test_without_a_model_the_pictures_are_there_and_the_way_to_one_is_a_button(
    qtbot: QtBot, open_main: OpenWindow, photos: Path
) -> None:
    window = open_main(photos, model=NO_MODEL)
    qtbot.waitUntil(lambda: window.library_page.model.rowCount() == 12, timeout=PATIENCE)
    qtbot.waitUntil(window.banner.isVisible, timeout=PATIENCE)
    press(window.banner, "Models and settings")
    assert window.pages.currentWidget() is window.page.models
    assert not window.banner.isVisible()
    assert says(window.page.models, "No model is loaded yet")


def test_a_new_library_starts_with_the_samples_and_they_leave_with_one_click(
    qtbot: QtBot, open_main: OpenWindow
) -> None:
    window = open_main(model=NO_MODEL, new=True)
    page = window.library_page
    qtbot.waitUntil(lambda: page.model.rowCount() > 100, timeout=PATIENCE)
    assert window.commands["remove_samples"].isVisible()
    press(page.folders, "Remove sample library")
    qtbot.waitUntil(lambda: says(page, "Drop a folder here."), timeout=PATIENCE)
    assert not window.commands["remove_samples"].isVisible()


def test_a_killed_engine_is_said_and_back(qtbot: QtBot, open_main: OpenWindow) -> None:
    window = open_main(model=NO_MODEL)
    with qtbot.waitSignal(window.client.ready, timeout=PATIENCE):
        pass
    killed = window.client.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    qtbot.waitUntil(lambda: says(window.notice, "nothing was lost"), timeout=PATIENCE)
    assert window.client.pid not in (None, killed)


def test_a_library_that_another_process_writes_is_named_and_can_be_tried_again(
    qtbot: QtBot, open_main: OpenWindow, tmp_path: Path
) -> None:
    library = tmp_path / "busy.pairlens"
    with Writer(library):
        window = open_main(library=library.name, model=NO_MODEL)
        qtbot.waitUntil(lambda: says(window.banner, "busy.pairlens"), timeout=PATIENCE)
    with qtbot.waitSignal(window.client.ready, timeout=PATIENCE):
        press(window.banner, "Start the engine again")


def test_a_foreign_file_is_left_alone_and_another_library_is_offered(
    qtbot: QtBot, open_main: OpenWindow, tmp_path: Path
) -> None:
    library = tmp_path / "letter.pairlens"
    library.write_text("Dear Ada, " * 1000)
    window = open_main(library=library.name, model=NO_MODEL)
    qtbot.waitUntil(lambda: says(window.banner, "letter.pairlens"), timeout=PATIENCE)
    assert "Open another library…" in [b.text() for b in window.banner.findChildren(QPushButton)]
    assert library.read_text().startswith("Dear Ada")
    assert says(window.library_page, "This library cannot be opened.")
    assert says(window.library_page, "letter.pairlens")
    assert not says(window.library_page, "Drop a folder here.")


def test_a_library_deleted_while_its_pictures_are_shown_is_said_and_they_stay(
    qtbot: QtBot, open_main: OpenWindow, photos: Path, tmp_path: Path
) -> None:
    window = open_main(photos, model=NO_MODEL)
    qtbot.waitUntil(lambda: window.library_page.model.rowCount() == 12, timeout=PATIENCE)
    window.library.unlink()
    qtbot.waitUntil(lambda: says(window.banner, "deleted, moved or replaced"), timeout=PATIENCE)
    assert window.library_page.grid.isVisible()
