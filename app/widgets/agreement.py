"""How sure the program is of an order, in words; the number is one hover away and never hidden."""

from __future__ import annotations

from app.widgets.parts import Label, plain_tooltip
from engine.protocol import RankingResult

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


_TOO_FEW = "Whether the wordings of a prompt agree shows on three images or more."

FEW = 3  # images that an agreement can be measured on
TOO_FEW = "too few images to check"


def agreement_words(result: RankingResult) -> str:
    """How sure the order of a result is, in words."""
    return TOO_FEW if not result.verdict and result.count < FEW else WORDS.get(result.verdict, WORDS["none"])


class AgreementLabel(Label):
    """The verdict on the order that is shown."""

    def __init__(self) -> None:
        super().__init__("", "chip")
        self.setAccessibleName("Agreement")
        self.hide()

    def show_result(self, result: RankingResult) -> None:
        """Show the result's verdict, with its agreement as the number behind it."""
        words, agreement = agreement_words(result), result.agreement
        meaning = _TOO_FEW if words == TOO_FEW else _MEANING.get(result.verdict, _MEANING["none"])
        meaning += "" if agreement is None else f"\nMean rank correlation of the wordings: {agreement:.2f}"
        self.setText(words)
        self.setToolTip(plain_tooltip(meaning))
        self.setAccessibleDescription(meaning)
        self.show()
