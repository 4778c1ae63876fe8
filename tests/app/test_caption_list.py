"""Captions that are typed into while the library changes under the person's hands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QPlainTextEdit
from pytestqt.qtbot import QtBot

from app.engine_client import EngineClient
from app.text_editing import TextEditing
from app.widgets.caption_list import CaptionList
from engine.protocol import Command
from engine.store import Library, Writer, texts
from engine.store.rows import File
from engine.text_messages import AddCaption, ChangeCaption
from tests.app import lone, shelf
from tests.conftest import write_photo


@pytest.fixture
def library(tmp_path: Path) -> Path:
    for number in range(2):
        write_photo(tmp_path / "photos" / f"{number}.png", number)
    made = tmp_path / "a.pairlens"
    shelf.note_folder(made, tmp_path / "photos")
    shelf.record_all(made)
    return made


@pytest.fixture
def images(library: Path) -> list[int]:
    def image(file: File) -> int:
        assert file.image_id is not None
        return file.image_id

    with Library(library) as source:
        return [image(file) for file in source.files()]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Command]:
    """What would be asked of an engine."""
    commands: list[Command] = []
    monkeypatch.setattr(EngineClient, "ask", lambda self, command, **answers: commands.append(command) or len(commands))
    return commands


@pytest.fixture
def shown(qtbot: QtBot, library: Path, sent: list[Command], tmp_path: Path) -> Iterator[CaptionList]:
    window = QMainWindow()
    qtbot.addWidget(window)
    with lone.surroundings(tmp_path, window) as around:
        made = CaptionList(library, TextEditing(around.client, around.undo_stack, window))
        window.setCentralWidget(made)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        yield made


def write(library: Path, *captions: tuple[int, str]) -> None:
    with Writer(library) as writer:
        writer.call(lambda db: texts.record_captions(db, [(image, text, "user") for image, text in captions]))


def field(shown: CaptionList, number: int) -> QPlainTextEdit:
    name = f"Caption {number} of this image"
    return next(each for each in shown.findChildren(QPlainTextEdit) if each.accessibleName() == name)


def test_what_is_typed_belongs_to_the_image_that_it_was_typed_for(
    qtbot: QtBot, shown: CaptionList, library: Path, images: list[int], sent: list[Command]
) -> None:
    write(library, (images[0], "a photo"), (images[1], "a photo"))
    shown.show_image(images[0])
    first = field(shown, 1)
    first.setFocus()
    first.setPlainText("a photo of the sea")
    shown.show_image(images[1])
    assert first.toPlainText() == "a photo"
    (change,) = sent
    assert isinstance(change, ChangeCaption)
    with Library(library) as source:
        assert change.caption_id == texts.captions_of(source, images[0])[0].id
    assert change.text == "a photo of the sea"


def test_words_for_a_caption_that_was_deleted_meanwhile_are_one_more_caption(
    qtbot: QtBot, shown: CaptionList, library: Path, images: list[int], sent: list[Command]
) -> None:
    write(library, (images[0], "a dog"), (images[0], "a cat"))
    shown.show_image(images[0])
    second = field(shown, 2)
    second.setFocus()
    qtbot.waitUntil(second.hasFocus)
    second.setPlainText("a cat on a mat")
    qtbot.keyClick(second, Qt.Key.Key_End)
    with Library(library) as source:
        gone = texts.captions_of(source, images[0])[1]
    with Writer(library) as writer:
        writer.call(lambda db: texts.remove_captions(db, [gone.id]))
    shown.refresh()
    assert not second.isVisible()
    assert sent == [AddCaption(0, images[0], "a cat on a mat")]
