"""Answers to the questions about pairs, as the engine process gives them; see `engine.workbench`."""

from __future__ import annotations

import numpy as np

from engine.analogies import analogy
from engine.contrast import contrast_chosen, contrast_folders
from engine.explain import explain, samples_stand_in, standings, verdicts
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
        case Compare(first=first, second=second, prompts=prompts, others=others):
            stand = standings(library, clip, (first, second, *others), prompts, shelf) if others else ()
            return ComparisonResult(tuple(verdicts(library, clip, first, second, prompts, shelf)), tuple(stand))
        case Explain(first=first, second=second, top=top):
            found = explain(library, clip, first, second, top=top, shelf=shelf, context=context)
            return ExplanationResult(tuple(found), samples_stand_in(library, clip, shelf))
        case Analogy(examples=examples, start=start):
            made = analogy(library, clip, examples, start, shelf=shelf, context=context)
            file = bench.write(made.answer, agreement=made.agreement, share=made.share)
            return AnalogyResult(file, len(made.answer.files), made.step, made.answer.pending)
        case Contrast(chosen=chosen) if chosen:
            return contrast_chosen(library, clip, np.load(chosen).tolist(), shelf=shelf, context=context)
        case Contrast(first=first, second=second):
            return contrast_folders(library, clip, first, second, shelf=shelf, context=context)
    raise TypeError(f"{type(question).__name__} is no question about pairs")
