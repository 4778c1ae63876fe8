"""The details panel and copying, with a real library and a real pictures process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.clipboard import ImageCopier, copy_paths
from app.dragdrop import paths_in
from app.library_model import LibraryModel
from app.pictures_client import PicturesClient
from app.widgets.inspector import Inspector
from tests.app import shelf
from tests.conftest import write_photo

LONG = 20_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "photos"
    write_photo(place / "a <b>&.jpg", 1, (400, 300))
    write_photo(place / "b.png", 2)
    write_photo(place / "c.png", 3)
    picture = Image.open(place / "a <b>&.jpg", formats=("JPEG",))
    exif = picture.getexif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "NIKON CORPORATION", "NIKON D90", "2019:05:04 10:20:30"
    picture.save(place / "a <b>&.jpg", exif=exif)
    picture.close()
    return place


@pytest.fixture
def ids(tmp_path: Path, folder: Path) -> list[int]:
    return shelf.note_folder(tmp_path / "library.pairlens", folder)


@pytest.fixture
def model(qtbot: QtBot, tmp_path: Path, ids: list[int]) -> Iterator[LibraryModel]:
    shelf.record_all(tmp_path / "library.pairlens", copies=[ids[1], ids[2]], size=(400, 300))
    made = LibraryModel()
    with qtbot.waitSignal(made.loaded):
        made.open(tmp_path / "library.pairlens")
    yield made
    made.close()


@pytest.fixture
def pictures(qtbot: QtBot) -> Iterator[PicturesClient]:
    made = PicturesClient()
    yield made
    made.close()


@pytest.fixture
def inspector(qtbot: QtBot, model: LibraryModel, pictures: PicturesClient) -> Inspector:
    made = Inspector(model, pictures, [QAction("Find similar", model)])
    qtbot.addWidget(made)
    made.resize(400, 900)
    made.show()
    return made


def texts(inspector: Inspector) -> list[str]:
    return [label.text() for label in inspector.findChildren(QLabel) if label.isVisible() and label.text()]


def test_a_file_with_what_its_camera_wrote(qtbot: QtBot, inspector: Inspector) -> None:
    inspector.show_row(0)
    assert {"a <b>&.jpg", "400 x 300 pixels", "JPEG"} <= set(texts(inspector))
    qtbot.waitUntil(lambda: "NIKON D90" in texts(inspector), timeout=LONG)
    assert "2019-05-04 10:20" in texts(inspector)
    inspector.show_row(1)
    assert "NIKON D90" not in texts(inspector)


def test_where_it_stands_in_the_order(
    qtbot: QtBot, inspector: Inspector, model: LibraryModel, ids: list[int], tmp_path: Path
) -> None:
    with qtbot.waitSignal(model.reordered):
        model.show_ranking(shelf.ranking(tmp_path, [(ids[2], 0.5), (ids[0], 0.3)]))
    inspector.show_row(0)
    assert {"#1 of 2", "Brighter than 50 % of the library"} <= set(texts(inspector))
    model.set_flipped(True)
    assert {"#2 of 2", "Darker than 0 % of the library"} <= set(texts(inspector))
    inspector.show_row(2)
    assert "Not compared yet." in texts(inspector)


def test_a_click_opens_the_picture_and_the_right_button_does_not(qtbot: QtBot, inspector: Inspector) -> None:
    inspector.show_row(0)
    preview = next(each for each in inspector.findChildren(QWidget) if each.accessibleName() == "Preview")
    with qtbot.assertNotEmitted(inspector.opened):
        qtbot.mouseClick(preview, Qt.MouseButton.RightButton)
    with qtbot.waitSignal(inspector.opened):
        qtbot.mouseClick(preview, Qt.MouseButton.LeftButton)


def test_copies_lead_to_each_other(qtbot: QtBot, inspector: Inspector, ids: list[int]) -> None:
    inspector.show_row(1)
    link = next(made for made in inspector.findChildren(QPushButton) if made.text() == "c.png")
    with qtbot.waitSignal(inspector.chosen) as chosen:
        link.click()
    assert chosen.args == [ids[2]]


def test_buttons_are_the_windows_actions(qtbot: QtBot, inspector: Inspector, model: LibraryModel) -> None:
    action = next(iter(model.findChildren(QAction)))
    inspector.show_row(0)
    with qtbot.waitSignal(action.triggered):
        next(made for made in inspector.findChildren(QPushButton) if made.text() == "Find similar").click()


def test_nothing_chosen_says_so_and_offers_nothing(inspector: Inspector) -> None:
    inspector.show_row(0)
    inspector.show_row(None)
    assert texts(inspector) == ["Choose a picture to see its details."]
    assert not any(made.isVisible() for made in inspector.findChildren(QPushButton))


def test_a_vanished_file_says_so(qtbot: QtBot, inspector: Inspector, folder: Path) -> None:
    (folder / "b.png").unlink()
    inspector.show_row(1)
    qtbot.waitUntil(lambda: any("b.png is not there" in text for text in texts(inspector)), timeout=LONG)


def test_paths_are_copied_as_files_and_as_text(qtbot: QtBot, model: LibraryModel, folder: Path) -> None:
    copy_paths([model.file(1), model.file(2)])
    mime = QGuiApplication.clipboard().mimeData()
    assert paths_in(mime) == [os.fsencode(folder / "b.png"), os.fsencode(folder / "c.png")]
    assert mime.text() == f"{folder / 'b.png'}\n{folder / 'c.png'}"
    QGuiApplication.clipboard().clear()


def test_a_picture_is_copied_with_all_its_pixels(qtbot: QtBot, model: LibraryModel, pictures: PicturesClient) -> None:
    copier = ImageCopier(pictures)
    with qtbot.waitSignal(QGuiApplication.clipboard().dataChanged, timeout=LONG):
        copier.copy(model.file(1))
        copier.copy(model.file(0))
    assert QGuiApplication.clipboard().image().width() == 400
    QGuiApplication.clipboard().clear()
