"""What is known of the two files of a pair, side by side; what differs is marked. Fed by the compare page."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QGridLayout, QWidget

from app.widgets.parts import ElidedLabel, Label

TITLES = ("Name", "Folder", "Size", "File", "Format", "Changed", "Taken", "Camera")
MARK = "≠"


class PairDetails(QWidget):
    """A table of two columns: a line for each thing known of either file."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Details of the two pictures")
        self._table = QGridLayout(self)
        self._table.setContentsMargins(16, 12, 16, 12)
        self._table.setHorizontalSpacing(12)
        self._table.setVerticalSpacing(4)
        self._rows: dict[str, tuple[Label, Label, ElidedLabel, ElidedLabel]] = {}
        for column, head in ((2, "A"), (3, "B")):
            self._table.addWidget(Label(head, "heading"), 0, column)
            self._table.setColumnStretch(column, 1)
        for place, title in enumerate(TITLES, 1):
            cells = Label(MARK, "strong"), Label(title, "quiet"), ElidedLabel(), ElidedLabel()
            for column, cell in enumerate(cells):
                self._table.addWidget(cell, place, column)
            for cell, side in zip(cells[2:], "AB", strict=True):
                cell.setAccessibleName(f"{title} of {side}")
            self._rows[title] = cells
        self._table.setRowStretch(len(TITLES) + 1, 1)
        self.show_facts({}, {})

    def show_facts(self, first: Mapping[str, str], second: Mapping[str, str]) -> None:
        """Show what is known of either, by title."""
        for title, (mark, name, *cells) in self._rows.items():
            values = first.get(title, ""), second.get(title, "")
            for part in (mark, name, *cells):
                part.setVisible(any(values))
            differ = all(values) and values[0] != values[1]
            mark.setText(MARK if differ else "")
            mark.setAccessibleName(f"{title} differs" if differ else "")
            for cell, value in zip(cells, values, strict=True):
                cell.set_whole(value)
