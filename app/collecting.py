"""What goes into the library and out of it: folders added by button, drop or paste; folders removed, images hidden.

Made by `app.main_window`. Everything that changes data can be undone; nothing here touches a picture on disk.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QFileDialog, QWidget

from app.engine_client import NEW, EngineClient
from app.undo import HideStep, RemoveFolderStep
from engine.protocol import AddFolders, Refresh
from engine.store.rows import Folder

_IMAGES = "Images (*.jpg *.jpeg *.png *.webp *.gif *.tif *.tiff *.bmp *.heic *.heif *.avif);;All files (*)"


class Collecting(QObject):
    """Adds, refreshes, removes and hides.

    Signals:
        took_away(str): a folder or images were taken out, in words; `undo_stack` brings them back.
    """

    took_away = Signal(str)

    def __init__(self, client: EngineClient, window: QWidget) -> None:
        super().__init__(window)
        self.undo_stack = QUndoStack(self)
        self._client = client
        self._window = window

    def add(self, paths: Sequence[bytes]) -> None:
        """Add folders, or the folders of single images."""
        if paths:
            self._client.ask(AddFolders(NEW, tuple(paths)))

    def choose_folder(self) -> None:
        """Let the person choose a folder; the dialog does not block the rest of the program."""
        dialog = QFileDialog(self._window, "Add a folder of pictures")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        self._open(dialog)

    def choose_files(self) -> None:
        """Let the person choose images; their folders are added."""
        dialog = QFileDialog(self._window, "Add images", "", _IMAGES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self._open(dialog)

    def refresh(self, folder_id: int | None = None) -> None:
        """Look at one folder again, or at all."""
        self._client.ask(Refresh(NEW, folder_id))

    def remove_folder(self, folder: Folder) -> None:
        """Take ``folder`` out of the library."""
        self.undo_stack.push(RemoveFolderStep(self._client, folder))
        self.took_away.emit(f"{folder.display} was removed from the library. The files were not touched.")

    def hide(self, file_ids: Sequence[int]) -> None:
        """Hide images from the grid and from rankings."""
        if file_ids:
            self.undo_stack.push(HideStep(self._client, file_ids))
            many = f"{len(file_ids):,} images are" if len(file_ids) > 1 else "1 image is"
            self.took_away.emit(f"{many} hidden from the grid and from rankings.")

    def _open(self, dialog: QFileDialog) -> None:
        dialog.filesSelected.connect(lambda paths: self.add([os.fsencode(path) for path in paths]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
