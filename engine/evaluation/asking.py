"""What is said of a pair -> the direction q that stands for it, by every rule; right when q . (u_i - u_j) > 0.

    single        f(T), the paper's: the statement alone
    reversed      f(T) - f(T'): less the same of the pair swapped, in the first wording
    wordings      the sum of that over all wordings
    antonym       short prompts about one image: what holds of the first, less what holds of the second
    ensemble      antonym prompts, and all wordings with the weight that the program gives them under this encoder

For a question (*larger*) the last two are `engine.directions.direction`, as the program asks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from engine.directions import TextEncoder, direction, statement_weight
from engine.errors import PromptTooLong
from engine.evaluation.pairing import Saying
from engine.jobs import JobContext
from engine.phrases import PhraseBank

TEXTS_AT_ONCE = 256


class Texts:
    """Unit vectors of texts under one encoder, each encoded once."""

    def __init__(self, encoder: TextEncoder, context: JobContext) -> None:
        self._encoder = encoder
        self._context = context
        self._vectors: dict[str, np.ndarray] = {}

    def learn(self, texts: Iterable[str]) -> None:
        """Encode those that are new. Raises `PromptTooLong`: a statement cut in its middle says something else."""
        new = sorted({*texts} - self._vectors.keys())
        for start in range(0, len(new), TEXTS_AT_ONCE):
            self._context.breathe()
            some = new[start : start + TEXTS_AT_ONCE]
            for text in some:
                if (count := self._encoder.tokens(text)) > self._encoder.context_length:
                    raise PromptTooLong(
                        f"The model reads {self._encoder.context_length} tokens; {text[:80]!r} ... takes {count}."
                    )
            self._vectors |= dict(zip(some, self._encoder.encode_texts(some), strict=True))
            if len(new) > TEXTS_AT_ONCE:
                self._context.progress("Reading statements", start + len(some), len(new), unit="texts")

    def __call__(self, text: str) -> np.ndarray:
        """The vector (D,) of a text that was learned."""
        return self._vectors[text]

    def mean(self, texts: Sequence[str]) -> np.ndarray:
        """The mean of several (D,), not of unit length."""
        return np.mean([self._vectors[text] for text in texts], axis=0)


def by_rule(encoder: TextEncoder, sayings: Sequence[Saying], context: JobContext) -> dict[str, np.ndarray]:
    """The directions (S, D) of every saying by every rule; their length says nothing. Raises `PromptTooLong`."""
    texts = Texts(encoder, context)
    texts.learn(text for saying in sayings for wording in saying.wordings for text in wording)
    texts.learn(text for saying in sayings for marks in saying.marks for text in marks)
    bank = PhraseBank.load()
    reversals = [[texts(said) - texts(swapped) for said, swapped in saying.wordings] for saying in sayings]
    distinct = dict(zip(sayings, reversals, strict=True))
    prompted = {saying: _prompted(encoder, saying, texts, bank, each) for saying, each in distinct.items()}
    return {
        "single": np.stack([texts(saying.wordings[0][0]) for saying in sayings]),
        "reversed": np.stack([each[0] for each in reversals]),
        "wordings": np.stack([np.sum(each, axis=0) for each in reversals]),
        "antonym": np.stack([prompted[saying][0] for saying in sayings]),
        "ensemble": np.stack([prompted[saying][1] for saying in sayings]),
    }


def _prompted(
    encoder: TextEncoder, saying: Saying, texts: Texts, bank: PhraseBank, reversals: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The antonym direction and the whole ensemble (D,) of one saying; the statements where there are no marks."""
    if saying.prompt:
        asked = direction(encoder, saying.prompt, saying.reverse, bank=bank)
        return (asked.weights * (asked.words >= 0)) @ asked.members, asked.vector
    if not saying.marks[0]:
        return np.zeros_like(reversals[0]), np.mean(reversals, axis=0)
    antonym = texts.mean(saying.marks[0]) - texts.mean(saying.marks[1])
    return antonym, antonym + statement_weight(encoder, bank) * np.mean(reversals, axis=0)
