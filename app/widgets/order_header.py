"""The line above the pictures: how many there are, what orders them, how sure that is, and what is missing.

That words do not order the images is a sentence, and has a line of its own: nothing else is shortened for it.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.widgets.agreement import AgreementLabel
from app.widgets.parts import ElidedLabel, Label, button, column, plain_tooltip, row
from app.widgets.sureness import shares, source_words
from engine.judging_messages import JudgedRanking
from engine.protocol import RankingResult

LINE = 32  # height of the line


class OrderHeader(QWidget):
    """Fed by the library page; it decides nothing.

    Signals:
        failures_wanted(): show the files that could not be read.
        attributes_wanted(): choose an attribute to order by.
    """

    failures_wanted = Signal()
    attributes_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._count = Label("", "strong")
        self._order = ElidedLabel(at_end=True)
        self._agreement, self._doubt = AgreementLabel(), AgreementLabel()
        self._sources = Label("", "chip")
        self._sources.setAccessibleName("Where the order comes from")
        self.attributes_button = button("By attribute…", self.attributes_wanted.emit, kind="link")
        self.attributes_button.setAccessibleName("Order the library by an attribute")
        self._pending = Label("", "quiet")
        self._failures = button("", self.failures_wanted.emit, kind="link")
        self._asking = Label("", "quiet")
        parts = (self._count, self._order, self._agreement, self._sources, self._pending, self._failures)
        line = row(*parts, 1, self._asking, self.attributes_button, spacing=16)
        self.attributes_button.setFixedHeight(LINE)  # the highest of the line: it stays as high whatever is hidden
        self.setLayout(column(line, row(self._doubt, 1), margins=(8, 4, 16, 4), spacing=4))
        self.show_missing(0, 0)

    def show_count(self, shown: int, total: int) -> None:
        """``shown`` of the library's ``total`` images are in the grid."""
        noun = "image" if total == 1 else "images"
        self._count.setText(f"{total:,} {noun}" if shown == total else f"{shown:,} of {total:,} {noun}")

    def show_order(self, result: RankingResult | None, *, flipped: bool, judged: JudgedRanking | None = None) -> None:
        """What the images are ordered by; None = by folder and name. ``judged``: what is known of an order by
        judgements.
        """
        self._agreement.hide()
        self._doubt.hide()
        self._sources.setVisible(judged is not None)
        if result is None:
            self._order.set_whole("by folder and name")
            return
        first = "least first" if flipped else "most first"
        if judged is not None:
            self._order.set_whole(f"judged: {judged.name}, {first}")
            self._sources.setText(shares(judged.standing))
            self._sources.setToolTip(plain_tooltip(f"The order comes {source_words(judged.standing)}."))
            return
        self._order.set_whole(f"ordered by: {result.prompt}, {first}" if result.prompt else "ordered by likeness")
        if result.prompt and result.count > 0:
            (self._doubt if result.verdict == "none" else self._agreement).show_result(result)

    def show_missing(self, pending: int, failed: int) -> None:
        """``pending`` images were not read yet or have no place in the order yet; ``failed`` files never will."""
        self._pending.setText(f"{pending:,} not compared yet")
        self._pending.setVisible(pending > 0)
        self._failures.setText(f"{failed:,} {'file' if failed == 1 else 'files'} could not be read")
        self._failures.setVisible(failed > 0)

    def show_asking(self, words: str) -> None:
        """A question is under way, in words; "" = none is."""
        self._asking.setText(f"{words}…" if words else "")
