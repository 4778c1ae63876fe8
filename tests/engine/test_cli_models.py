"""`pairlens models`: list, import, use, remove; a stand-in checkpoint instead of a download."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.settings import models_dir


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Any:
    assert main([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_models_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    models = run(capsys, "models", "list")["models"]
    assert {"name", "title", "state", "size_bytes", "licence"} <= models[0].keys()
    assert main(["models", "list"]) == 0
    out = capsys.readouterr().out
    assert all(model["name"] in out for model in models)


def test_a_checkpoint_is_imported_used_and_removed(
    capsys: pytest.CaptureFixture[str], tiny_model: str, tiny_model_dir: Path, photos: Path, tmp_path: Path
) -> None:
    weights = tiny_model_dir / "open_clip_model.safetensors"
    models = run(capsys, "models", "import", weights, "--architecture", tiny_model, "--name", "mine")["models"]
    assert [model["state"] for model in models if model["name"] == "mine"] == ["imported"]
    library = tmp_path / "library.pairlens"
    assert run(capsys, "index", photos, "--library", library, "--model", "mine")["embedded"] == 12

    models = run(capsys, "models", "remove", "mine")["models"]
    assert "mine" not in [model["name"] for model in models]
    assert run(capsys, "rank", "brighter", "--library", library, code=1)["error"]["code"].startswith("model-")


def test_a_checkpoint_that_runs_code_is_refused(
    capsys: pytest.CaptureFixture[str], tiny_model: str, tmp_path: Path
) -> None:
    import torch

    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    torch.save({"state_dict": Trap()}, tmp_path / "trap.pt")
    answer = run(capsys, "models", "import", tmp_path / "trap.pt", "--architecture", tiny_model, code=1)
    assert answer["error"]["code"] == "model-unsafe"
    assert not (tmp_path / "sprung").exists()


def test_unknown_models_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "ViT-B-32" in run(capsys, "models", "get", "ViT-B-23/openai", code=1)["error"]["sentence"]
    assert run(capsys, "models", "remove", "nothing-here", code=1)["error"]["code"] == "model-unknown"


def test_a_damaged_model_is_a_finding_of_the_doctor(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = models_dir() / "broken"
    folder.mkdir(parents=True)
    (folder / "open_clip_config.json").write_text("{")
    (folder / "pairlens.json").write_text("{}")
    checks = run(capsys, "doctor", "--library", tmp_path / "none.pairlens", "--device", "cpu", code=1)["checks"]
    assert [check["name"] for check in checks if not check["ok"]] == ["models"]
