"""The folders of the library at the left: how many images each holds, whether its drive is there.

Fed by the library page after each change of the library; what a person does with a folder goes out as signals.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QMenu, QWidget

from app.widgets.parts import ElidedLabel, Label, button, column, icon_button, plain_tooltip, row
from engine.store.rows import Folder

ALL = -1


class _FolderRow(QWidget):
    """One line of the list: name, count, and a word when the folder is not there."""

    def __init__(self, name: str, detail: str, files: int) -> None:
        super().__init__()
        title = ElidedLabel(name)
        title.setToolTip(plain_tooltip(detail))
        number = Label(f"{files:,}", "quiet")
        layout = row(title, number, margins=(8, 0, 8, 0))
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class FolderList(QFrame):
    """The folder panel.

    Signals:
        shown(object): show only this folder (its id), or everything (None).
        add(): add a folder.
        remove(Folder): take this folder out of the library.
        refresh(int): look at this folder again.
        remove_samples(): take the sample library out.
    """

    shown = Signal(object)
    add = Signal()
    remove = Signal(object)
    refresh = Signal(int)
    remove_samples = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "panel")
        self.setMinimumWidth(184)  # "All images" and how many are read whole
        self._folders: dict[int, Folder] = {}
        self._list = QListWidget()
        self._list.setAccessibleName("Folders")
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._open_menu)
        delete = QShortcut(QKeySequence.StandardKey.Delete, self._list, context=Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._remove_chosen)
        self._list.currentItemChanged.connect(self._choose)
        head = row(Label("Folders", "heading"), 1, icon_button("folder-add", "Add folder", self.add.emit))
        head.setContentsMargins(8, 0, 0, 0)
        box = column(margins=(8, 8, 8, 8), spacing=4)
        box.addLayout(head)
        box.addWidget(self._list)
        self._samples_button = button("Remove sample library", self.remove_samples.emit, kind="link")
        self._samples_button.hide()
        box.addWidget(self._samples_button)
        self.setLayout(box)

    def show_folders(self, folders: Sequence[Folder], files: int) -> None:
        """Show ``folders`` and how many ``files`` they hold together, keeping the one that is chosen."""
        chosen = self.chosen
        self._folders = {folder.id: folder for folder in folders}
        self._list.blockSignals(True)
        self._list.clear()
        self._add_row(ALL, "All images", "Every folder of this library", files)
        for folder in folders:
            name = os.path.basename(folder.display.rstrip("/\\")) or folder.display
            detail = folder.display if folder.online else f"{folder.display}\nNot there now; nothing is forgotten."
            self._add_row(folder.id, name if folder.online else f"{name} (offline)", detail, folder.files)
        self._list.blockSignals(False)
        self.choose(chosen)

    def show_samples_button(self, there: bool) -> None:
        """Whether the sample library can be taken out with one click."""
        self._samples_button.setVisible(there)

    @property
    def chosen(self) -> int | None:
        """The folder whose images are shown; None = all."""
        item = self._list.currentItem()
        folder_id = item.data(Qt.ItemDataRole.UserRole) if item else ALL
        return None if folder_id == ALL else folder_id

    @property
    def folders(self) -> list[Folder]:
        """The folders that are shown, in their order."""
        return list(self._folders.values())

    def choose(self, folder_id: int | None) -> None:
        """Show only this folder; None = all."""
        self._list.setCurrentRow(1 + list(self._folders).index(folder_id) if folder_id in self._folders else 0)

    def _remove_chosen(self) -> None:
        if self.chosen is not None:
            self.remove.emit(self._folders[self.chosen])

    def _add_row(self, folder_id: int, name: str, detail: str, files: int) -> None:
        item = QListWidgetItem(self._list)
        item.setData(Qt.ItemDataRole.UserRole, folder_id)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {files:,} images")
        item.setSizeHint(QSize(0, 32))
        self._list.setItemWidget(item, _FolderRow(name, detail, files))

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.shown.emit(self.chosen)

    def _open_menu(self, where: QPoint) -> None:
        item = self._list.itemAt(where)
        folder = self._folders.get(item.data(Qt.ItemDataRole.UserRole)) if item else None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Add folder…", self.add.emit)
        if folder is not None:
            menu.addAction("Show only this folder", lambda: self.choose(folder.id))
            menu.addAction("Refresh this folder", lambda: self.refresh.emit(folder.id))
            menu.addSeparator()
            menu.addAction("Remove from the library", lambda: self.remove.emit(folder))
        menu.popup(self._list.viewport().mapToGlobal(where))
