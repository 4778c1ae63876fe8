"""The rules by which words become a direction, in the order of every table, and what people call them.

The window and the report say the same words; see `asking` for what each rule does.
"""

from __future__ import annotations

RULES = {
    "single": "single statement",
    "reversed": "statement and reverse",
    "wordings": "the same, several wordings",
    "antonym": "antonym prompts",
    "ensemble": "all, as PairLens asks",
}

TRAINED = ("single", "reversed", "antonym", "ensemble")
"""Those that a training run is measured by: its data has each sentence in one wording."""

TAUGHT = ("single", "reversed")
"""Those of them that it teaches: statements about a pair. Their mean is the run's accuracy."""
