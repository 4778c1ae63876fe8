"""What can be done with images, wherever they are chosen: the Image menu, the grid's context menu, the details panel.

Made by `app.main_window` for the library page; lives as long as the window.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from app import reveal
from app.actions import Actions
from app.asking import Asking
from app.clipboard import ImageCopier, copy_paths
from app.collecting import Collecting
from app.pages.library_page import LibraryPage
from app.pages.page import Page
from app.pictures_client import PicturesClient
from engine.errors import Problem
from engine.store.rows import File

IN_GRID = (
    "open_viewer",
    "find_similar",
    "more_like",
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

IN_LISTS = ("open_viewer", "find_similar", "more_like", "", "copy_image", "copy_path", "", "open_external", "reveal")
"""The context menu of the pictures that other pages list."""

IN_DETAILS = ("open_viewer", "find_similar", "reveal", "copy_path", "copy_image", "hide")
"""The buttons of the details panel: the first two with words, the others as icons."""


class ImageActions(QObject):
    """Connects the actions on images with their effects."""

    def __init__(
        self,
        actions: Actions,
        page: LibraryPage,
        pictures: PicturesClient,
        collecting: Collecting,
        asking: Asking,
        shown: Callable[[], Page],
        tell: Callable[[Problem], None],
    ) -> None:
        super().__init__(page)
        self._page = page
        self._shown = shown
        copier = ImageCopier(pictures, self)
        copier.refused.connect(tell)
        effects: dict[str, Callable[[], object]] = {
            "open_viewer": lambda: self._shown().look_closer(),
            "find_similar": lambda: self._with_current(lambda file: asking.similar(file.id, file.name)),
            "copy_image": lambda: self._with_current(copier.copy),
            "copy_path": lambda: copy_paths(self._shown().chosen() or page.chosen()),
            "open_external": lambda: self._with_current(lambda file: reveal.open_externally(file.path)),
            "reveal": lambda: self._with_current(lambda file: reveal.show_in_file_manager(file.path)),
            "hide": lambda: collecting.hide([file.id for file in page.chosen()]),
            "select_all": page.grid.selectAll,
        }
        add_actions(page.grid, actions, IN_GRID)
        for name, effect in effects.items():
            actions[name].triggered.connect(lambda _=False, effect=effect: effect())

    def _with_current(self, act: Callable[[File], object]) -> None:
        """The page that is shown may have pictures of its own; else it is the library's that is meant."""
        shown = self._shown()
        chosen = shown.chosen() if shown is not self._page else []
        file = chosen[0] if chosen else self._page.current_file()
        if file is not None:
            act(file)


def add_actions(widget: QWidget, actions: Actions, names: Sequence[str]) -> None:
    """Make actions the context menu of a widget, "" = a line; the keys of local ones work while it has the focus."""
    for name in names:
        widget.addAction(actions[name] if name else _line(widget))


def _line(parent: QObject) -> QAction:
    line = QAction(parent)
    line.setSeparator(True)
    return line
