"""A text that is read and can be typed into, as tall as its words: captions in panels, instructions for a model."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QTextOption, QWheelEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy

MARGIN = 6  # above and below the words, with the border


class TextField(QPlainTextEdit):
    """One paragraph. Enter, or leaving it, commits; Esc brings back what was there.

    Signals:
        committed(str): a person typed something else ("" = took all words out), on one line.
    """

    committed = Signal(str)

    def __init__(self, placeholder: str = "") -> None:
        super().__init__()
        self._text = ""
        self.setProperty("kind", "text")
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        for set_policy in (self.setVerticalScrollBarPolicy, self.setHorizontalScrollBarPolicy):
            set_policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(2)
        self.document().documentLayout().documentSizeChanged.connect(lambda size: self._fit())
        self._fit()

    def show_text(self, text: str) -> None:
        """Another text; one that is being typed is left alone."""
        if text != self._text or not self.hasFocus():
            self._text = text
            if text != self.toPlainText():
                self.setPlainText(text)

    def typed(self) -> str:
        """What is there now, on one line."""
        return " ".join(self.toPlainText().split())

    def commit(self) -> None:
        """Say what was typed, if it is something else."""
        typed = self.typed()
        if typed != self._text:
            self._text = typed
            self.committed.emit(typed)

    def sizeHint(self) -> QSize:
        """As tall as the words."""
        return QSize(160, self._height())

    def minimumSizeHint(self) -> QSize:
        """One line."""
        return QSize(64, self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words wrap anew."""
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what scrolls around it."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter commits, Esc goes back."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.commit()
        elif event.key() == Qt.Key.Key_Escape and self.toPlainText() != self._text:
            self.setPlainText(self._text)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving commits, but for a menu over it."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.commit()

    def _height(self) -> int:
        lines = max(1, ceil(self.document().size().height()))  # a plain text's size counts lines
        return lines * self.fontMetrics().lineSpacing() + 2 * MARGIN

    def _fit(self) -> None:
        self.setFixedHeight(self._height())
