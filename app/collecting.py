"""What goes into the library and out of it: folders added by button, drop or paste; folders removed, images hidden.

Made by `app.main_window`. Everything that changes data can be undone; nothing here touches a picture on disk.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QFileDialog, QWidget

from app.engine_client import NEW, EngineClient
from app.undo import HideStep, RemoveFolderStep
from engine.protocol import AddFolders, Refresh
from engine.settings import resources_dir

if TYPE_CHECKING:
    from engine.store.rows import Folder

_IMAGES = "Images (*.jpg *.jpeg *.png *.webp *.gif *.tif *.tiff *.bmp *.heic *.heif *.avif);;All files (*)"


class Collecting(QObject):
    """Adds, refreshes, removes and hides.

    Signals:
        took_away(str): a folder or images were taken out, in words; `undo_stack` brings them back.
        samples_there(bool): whether the sample library is among the folders.
        library_chosen(str): the person wants to open this other library.
    """

    took_away = Signal(str)
    samples_there = Signal(bool)
    library_chosen = Signal(str)

    def __init__(self, client: EngineClient, window: QWidget) -> None:
        super().__init__(window)
        self.undo_stack = QUndoStack(self)
        self._client = client
        self._window = window
        self._samples: Folder | None = None

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

    def choose_library(self) -> None:
        """Let the person choose another library, also one that is still to be made."""
        dialog = QFileDialog(self._window, "Open or make a library", str(Path(self._client.config.library).parent))
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilter("PairLens libraries (*.pairlens);;All files (*)")
        dialog.setDefaultSuffix("pairlens")
        dialog.fileSelected.connect(self.library_chosen)
        self._show(dialog)

    def take_folders(self, folders: Sequence[Folder]) -> None:
        """The library's folders were read: see whether the sample library is one of them."""
        path = sample_folder()
        self._samples = next((folder for folder in folders if folder.path == path), None)
        self.samples_there.emit(self._samples is not None)

    def remove_samples(self) -> None:
        """Take the sample library out."""
        if self._samples is not None:
            self.remove_folder(self._samples)

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
        self._show(dialog)

    @staticmethod
    def _show(dialog: QFileDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def sample_folder() -> bytes | None:
    """The sample library that comes with this copy of the program."""
    folder = resources_dir() / "samples"
    return os.fsencode(folder) if folder.is_dir() else None
