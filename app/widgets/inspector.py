"""The details panel: one picture larger, where it stands in the order, its file, and what can be done with it.

Fed by the library page with `show_row` and `show_selection`; the buttons are the window's own actions.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QImage, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QFormLayout,
    QFrame,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.icons import ICON_NAME
from app.image_cache import key_of
from app.library_model import LibraryModel, Tile
from app.pictures_client import PicturesClient
from app.text_editing import TextEditing
from app.tokens import GRID
from app.widgets.caption_list import CaptionList
from app.widgets.parts import ElidedLabel, Label, button, clear, icon_button, plain_tooltip, row
from app.widgets.preview import Preview
from app.wording import between_words, file_values, place_words, share_sentence
from engine.errors import Problem
from engine.store.rows import File
from engine.thumbnails import Described

PREVIEW_SIDE = 1024  # device pixels: sharp at the panel's usual widths, also at two device pixels to one
PAUSE_MS = 80  # walking through the grid asks for nothing on the way
MOST_COPIES = 20
UNORDERED = "This prompt does not order these images: the place means little."
WITH_WORDS = 2  # buttons; the others are icons


class Inspector(QScrollArea):
    """Shows one file, or how many are selected."""

    opened = Signal()  # the preview was clicked
    chosen = Signal(int)  # file id: a copy of this picture was clicked

    def __init__(
        self, model: LibraryModel, pictures: PicturesClient, actions: Sequence[QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._pictures = pictures
        self._file: File | None = None
        self._preview_request: int | None = None
        self._details_request: int | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask_now)
        self._preview = Preview()
        self._rank = Label("", "title")
        self._standing = Label("", wrap=True)
        self._problem = Label("", "quiet", wrap=True)
        self._name = ElidedLabel("", "strong")
        self._folder = ElidedLabel("", "quiet")
        self._form = QFormLayout()
        self._values: dict[str, ElidedLabel] = {}
        self._copies = QVBoxLayout()
        self._texts = QVBoxLayout()
        self._captions: CaptionList | None = None
        self._actions = [_action_button(action, words=at < WITH_WORDS) for at, action in enumerate(actions)]
        self._arrange()
        self._preview.pressed.connect(self.opened)
        pictures.preview_ready.connect(self._take_preview)
        pictures.preview_refused.connect(self._take_problem)
        pictures.described.connect(self._take_details)
        model.loaded.connect(self._refresh)
        model.reordered.connect(self._refresh)
        self.show_row(None)

    def _arrange(self) -> None:
        self.setAccessibleName("Details")
        self.setProperty("kind", "panel")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its buttons take it, and scroll into view
        self.setMinimumWidth(30 * GRID)
        inside = QWidget()
        inside.setProperty("kind", "panel")
        box = QVBoxLayout(inside)
        box.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        box.setSpacing(GRID)
        for part in (self._preview, self._rank, self._standing, self._problem, self._name, self._folder):
            box.addWidget(part)
        self._form.setContentsMargins(0, GRID, 0, GRID)
        self._form.setHorizontalSpacing(2 * GRID)
        self._form.setVerticalSpacing(GRID // 2)
        for title in ("Size", "File", "Format", "Changed", "Taken", "Camera"):
            self._values[title] = ElidedLabel()
            self._values[title].setAccessibleName(title)
            self._form.addRow(Label(title, "quiet"), self._values[title])
        box.addLayout(self._form)
        box.addLayout(self._texts)
        box.addLayout(self._copies)
        words, icons = self._actions[:WITH_WORDS], self._actions[WITH_WORDS:]
        box.addLayout(row(*words))
        box.addLayout(row(*icons, 1, spacing=GRID // 2))
        box.addStretch(1)
        self.setWidget(inside)

    def sizeHint(self) -> QSize:
        """Wide enough for a preview."""
        return QSize(36 * GRID, 60 * GRID)

    def show_captions(self, library: Path, editing: TextEditing) -> None:
        """From now on, show the captions of the image, which can be typed into."""
        self._captions = CaptionList(library, editing)
        self._texts.addWidget(Label("Captions", "quiet"))
        self._texts.addWidget(self._captions)
        self._show_texts()

    # ---- what is shown -----------------------------------------------------------------------------------

    def show_row(self, row: int | None) -> None:
        """Show the file in ``row``; None = nothing is chosen."""
        for part in (self._preview, self._name, self._folder, *self._actions):
            part.setVisible(row is not None)
        if row is None:
            self._withdraw()
            self._file = None
            self._show_standing(None)
            self._show_values(dict.fromkeys(self._values, ""))
            self._show_copies([])
            self._show_texts()
            self._rank.setText("")
            self._problem.setText("Choose a picture to see its details.")
            self._problem.show()
            return
        tile = self._model.tile(row)
        if self._file is None or key_of(tile.file) != key_of(self._file):
            self._ask(tile.file)
        self._file = tile.file
        self._name.set_whole(tile.file.name)
        self._folder.set_whole(place_words(os.path.dirname(tile.file.path)))
        self._show_standing(tile)
        self._show_values(file_values(tile.file))
        self._show_copies(self._model.copies(row))
        self._show_texts()

    def show_selection(self, count: int) -> None:
        """Say how many are selected, when there are several."""
        if count > 1:
            self._standing.setText(f"{count:,} selected")
            self._standing.show()

    def _refresh(self) -> None:
        if self._file is not None:
            self.show_row(self._model.row_of(self._file.id))

    def _show_standing(self, tile: Tile | None) -> None:
        result = self._model.result
        ranked = tile is not None and tile.rank is not None and result is not None
        self._rank.setVisible(ranked)
        self._standing.setVisible(ranked)
        words = ""
        if tile is not None:
            words = tile.problem or ("Not compared yet." if tile.pending else "")
        if tile is not None and result is not None and tile.rank is not None and tile.share is not None:
            flipped = self._model.flipped
            self._rank.setText(f"#{tile.rank:,} of {len(self._model.scores()):,}")
            sentence = share_sentence(result.prompt, result.reverse, tile.share, flipped=flipped)
            if tile.between is not None:
                sentence = f"{sentence}. {between_words(*tile.between)}"
            alone = len(self._model.scores()) < 2  # brighter than nothing
            unordered = result.prompt and result.verdict == "none"
            self._standing.setText("" if alone else UNORDERED if unordered else sentence)
            self._standing.setToolTip(plain_tooltip(f"Score {tile.score:.4f}"))
        self._problem.setText(words)
        self._problem.setVisible(bool(words))

    def _show_values(self, values: dict[str, str]) -> None:
        for title, value in values.items():
            self._set_value(title, value)

    def _set_value(self, title: str, value: str) -> None:
        self._values[title].set_whole(value)
        self._form.setRowVisible(self._values[title], bool(value))

    def _show_copies(self, copies: Sequence[File]) -> None:
        clear(self._copies)
        if copies:
            self._copies.addWidget(Label(f"Also {'here' if len(copies) == 1 else f'in {len(copies)} places'}", "quiet"))
        for file in copies[:MOST_COPIES]:
            self._copies.addWidget(self._copy_link(file))

    def _show_texts(self) -> None:
        image = self._file.image_id if self._file is not None else None
        for place in range(self._texts.count()):
            if (item := self._texts.itemAt(place)) is not None and (widget := item.widget()) is not None:
                widget.setVisible(image is not None)
        if self._captions is not None:
            self._captions.show_image(image)

    def _copy_link(self, file: File) -> QPushButton:
        words = file.path.decode("utf-8", "replace")
        made = button(_ampersands(file.name), lambda: self.chosen.emit(file.id), kind="link")
        made.setToolTip(plain_tooltip(words))
        made.setAccessibleName(words)
        return made

    # ---- what comes later --------------------------------------------------------------------------------

    def _ask(self, file: File) -> None:
        self._withdraw()
        self._preview.show_image(self._pictures.thumbnail(key_of(file)))
        self._show_values({"Taken": "", "Camera": ""})
        self._pause.start()

    def _ask_now(self) -> None:
        if self._file is not None:
            self._preview_request = self._pictures.preview(self._file.path, PREVIEW_SIDE)
            self._details_request = self._pictures.describe(self._file.path)

    def _withdraw(self) -> None:
        self._pause.stop()
        for request in (self._preview_request, self._details_request):
            if request is not None:
                self._pictures.forget_preview(request)
        self._preview_request = self._details_request = None

    def _take_preview(self, request: int, image: QImage) -> None:
        if request == self._preview_request:
            self._preview_request = None
            self._preview.show_image(image)

    def _take_details(self, request: int, details: Described) -> None:
        if request == self._details_request:
            self._details_request = None
            self._set_value("Taken", details.taken)
            self._set_value("Camera", details.camera)

    def _take_problem(self, request: int, problem: Problem) -> None:
        if request == self._preview_request:
            self._preview_request = None
            self._problem.setText(str(problem))
            self._problem.show()


def _action_button(action: QAction, *, words: bool) -> QAbstractButton:
    name, icon = action.text(), action.property(ICON_NAME)
    made = button(name.removesuffix(" images"), action.trigger) if words else icon_button(icon, name, action.trigger)
    made.setAccessibleName(name)
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    made.setToolTip(plain_tooltip(f"{name}  {keys}".strip()))
    return made


def _ampersands(text: str) -> str:
    """Buttons take a single ampersand for the mark of a shortcut."""
    return text.replace("&", "&&")
