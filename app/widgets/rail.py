"""The rail at the left: one button a page of `app.pages.table`, and at the bottom the model in use with its device."""

from __future__ import annotations

import os

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton

from app.icons import set_icon
from app.pages.table import PAGES, PageSpec
from app.widgets.parts import ElidedLabel, column, plain_tooltip

_WIDTH = 80
_HEIGHT, _LOW = 53, 35  # of a button with its words, and without


class Rail(QFrame):
    """The page buttons.

    Signals:
        chosen(str): the person wants this page.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "rail")
        self.setFixedWidth(_WIDTH)
        self._group = QButtonGroup(self)
        self._buttons = {spec.name: self._button(spec) for spec in PAGES}
        self._model = ElidedLabel("", "quiet")
        self._device = ElidedLabel("", "quiet")
        for label, name in ((self._model, "Model in use"), (self._device, "Device in use")):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setAccessibleName(name)
        above = [self._buttons[spec.name] for spec in PAGES if not spec.at_bottom]
        below = [self._buttons[spec.name] for spec in PAGES if spec.at_bottom]
        self.setLayout(column(*above, 1, self._model, self._device, *below, margins=(8, 8, 8, 8), spacing=2))
        self._words = True  # are under the icons
        self._whole = 0  # the height that takes

    def show_page(self, name: str) -> None:
        """Mark ``name`` as the page that is shown."""
        self._buttons[name].setChecked(True)

    def show_model(self, name: str, device: str) -> None:
        """Say which model answers, on which device."""
        self._model.set_whole(short_name(name))
        self._model.setToolTip(plain_tooltip(name))
        self._device.set_whole(device)

    def minimumSizeHint(self) -> QSize:
        """On a low screen the rail shows icons only: it never keeps the window from getting smaller."""
        return QSize(_WIDTH, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the words out where they do not fit; tooltips still say them."""
        super().resizeEvent(event)
        if self._words:
            self._whole = self.sizeHint().height()
        words = event.size().height() >= self._whole
        if words != self._words:
            self._words = words
            style = Qt.ToolButtonStyle.ToolButtonTextUnderIcon if words else Qt.ToolButtonStyle.ToolButtonIconOnly
            for each in self._buttons.values():
                each.setToolButtonStyle(style)
                each.setFixedHeight(_HEIGHT if words else _LOW)
            for label in (self._model, self._device):
                label.setVisible(words)

    def _button(self, spec: PageSpec) -> QToolButton:
        made = QToolButton()
        made.setProperty("kind", "rail")
        made.setText(spec.text)
        made.setAccessibleName(f"{spec.whole_name} page")
        made.setToolTip(plain_tooltip(spec.whole_name))
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        made.setIconSize(QSize(22, 22))
        made.setFixedHeight(_HEIGHT)
        made.setCheckable(True)
        set_icon(made, spec.icon)
        made.clicked.connect(lambda: self.chosen.emit(spec.name))
        self._group.addButton(made)
        return made


def short_name(name: str) -> str:
    """What of a model's name fits the rail: the folder of a local one, the architecture of a downloaded one."""
    local = name.removeprefix("local-dir:")
    return os.path.basename(os.path.normpath(local)) if local != name else name.partition("/")[0]
