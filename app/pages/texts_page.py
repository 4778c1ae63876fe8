"""The page of captions and differences: two views, one of sentences on pairs, one of texts on images.

What a person does here goes to `app.text_editing` and `app.writing`. The page reads the library read-only and never
writes; it follows the engine's `library_changed`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget

from app.dragdrop import paths_in
from app.ollama import Ollama
from app.pages.captions_view import CaptionsView
from app.pages.differences_view import DifferencesView
from app.pages.page import Page, Surroundings
from app.text_editing import TextEditing
from app.widgets.first_run import EmptyState
from app.widgets.parts import button, column, row
from app.writing import Writing
from engine.store.rows import File

CAPTION_LINES = ("Bring in what people wrote about your pictures.", "Sentences that tell two apart are made from it.")
CAPTION_HINT = (
    "CSV, JSON Lines, COCO JSON, sidecar .txt files: drop them here. Or read what the pictures say about themselves"
    " (Captions menu), or have a vision model of your own Ollama describe them."
)
PAIR_LINES = ("Sentences that say how one picture differs from another.", "The model learns to compare from them.")
PAIR_HINT = "By rule from the captions, or by a language model of your own Ollama. You read, correct, accept or reject."
TEXT_ENDINGS = (b".csv", b".tsv", b".jsonl", b".json", b".txt", b".caption")


class TextsPage(Page):
    """Differences, captions, or what a library without texts shows.

    Signals:
        compare(list): look at these two files side by side.
    """

    compare = Signal(list)

    def __init__(self, around: Surroundings, ollama: Ollama) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self._around = around
        self._ollama = ollama
        self.editing = TextEditing(around.client, around.undo_stack, self)
        self.writing = Writing(around, self)
        self.differences = DifferencesView(around, self.editing, self.writing, ollama)
        self.captions = CaptionsView(around, self.editing, self.writing, ollama)
        self._no_captions = EmptyState(CAPTION_LINES, "Import captions…", hint=CAPTION_HINT)
        self._no_pairs = EmptyState(PAIR_LINES, "Write differences…", hint=PAIR_HINT)
        self._stack = QStackedWidget()
        self._tabs = {name: button(title, partial(self.show_tab, name)) for name, title in _TITLES.items()}
        self._tab = "differences"
        self._asked_for_panel: set[str] = set()
        self._arrange()
        self._connect()
        self._connect_actions()

    @property
    def tab(self) -> str:
        """ "differences" or "captions"."""
        return self._tab

    def open(self) -> None:
        """The library is there (again): read it."""
        self.differences.open()
        self.captions.open()

    def refresh(self, what: frozenset[str]) -> None:
        """The library changed."""
        anew = not what.isdisjoint({"folders", "files"})
        if anew or "captions" in what or "differences" in what:
            self.differences.refresh(anew=anew)
        if anew or "captions" in what:
            self.captions.refresh(anew=anew)

    def enter(self, chosen: Sequence[File]) -> None:
        """Where there is a table, the keyboard is in it."""
        self.show_tab(self._tab)

    def show_tab(self, name: str) -> None:
        """Show one of the two views."""
        self._tab = name
        for tab, press in self._tabs.items():
            press.setChecked(tab == name)
        self._show_what_there_is()
        self._view().table.setFocus()

    def _view(self) -> DifferencesView | CaptionsView:
        return self.captions if self._tab == "captions" else self.differences

    def write(self, name: str) -> None:
        """Turn to the page and open the panel that writes differences or captions."""
        self._around.show("texts")
        if self._ollama.states is None:
            self._ollama.look()
        self._asked_for_panel.add(name)
        self.show_tab(name)
        view = self._view()
        view.show_panel(True)
        view.panel.write.setFocus()

    def search(self) -> None:
        """Type words to look for."""
        view = self._view()
        view.words.setFocus()
        view.words.selectAll()

    def put(self, paths: Sequence[bytes]) -> bool:
        """Files of texts are imported; pictures and folders are the window's."""
        files = _texts(paths)
        self.writing.import_files(files, as_differences=self._tab == "differences")
        return bool(files)

    def leave_window(self) -> None:
        """End the threads."""
        self.differences.close()
        self.captions.close()

    # ---- what Qt calls -----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files of texts dropped here are imported; pictures and folders are the window's."""
        event.setAccepted(bool(_texts(paths_in(event.mimeData()))))

    def dropEvent(self, event: QDropEvent) -> None:
        """Import them."""
        event.acceptProposedAction()
        self.put(paths_in(event.mimeData()))

    # ---- making ------------------------------------------------------------------------------------------

    def _show_what_there_is(self) -> None:
        """A view where there are rows, or a panel was asked for; else what would fill it, and how."""
        standing = self.differences.model.standing
        pairs = standing.sentences or "differences" in self._asked_for_panel
        captions = self.captions.model.sources or "captions" in self._asked_for_panel
        if self._tab == "captions":
            self._stack.setCurrentWidget(self.captions if captions else self._no_captions)
        elif pairs:
            self._stack.setCurrentWidget(self.differences)
        else:
            self._stack.setCurrentWidget(self._no_pairs if standing.captioned > 1 else self._no_captions)

    def _arrange(self) -> None:
        for part in (self.differences, self.captions, self._no_captions, self._no_pairs):
            self._stack.addWidget(part)
        box = column(spacing=0)
        box.addLayout(self._tab_bar())
        box.addWidget(self._stack, 1)
        self.setLayout(box)

    def _tab_bar(self) -> QHBoxLayout:
        for name, press in self._tabs.items():
            press.setCheckable(True)
            press.setChecked(name == self._tab)
            press.setAccessibleName(f"Show {name}")
        return row(*self._tabs.values(), 1, margins=(16, 8, 16, 4))

    def _connect(self) -> None:
        around = self._around
        around.client.ready.connect(self.open)
        around.client.library_changed.connect(self.refresh)
        self._no_captions.pressed.connect(self.writing.choose_captions)
        self._no_pairs.pressed.connect(lambda: self.write("differences"))
        self.differences.compare.connect(self.compare)
        for view in (self.differences, self.captions):
            view.model.loaded.connect(self._show_what_there_is)
            view.model.failed.connect(around.tell)
            view.panel.writer.settings_wanted.connect(around.actions["ollama_settings"].trigger)
        self.writing.running.connect(self._writing_began)
        self.editing.told.connect(lambda words: around.say(words, "Undo", around.undo_stack.undo))

    def _connect_actions(self) -> None:
        effects: dict[str, Callable[[], object]] = {
            "write_differences": lambda: self.write("differences"),
            "write_captions": lambda: self.write("captions"),
            "import_captions": self.writing.choose_captions,
            "read_folders": self._read_folders,
            "import_differences": self.writing.choose_differences,
            "export_captions": self.writing.export_captions,
            "export_differences": self.writing.export_differences,
            "find_texts": self.search,
        }
        actions = self._around.actions
        for name, effect in effects.items():
            actions[name].triggered.connect(lambda _=False, effect=effect: effect())
        self.addAction(actions["find_texts"])

    def _read_folders(self) -> None:
        """Sidecar files, and what the pictures say about themselves, of every folder of the library."""
        self.writing.import_captions([folder.path for folder in self._around.files.folders])

    def _writing_began(self, running: bool) -> None:
        if running:
            self._asked_for_panel.add("differences")
            self._show_what_there_is()


_TITLES = {"differences": "Differences", "captions": "Captions"}


def _texts(paths: Sequence[bytes]) -> list[bytes]:
    return [path for path in paths if path.lower().endswith(TEXT_ENDINGS) and os.path.isfile(path)]
