"""Print how much finetuning helps on the sample library: held-out accuracy by rule, before and after.

    python -m tests.quality.measure_training [--model NAME] [--recipe FILE] [--steps N]

The differences are true by the values of samples.jsonl. Everything is written below a temporary home.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

from engine import settings
from engine.cli import main as pairlens
from engine.training import recipes
from tests.quality.rule_differences import differences


def main() -> int:
    """Index the samples, write the differences, train; the command prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="starter")
    parser.add_argument("--recipe", type=Path)
    parser.add_argument("--steps", type=int, default=200)
    options = parser.parse_args()
    samples = settings.resources_dir() / "samples"
    with tempfile.TemporaryDirectory() as home:
        os.environ["PAIRLENS_HOME"] = home
        data, recipe = Path(home) / "differences.jsonl", Path(home) / "recipe.toml"
        data.write_text("".join(json.dumps(line) + "\n" for line in differences(samples)))
        chosen = recipes.read(options.recipe) if options.recipe else recipes.Recipe(steps=options.steps)
        recipe.write_text(recipes.write(chosen))
        common = ["--model", options.model, "--device", "cpu"]
        return pairlens(["index", str(samples), *common]) or pairlens(
            ["train", "--recipe", str(recipe), "--data", str(data), "--name", "samples", *common]
        )


if __name__ == "__main__":
    raise SystemExit(main())
