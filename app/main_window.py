"""The main window: arranges rail, prompt bar, pages and job strip, and says who tells whom.

Made by `app.application` in two steps, so that the first paint waits for nothing: the constructor makes the frame;
`first_painted` is emitted once, and then `fill` makes the pages and connects them to the engine. Closing the window
ends the engine and the pictures process with it. What the parts decide they decide themselves: `app.asking`,
`app.collecting`, `app.reports`, the pages.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QProcess, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.actions import Actions
from app.dragdrop import paths_in
from app.pages.table import PAGES
from app.preferences import Preferences
from app.widgets.job_strip import JobStrip
from app.widgets.notices import Banner, DropFrame, Notice
from app.widgets.prompt_bar import PromptBar
from app.widgets.rail import Rail
from engine.errors import Problem
from engine.protocol import SAID

if TYPE_CHECKING:
    from app.engine_client import EngineClient
    from app.pages.page import Page


class MainWindow(QMainWindow):
    """The window of one library.

    Signals:
        first_painted(): the window can be seen.
        theme_chosen(str): the person chose one of `app.theme.MODES`.
    """

    first_painted = Signal()
    theme_chosen = Signal(str)

    def __init__(self, library: Path, preferences: Preferences) -> None:
        super().__init__()
        self.library = library
        self.preferences = preferences
        self._painted = False
        self._asks_before_closing = True
        self._closers: list[Callable[[], object]] = []
        self.commands = Actions(self)
        self.rail = Rail()
        self.bar = PromptBar()
        self.banner = Banner()
        self.notice = Notice()
        self.strip = JobStrip()
        self.pages = QStackedWidget()
        self._arrange()
        self.drop_frame = DropFrame(self)
        self.setAcceptDrops(True)

    def fill(self, client: EngineClient) -> None:
        """Make the pages and connect everything; called once, after the first paint."""
        from app.asking import Asking
        from app.collecting import Collecting
        from app.image_actions import IN_DETAILS, ImageActions
        from app.pages.library_page import LibraryPage
        from app.pages.making import make_pages
        from app.pages.page import Surroundings
        from app.pictures_client import PicturesClient
        from app.reports import Reports

        self.client = client
        self.commands.draw_icons()
        self.pictures = PicturesClient(self)
        details = [self.commands[name] for name in IN_DETAILS]
        self.library_page = LibraryPage(self.library, self.pictures, self.preferences, details)
        self.asking = Asking(client, self.bar, self)
        self.collecting = Collecting(client, self)
        self.reports = Reports(client, self.commands, self.banner, self.notice, self)
        self.image_actions = ImageActions(
            self.commands,
            self.library_page,
            self.pictures,
            self.collecting,
            self.asking,
            self._shown_page,
            self.reports.show,
        )
        around = Surroundings(
            library=self.library,
            client=client,
            pictures=self.pictures,
            actions=self.commands,
            preferences=self.preferences,
            undo_stack=self.collecting.undo_stack,
            files=self.library_page.model,
            chosen=self.library_page.chosen,
            choose=self.library_page.grid.choose,
            rank=self.asking.rank,
            order_by=self.asking.order_by,
            show=self._show_page,
            say=self.notice.say,
            tell=self.reports.show,
        )
        self.page = make_pages(self.library_page, around)
        for page in self.page:
            self.pages.addWidget(page)
        leave = (page.leave_window for page in self.page)
        self._closers = [client.close, self.pictures.close, self.reports.close, *leave]
        self._connect_engine()
        self._connect_pages()
        self._connect_actions()
        self._show_page("library")
        self.bar.focus()

    def add(self, paths: Sequence[bytes]) -> None:
        """Add folders, or the folders of images, to the library."""
        self.collecting.add(paths)

    def come_forward(self, paths: Sequence[bytes]) -> None:
        """Another start on this library hands over: show this window and add what it was given."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        self.add(paths)

    def end(self) -> None:
        """Close without asking: the system wants it."""
        self._asks_before_closing = False
        self.close()

    def show_unexpected(self, problem: Problem) -> None:
        """Tell about an exception nobody handled."""
        self.reports.show_unexpected(problem)

    # ---- what Qt calls -----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say once that the window was painted."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.first_painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember how the window stood and end its processes and threads, also in the middle of a job."""
        if self._asks_before_closing and not all(page.may_close() for page in self._pages()):
            event.ignore()
            return
        self.preferences.set_layout("window", self.saveGeometry())
        self.hide()  # at once; ending a busy engine may take a moment
        for close in self._closers:
            close()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The drop frame covers the window whatever its size."""
        super().resizeEvent(event)
        self.drop_frame.setGeometry(self.rect())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and folders from elsewhere may be dropped anywhere."""
        if event.source() is None and paths_in(event.mimeData()):
            event.acceptProposedAction()
            self.drop_frame.show()
            self.drop_frame.raise_()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They left again."""
        self.drop_frame.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add what was dropped."""
        self.drop_frame.hide()
        event.acceptProposedAction()
        self.add(paths_in(event.mimeData()))

    # ---- making ------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        for part in (self.bar, self.banner, self.notice):
            right.addWidget(part)
        right.addWidget(self.pages, 1)
        upper = QHBoxLayout()
        upper.setSpacing(0)
        upper.addWidget(self.rail)
        upper.addLayout(right, 1)
        centre = QWidget()
        whole = QVBoxLayout(centre)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(upper, 1)
        whole.addWidget(self.strip)
        self.setCentralWidget(centre)
        self.setWindowTitle(f"{self.library.stem} - PairLens")
        self.setMinimumSize(800, 560)
        self.resize(1280, 800)
        self.restoreGeometry(self.preferences.layout("window"))

    def _connect_engine(self) -> None:
        client = self.client
        client.progressed.connect(self.strip.show_progress)
        client.ended.connect(self.strip.end)
        client.cancel_overdue.connect(self.strip.offer_stop)
        self.strip.cancel.connect(client.cancel)
        self.strip.pause.connect(client.pause)
        self.strip.stop_now.connect(client.stop_now)
        client.ready.connect(self.library_page.open)
        client.down.connect(self.library_page.show_problem)
        client.library_changed.connect(self._library_changed)
        client.model_ready.connect(lambda model: self.rail.show_model(model.name, model.device))

    def _library_changed(self, what: frozenset[str]) -> None:
        if not what <= SAID:  # an answer about two images changes no tile
            self.library_page.refresh()

    def _connect_pages(self) -> None:
        page = self.library_page
        page.add_folder.connect(self.collecting.choose_folder)
        page.open_library.connect(self.collecting.choose_library)
        page.remove_folder.connect(self.collecting.remove_folder)
        page.refresh_folder.connect(self.collecting.refresh)
        page.model.failed.connect(self.reports.show)
        page.folders_changed.connect(self.collecting.take_folders)
        page.folders.remove_samples.connect(self.collecting.remove_samples)
        self.collecting.samples_there.connect(self.commands["remove_samples"].setVisible)
        self.collecting.samples_there.connect(page.folders.show_samples_button)
        self.collecting.library_chosen.connect(self._open_elsewhere)
        self.collecting.took_away.connect(lambda text: self.notice.say(text, "Undo", self.collecting.undo_stack.undo))
        self.bar.asked.connect(self._ask)
        self.asking.started.connect(lambda words: self._show_page("library"))
        self.asking.started.connect(page.header.show_asking)
        self.asking.started.connect(lambda words: self.banner.settle("prompt"))
        self.asking.stopped.connect(lambda: page.header.show_asking(""))
        self.asking.answered.connect(page.show_result)
        self.asking.answered.connect(lambda result: result or self.banner.settle("prompt"))  # nothing is asked any more
        page.attribute_chosen.connect(self.asking.order_by)
        page.judge.connect(lambda: self._show_page("judge"))
        self.bar.flipped.connect(lambda more: page.show_less(not more))
        self.rail.chosen.connect(self._show_page)
        self.page.models.theme_chosen.connect(self._choose_theme)

    def _connect_actions(self) -> None:
        stack = self.collecting.undo_stack
        effects: dict[str, Callable[[], object]] = {
            "add_folder": self.collecting.choose_folder,
            "add_files": self.collecting.choose_files,
            "open_library": self.collecting.choose_library,
            "remove_samples": self.collecting.remove_samples,
            "refresh": self.collecting.refresh,
            "quit": self.close,
            "undo": stack.undo,
            "redo": stack.redo,
            "paste": self._paste,
            "ask": self.bar.focus,
            "flip": self.bar.flip,
            "explain": self.bar.explain,
            "clear_order": self.asking.clear,
            "save_attribute": self._judge_typed,
            "order_by_attribute": self._choose_attribute,
            **{f"page_{spec.name}": partial(self._show_page, spec.name) for spec in PAGES},
            "compare": self._compare_chosen,
            "larger_tiles": lambda: self.library_page.grid.step_columns(-1),
            "smaller_tiles": lambda: self.library_page.grid.step_columns(1),
            "theme": lambda: self._choose_theme("light" if theme.tokens().name == "dark" else "dark"),
            "palette": self._open_palette,
            "shortcuts": self._open_shortcuts,
        }
        for name, effect in effects.items():
            self.commands[name].triggered.connect(lambda _=False, effect=effect: effect())
        self.commands["remove_samples"].setVisible(False)
        self.commands["full_screen"].toggled.connect(lambda on: self.showFullScreen() if on else self.showNormal())
        panels = {"folders": self.library_page.show_folders, "inspector": self.library_page.show_inspector}
        for panel, show in panels.items():
            self.commands[f"show_{panel}"].setChecked(self.preferences.flag(panel, True))
            self.commands[f"show_{panel}"].toggled.connect(show)
        for name, changed in (("undo", stack.canUndoChanged), ("redo", stack.canRedoChanged)):
            self.commands[name].setEnabled(False)
            changed.connect(self.commands[name].setEnabled)

    # ---- doing -------------------------------------------------------------------------------------------

    def _show_page(self, name: str) -> None:
        page = self.page.named(name)
        if page is self.library_page:
            self.asking.look_again()
        page.enter(self.library_page.chosen())
        self.pages.setCurrentWidget(page)
        self.rail.show_page(name)

    def _pages(self) -> Iterable[Page]:
        """Those that are made."""
        return self.page if self.pages.count() else ()

    def _shown_page(self) -> Page:
        return next(page for page in self.page if page is self.pages.currentWidget())

    def _ask(self, prompt: str, reverse: str) -> None:
        """The one prompt bar asks the page that is shown, and the library where that has no answer of its own."""
        if not self._shown_page().ask(prompt, reverse):
            self.asking.rank(prompt, reverse)

    def _judge_typed(self) -> None:
        """What stands in the prompt bar becomes the attribute that pairs are judged under."""
        prompt, reverse = self.bar.prompt.text().strip(), self.bar.reverse.text().strip()
        self._show_page("judge")
        if prompt:
            self.page.judge.ask(prompt, reverse)

    def _choose_attribute(self) -> None:
        self._show_page("library")
        self.library_page.choose_attribute()

    def _compare_chosen(self) -> None:
        self.page.compare.put([file.path for file in self.library_page.chosen()])
        self._show_page("compare")

    def _choose_theme(self, mode: str) -> None:
        self.preferences.theme = mode
        self.page.models.show_mode(mode)
        self.theme_chosen.emit(mode)

    def _paste(self) -> None:
        """The page that is shown may take it; else files and folders are added, and images like a copied picture are
        looked for.
        """
        mime, page = QGuiApplication.clipboard().mimeData(), self._shown_page()
        if paths := paths_in(mime):
            if not page.put(paths):
                self.add(paths)
        elif mime.hasImage():
            file = Path(self.client.config.session_dir) / f"pasted-{uuid4().hex}.bmp"  # quick to write; read only once
            QGuiApplication.clipboard().image().save(str(file))
            if not page.put([os.fsencode(file)]):
                self.asking.similar_to_path(os.fsencode(file), "the pasted picture")

    def _open_elsewhere(self, library: str) -> None:
        """Another library is another window with an engine of its own; this one closes when that one has begun."""
        itself = [] if getattr(sys, "frozen", False) else ["-P", "-m", "app"]
        if QProcess.startDetached(sys.executable, [*itself, "--library", library])[0]:
            self.close()

    def _open_palette(self) -> None:
        from app.widgets.palette import Palette

        Palette(self.commands, self).open_over(self)

    def _open_shortcuts(self) -> None:
        from app.widgets.dialogs import ShortcutsDialog

        ShortcutsDialog(self.commands, self).show()
