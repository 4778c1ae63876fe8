"""Line icons in the theme's colours, drawn from the SVG files in ``resources/icons``.

`set_icon` dresses a button or an action and remembers which icon it wears; `refresh_icons` dresses all of them anew
after the theme changed (called by `app.application`).
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QWidget

from app import theme
from engine.settings import resources_dir

_SIZES = (16, 20, 24, 32, 40, 48, 64)  # device pixels: icon sizes 16 to 32 at one, one and a half and two to one
ICON_NAME = "iconName"
"""The property of a button or an action that holds the name of its icon."""


def icon(name: str, colour: str | None = None) -> QIcon:
    """The icon ``name`` in the theme's text colour (``colour`` overrides), with its disabled look."""
    colours = theme.tokens()
    return _render(name, colour or colours.text, colours.faint)


def set_icon(target: QAbstractButton | QAction, name: str) -> None:
    """Give ``target`` the icon ``name``; it keeps it through changes of theme."""
    target.setProperty(ICON_NAME, name)
    target.setIcon(icon(name))


def refresh_icons(root: QWidget) -> None:
    """Dress every button and action under ``root`` anew, in the colours of the theme in use."""
    for target in root.findChildren(QObject):
        name = target.property(ICON_NAME)
        if isinstance(name, str) and isinstance(target, QAbstractButton | QAction):
            target.setIcon(icon(name))


def pixmap(name: str, pixels: int, colour: str, ratio: float = 1.0) -> QPixmap:
    """The icon ``name`` as a picture of ``pixels`` device-independent pixels on a screen of ``ratio``."""
    made = _draw(_renderer(name, colour), round(pixels * ratio))
    made.setDevicePixelRatio(ratio)
    return made


def dot(colour: str, pixels: int, ratio: float) -> QIcon:
    """A filled circle of ``pixels`` device-independent pixels on a screen of ``ratio``: the mark of a side."""
    picture = QPixmap(round(pixels * ratio), round(pixels * ratio))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(picture.rect())
    painter.end()
    return QIcon(picture)


@lru_cache(maxsize=128)
def _render(name: str, colour: str, disabled: str) -> QIcon:
    made = QIcon()
    for mode, ink in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, disabled)):
        renderer = _renderer(name, ink)
        for size in _SIZES:
            made.addPixmap(_draw(renderer, size), mode)
    return made


def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace(b"currentColor", colour.encode())))


@lru_cache(maxsize=128)
def _source(name: str) -> bytes:
    return (resources_dir() / "icons" / f"{name}.svg").read_bytes()


def _draw(renderer: QSvgRenderer, size: int) -> QPixmap:
    picture = QPixmap(QSize(size, size))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture
