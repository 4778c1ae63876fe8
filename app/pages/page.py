"""What the window asks of its pages, and what it gives them.

The main window shows one at a time and turns to it with what concerns only
the page that is shown: what was typed into the prompt bar, what was pasted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QWidget

from app.actions import Actions
from app.engine_client import EngineClient
from app.pictures_client import PicturesClient
from app.preferences import Preferences
from engine.errors import Problem
from engine.store.rows import Attribute, File

if TYPE_CHECKING:
    from app.library_model import LibraryModel


class Say(Protocol):
    """How something is told in passing."""

    def __call__(self, text: str, words: str = "", act: Callable[[], object] | None = None) -> None:
        """A notice that goes by itself, with a button of ``words`` that does ``act`` where there are any."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """The window as a page sees it.

    ``files``: the library's files, as the grid shows them. ``chosen()``: those chosen there, in order. ``choose(ids)``:
    choose these file ids there. ``rank(prompt, reverse)`` and ``order_by(attribute)``: order the library and show it.
    ``show(page)``: turn to a page. ``say``: see `Say`. ``tell(problem)``: a banner.
    """

    library: Path
    client: EngineClient
    pictures: PicturesClient
    actions: Actions
    preferences: Preferences
    undo_stack: QUndoStack
    files: LibraryModel
    chosen: Callable[[], Sequence[File]]
    choose: Callable[[Sequence[int]], None]
    rank: Callable[[str, str], None]
    order_by: Callable[[Attribute], None]
    show: Callable[[str], None]
    say: Say
    tell: Callable[[Problem], None]


class Page(QWidget):
    """A page; what it answers here is what a page answers that has nothing of its own to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "page")

    def enter(self, chosen: Sequence[File]) -> None:
        """The page is about to be shown; ``chosen`` are the images chosen in the library."""

    def ask(self, prompt: str, reverse: str) -> bool:
        """Something was typed into the prompt bar while this page is shown; False: order the library by it."""
        return False

    def put(self, paths: Sequence[bytes]) -> bool:
        """Files or folders were pasted while this page is shown; False: add them to the library."""
        return False

    def chosen(self) -> Sequence[File]:
        """The images chosen on this page, that an action of the Image menu is about; []: those of the library page."""
        return []

    def look_closer(self) -> None:
        """Look closer at the current image of this page."""

    def may_close(self) -> bool:
        """The person closes the window: ask what has to be asked; False: it stays open."""
        return True

    def leave_window(self) -> None:
        """The window closes: end threads and processes of the page."""
