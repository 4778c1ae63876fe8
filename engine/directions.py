"""Words to a direction in embedding space: an ensemble of text pairs whose difference is what was asked for.

    q = norm( sum_k w_k ( f(T_k+) - f(T_k-) ) )

The difference removes what both texts share, which otherwise drowns the comparison (Finetuning CLIP to Reason about
Pairwise Differences, arXiv 2409.09721, asks with the single statement f(T+); ``single=True`` does that). The members:

* *Antonym prompts*, short and about one image, several words in several templates (CLIP-IQA, arXiv 2207.12396, and its
  multi-pair successor 2308.13094): "a bright photo" - "a dark photo". They need no finetuning and are always there.
* *Reversed statements* about a pair: "the first is brighter than the second" - "the second is brighter than the
  first". An encoder has to be taught what *first* and *second* mean and can come out inverted otherwise, so their
  weight is found per text encoder on phrases whose answer is known (`statement_weight`), and is often 0.

A word without an antonym is set against the mean of other words of its kind in the same template: a colour against the
other colours, anything else against a spread of the phrase bank. On 1,000 photographs and a small CLIP this ordered
red, green and blue at rank correlations .30, .21, .30 (of the pictures' measured colours); "not red" gave .09, .04,
.17, as text encoders hardly read *not*; the empty "a photo" .17, .19, .30.

Everything is computed for the pair in a fixed order and then signed, so swapping a prompt and its reverse negates the
direction bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from engine.english import compare, positive
from engine.errors import PromptEmpty, PromptTooLong
from engine.phrases import PhraseBank
from engine.readings import PHOTO, Contrast, Reading, fill, read
from engine.vocabulary import in_vocabulary, knowledge

LONGEST = 1_000  # characters; longer texts are refused without asking the tokenizer

STATEMENTS = (
    ("the first {verb} {more} than the second", "the second {verb} {more} than the first"),
    ("the first photo {verb} {more} than the second photo", "the second photo {verb} {more} than the first photo"),
    ("compared with the second, the first {verb} {more}", "compared with the first, the second {verb} {more}"),
)


class TextEncoder(Protocol):
    """The part of a `Clip` that is used here."""

    text_key: str
    context_length: int
    vocabulary: frozenset[str] | None

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors (B, D)."""
        ...

    def tokens(self, text: str) -> int:
        """Tokens with start and end."""
        ...


@dataclass(frozen=True)
class Direction:
    """``vector`` (D,): the unit direction, 0 where the encoder does not tell the poles apart.

    ``members`` (K, D), ``weights`` (K,): what it was made of; ``words`` (K,) numbers the words of each, as members of
    the same words in other templates say the same. ``known`` in 0..1: the share of the words that the text encoder
    knows. ``explanation``: what was made of the words, one line each.
    """

    vector: np.ndarray
    members: np.ndarray
    weights: np.ndarray
    words: np.ndarray
    prompt: str
    reverse: str
    reverse_is_automatic: bool
    known: float = 1.0
    explanation: tuple[str, ...] = ()


def direction(
    clip: TextEncoder, prompt: str, reverse: str = "", *, single: bool = False, bank: PhraseBank | None = None
) -> Direction:
    """The direction of a comparative prompt; an empty ``reverse`` is found by the program.

    Raises `PromptEmpty`, and `PromptTooLong` when a text takes more tokens than the encoder reads.
    """
    bank = bank or PhraseBank.load()
    prompt, reverse = prompt.strip(), reverse.strip()
    if not prompt:
        raise PromptEmpty("There are no words to order the images by.")
    for text in filter(None, (prompt, reverse)):
        _check(clip, text)
    if single:
        return _single(clip, prompt)
    automatic = not reverse
    reverse = reverse or opposite(bank, prompt)
    reading = read(bank, prompt, "" if automatic else reverse)
    weight = statement_weight(clip, bank)
    prompts = in_vocabulary(clip, reading.contrasts)
    statements = _statements(reading) if weight else []
    weights = _weights(prompts, len(statements), weight)
    members = _differences(clip, [*prompts, *statements])
    if reading.backwards:
        members = -members
    words = np.array([contrast.word for contrast in prompts] + [-1] * len(statements))
    made = Direction(_unit(weights @ members), members, weights, words, prompt, reverse, automatic)
    return _explained(clip, made, reading, weight, typed=(prompt,) if automatic else (prompt, reverse))


def _single(clip: TextEncoder, prompt: str) -> Direction:
    vector = clip.encode_texts([prompt])[0]
    line = "The single statement as it was typed, without a reverse."
    known = knowledge(clip, prompt).share
    return Direction(vector, vector[None], np.ones(1, np.float32), np.zeros(1, int), prompt, "", True, known, (line,))


def _check(clip: TextEncoder, text: str) -> None:
    if len(text) > LONGEST:
        raise PromptTooLong(f"The text has {len(text):,} characters; a comparison is a few words.")
    if (count := clip.tokens(text)) > clip.context_length:
        raise PromptTooLong(f"The text takes {count} tokens; this model reads {clip.context_length}.")
    if not compare(text).words:
        raise PromptEmpty(f"There are no words in {text!r} to order the images by.")


