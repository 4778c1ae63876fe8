"""Start-up and end of the window process.

Order: options, log files, QApplication, a running window on the same library (then hand over and leave), the safe mode
where the last starts crashed, theme, main window shown, and only after its first paint the engine. Ends when the main
window is closed: the engine is closed with it, the session folder removed.

In the safe mode the window stands as at its first start, the starter model is loaded and the folders are not looked
through: whatever made the starts crash, the person gets to the menus.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QDialog

from app import theme
from app.icons import refresh_icons
from app.main_window import MainWindow
from app.options import Options, parse
from app.preferences import Preferences
from app.reporting import UnexpectedErrors, start_logging
from app.single_instance import InstanceServer, hand_over
from app.starts import STANDS_AFTER_MS, TOO_MANY, Starts
from app.termination import close_on_signals
from engine.protocol import EngineConfig
from engine.settings import default_library, log_dir, resources_dir

NO_DISPLAY = (
    "pairlens: there is no display to open a window on; use `pairlens index FOLDER` and `pairlens rank PROMPT`."
)

SAFE = "Safe mode: the window's layout, the last model and changes in the folders were left alone this time."
SAFE_MODEL = "starter"


def run(arguments: Sequence[str]) -> int:
    """Run the window until it is closed; returns the exit status."""
    options = parse(arguments)
    if not _has_display():
        print(NO_DISPLAY, file=sys.stderr)  # noqa: T201  (the one line a person in a terminal gets)
        return 1
    crash = start_logging()
    app = make_application()
    preferences = Preferences()
    library = _library(options, preferences)
    if hand_over(library, options.folders):
        return 0
    starts = Starts(log_dir() / "window-starts.log")
    if starts.begin() >= TOO_MANY and not options.safe:
        options = replace(options, safe=_offer_safe_mode(app, preferences.theme))
    if options.safe:
        preferences = Preferences(safe=True)
    with tempfile.TemporaryDirectory(prefix="pairlens-", ignore_cleanup_errors=True) as session:
        model = options.model or (SAFE_MODEL if options.safe else "")
        config = EngineConfig(str(library), session, model, options.device, catch_up=not options.safe)
        window = open_window(app, options, preferences, config)
        close_on_signals(window, window.end)
        QTimer.singleShot(STANDS_AFTER_MS, window, starts.came_through)
        if options.safe:
            window.first_painted.connect(lambda: window.notice.say(SAFE))
        elif crash is not None:
            window.first_painted.connect(lambda: window.reports.tell_of_crash(crash))
        status = app.exec()
        window.deleteLater()
    starts.came_through()
    preferences.library = config.library
    preferences.save()
    return status


def _offer_safe_mode(app: QApplication, mode: str) -> bool:
    from app.widgets.dialogs import SafeModeDialog

    dress(app, mode)
    return SafeModeDialog().exec() == QDialog.DialogCode.Accepted


def make_application() -> QApplication:
    """The QApplication with its names and icon; the theme is applied by `dress`."""
    QGuiApplication.setDesktopFileName("io.github.pairlens.PairLens")
    app = QApplication([*sys.argv[:1], *theme.STYLE])
    app.setApplicationName("PairLens")
    app.setApplicationDisplayName("PairLens")
    app.setWindowIcon(QIcon(str(resources_dir() / "icons" / "pairlens.svg")))
    return app


def dress(app: QApplication, mode: str) -> None:
    """Apply the theme ``mode`` to everything there is."""
    theme.apply(app, mode)
    for window in app.topLevelWidgets():
        refresh_icons(window)


def open_window(app: QApplication, options: Options, preferences: Preferences, config: EngineConfig) -> MainWindow:
    """Show the main window; it is filled and its engine started after the first paint."""
    errors = UnexpectedErrors(app)
    errors.install()
    dress(app, preferences.theme)
    library = Path(config.library)
    new = not library.exists()
    window = MainWindow(library, preferences)
    window.theme_chosen.connect(lambda mode: dress(app, mode))
    app.styleHints().colorSchemeChanged.connect(lambda: dress(app, preferences.theme))

    def fill() -> None:
        from app.collecting import sample_folder
        from app.engine_client import EngineClient

        client = EngineClient(config, window)
        app.aboutToQuit.connect(client.close)  # whatever way the program ends
        window.fill(client)
        errors.caught.connect(window.show_unexpected)
        server = InstanceServer(library, window)
        server.asked.connect(window.come_forward)
        client.start()
        samples = sample_folder()
        window.add(options.folders or ((samples,) if new and samples else ()))

    window.first_painted.connect(fill)
    window.show()
    return window


def _library(options: Options, preferences: Preferences) -> Path:
    if options.library is not None:
        return options.library
    last = Path(preferences.library) if preferences.library else None
    return last if last is not None and last.is_file() else default_library()


def _has_display() -> bool:
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
