"""The map in words: what stands at its axes, and where an image is."""

from __future__ import annotations

from app.map_points import Points
from app.widgets.agreement import agreement_words
from app.widgets.map_layers import AxisWords
from app.wording import comparative, share_sentence
from engine.protocol import RankingResult


def axis_words(result: RankingResult) -> AxisWords:
    """The prompt at the end of the axis, its reverse at the beginning, and between them how sure the order is."""
    more = comparative(result.prompt) or f"“{result.prompt}”"
    less = (comparative(result.reverse) or f"“{result.reverse}”") if result.reverse else f"less {result.prompt}"
    return AxisWords(more, less, agreement_words(result) if result.count else "")


def place_in_words(name: str, points: Points, index: int, results: tuple[RankingResult, RankingResult]) -> str:
    """ "harbour.jpg: brighter than 87 % of the library; more cheerful than 34 % of the library".

    The name is set apart, so that one written from right to left does not turn the sentence round.
    """
    shown = f"\u2068{name}\u2069"
    if results[0].count < 2:
        return shown  # there is nothing to compare it with
    said = [
        share_sentence(result.prompt, result.reverse, float(axis.shares[index]), flipped=False)
        for axis, result in zip((points.across, points.up), results, strict=True)
    ]
    first, second = said
    return f"{shown}: {first[0].lower()}{first[1:]}; {second[0].lower()}{second[1:]}"
