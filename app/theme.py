"""The colours and the font of the program: tokens, palette, and who follows the system.

The style under them is Qt's own Fusion: who makes the application hands it `STYLE`. `apply` is called by
`app.application` at start and again whenever the person or the system changes between dark and light; Qt then sends
every widget a style change, so widgets that paint themselves read `tokens()` in ``paintEvent`` and keep no colours.
Nothing ends it.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from app.stylesheet import build_style_sheet
from app.tokens import DARK, LIGHT, Tokens

__all__ = ["MODES", "Tokens", "apply", "font", "tokens"]

MODES = ("system", "dark", "light")
"""What a person can choose; "system" follows the desktop."""

STYLE = ("-style", "fusion")
"""Arguments of QApplication. The style's object, in Python, costs a tenth of the time to the first paint."""

FONT_PIXELS = 13


@dataclass
class _Current:
    tokens: Tokens = DARK


_current = _Current()


def tokens() -> Tokens:
    """The colours in use now."""
    return _current.tokens


def font(pixels: int = FONT_PIXELS, *, strong: bool = False) -> QFont:
    """The system's font at ``pixels``, weight 400 or 600, with tabular figures so that counts do not jump."""
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def apply(app: QApplication, mode: str) -> Tokens:
    """Dress the whole program in ``mode`` (one of `MODES`; anything else counts as "system")."""
    chosen = {"dark": DARK, "light": LIGHT}.get(mode) or _system_tokens(app)
    _current.tokens = chosen
    app.setFont(font())
    app.setPalette(_palette(chosen))
    app.setStyleSheet(build_style_sheet(chosen))
    return chosen


def _system_tokens(app: QApplication) -> Tokens:
    light = app.styleHints().colorScheme() == Qt.ColorScheme.Light
    return LIGHT if light else DARK


def _palette(colours: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for key, colour in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.panel),
        (role.AlternateBase, colours.raised),
        (role.Text, colours.text),
        (role.PlaceholderText, colours.quiet),
        (role.Button, colours.raised),
        (role.ButtonText, colours.text),
        (role.BrightText, colours.text),
        (role.ToolTipBase, colours.raised),
        (role.ToolTipText, colours.text),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Accent, colours.accent),
        (role.Link, colours.accent),
        (role.Mid, colours.line),
        (role.Midlight, colours.line),
        (role.Dark, colours.line),
        (role.Light, colours.raised),
        (role.Shadow, colours.window),
    ):
        palette.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(colours.faint))
    return palette
