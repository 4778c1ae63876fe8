"""The page of two folders: which phrases tell the images of one from those of the other, with examples.

The sets are two folders of the library, with what is inside them, or the images chosen in the library against all
others. The engine tests every phrase against chance; where nothing tells the two apart, that is what the page says.
Nothing is written but the ids of the chosen images, into the window's session folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from app.background_reader import BackgroundReader
from app.engine_client import NEW
from app.folder_tree import Branch, folders_of
from app.found_files import FoundFiles
from app.image_actions import IN_LISTS, add_actions
from app.latest_question import LatestQuestion
from app.pages.page import Page, Surroundings
from app.widgets.first_run import EmptyState
from app.widgets.folder_choice import CHOSEN, FolderChoice, badge
from app.widgets.parts import ElidedLabel, Label, button, column, row
from app.widgets.picture_list import Found, PictureList
from app.widgets.telling_list import TellingList
from app.widgets.viewer import Viewer
from engine.pair_messages import Contrast, ContrastResult, TellingPhrase
from engine.store.rows import File

LINES = (
    "What tells two folders apart?",
    "Phrases that hold for one of them and not for the other, tested against chance.",
)
HINT = "Choose two folders above; or choose images in the library, and compare them with all others."
TELL = "Tell them apart"
WAIT = "Telling them apart…"
SIDE = 112  # of an example


class ContrastPage(Page):
    """Two sets of images and what tells them apart."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._ids: list[int] = []  # the files chosen in the library
        self._chosen_wanted = False  # to be told from all others once the folders were read
        self._files = FoundFiles(around.library)
        self._question = LatestQuestion(around.client, self)
        self._reader = BackgroundReader(self)
        self.choice = FolderChoice()
        self.phrases = TellingList()
        self.examples = tuple(PictureList(around.pictures, f"Examples of {letter}", side=SIDE) for letter in "AB")
        self.viewer = Viewer(self.examples[0].found, around.pictures, self)
        self._heads = (ElidedLabel("", "quiet", at_end=True), ElidedLabel("", "quiet", at_end=True))
        self._words = ElidedLabel("", "quiet", at_end=True)
        self._tell = button(TELL, self.tell, kind="primary")
        self._cancel = button("Cancel", self._question.cancel)
        self._rank = button("Order the library by it", self._order)
        self._empty = EmptyState(LINES, TELL, hint=HINT)
        self._nothing = Label("", "lead", wrap=True)
        self._arrange()
        self._connect()

    @property
    def is_answered(self) -> bool:
        """Whether everything asked has been answered."""
        return not self._question.is_busy

    # ---- what the window asks ----------------------------------------------------------------------------

    def enter(self, chosen: Sequence[File]) -> None:
        """Offer the folders as they are now, and the images that are chosen."""
        ids = [file.id for file in chosen]
        if ids != self._ids and self.choice.sides[0] == CHOSEN:
            self._changed()
        self._ids = ids
        self._reader.read(self._around.library, folders_of, at_once=True)

    def chosen(self) -> Sequence[File]:
        """The example that is chosen."""
        if self.viewer.isVisible():
            return [self.viewer.file] if self.viewer.file is not None else []
        lists = sorted(self.examples, key=lambda each: not each.hasFocus())
        return next((files for each in lists if (files := each.chosen())), [])

    def look_closer(self) -> None:
        """Look closer at an example."""
        for each in self.examples:
            if each.hasFocus() and each.currentIndex().isValid():
                self._look_at(each, each.currentIndex().row())

    def leave_window(self) -> None:
        """Wait for the thread that reads folders."""
        self._reader.close()

    # ---- the question ------------------------------------------------------------------------------------

    def tell(self) -> None:
        """Ask what tells the two apart."""
        if not self.choice.is_possible:
            return
        first, second = self.choice.sides
        command = Contrast(NEW, chosen=self._write_chosen()) if first == CHOSEN else Contrast(NEW, first, second)
        self._words.set_whole(WAIT)
        self._question.ask(command, about=(first, second, tuple(self._ids)), done=self._take)

    def _write_chosen(self) -> str:
        file = Path(self._around.client.config.session_dir) / f"chosen-{uuid4().hex}.npy"
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, np.array(self._ids, np.int64))
        return str(file)

    def _take(self, result: object) -> None:
        if not isinstance(result, ContrastResult):
            return
        sizes = f"A: {result.images_a:,} images, B: {result.images_b:,} images"
        self._words.set_whole(f"{sizes}. In a pair, one image is of A and one of B." if result.phrases else sizes)
        self.phrases.show_phrases(result.phrases)
        if result.phrases:
            self._body.setCurrentWidget(self._found)
            self.phrases.setFocus()
            return
        self._nothing.setText(
            f"Nothing found: no phrase of the bank tells these apart better than chance does.\n{sizes}."
        )
        self._body.setCurrentWidget(self._nothing_page)

    def _show_examples(self, phrase: TellingPhrase) -> None:
        ends = ("most of it", "least of it") if phrase.more_in == "a" else ("least of it", "most of it")
        sides = zip(self.examples, self._heads, (phrase.examples_a, phrase.examples_b), ends, "AB", strict=True)
        for shown, head, ids, end, letter in sides:
            files = self._files.of(ids)
            shown.show_found([Found(files[i]) for i in ids if i in files])
            head.set_whole(f"those of {letter} with {end}: {phrase.phrase}")

    def _order(self, phrase: TellingPhrase | None = None) -> None:
        wanted = phrase or self.phrases.current()
        if wanted is not None:
            self._around.rank(wanted.phrase, "")

    def _changed(self) -> None:
        """Other sets are meant: what is shown is no answer any more."""
        self._question.cancel()
        self._words.set_whole("")
        possible = self.choice.is_possible
        self._tell.setEnabled(possible)
        self._body.setCurrentWidget(self._empty)

    def _busy(self, busy: bool) -> None:
        self._cancel.setVisible(busy)
        self._tell.setVisible(not busy)
        if not busy and self._words.text().startswith(WAIT[:8]):
            self._words.set_whole("")

    # ---- looking closer ----------------------------------------------------------------------------------

    def _look_at(self, shown: PictureList, at: int) -> None:
        self.viewer.model = shown.found
        self.viewer.open_row(at)
        self.viewer.show()
        self.viewer.raise_()
        self.viewer.setFocus()

    def _leave_viewer(self) -> None:
        self.viewer.hide()
        self.phrases.setFocus()

    def _ask_pictures(self) -> None:
        if self.isVisible():
            files = [file for shown in self.examples for file in shown.visible_files()]
            self._around.pictures.show(files, round(SIDE * self.devicePixelRatioF()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The viewer covers the page."""
        super().resizeEvent(event)
        self.viewer.setGeometry(self.rect())

    # ---- making ------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        top = row(self.choice, self._cancel, self._tell, spacing=16, margins=(16, 8, 16, 4))
        top.setStretchFactor(self.choice, 1)
        ends = QWidget()
        sides = []
        for letter, head, shown in zip("AB", self._heads, self.examples, strict=True):
            line = row(badge(letter), head)
            line.setStretchFactor(head, 1)
            sides.append(column(line, shown, spacing=8))
        ends.setLayout(column(*sides, row(1, self._rank), margins=(16, 8, 16, 12), spacing=12))
        self._found = QSplitter(Qt.Orientation.Horizontal)
        self._found.setChildrenCollapsible(False)
        left = QWidget()
        left.setLayout(column(self.phrases, margins=(16, 8, 16, 12)))
        for part in (left, ends):
            self._found.addWidget(part)
        self._found.setSizes([640, 560])
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing_page = QWidget()
        self._nothing_page.setLayout(column(1, self._nothing, 1, margins=(32, 32, 32, 32)))
        self._body = QStackedWidget()
        for part in (self._empty, self._found, self._nothing_page):
            self._body.addWidget(part)
        whole = column(top, row(self._words, margins=(16, 0, 16, 4)), self._body, spacing=0)
        whole.setStretchFactor(self._body, 1)
        self.setLayout(whole)
        self.viewer.hide()
        self._cancel.hide()

    def _connect(self) -> None:
        self._reader.finished.connect(self._take_folders)
        self.choice.changed.connect(self._changed)
        self._empty.pressed.connect(self.tell)
        self._question.busy_changed.connect(self._busy)
        self.phrases.looked_at.connect(self._show_examples)
        self.phrases.asked.connect(self._order)
        self.viewer.closed.connect(self._leave_viewer)
        for shown in self.examples:
            shown.opened.connect(lambda at, shown=shown: self._look_at(shown, at))
            shown.wanted.connect(self._ask_pictures)
            add_actions(shown, self._around.actions, IN_LISTS)
        self._around.actions["tell_apart"].triggered.connect(self._tell_chosen)
        self._around.client.library_changed.connect(lambda what: self._files.forget())

    def _tell_chosen(self) -> None:
        """The chosen images against all others, as soon as the folders were read."""
        self._chosen_wanted = True
        self._around.show("contrast")

    def _take_folders(self, branches: list[Branch]) -> None:
        self.choice.show_folders(branches, len(self._ids))
        if self._chosen_wanted and self._ids:
            self.choice.choose(CHOSEN, CHOSEN)
            self.tell()
        self._chosen_wanted = False
