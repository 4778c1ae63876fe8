"""Answers to the questions about pairs, as the engine process gives them. Called by `engine.work`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from engine.analogies import analogy
from engine.ask import Answer, Shelf
from engine.contrast import contrast_folders
from engine.explain import explain, verdicts
from engine.jobs import JobContext
from engine.pair_messages import (
    Analogy,
    AnalogyResult,
    Compare,
    ComparisonResult,
    Contrast,
    ContrastResult,
    Explain,
    ExplanationResult,
    PairQuestion,
)
from engine.store import Library

if TYPE_CHECKING:
    from engine.clip import Clip


class WriteOrder(Protocol):
    """Writes an order with more fields beside the scores; returns the file."""

    def __call__(self, job: int, answer: Answer, **more: np.ndarray) -> str:
        """``more`` are float32 (F,)."""
        ...


def answer(
    question: PairQuestion, library: Library, clip: Clip, shelf: Shelf, context: JobContext, write: WriteOrder
) -> ComparisonResult | ExplanationResult | AnalogyResult | ContrastResult:
    """The result of a question. Raises what the functions called raise, all PairLensError."""
    match question:
        case Compare(first=first, second=second, prompts=prompts):
            return ComparisonResult(tuple(verdicts(library, clip, first, second, prompts, shelf)))
        case Explain(first=first, second=second, top=top):
            found = explain(library, clip, first, second, top=top, shelf=shelf, context=context)
            return ExplanationResult(tuple(found))
        case Analogy(job=job, examples=examples, start=start):
            made = analogy(library, clip, examples, start, shelf=shelf, context=context)
            file = write(job, made.answer, agreement=made.agreement)
            return AnalogyResult(file, len(made.answer.files), made.step, made.answer.pending)
        case Contrast(first=first, second=second):
            return contrast_folders(library, clip, first, second, shelf=shelf, context=context)
    raise TypeError(f"{type(question).__name__} is no question about pairs")
