"""Above the classified pictures: the classes in words, where it is known from what the images are, how they are shown.

Fed by the classify page; what a person chooses goes out as signals.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QMenu, QPushButton, QWidget

from app.class_model import Sorting
from app.widgets.parts import ComboBox, ElidedLabel, Label, button, column, row

NONE, FOLDERS, TABLE = "", "folder", "table"
SOURCES = ((NONE, "Known: my corrections"), (FOLDERS, "Known: folders' names"), (TABLE, "Known: a table…"))


class ClassBar(QWidget):
    """Two lines of controls.

    Signals:
        typed(str): the classes, as they were typed.
        folders_wanted(): take the folders' names.
        source_chosen(str): one of `SOURCES`.
        sorting_chosen(Sorting): the order of the pictures.
        class_wanted(object): show only pictures with this label (its place); None = all.
        filter_cleared(): show all of them again.
    """

    typed = Signal(str)
    folders_wanted = Signal()
    source_chosen = Signal(str)
    sorting_chosen = Signal(object)
    class_wanted = Signal(object)
    filter_cleared = Signal()

    def __init__(self, more: list[QAction]) -> None:
        super().__init__()
        self.setProperty("kind", "bar")
        self.names = QLineEdit()
        self.names.setPlaceholderText("dog, wolf, cat")
        self.names.setAccessibleName("Classes, with commas between them")
        self.names.returnPressed.connect(lambda: self.typed.emit(self.names.text()))
        go = button("Sort", lambda: self.typed.emit(self.names.text()), kind="primary")
        folders = button("Folders' names", self.folders_wanted.emit)
        self.source = ComboBox()
        self.source.setAccessibleName("From where it is known what the images are")
        for value, words in SOURCES:
            self.source.addItem(words, value)
        self.source.activated.connect(lambda _: self.source_chosen.emit(self.source.currentData()))
        self._sorting = ComboBox()
        self._sorting.setAccessibleName("Order of the pictures")
        for sorting in Sorting:
            self._sorting.addItem(sorting.value, sorting)
        self._sorting.activated.connect(lambda _: self.sorting_chosen.emit(self._sorting.currentData()))
        self._classes = ComboBox()
        self._classes.setAccessibleName("Class that is shown")
        self._classes.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)
        self._classes.setMaximumWidth(240)
        self._classes.activated.connect(lambda _: self.class_wanted.emit(self._classes.currentData()))
        self._count = Label("", "strong")
        self._words = ElidedLabel("", "quiet", at_end=True)
        self._clear = button("Show all", self.filter_cleared.emit, kind="link")
        first = row(Label("Classes", "heading"), self.names, go, folders, self.source, _menu(more))
        first.setStretch(1, 1)
        whole = column(margins=(8, 8, 8, 4), spacing=4)
        whole.addLayout(first)
        second = row(self._count, self._words, self._clear, 1, self._classes, self._sorting, spacing=16)
        whole.addLayout(second)
        self.setLayout(whole)
        self.show_shown(0, 0, "")
        self.show_labelled((), (), None)

    def show_names(self, text: str) -> None:
        """The classes, unless somebody types."""
        if not self.names.hasFocus() or not self.names.isModified():
            self.names.setText(text)

    def show_source(self, source: str) -> None:
        """Where it is known from; a path is a table."""
        value = source if source in (NONE, FOLDERS) else TABLE
        self.source.setCurrentIndex(self.source.findData(value))

    def show_labelled(self, names: Sequence[str], counts: Sequence[int], shown: int | None) -> None:
        """How many pictures each class has; ``shown`` is the one that is shown alone."""
        self._classes.clear()
        self._classes.setVisible(bool(names))
        self._sorting.setVisible(bool(names))
        self._classes.addItem("All classes", None)
        for place, (name, count) in enumerate(zip(names, counts, strict=True)):
            self._classes.addItem(f"{name} ({count:,})", place)
        self.show_class(shown)

    def show_class(self, shown: int | None) -> None:
        """The class that is shown alone; None = all."""
        self._classes.setCurrentIndex(0 if shown is None else shown + 1)

    def show_shown(self, shown: int, total: int, words: str) -> None:
        """How many pictures are shown, and which, in ``words`` ("" = all)."""
        noun = "image" if total == 1 else "images"
        self._count.setText(f"{shown:,} of {total:,} {noun}" if words else f"{total:,} {noun}")
        self._words.set_whole(words)
        self._words.setVisible(bool(words))
        self._clear.setVisible(bool(words))


def _menu(actions: list[QAction]) -> QPushButton:
    made = QPushButton("More")
    made.setProperty("kind", "menu")
    made.setAccessibleName("Class sets, exports")
    menu = QMenu(made)
    menu.addActions(actions)
    made.setMenu(menu)
    return made
