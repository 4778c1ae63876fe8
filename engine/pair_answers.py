"""Answers to the questions about pairs, as the engine process gives them; see `engine.workbench`."""

from __future__ import annotations

from engine.analogies import analogy
from engine.contrast import contrast_folders
from engine.explain import explain, verdicts
from engine.pair_messages import (
    Analogy,
    AnalogyResult,
    Compare,
    ComparisonResult,
    Contrast,
    ContrastResult,
    Explain,
    ExplanationResult,
)
from engine.protocol import JobCommand
from engine.workbench import Workbench


def perform(
    question: JobCommand, bench: Workbench
) -> ComparisonResult | ExplanationResult | AnalogyResult | ContrastResult:
    """The result of a question. Raises what the functions called raise, all PairLensError."""
    library, clip, shelf, context = bench.library, bench.clip(), bench.shelf, bench.context
    match question:
        case Compare(first=first, second=second, prompts=prompts):
            return ComparisonResult(tuple(verdicts(library, clip, first, second, prompts, shelf)))
        case Explain(first=first, second=second, top=top):
            found = explain(library, clip, first, second, top=top, shelf=shelf, context=context)
            return ExplanationResult(tuple(found))
        case Analogy(examples=examples, start=start):
            made = analogy(library, clip, examples, start, shelf=shelf, context=context)
            file = bench.write(made.answer, agreement=made.agreement)
            return AnalogyResult(file, len(made.answer.files), made.step, made.answer.pending)
        case Contrast(first=first, second=second):
            return contrast_folders(library, clip, first, second, shelf=shelf, context=context)
    raise TypeError(f"{type(question).__name__} is no question about pairs")
