"""`pairlens train` on a library: to a model that ranks, with readable refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main

from .training.conftest import clip, data, library, shelf  # noqa: F401 (fixtures)


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Any:
    assert main([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_model_is_taught_and_ranks_at_once(
    capsys: pytest.CaptureFixture[str],
    library: Path,  # noqa: F811
    data: Path,  # noqa: F811
    tiny_model: str,
    tmp_path: Path,
) -> None:
    recipe = tmp_path / "quick.toml"
    recipe.write_text("steps = 10\nbatch = 32\nvalidation = 0.25\nheld_out = 0.25\n")
    common = ("--library", library, "--model", tiny_model, "--device", "cpu")
    planned = run(capsys, "train", "--recipe", recipe, "--name", "taught", "--data", data, "--prepare", *common)
    assert planned["state"] == "planned"
    assert planned["pairs"]["training"] > 100
    done = run(capsys, "train", "--resume", "taught", *common)
    assert {"run", "steps", "before", "after", "strength", "checkpoint"} <= done.keys()
    assert run(capsys, "train", "--list")["runs"] == [{"run": "taught", "state": "done", "step": 10, "steps": 10}]
    again = run(capsys, "train", "--resume", "taught", "--strength", "0.5", *common)
    assert again["strength"] == 0.5
    ranked = run(capsys, "rank", "brighter", "--library", library, "--model", "taught", "--device", "cpu")
    assert len(ranked["results"]) > 10
    assert main(["train", "--resume", "taught", *map(str, common)]) == 0
    out = capsys.readouterr().out
    assert "ensemble" in out
    assert "--model taught" in out
    assert "\N{REPLACEMENT CHARACTER}" not in out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--resume", "nothing"), "run-unknown"),
        (("--preset", "magic"), "recipe-unfit"),
        (("--name", "a/b"), "training"),
        ((), "too-few-pairs"),
        (("--data", "nowhere.jsonl"), "file-unfit"),
    ],
)
def test_refusals(
    capsys: pytest.CaptureFixture[str],
    library: Path,  # noqa: F811
    tiny_model: str,
    arguments: tuple[str, ...],
    code: str,
) -> None:
    answer = run(capsys, "train", *arguments, "--library", library, "--model", tiny_model, code=1)
    assert answer["error"]["code"] == code


def test_the_recipe_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--show-recipe", "--preset", "paper"]) == 0
    assert "learning_rate = 1e-08" in capsys.readouterr().out
    shown = run(capsys, "train", "--show-recipe", "--preset", "paper")
    assert (shown["recipe"]["learning_rate"], shown["recipe"]["epochs"]) == (1e-8, 20)


def test_a_strength_is_that_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--strength", "0.5"]) == 2
    assert "--resume" in capsys.readouterr().err


def test_a_status_that_is_not_learned_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--status", "rejected"]) == 2
    assert "accepted" in capsys.readouterr().err
