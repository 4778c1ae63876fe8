"""Which attribute is judged, and the buttons that make, rename and remove one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.actions import Actions
from app.widgets.parts import ComboBox, icon_button, row
from engine.store.rows import Attribute

BUTTONS = {"new_attribute": "add", "rename_attribute": "edit", "remove_attribute": "trash"}


class AttributeBar(QWidget):
    """A list to choose from; it decides nothing.

    Signals:
        chosen(int): the person wants to judge the attribute with this id.
    """

    chosen = Signal(int)

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.list = ComboBox()
        self.list.setAccessibleName("Attribute")
        self.list.setMinimumWidth(160)
        self.list.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.setMinimumContentsLength(16)
        self.list.activated.connect(lambda place: self.chosen.emit(self.list.itemData(place)))
        made = []
        for name, icon in BUTTONS.items():
            action = actions[name]
            each = icon_button(icon, action.text(), action.trigger)
            each.setEnabled(action.isEnabled())
            action.enabledChanged.connect(each.setEnabled)
            made.append(each)
        self.setLayout(row(self.list, *made, spacing=4))

    def show_attributes(self, attributes: Sequence[Attribute], chosen: Attribute | None) -> None:
        """The attributes there are, and the one judged now."""
        self.list.clear()
        for each in attributes:
            self.list.addItem(each.name, each.id)
        self.list.setCurrentIndex(self.list.findData(chosen.id) if chosen is not None else -1)
