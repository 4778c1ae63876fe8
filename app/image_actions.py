"""What can be done with images, wherever they are chosen: the Image menu, the grid's context menu, the details panel.

Made by `app.main_window` for the library page; lives as long as the window.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app import reveal
from app.actions import Actions
from app.asking import Asking
from app.clipboard import ImageCopier, copy_paths
from app.collecting import Collecting
from app.pages.library_page import LibraryPage
from app.pictures_client import PicturesClient
from engine.store.rows import File

IN_GRID = (
    "open_viewer",
    "find_similar",
    "",
    "copy_image",
    "copy_path",
    "",
    "open_external",
    "reveal",
    "",
    "hide",
    "select_all",
)
"""The context menu of the grid, in its order, "" = a line; the keys of local ones work while the grid has the focus."""

IN_DETAILS = ("open_viewer", "find_similar", "reveal", "copy_path", "copy_image", "hide")
"""The buttons of the details panel: the first two with words, the others as icons."""


class ImageActions(QObject):
    """Connects the actions on images with their effects."""

    def __init__(
        self, actions: Actions, page: LibraryPage, pictures: PicturesClient, collecting: Collecting, asking: Asking
    ) -> None:
        super().__init__(page)
        self._page = page
        copier = ImageCopier(pictures, self)
        effects: dict[str, Callable[[], object]] = {
            "open_viewer": page.open_viewer,
            "find_similar": lambda: self._with_current(lambda file: asking.similar(file.id, file.name)),
            "copy_image": lambda: self._with_current(copier.copy),
            "copy_path": lambda: copy_paths(page.chosen()),
            "open_external": lambda: self._with_current(lambda file: reveal.open_externally(file.path)),
            "reveal": lambda: self._with_current(lambda file: reveal.show_in_file_manager(file.path)),
            "hide": lambda: collecting.hide([file.id for file in page.chosen()]),
            "select_all": page.grid.selectAll,
        }
        for name in IN_GRID:
            page.grid.addAction(actions[name] if name else _line(page.grid))
        for name, effect in effects.items():
            actions[name].triggered.connect(lambda _=False, effect=effect: effect())

    def _with_current(self, act: Callable[[File], object]) -> None:
        file = self._page.current_file()
        if file is not None:
            act(file)


def _line(parent: QObject) -> QAction:
    line = QAction(parent)
    line.setSeparator(True)
    return line
