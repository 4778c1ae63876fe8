"""How the window tells about problems: which banner with which buttons, and the diagnostics.

Made by `app.main_window`, which lends it the banner and the actions; it listens to the engine client until both end.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.actions import Actions
from app.background import Background
from app.engine_client import EngineClient
from app.remedies import remedies_for
from app.widgets.dialogs import TextDialog, unexpected_dialog
from app.widgets.notices import Banner, Notice
from engine.errors import Problem
from engine.protocol import ModelReady

if TYPE_CHECKING:
    from engine.store.health import Restored

_BACK = "The engine stopped and was started again; nothing was lost."


class Reports(QObject):
    """Shows what went wrong, each with what to do about it as a button."""

    def __init__(self, client: EngineClient, actions: Actions, banner: Banner, notice: Notice, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._client = client
        self._actions = actions
        self._banner = banner
        self._notice = notice
        self._lost = False
        self._model: ModelReady | None = None
        self._dialog: TextDialog | None = None
        client.problem.connect(self.show)
        client.model_problem.connect(self.show)
        client.down.connect(self.show)
        client.lost.connect(self._engine_lost)
        client.ready.connect(self._engine_ready)
        client.model_ready.connect(self._model_is)
        actions["diagnostics"].triggered.connect(self.show_diagnostics)
        actions["restart_engine"].triggered.connect(self._client.start)
        actions["restore_backup"].triggered.connect(self._restore)
        self._restoring = Background(self)
        self._restoring.done.connect(self._restored)
        self._restoring.failed.connect(self._not_restored)
        client.down.connect(lambda problem: self._set_down(True))
        client.ready.connect(lambda: self._set_down(False))
        client.ready.connect(lambda: banner.settle("library", "disk", "engine"))
        client.model_ready.connect(lambda model: banner.settle("model", "device", "out"))
        self._set_down(False)

    def show(self, problem: Problem) -> None:
        """A banner with the problem and its remedies."""
        chosen = [self._actions[name] for name in remedies_for(problem.code)]
        self._banner.show_problem(problem, *((action.text(), action.trigger) for action in chosen))

    def show_unexpected(self, problem: Problem) -> None:
        """A dialog for an exception nobody handled; further ones only go to the log while it is open."""
        if self._dialog is None:
            self._dialog = unexpected_dialog(problem, self._window)
            self._dialog.destroyed.connect(self._forget_dialog)
            self._dialog.show()

    def tell_of_crash(self, stack: Path) -> None:
        """The window before this one ended in a crash."""
        text = f"PairLens crashed the last time; the library is safe, and {stack} says where it happened."
        self._notice.say(text, "Diagnostics", self.show_diagnostics)

    def show_diagnostics(self) -> None:
        """The About and diagnostics dialog."""
        from app.diagnostics import describe  # only now: it looks up the versions of packages

        text = describe(Path(self._client.config.library), self._model)
        sentence = "PairLens compares images with words. Everything stays on this machine."
        TextDialog("About and diagnostics", sentence, text, self._window).show()

    def close(self) -> None:
        """A library that is being restored is restored to its end."""
        self._restoring.close()

    def _set_down(self, down: bool) -> None:
        """Starting again and restoring make sense only while nobody else holds the library."""
        for name in ("restart_engine", "restore_backup"):
            self._actions[name].setEnabled(down)

    def _restore(self) -> None:
        from engine.store.health import restore

        self._set_down(False)
        self._notice.say("Restoring the newest backup…")
        self._restoring.start(partial(restore, Path(self._client.config.library)))

    def _restored(self, done: Restored) -> None:
        self._notice.say(f"The library was restored from {done.backup}.")
        self._client.start()

    def _not_restored(self, problem: Problem) -> None:
        self._set_down(True)
        self.show(problem)

    def _engine_lost(self, problem: Problem) -> None:
        self._lost = True
        self._notice.say(problem.sentence)

    def _engine_ready(self) -> None:
        if self._lost:
            self._lost = False
            self._notice.say(_BACK, "Details", self.show_diagnostics)

    def _model_is(self, model: ModelReady) -> None:
        self._model = model

    def _forget_dialog(self) -> None:
        self._dialog = None
