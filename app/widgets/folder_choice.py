"""Which two sets of images are told apart: two folders, or what is chosen in the library against the rest."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.folder_tree import Branch
from app.widgets.parts import ComboBox, Label, icon_button, plain_tooltip, row
from app.wording import place_words

CHOSEN = b""  # in place of a folder: the images chosen in the library
INDENT = "    "


class FolderChoice(QWidget):
    """Two lists of folders, A and B, with everything inside them.

    Signals:
        changed(): another set is meant.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._branches: list[Branch] = []
        self._chosen = 0
        self._boxes = (ComboBox(), ComboBox())
        for box, letter in zip(self._boxes, "AB", strict=True):
            box.setAccessibleName(f"Folder {letter}")
            box.setMaxVisibleItems(24)
            box.setMinimumWidth(200)
            box.setMinimumContentsLength(16)
            box.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.currentIndexChanged.connect(lambda _: self._change())
        self._swap = icon_button("swap", "Exchange A and B", self.exchange)
        first, second = self._boxes
        line = row(badge("A"), first, self._swap, badge("B"), second, spacing=8)
        line.setStretchFactor(first, 1)
        line.setStretchFactor(second, 1)
        self.setLayout(line)

    @property
    def sides(self) -> tuple[bytes, bytes]:
        """The folders, A and B; `CHOSEN` as A: the chosen images, and B is all others."""
        first, second = (box.currentData() for box in self._boxes)
        return (first if first is not None else CHOSEN), (second if second is not None else CHOSEN)

    @property
    def is_possible(self) -> bool:
        """Whether there are two different sets."""
        first, second = self.sides
        return first != second if first != CHOSEN else self._chosen > 0

    def show_folders(self, branches: Sequence[Branch], chosen: int) -> None:
        """Offer these folders, and the ``chosen`` images of the library; what was meant stays where it can."""
        if (list(branches), chosen) == (self._branches, self._chosen):
            return
        before = self.sides
        self._branches, self._chosen = list(branches), chosen
        for side, box in enumerate(self._boxes):
            box.blockSignals(True)
            box.clear()
            if side == 0 and chosen:
                box.addItem(f"The {chosen:,} chosen images" if chosen > 1 else "The chosen image", CHOSEN)
            for branch in self._branches:
                self._add(box, branch)
            box.blockSignals(False)
        self._choose(0, before[0] if before[0] != CHOSEN or chosen else self._guess(0))
        self._choose(1, before[1] if before[1] != CHOSEN else self._guess(1))
        self._change()

    def exchange(self) -> None:
        """A becomes B."""
        first, second = self.sides
        if CHOSEN not in (first, second):
            self._choose(0, second)
            self._choose(1, first)
            self._change()

    def choose(self, first: bytes, second: bytes) -> None:
        """Mean these."""
        self._choose(0, first)
        self._choose(1, second)
        self._change()

    def _guess(self, side: int) -> bytes:
        """To begin with, two folders beside each other, as deep as there are some."""
        depth = next((b.depth for b in self._branches if sum(o.depth == b.depth for o in self._branches) > 1), 0)
        beside = [branch.path for branch in self._branches if branch.depth == depth]
        return beside[min(side, len(beside) - 1)] if beside else CHOSEN

    def _choose(self, side: int, folder: bytes) -> None:
        box = self._boxes[side]
        place = next((place for place in range(box.count()) if box.itemData(place) == folder), 0)
        box.blockSignals(True)
        box.setCurrentIndex(place)
        box.blockSignals(False)

    @staticmethod
    def _add(box: ComboBox, branch: Branch) -> None:
        box.addItem(f"{INDENT * branch.depth}{branch.name}  ({branch.files:,})", branch.path)
        box.setItemData(box.count() - 1, plain_tooltip(place_words(branch.path)), Qt.ItemDataRole.ToolTipRole)

    def _change(self) -> None:
        against_rest = self.sides[0] == CHOSEN and self._chosen > 0
        self._boxes[1].setEnabled(not against_rest)
        self._boxes[1].setPlaceholderText("All other images")
        if against_rest:
            self._boxes[1].blockSignals(True)
            self._boxes[1].setCurrentIndex(-1)
            self._boxes[1].blockSignals(False)
        elif self._boxes[1].currentIndex() < 0:
            self._choose(1, self._guess(1))
        self._swap.setEnabled(not against_rest)
        self.changed.emit()


def badge(letter: str) -> Label:
    """A or B in its colour."""
    made = Label(letter, f"badge{letter}")
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setFixedSize(24, 24)
    return made
