"""What the library's own differences say of pairs, as candidates for explanations beside the phrase bank.

A sentence about a pair is only worth anything to a text encoder that was taught what *first* and *second* mean. Whether
this one was is asked of the library itself: every sentence was said of a pair whose vectors are known, so its
direction has to tell that pair apart, the right way round. Where the sentences do so together, by three standard
errors, those are used that tell their own pair by more than any near-copy would differ; else none is.

Made by `engine.ask.Shelf`, one for a library; a change of the differences is seen at the next question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.directions import Direction, direction, statement_weight
from engine.errors import PromptError
from engine.explain import NOISE, Usual, usual_in
from engine.jobs import JobContext
from engine.phrase_directions import PhraseDirections
from engine.phrases import PhraseBank

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.store import Library

MOST = 200  # sentences; those that a person accepted or edited first, then the newest
FEW = 8  # sentences from which they speak for themselves; fewer are taken from an encoder that was taught
PAIRS = 4  # that one sentence is tested on, of those it was said of

_SAID = (
    "SELECT first_id, second_id, text, reverse FROM difference WHERE status IN ({}) AND text <> '' AND reverse <> ''"
    " ORDER BY id DESC LIMIT ?"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence and its reverse, and up to `PAIRS` pairs (first, second) of images that it was said of."""

    text: str
    reverse: str
    pairs: tuple[tuple[int, int], ...]


def sentences_of(library: Library) -> tuple[Sentence, ...]:
    """The sentences of the library's differences that were not rejected; one and its reverse are the same sentence."""
    rows = library.rows(_SAID.format("'accepted', 'edited'"), (MOST * PAIRS,))
    rows += library.rows(_SAID.format("'new'"), (MOST * PAIRS,))
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for first, second, text, reverse in rows:
        if (reverse, text) in found:
            text, reverse, first, second = reverse, text, second, first
        elif (text, reverse) not in found and len(found) == MOST:
            continue
        found.setdefault((text, reverse), []).append((first, second))
    return tuple(Sentence(*texts, tuple(pairs[:PAIRS])) for texts, pairs in found.items())


class Said:
    """The sentences of one library that can be used, with what is usual among its images by each."""

    def __init__(self) -> None:
        self._state: tuple[Library, int] | None = None  # a connection, and its number for what it sees
        self._sentences: tuple[Sentence, ...] = ()
        self._directions: dict[tuple[str, str, str], Direction | None] = {}  # None: no direction, too long
        self._made: tuple[object, Usual | None] | None = None

    def usual(
        self, library: Library, clip: Clip, matrix: np.ndarray, matrix_key: str, context: JobContext
    ) -> Usual | None:
        """What is usual among the images ``matrix`` (N, D) by each usable sentence; None where there is none.

        Raises LibraryError, DeviceError, JobCancelled.
        """
        state = library, library.data_version()
        if state != self._state:
            self._state, self._sentences = state, sentences_of(library)
        key = (clip.text_key, matrix_key, self._sentences)
        if self._made is None or self._made[0] != key:
            self._made = key, self._make(library, clip, matrix, context)
        return self._made[1]

    def _make(self, library: Library, clip: Clip, matrix: np.ndarray, context: JobContext) -> Usual | None:
        tested: list[Direction] = []
        apart: list[np.ndarray] = []  # mean difference of the pairs that each was said of, (D,)
        for done, sentence in enumerate(self._sentences):
            context.breathe()
            context.progress("Reading the library's differences", done, len(self._sentences), "sentences")
            toward = self._direction(clip, sentence)
            steps = [_step(library, clip, pair) for pair in sentence.pairs]
            known = [step for step in steps if step is not None]
            if toward is not None and known:
                tested.append(toward)
                apart.append(np.mean(known, axis=0))
        if not tested:
            return None
        vectors = np.stack([toward.vector for toward in tested])
        usual = usual_in(PhraseDirections(tuple(tested), vectors), matrix)
        own = np.einsum("md,md->m", vectors, np.stack(apart))
        z = np.divide(own, usual.spread, out=np.zeros_like(own), where=usual.spread > 0)
        if not _understood(z, taught=statement_weight(clip, PhraseBank.load()) > 0):
            return None
        # Its own pair is the test of a sentence; that its wordings agree with each other would say nothing.
        return replace(usual, agreement=np.where(z >= NOISE, 1.0, 0.0))

    def _direction(self, clip: Clip, sentence: Sentence) -> Direction | None:
        key = (clip.text_key, sentence.text, sentence.reverse)
        if key not in self._directions:
            self._directions = {kept: made for kept, made in self._directions.items() if kept[0] == clip.text_key}
            try:
                self._directions[key] = direction(clip, sentence.text, sentence.reverse)
            except PromptError:
                self._directions[key] = None
        return self._directions[key]


def _step(library: Library, clip: Clip, pair: tuple[int, int]) -> np.ndarray | None:
    first, second = (library.vector(clip.encoder_key, image) for image in pair)
    return None if first is None or second is None else first - second


def _understood(z: np.ndarray, *, taught: bool) -> bool:
    """Whether sentences tell the pairs that they were said of: ``z`` (M,) should be positive."""
    if len(z) < FEW:
        return taught
    return bool(z.mean() > 3 * z.std() / np.sqrt(len(z)))
