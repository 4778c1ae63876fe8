"""The library page: folders at the left, the pictures with what orders them above, details at the right.

`app.main_window` makes it after the first paint and tells it what happened (`refresh`, `show_result`, ...); what a
person wants done goes out as signals. It reads the library read-only and never writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.library_model import LibraryModel
from app.pages.page import Page
from app.pictures_client import PicturesClient
from app.preferences import Preferences
from app.widgets.attribute_menu import AttributeMenu
from app.widgets.failures import FailuresDialog
from app.widgets.first_run import first_run, not_open
from app.widgets.folder_list import FolderList
from app.widgets.grid import GridView
from app.widgets.histogram import Histogram
from app.widgets.inspector import Inspector
from app.widgets.order_header import OrderHeader
from app.widgets.viewer import Viewer
from engine.errors import LibraryError, Problem
from engine.judging_messages import JudgedRanking
from engine.protocol import RankingResult
from engine.store import judging
from engine.store.library import Library
from engine.store.rows import File


class LibraryPage(Page):
    """The main page.

    Signals:
        add_folder(): the person wants to choose a folder.
        remove_folder(Folder), refresh_folder(int): what to do with a folder.
        folders_changed(list): the library's folders were read again.
        open_library(): the person wants to choose another library.
        attribute_chosen(Attribute): order the pictures by it.
        judge(): judge pairs.
    """

    add_folder = Signal()
    remove_folder = Signal(object)
    refresh_folder = Signal(int)
    folders_changed = Signal(list)
    open_library = Signal()
    attribute_chosen = Signal(object)
    judge = Signal()

    def __init__(
        self, library: Path, pictures: PicturesClient, preferences: Preferences, details: Sequence[QAction] = ()
    ) -> None:
        super().__init__()
        self._path = library
        self._preferences = preferences
        self._shown_result: RankingResult | None = None
        self._judged: JudgedRanking | None = None  # the order asked for last, where it is one by judgements
        self.model = LibraryModel(self)
        self.header = OrderHeader()
        self.grid = GridView(self.model, pictures)
        self.histogram = Histogram()
        self.inspector = Inspector(self.model, pictures, details)
        self.viewer = Viewer(self.model, pictures, self)
        self.folders = FolderList()
        self._empty = first_run()
        self._not_open = not_open()
        self._arrange()
        self._connect()

    def open(self) -> None:
        """The library is there: show it."""
        self.model.open(self._path)

    def refresh(self) -> None:
        """The library changed: read it again."""
        self.model.refresh()

    def show_problem(self, problem: Problem) -> None:
        """The library cannot be used: say so where its pictures would be; those that were shown already stay."""
        if self._centre.currentWidget() is not self._pictures:
            self._not_open.say(problem.sentence)
            self._centre.setCurrentWidget(self._not_open)

    def show_result(self, result: RankingResult | JudgedRanking | None) -> None:
        """Order the pictures by ``result``; None = by folder and name."""
        self._judged = result if isinstance(result, JudgedRanking) else None
        self.model.show_ranking(result.ranking if isinstance(result, JudgedRanking) else result)

    def choose_attribute(self) -> None:
        """Let the person choose the attribute that orders the pictures."""
        attributes = []
        with suppress(LibraryError), Library(self._path) as library:
            attributes = judging.attributes(library)
        menu = AttributeMenu(attributes, self)
        menu.attribute_chosen.connect(self.attribute_chosen)
        menu.judge.connect(self.judge)
        under = self.header.attributes_button
        menu.popup(under.mapToGlobal(QPoint(0, under.height())))

    def show_less(self, less: bool) -> None:
        """Least of what was asked first."""
        self.model.set_flipped(less)
        self.histogram.show_scores(self.model.scores(), flipped=less)
        self._describe()

    def show_folders(self, shown: bool) -> None:
        """Whether the folder panel is there; it never is in an empty library."""
        self._preferences.set_flag("folders", shown)
        self.folders.setVisible(shown and bool(self.folders.folders))

    def show_inspector(self, shown: bool) -> None:
        """Whether the details panel is there; it never is in an empty library."""
        self._preferences.set_flag("inspector", shown)
        self.inspector.setVisible(shown and bool(self.folders.folders))

    def look_closer(self) -> None:
        """Look closer at the current image."""
        row = self.grid.currentIndex().row()
        if row >= 0:
            self.viewer.open_row(row)
            self.viewer.show()
            self.viewer.raise_()
            self.viewer.setFocus()

    def show_failures(self) -> None:
        """The files that could not be read, each with its reason."""
        FailuresDialog(self.model.failures(), self).show()

    def current_file(self) -> File | None:
        """The image in the viewer, else the one that the keyboard is at."""
        if self.viewer.isVisible():
            return self.viewer.file
        index = self.grid.currentIndex()
        return self.model.file(index.row()) if index.isValid() else None

    def chosen(self) -> Sequence[File]:
        """The images that an action is about: the one in the viewer, the selected ones, else the current one."""
        if self.viewer.isVisible():
            return [self.viewer.file] if self.viewer.file is not None else []
        return self.grid.selected_files()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The viewer covers the page."""
        super().resizeEvent(event)
        self.viewer.setGeometry(self.rect())

    def leave_window(self) -> None:
        """Remember how the page stood and end its threads."""
        self._preferences.set_layout("library", self._splitter.saveState())
        self._preferences.columns = self.grid.columns
        self.model.close()

    def _arrange(self) -> None:
        self._pictures = QWidget()
        box = QVBoxLayout(self._pictures)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.header)
        box.addWidget(self.grid, 1)
        box.addWidget(self.histogram)
        self._centre = QStackedWidget()
        for content in (QWidget(), self._empty, self._not_open, self._pictures):  # nothing until it was looked
            self._centre.addWidget(content)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.folders)
        self._splitter.addWidget(self._centre)
        self._splitter.addWidget(self.inspector)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([208, 704, 288])
        self._splitter.restoreState(self._preferences.layout("library"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)
        self.grid.set_columns(self._preferences.columns)
        for part in (self.folders, self.inspector, self.histogram, self.viewer):
            part.hide()

    def _connect(self) -> None:
        self._empty.pressed.connect(self.add_folder)
        self._not_open.pressed.connect(self.open_library)
        self.folders.add.connect(self.add_folder)
        self.header.failures_wanted.connect(self.show_failures)
        self.header.attributes_wanted.connect(self.choose_attribute)
        self.folders.remove.connect(self.remove_folder)
        self.folders.refresh.connect(self.refresh_folder)
        self.folders.shown.connect(self.model.set_folder)
        self.model.loaded.connect(self._show_folders)
        self.model.loaded.connect(self._describe)
        self.model.modelReset.connect(self._describe)
        self.model.loaded.connect(self._show_scores)
        self.histogram.cut.connect(self.model.set_cutoff)
        self.grid.opened.connect(lambda row: self.look_closer())
        self.grid.current_changed.connect(lambda file_id: self._show_details())
        self.grid.selection_changed.connect(self._show_details)
        self.inspector.opened.connect(self.look_closer)
        self.inspector.chosen.connect(self._go_to)
        self.viewer.moved.connect(self.grid.go_to)
        self.viewer.closed.connect(self._leave_viewer)

    def _describe(self) -> None:
        self.header.show_count(self.model.rowCount(), self.model.total)
        result = self.model.result
        judged = self._judged if self._judged is not None and self._judged.ranking is result else None
        self.header.show_order(result, flipped=self.model.flipped, judged=judged)
        pending = self.model.unread if result is None else result.pending
        self.header.show_missing(pending, len(self.model.failures()))

    def _show_scores(self) -> None:
        """A new order takes the cut-off back; more images in the same order leave it where it is."""
        result = self.model.result
        self.histogram.setVisible(result is not None and result.count > 1)
        if result is not self._shown_result:
            self._shown_result = result
            self.histogram.show_scores(self.model.scores(), flipped=self.model.flipped)

    def _show_details(self) -> None:
        index = self.grid.currentIndex()
        self.inspector.show_row(index.row() if index.isValid() else None)
        self.inspector.show_selection(len(self.grid.selected_ids()))

    def _go_to(self, file_id: int) -> None:
        row = self.model.row_of(file_id)
        if row is not None:
            self.grid.go_to(row)

    def _leave_viewer(self) -> None:
        self.viewer.hide()
        self.grid.setFocus()

    def _show_folders(self) -> None:
        folders = self.model.folders
        self.folders.show_folders(folders, self.model.total)
        self.show_folders(self._preferences.flag("folders", True))
        self.show_inspector(self._preferences.flag("inspector", True))
        self._centre.setCurrentWidget(self._pictures if folders else self._empty)
        self.folders_changed.emit(list(folders))
