"""What a run that writes captions or differences did, and how many failures of a server it bears."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from engine.errors import Problem
from engine.ollama_errors import LanguageModelError, OllamaFailed, OllamaTooSlow
from engine.store import Writer, changes
from engine.text_messages import FAILURE_SETTING

PATIENCE = 5  # failures of the server in a row that end a run


@dataclass
class WritingReport:
    """``asked``: images or pairs asked about now; ``known``: those of an earlier run; ``written``: texts kept.

    ``rejected`` counts texts by the test they failed, ``failed`` what stays unasked because the server failed, by the
    error's code; ``stopped`` is why the run ended before it was done, or why nothing at all was answered.
    """

    asked: int = 0
    known: int = 0
    written: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    stopped: Problem | None = None
    failures_in_a_row: int = 0
    problems: dict[str, Problem] = field(default_factory=dict)  # the last failure of each code

    @property
    def done(self) -> int:
        """How many were dealt with, one way or the other."""
        return self.asked + self.known + self.failed.total()

    @property
    def why(self) -> str:
        """What the server's failures were, each kind by its last one; "" where there was none."""
        return " ".join(self.problems[code].sentence for code, _ in self.failed.most_common() if code in self.problems)

    def end(self, seconds: float) -> None:
        """Note how long the run took; one in which every question failed is not done."""
        self.seconds = seconds
        if self.stopped is None and self.failed and not self.asked:
            self.stopped = self.problems[self.failed.most_common(1)[0][0]]

    def answered(self) -> None:
        """Note that the server answers."""
        self.failures_in_a_row = 0

    def bear(self, error: LanguageModelError) -> None:
        """Count a failure that may pass. Raises it again when it does not, or cannot, pass."""
        if not isinstance(error, (OllamaFailed, OllamaTooSlow)):
            raise error
        self.failed[error.code] += 1
        self.problems[error.code] = error.problem()
        self.failures_in_a_row += 1
        if self.failures_in_a_row >= PATIENCE:
            raise error


def keep_failure(writer: Writer, report: WritingReport) -> None:
    """Note for `pairlens doctor` what a language model's run failed at: too slow and too large show in no other way."""
    problem = report.stopped or next((report.problems[code] for code, _ in report.failed.most_common(1)), None)
    kept = json.dumps([problem.sentence, problem.remedy]) if problem else ""
    writer.call(lambda db: changes.put_setting(db, FAILURE_SETTING, kept))
