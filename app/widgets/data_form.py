"""What a run learns from: differences by writer, status and words, and the person's own judgements.

Shows what the library holds (read by the train page on a thread of its own) and gives a `DataChoice`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLineEdit, QVBoxLayout, QWidget

from app.widgets.parts import ElidedLabel, Label, button, column, row
from engine.store.rows import Attribute
from engine.training_messages import LEARNED_FROM, DataChoice

STATUS_WORDS = {"new": "not looked at", "accepted": "accepted", "edited": "edited"}
NOTHING = (
    "The library holds neither differences nor judgements yet. Write differences from captions, answer a few pairs, or "
    "bring a file: JSON Lines with first, second (paths) and text."
)


@dataclass(frozen=True)
class Stock:
    """What the library holds: (writer, status) -> differences, and the attributes with their judgements."""

    differences: Mapping[tuple[str, str], int] = field(default_factory=dict)
    attributes: Sequence[Attribute] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to learn from."""
        usable = sum(count for (_, status), count in self.differences.items() if status in LEARNED_FROM)
        return not usable and not any(attribute.judgements for attribute in self.attributes)


class DataForm(QWidget):
    """Signals:
    changed(): another choice.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._stock: Stock | None = None
        self._file = b""
        self._nothing = Label(NOTHING, "quiet", wrap=True)
        self._writers = _Boxes("Differences written by", self.changed.emit)
        self._statuses = _Boxes("which you have", self.changed.emit)
        self._attributes = _Boxes("Your judgements on", self.changed.emit)
        self.words = QLineEdit()
        self.words.setPlaceholderText("all; or only those that say…")
        self.words.setAccessibleName("Only differences with these words")
        self.words.setClearButtonEnabled(True)
        self.words.setMaximumWidth(320)
        self.words.textChanged.connect(lambda text: self.changed.emit())
        self._path = ElidedLabel("", "quiet")
        self._away = button("Use the library instead", lambda: self.use_file(b""), kind="link")
        choose = button("Use a file instead…", self._choose_file, kind="link")
        whole = column(self._nothing, self._writers, self._statuses, self.words, self._attributes, spacing=8)
        self._offers = column()
        whole.addLayout(self._offers)
        whole.addWidget(self._path)
        whole.addLayout(row(choose, self._away, 1))
        self.setLayout(whole)
        self._show()

    @property
    def choice(self) -> DataChoice:
        """What is chosen."""
        if self._file:
            return DataChoice(file=self._file)
        return DataChoice(
            writers=tuple(self._writers.chosen), statuses=tuple(self._statuses.chosen), words=self.words.text().strip(),
            attributes=tuple(int(number) for number in self._attributes.chosen),
        )  # fmt: skip

    @property
    def has_data(self) -> bool:
        """Whether there is anything to learn from."""
        return bool(self._file) or (self._stock is not None and not self._stock.is_empty)

    def offer(self, words: str, effect: Callable[[], object]) -> None:
        """One more button below, where data are made."""
        self._offers.addWidget(button(words, effect))

    def show_stock(self, stock: Stock) -> None:
        """What the library holds now; choices stay."""
        self._stock = stock
        writers: Counter[str] = Counter()
        statuses: Counter[str] = Counter()
        for (writer, status), count in stock.differences.items():
            if status in LEARNED_FROM:
                writers[writer] += count
                statuses[status] += count
        self._writers.show_entries([(name, f"{name} ({count:,})") for name, count in writers.items()])
        self._statuses.show_entries(
            [(status, f"{STATUS_WORDS[status]} ({statuses[status]:,})") for status in LEARNED_FROM if statuses[status]]
        )
        judged = [attribute for attribute in stock.attributes if attribute.judgements]
        self._attributes.show_entries([(str(each.id), f"{each.name} ({each.judgements:,})") for each in judged])
        self._show()
        self.changed.emit()

    def use_file(self, file: bytes) -> None:
        """Learn from a file of differences; b"" = from the library."""
        self._file = file
        self._path.set_whole(os.fsdecode(file) if file else "")
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        empty = self._stock is not None and self._stock.is_empty
        self._nothing.setVisible(empty and not self._file)
        for part in (self._writers, self._statuses, self._attributes):
            part.setVisible(not self._file and part.has_entries)
        self.words.setVisible(not self._file and self._writers.has_entries)
        for part in (self._path, self._away):
            part.setVisible(bool(self._file))

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, "Choose a file of differences", "", "JSON Lines (*.jsonl *.json);;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda file: self.use_file(os.fsencode(file)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


class _Boxes(QWidget):
    """Check boxes below a heading, all checked at first."""

    def __init__(self, heading: str, changed: Callable[[], object]) -> None:
        super().__init__()
        self._changed = changed
        self._boxes: dict[str, QCheckBox] = {}
        self._heading = heading
        self._column = QVBoxLayout()
        self._column.setSpacing(4)
        whole = column(Label(heading, "quiet"), spacing=4)
        whole.addLayout(self._column)
        self.setLayout(whole)

    @property
    def chosen(self) -> list[str]:
        return [name for name, box in self._boxes.items() if box.isChecked()]

    @property
    def has_entries(self) -> bool:
        return bool(self._boxes)

    def show_entries(self, entries: Sequence[tuple[str, str]]) -> None:
        """(Name, words) of each; one that was there keeps its mark."""
        for name in self._boxes.keys() - {name for name, _ in entries}:
            box = self._boxes.pop(name)
            self._column.removeWidget(box)
            box.deleteLater()
        for name, words in entries:
            if name not in self._boxes:
                box = self._boxes[name] = QCheckBox()
                box.setChecked(True)
                box.toggled.connect(lambda on: self._changed())
                self._column.addWidget(box)
            self._boxes[name].setText(words.replace("&", "&&"))
            self._boxes[name].setAccessibleName(f"{self._heading} {words}")
