"""A combo box that filters: one entry for all and one for each value, with how many there are."""

from __future__ import annotations

from app.widgets.parts import ComboBox


class FilterBox(ComboBox):
    """``chosen`` is the value, "" = all."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.view().setAccessibleName(name)
        self.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)

    @property
    def chosen(self) -> str:
        """The value to filter by."""
        return self.currentData() or ""

    def show_values(self, words: dict[str, str]) -> None:
        """Value -> what the box says. What is chosen stays chosen where it is still there; the list may be open."""
        chosen = self.chosen
        if [self.itemData(place) for place in range(self.count())] == list(words):
            for place, text in enumerate(words.values()):
                self.setItemText(place, text)
            return
        self.clear()
        for value, text in words.items():
            self.addItem(text, value)
        self.setCurrentIndex(max(0, self.findData(chosen)))
