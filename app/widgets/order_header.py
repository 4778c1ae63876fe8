"""The line above the pictures: how many there are, what orders them, how sure that is, and what is missing."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.widgets.agreement import AgreementLabel
from app.widgets.parts import ElidedLabel, Label, button, row
from engine.protocol import RankingResult


class OrderHeader(QWidget):
    """Fed by the library page; it decides nothing.

    Signals:
        failures_wanted(): show the files that could not be read.
    """

    failures_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._count = Label("", "strong")
        self._order = ElidedLabel()
        self._agreement = AgreementLabel()
        self._pending = Label("", "quiet")
        self._failures = button("", self.failures_wanted.emit, kind="link")
        self._asking = Label("", "quiet")
        parts = (self._count, self._order, self._agreement, self._pending, self._failures)
        layout = row(*parts, 1, self._asking, spacing=16)
        layout.setContentsMargins(8, 4, 16, 4)
        self.setLayout(layout)
        self.setFixedHeight(40)
        self.show_missing(0, 0)

    def show_count(self, shown: int, total: int) -> None:
        """``shown`` of the library's ``total`` images are in the grid."""
        noun = "image" if total == 1 else "images"
        self._count.setText(f"{total:,} {noun}" if shown == total else f"{shown:,} of {total:,} {noun}")

    def show_order(self, result: RankingResult | None, *, flipped: bool) -> None:
        """What the images are ordered by; None = by folder and name."""
        self._agreement.setVisible(result is not None)
        if result is None:
            self._order.set_whole("by folder and name")
            return
        first = "least first" if flipped else "most first"
        self._order.set_whole(f"ordered by: {result.prompt}, {first}" if result.prompt else "ordered by likeness")
        compared = bool(result.prompt) and result.count > 0
        self._agreement.setVisible(compared)
        if compared:
            self._agreement.show_verdict(result.verdict, result.agreement)

    def show_missing(self, pending: int, failed: int) -> None:
        """``pending`` images were not read yet or have no place in the order yet; ``failed`` files never will."""
        self._pending.setText(f"{pending:,} not compared yet")
        self._pending.setVisible(pending > 0)
        self._failures.setText(f"{failed:,} {'file' if failed == 1 else 'files'} could not be read")
        self._failures.setVisible(failed > 0)

    def show_asking(self, words: str) -> None:
        """A question is under way, in words; "" = none is."""
        self._asking.setText(f"{words}…" if words else "")