def opposite(bank: PhraseBank, prompt: str) -> str:
    """What the opposite of a prompt is called, where the person did not say it."""
    if known := bank.reverse_of(prompt):
        return known
    found = compare(prompt)
    return f"more {found.words}" if found.less else f"less {positive(found.words)}"


def _statements(reading: Reading) -> list[Contrast]:
    return [_statement(pair, reading.verb, reading.more) for pair in STATEMENTS]


def _statement(pair: tuple[str, str], verb: str, more: str) -> Contrast:
    first, second = (text.format(verb=verb, more=more) for text in pair)
    return Contrast((first,), (second,))


# ---- contrasts to vectors -------------------------------------------------------------------------------


_means: dict[tuple[str, tuple[str, ...]], np.ndarray] = {}  # by text_key and texts: what words are set against


def _differences(clip: TextEncoder, contrasts: Sequence[Contrast]) -> np.ndarray:
    """The high text minus the mean of the low ones, per contrast: (K, D)."""
    singles = {text for c in contrasts for pole in (c.high, c.low) if len(pole) == 1 for text in pole}
    # Sorted, so that a prompt and its reverse give the encoder one and the same batch.
    texts = sorted(singles)
    vectors = dict(zip(texts, clip.encode_texts(texts), strict=True))

    def mean(pole: tuple[str, ...]) -> np.ndarray:
        return vectors[pole[0]] if len(pole) == 1 else _mean(clip, pole)

    return np.stack([mean(contrast.high) - mean(contrast.low) for contrast in contrasts])


def _mean(clip: TextEncoder, texts: tuple[str, ...]) -> np.ndarray:
    key = (clip.text_key, texts)
    if key not in _means:
        _means[key] = clip.encode_texts(texts).mean(axis=0)
    return _means[key]


def _weights(prompts: Sequence[Contrast], statements: int, weight: float) -> np.ndarray:
    """Antonym prompts weigh 1 together, reversed statements ``weight``."""
    shares = np.array([contrast.weight for contrast in prompts])
    return np.r_[shares / shares.sum(), np.full(statements, weight / max(1, statements))].astype(np.float32)


def _unit(vector: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vector)
    return vector / length if length > 1e-6 else np.zeros_like(vector)


# ---- were the roles taught? -----------------------------------------------------------------------------

_statement_weights: dict[str, float] = {}  # by text_key: a loaded encoder is asked once


def statement_weight(clip: TextEncoder, bank: PhraseBank) -> float:
    """Weight of the reversed statements in 0..1, 0 for an encoder that was not taught what first and second mean.

    On 16 phrases of the bank whose answer is known (the antonym prompts), the statement direction of a phrase has to
    lie along its own antonym direction, and more so than along those of the other phrases, by three standard errors.
    The weight is then the mean cosine with its own.
    """
    if clip.text_key not in _statement_weights:
        _statement_weights[clip.text_key] = _calibrate(clip, bank)
    return _statement_weights[clip.text_key]


def _calibrate(clip: TextEncoder, bank: PhraseBank) -> float:
    plain = [p for p in bank.phrases if p.low and " " not in p.high[0] + p.low[0]]
    phrases = plain[:: max(1, len(plain) // 16)][:16]
    if len(phrases) < 4:
        return 0.0
    antonyms = [Contrast((fill(PHOTO[0], p.high[0]),), (fill(PHOTO[0], p.low[0]),)) for p in phrases]
    statements = [_statement(STATEMENTS[0], "is", p.phrase) for p in phrases]
    differences = _differences(clip, [*antonyms, *statements])
    lengths = np.linalg.norm(differences, axis=1, keepdims=True)
    units = np.divide(differences, lengths, out=np.zeros_like(differences), where=lengths > 1e-6)
    cosines = units[len(phrases) :] @ units[: len(phrases)].T  # (statement, antonym)
    own = np.diag(cosines)
    lead = own - (cosines.sum(1) - own) / (len(phrases) - 1)
    error = lead.std() / np.sqrt(len(phrases))
    taught = own.mean() > 0 and lead.mean() > 3 * error > 0
    return float(np.clip(own.mean(), 0, 1)) if taught else 0.0


# ---- in plain words -------------------------------------------------------------------------------------


def _explained(clip: TextEncoder, made: Direction, reading: Reading, weight: float, typed: Sequence[str]) -> Direction:
    lines = [f"Read as: {reading.in_words()}."]
    if made.reverse_is_automatic:
        lines.append(f"The opposite, found by the program: {made.reverse}.")
    if weight:
        lines.append(f"Statements about pairs (first, second) count with weight {weight:.2f}.")
    known = [knowledge(clip, text) for text in typed]
    if doubtful := [word for each in known for word in each.doubtful]:
        lines.append(f"This model may not know: {', '.join(doubtful)}.")
    if not made.vector.any():
        lines.append("This model does not tell these words apart.")
    return replace(made, known=min(each.share for each in known), explanation=tuple(lines))
