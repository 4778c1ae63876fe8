"""Training runs in words: what lists, headers and tables say about them."""

from __future__ import annotations

from statistics import fmean

from app.widgets.job_strip import time_left
from app.wording import bytes_words
from engine.evaluation.rules import TAUGHT
from engine.training_messages import Figure, PreflightResult, RunInfo

RULE_TIPS = {
    "single": "“The first is brighter than the second”, as the paper asks.",
    "reversed": "What the statement and its reverse share is taken away.",
    "antonym": "“A bright photo” against “a dark photo”: needs no training, and should lose nothing by it.",
    "ensemble": "The prompt bar asks like this.",
}
TRAINERS = {"text-tower": "text encoder", "adapter": "adapter"}


def state_words(run: RunInfo, seconds: float | None = None) -> str:
    """Where a run stands, in a few words."""
    share = f"{100 * run.step / run.steps:.0f} %" if run.steps else ""
    match run.state:
        case "running":
            asked = {"pause": "pausing", "stop": "stopping"}.get(run.wish)
            if asked:
                return f"{asked} at {share}"
            left = time_left(seconds)
            return f"running, {share}{f', {left}' if left else ''}" if run.step else "starting"
        case "queued":
            return "starts next" if run.place == 1 else f"waits, number {run.place} in the queue"
        case "paused":
            return f"paused at {share}"
        case "interrupted":
            return f"interrupted at {share}; it can go on"
        case "done":
            return outcome_words(run)
        case "failed" | "damaged":
            return run.problem.sentence if run.problem else "failed"
    return "not started"


def outcome_words(run: RunInfo) -> str:
    """The rules that training teaches, before and after, as the strength was chosen by them: "61 % → 78 % right"."""
    taught = [figure for figure in run.outcome.figures if figure.rule in TAUGHT] if run.outcome else []
    if not taught:
        return "done"
    before, after = fmean(figure.before for figure in taught), fmean(figure.after for figure in taught)
    return f"{100 * before:.0f} % → {100 * after:.0f} % right"


def share_words(share: float, error: float) -> str:
    """A share with its standard error: "71.4 ± 1.2 %"."""
    return f"{100 * share:.1f} ± {100 * error:.1f} %"


def gain_words(figure: Figure) -> str:
    """What the training changed, in points; said only where it is more than the errors allow for."""
    gain = 100 * (figure.after - figure.before)
    doubt = 100 * (figure.after_error**2 + figure.before_error**2) ** 0.5
    if abs(gain) < 2 * doubt:
        return "no clear change"
    return f"{gain:+.1f} points"


def preflight_words(found: PreflightResult) -> list[str]:
    """What a run would take, a line each."""
    pairs = ", ".join(f"{count:,} {part}" for part, count in found.pairs.items())
    images = sum(found.images.values())
    lines = [
        f"{sum(found.pairs.values()):,} pairs of {images:,} images: {pairs}",
        f"{found.steps:,} steps of {found.batch:,} pairs; {found.texts:,} different sentences",
    ]
    cost = found.cost
    left = time_left(cost.seconds).removesuffix(" left").removeprefix("about ")
    time = f"about {left} on {cost.device}" if cost.seconds is not None else f"on {cost.device}"
    free = "" if cost.memory_free is None else f" of {bytes_words(cost.memory_free)} free"
    lines.append(f"{time}; about {bytes_words(cost.memory)} of memory{free}; {bytes_words(cost.disk)} on the disk")
    lines += [f"{count:,} pairs left out: {reason}" for reason, count in found.refused.items()]
    return lines
