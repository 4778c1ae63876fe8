"""The attributes of a library as a menu: the one chosen orders the pictures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from app.wording import many
from engine.store.rows import Attribute


class AttributeMenu(QMenu):
    """Made anew each time it is opened.

    Signals:
        attribute_chosen(Attribute): order the pictures by it.
        judge(): judge pairs instead.
    """

    attribute_chosen = Signal(object)
    judge = Signal()

    def __init__(self, attributes: Sequence[Attribute], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Attributes")
        self.aboutToHide.connect(self.deleteLater)
        for each in attributes:
            name = each.name.replace("&", "&&")  # a single one marks a key
            entry = self.addAction(f"{name}   ({many(each.judgements, 'answer')})")
            entry.triggered.connect(lambda _=False, each=each: self.attribute_chosen.emit(each))
        if not attributes:
            self.addAction("There is no attribute yet").setEnabled(False)
        self.addSeparator()
        self.addAction("Judge pairs…").triggered.connect(lambda: self.judge.emit())
