"""Small parts that every page uses: labels that never read mark-up, quiet combo boxes, buttons with names.

Text that comes from files, models or the engine goes only into widgets made here: a default ``QLabel`` guesses
whether its text is HTML and would load an image named in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QRegularExpression, QSize, Qt
from PySide6.QtGui import QRegularExpressionValidator, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import set_icon


class Label(QLabel):
    """A label of plain text; ``kind`` chooses its look from the style sheet."""

    def __init__(self, text: str = "", kind: str = "", *, wrap: bool = False) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        # Absolute: a name written from right to left stands where the others stand.
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute)
        if kind:
            self.setProperty("kind", kind)


class ElidedLabel(Label):
    """A one-line label that is shortened instead of being cut off; the whole text is its tooltip.

    A name is shortened in its middle, because files of a series differ at the end; a sentence (``at_end``) at its end.
    """

    def __init__(self, text: str = "", kind: str = "", *, at_end: bool = False) -> None:
        super().__init__("", kind)
        self._mode = Qt.TextElideMode.ElideRight if at_end else Qt.TextElideMode.ElideMiddle
        self._whole = ""
        self.setMinimumWidth(48)
        self.set_whole(text)

    def set_whole(self, text: str) -> None:
        """Show ``text``, shortened to the room there is."""
        self._whole = text
        self.setToolTip(plain_tooltip(text))
        self._elide()

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the text anew."""
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, self._mode, self.width()))


class ComboBox(QComboBox):
    """A combo box that scrolling past never changes; its list has the same name for screen readers."""

    def setAccessibleName(self, name: str) -> None:
        """Name the box and its list."""
        super().setAccessibleName(name)
        self.view().setAccessibleName(name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to whatever scrolls."""
        event.ignore()


def plain_tooltip(text: str) -> str:
    """``text`` as a tooltip that shows it literally: tooltips have no plain-text mode, so mark-up is escaped."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<p style='white-space: pre-wrap'>{escaped}</p>" if escaped else ""


def button(text: str, clicked: Callable[[], object], *, kind: str = "", icon: str = "") -> QPushButton:
    """A push button; ``kind`` "primary" or "link"."""
    made = QPushButton(text)
    made.clicked.connect(lambda: clicked())
    if kind:
        made.setProperty("kind", kind)
    if icon:
        set_icon(made, icon)
    return made


class NumberField(QLineEdit):
    """A whole number within a range; what is typed beyond it counts as the nearest end, and nothing as the least."""

    def __init__(self, least: int, most: int, value: int, name: str) -> None:
        super().__init__()
        self._least, self._most = least, most
        self.setValidator(QRegularExpressionValidator(QRegularExpression(r"\d{0,9}"), self))
        self.setAccessibleName(name)
        self.setMaximumWidth(144)
        self.set_value(value)
        self.editingFinished.connect(lambda: self.set_value(self.value()))

    def value(self) -> int:
        """The number."""
        return min(max(int(self.text() or self._least), self._least), self._most)

    def set_value(self, value: int) -> None:
        """Show another number."""
        self.setText(str(value))


def search_field(placeholder: str, name: str) -> QLineEdit:
    """A line edit for words to look for, with a button that clears it."""
    made = QLineEdit()
    made.setPlaceholderText(placeholder)
    made.setAccessibleName(name)
    made.setClearButtonEnabled(True)
    for inside in made.findChildren(QToolButton):
        inside.setAccessibleName(f"Clear: {name}")
    return made


def icon_button(icon: str, name: str, clicked: Callable[[], object]) -> QToolButton:
    """A button that shows only an icon; ``name`` is its tooltip and its name for screen readers."""
    made = QToolButton()
    set_icon(made, icon)
    made.setIconSize(QSize(18, 18))
    made.setToolTip(plain_tooltip(name))
    made.setAccessibleName(name)
    made.clicked.connect(lambda: clicked())
    return made


def row(
    *items: QWidget | QLayout | int, margins: tuple[int, int, int, int] = (0, 0, 0, 0), spacing: int = 8
) -> QHBoxLayout:
    """A horizontal layout; a number among the items is a stretch."""
    made = QHBoxLayout()
    _fill(made, items, margins, spacing)
    return made


def column(
    *items: QWidget | QLayout | int, margins: tuple[int, int, int, int] = (0, 0, 0, 0), spacing: int = 8
) -> QVBoxLayout:
    """A vertical layout; a number among the items is a stretch."""
    made = QVBoxLayout()
    _fill(made, items, margins, spacing)
    return made


def _fill(
    layout: QBoxLayout, items: Iterable[QWidget | QLayout | int], margins: tuple[int, int, int, int], spacing: int
) -> None:
    layout.setContentsMargins(*margins)
    layout.setSpacing(spacing)
    for item in items:
        if isinstance(item, int):
            layout.addStretch(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        else:
            layout.addWidget(item)


def clear(layout: QLayout) -> None:
    """Take everything out of a layout; its widgets can be seen no longer, and are deleted."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
