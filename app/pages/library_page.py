"""The library page: folders at the left, the images, and how they are ordered above them.

`app.main_window` makes it and tells it what happened (`refresh`, `show_result`, ...); what a person wants done goes
out as signals. It reads the library read-only and never writes.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from app.preferences import Preferences
from app.widgets.first_run import first_run
from app.widgets.folder_list import FolderList
from engine.store.library import Library


class LibraryPage(QWidget):
    """The main page.

    Signals:
        add_folder(): the person wants to choose a folder.
        remove_folder(Folder), refresh_folder(int): what to do with a folder.
    """

    add_folder = Signal()
    remove_folder = Signal(object)
    refresh_folder = Signal(int)

    def __init__(self, library: Path, preferences: Preferences) -> None:
        super().__init__()
        self.setProperty("kind", "page")
        self._library = library
        self._preferences = preferences
        self.folders = FolderList()
        self.folders.add.connect(self.add_folder)
        self.folders.remove.connect(self.remove_folder)
        self.folders.refresh.connect(self.refresh_folder)
        self._empty = first_run()
        self._empty.pressed.connect(self.add_folder)
        self._images = QWidget()
        self._centre = QStackedWidget()
        self._centre.addWidget(self._empty)
        self._centre.addWidget(self._images)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.folders)
        self._splitter.addWidget(self._centre)
        self._splitter.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)
        self.folders.hide()

    def refresh(self) -> None:
        """Read the library's folders again."""
        with Library(self._library) as library:
            folders = library.folders()
        self.folders.show_folders(folders)
        self.folders.setVisible(bool(folders))
        self._centre.setCurrentWidget(self._images if folders else self._empty)
