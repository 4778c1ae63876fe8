"""How sure the program is of an order, in words; the number is one hover away and never hidden."""

from __future__ import annotations

from app.widgets.parts import Label, plain_tooltip

WORDS = {
    "strong": "agreement: strong",
    "fair": "agreement: fair",
    "weak": "agreement: weak",
    "none": "this prompt does not order these images",
    "": "one statement, not checked",
}

_MEANING = {
    "strong": "The wordings of this prompt put the images in nearly the same order.",
    "fair": "The wordings of this prompt agree on the broad order; neighbours may be swapped.",
    "weak": "The wordings of this prompt disagree a good deal: trust only the two ends.",
    "none": "The wordings of this prompt contradict each other: the order shown means little.",
    "": "The paper's rule uses a single statement, so there is nothing to compare it with.",
}


class AgreementLabel(Label):
    """The verdict on the order that is shown."""

    def __init__(self) -> None:
        super().__init__("", "chip")
        self.setAccessibleName("Agreement")
        self.hide()

    def show_verdict(self, verdict: str, agreement: float | None) -> None:
        """Show ``verdict`` (a `RankingResult.verdict`), with ``agreement`` as its number."""
        words = WORDS.get(verdict, WORDS["none"])
        number = "" if agreement is None else f"\nMean rank correlation of the wordings: {agreement:.2f}"
        self.setText(words)
        self.setToolTip(plain_tooltip(_MEANING.get(verdict, _MEANING["none"]) + number))
        self.setAccessibleDescription(_MEANING.get(verdict, "") + number)
        self.show()
