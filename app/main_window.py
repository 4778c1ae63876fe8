"""The main window: arranges rail, prompt bar, pages and job strip, and connects them to the engine.

Made by `app.application`; emits `first_painted` once, which starts the engine. Closing it ends the engine with it.
What its parts decide they decide themselves (`app.asking`, `app.collecting`, `app.reports`, the pages); here is only
who tells whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.actions import Actions
from app.asking import Asking
from app.collecting import Collecting
from app.engine_client import EngineClient
from app.pages.library_page import LibraryPage
from app.preferences import Preferences
from app.reports import Reports
from app.widgets.dialogs import ShortcutsDialog
from app.widgets.job_strip import JobStrip
from app.widgets.notices import Banner, Notice
from app.widgets.palette import Palette
from app.widgets.prompt_bar import PromptBar
from app.widgets.rail import Rail
from engine.errors import Problem
from engine.protocol import ModelReady


class MainWindow(QMainWindow):
    """The window of one library.

    Signals:
        first_painted(): the window can be seen.
        theme_chosen(str): the person chose one of `app.theme.MODES`.
    """

    first_painted = Signal()
    theme_chosen = Signal(str)

    def __init__(self, client: EngineClient, preferences: Preferences) -> None:
        super().__init__()
        self.client = client
        self.preferences = preferences
        self._painted = False
        self.commands = Actions(self)
        self.rail = Rail()
        self.bar = PromptBar(lambda text: ())
        self.banner = Banner()
        self.notice = Notice()
        self.strip = JobStrip()
        self.library_page = LibraryPage(Path(client.config.library), preferences)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.library_page)
        self.asking = Asking(client, self.bar, self)
        self.collecting = Collecting(client, self)
        self.reports = Reports(client, self.commands, self.banner, self.notice, self)
        self._arrange()
        self._connect_engine()
        self._connect_parts()
        self._connect_actions()
        self.rail.show_page("library")

    def add_folders(self, folders: Sequence[bytes]) -> None:
        """Add folders to the library."""
        self.collecting.add(folders)

    def come_forward(self, folders: Sequence[bytes]) -> None:
        """Another start on this library hands over: show this window and add what it was given."""
        self.showNormal() if self.isMinimized() else self.show()
        self.raise_()
        self.activateWindow()
        self.add_folders(folders)

    def show_unexpected(self, problem: Problem) -> None:
        """Tell about an exception nobody handled."""
        self.reports.show_unexpected(problem)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say once that the window was painted."""
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.first_painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember how the window stood and end the engine, also in the middle of a job."""
        self.preferences.set_layout("window", self.saveGeometry())
        self.client.close()
        super().closeEvent(event)

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
        self.setWindowTitle(f"{Path(self.client.config.library).stem} - PairLens")
        self.setMinimumSize(800, 560)
        self.resize(1280, 800)
        self.restoreGeometry(self.preferences.layout("window"))

    def _connect_engine(self) -> None:
        client = self.client
        client.progressed.connect(self.strip.show_progress)
        client.ended.connect(self.strip.end)
        client.cancel_overdue.connect(self.strip.offer_stop)
        self.strip.cancel.connect(client.cancel)
        self.strip.stop_now.connect(client.stop_now)
        client.ready.connect(self.library_page.refresh)
        client.library_changed.connect(lambda what: self.library_page.refresh())
        client.model_ready.connect(self._show_model)

    def _connect_parts(self) -> None:
        page = self.library_page
        page.add_folder.connect(self.collecting.choose_folder)
        page.remove_folder.connect(self.collecting.remove_folder)
        page.refresh_folder.connect(self.collecting.refresh)
        self.collecting.took_away.connect(lambda text: self.notice.say(text, "Undo", self.collecting.undo_stack.undo))

    def _connect_actions(self) -> None:
        stack = self.collecting.undo_stack
        effects = {
            "add_folder": self.collecting.choose_folder,
            "add_files": self.collecting.choose_files,
            "refresh": lambda: self.collecting.refresh(),
            "quit": self.close,
            "undo": stack.undo,
            "redo": stack.redo,
            "ask": self.bar.focus,
            "flip": self.bar.flip,
            "explain": self.bar.explain,
            "clear_order": self.asking.clear,
            "theme": self._switch_theme,
            "palette": lambda: Palette(self.commands, self).open_over(self),
            "shortcuts": lambda: ShortcutsDialog(self.commands, self).show(),
        }
        for name, effect in effects.items():
            self.commands[name].triggered.connect(lambda _=False, effect=effect: effect())
        self.commands["full_screen"].toggled.connect(lambda on: self.showFullScreen() if on else self.showNormal())
        for name, signal in (("undo", stack.canUndoChanged), ("redo", stack.canRedoChanged)):
            self.commands[name].setEnabled(False)
            signal.connect(self.commands[name].setEnabled)

    def _show_model(self, model: ModelReady) -> None:
        self.rail.show_model(model.name, model.device)

    def _switch_theme(self) -> None:
        self.preferences.theme = "light" if theme.tokens().name == "dark" else "dark"
        self.theme_chosen.emit(self.preferences.theme)
