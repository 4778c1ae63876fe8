"""The equation of an analogy: example pairs A and B, where to begin (C), and the place of the answer.

Fed by the analogies page, which is told when a term changes; it decides nothing but which well comes next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QScrollArea, QSizePolicy, QToolButton, QWidget

from app.pictures_client import PicturesClient
from app.widgets.parts import Label, button, column, icon_button, row
from app.widgets.well import SIDE, Well
from engine.store.rows import File

MOST_EXAMPLES = 6
ROWS_SEEN = 2  # more of them are scrolled
GAP = 8

FileAt = Callable[[bytes], File | None]


class Equation(QWidget):
    """A : B for each example, as C : the answer.

    Signals:
        changed(): a term was filled or emptied.
        wanted(Well): the person wants to choose a file for this term.
        answer_opened(): the person wants to look closer at the answer.
    """

    changed = Signal()
    wanted = Signal(object)
    answer_opened = Signal()

    def __init__(self, pictures: PicturesClient, file_at: FileAt) -> None:
        super().__init__()
        self._pictures = pictures
        self._file_at = file_at
        self._rows: list[tuple[Well, Well, Label, QToolButton]] = []
        self._focused: Well | None = None
        self.start = self._well("C", "C, where to begin")
        self.answer = Well("?", "The answer", pictures, invites=False)
        self.answer.asked.connect(self.answer_opened)
        self._more_examples = button("Add an example", self.add_example, kind="link")
        self._more_examples.setToolTip("Another A and B that show the same step; the steps are averaged")
        self._arrange()
        self.add_example()

    # ---- terms -------------------------------------------------------------------------------------------

    def examples(self) -> tuple[tuple[bytes, bytes], ...]:
        """The pairs (A, B) that are complete."""
        return tuple((a.path, b.path) for a, b, *_ in self._rows if a.path and b.path)

    @property
    def is_empty(self) -> bool:
        """Whether no term holds a picture."""
        return not any(well.path for well in self._terms())

    def put(self, paths: Sequence[bytes], first: Well | None = None) -> None:
        """Put pictures into the wells, the first one into ``first``, else where the keyboard is or into the first empty
        one, the others into those that follow; with all of them from A on, there are as many examples as they need.
        """
        if not paths:
            return
        whole = first is None and len(paths) > 2 and len(paths) % 2
        if whole:
            self._have_examples(len(paths) // 2)
        terms = self._terms()
        begin = terms.index(first) if first in terms else 0 if whole else self._next(terms)
        for well, path in zip(terms[begin:], paths, strict=False):
            well.take(path, self._file_at(path))
        self.changed.emit()

    def put_term(self, letter: str, path: bytes) -> None:
        """Put one picture in as A, B (of the last example) or C."""
        a, b, *_ = self._rows[-1]
        self.put([path], {"A": a, "B": b}.get(letter, self.start))

    def clear(self) -> None:
        """Empty all wells; one example is left."""
        self._have_examples(1)
        for well in self._terms():
            well.take(b"", None)
        self.changed.emit()

    def add_example(self) -> None:
        """Room for another A and B."""
        if len(self._rows) < MOST_EXAMPLES:
            a, b = (self._well(letter, letter) for letter in "AB")
            remove = icon_button("close", "Remove this example", lambda: self._remove(a))
            self._rows.append((a, b, Label("is to"), remove))
            self._lay_out()
            a.setFocus()

    def show_examples(self, shown: bool) -> None:
        """Whether the examples and the answer are asked for; else only C."""
        for part in (self._scroll, self._as, self._to, self.answer, self._more_examples):
            part.setVisible(shown)

    def _terms(self) -> list[Well]:
        """The wells in the order in which pictures fill them."""
        examples = [well for a, b, *_ in self._rows for well in (a, b)] if not self._scroll.isHidden() else []
        return [*examples, self.start]

    def _next(self, terms: list[Well]) -> int:
        if self._focused in terms and self._focused is not None and self._focused.hasFocus():
            return terms.index(self._focused)
        return next((place for place, well in enumerate(terms) if not well.path), len(terms) - 1)

    def _have_examples(self, count: int) -> None:
        while len(self._rows) < min(count, MOST_EXAMPLES):
            self.add_example()
        while len(self._rows) > count:
            self._drop(len(self._rows) - 1)
        self._lay_out()

    def _remove(self, a: Well) -> None:
        place = next(place for place, (first, *_) in enumerate(self._rows) if first is a)
        self._drop(place)
        self._lay_out()
        self.changed.emit()

    def _drop(self, place: int) -> None:
        for part in self._rows.pop(place):
            self._table.removeWidget(part)
            part.hide()
            part.deleteLater()

    # ---- making ------------------------------------------------------------------------------------------

    def _well(self, letter: str, name: str) -> Well:
        well = Well(letter, name, self._pictures)
        well.given.connect(lambda paths: self.put(paths, well))
        well.asked.connect(lambda: self.wanted.emit(well))
        well.cleared.connect(lambda: self._empty(well))
        well.entered.connect(lambda: self._enter(well))
        return well

    def _empty(self, well: Well) -> None:
        well.take(b"", None)
        self.changed.emit()

    def _enter(self, well: Well) -> None:
        self._focused = well

    def _arrange(self) -> None:
        self._table = QGridLayout()
        self._table.setContentsMargins(0, 0, 0, 0)
        self._table.setSpacing(GAP)
        inside = QWidget()
        inside.setProperty("kind", "plain")
        inside.setLayout(self._table)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(inside)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._as, self._to = Label("as", "lead"), Label("is to", "lead")
        self.setLayout(
            column(
                1,
                row(self._scroll, self._as, self.start, self._to, self.answer, 1, spacing=16),
                row(self._more_examples, 1),
                1,
                spacing=GAP,
            )
        )

    def _lay_out(self) -> None:
        """Every example in a line of its own, as high as a few of them are."""
        for place, (a, b, words, remove) in enumerate(self._rows):
            for at, part in enumerate((a, words, b, remove)):
                self._table.addWidget(part, place, at)
            for letter, well in zip("AB", (a, b), strict=True):
                well.rename(f"{letter} of example {place + 1}" if len(self._rows) > 1 else letter)
            remove.setVisible(len(self._rows) > 1)
        seen = min(len(self._rows), ROWS_SEEN)
        width = 2 * SIDE + 2 * GAP + self._rows[0][2].sizeHint().width()
        several = len(self._rows) > 1
        self._scroll.setFixedSize(width + (GAP + 48 if several else 2), seen * (SIDE + GAP) - GAP)
        self._more_examples.setEnabled(len(self._rows) < MOST_EXAMPLES)
