"""`compare`, `analogy` and `contrast` on the command line: documents, text, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cli import main
from tests.conftest import write_photo
from tests.engine.test_cli import Json, indexed, library, run

__all__ = ["indexed", "library", "run"]  # fixtures


def test_compare_judges_each_prompt_as_the_ranking_does(run: Json, indexed: Path) -> None:
    order = run("rank", "brighter")["results"]
    best, worst = order[0]["path"], order[-1]["path"]
    answer = run("compare", best, worst, "brighter", "more red")
    bright, red = answer["verdicts"]
    assert (bright["prompt"], bright["winner"]) == ("brighter", "a")
    assert bright["score"] == pytest.approx(order[0]["score"] - order[-1]["score"], abs=1e-6)
    assert 0.5 <= bright["probability"] <= 1
    assert bright["reverse_disagrees"] is True
    assert answer["differences"] == []
    back = run("compare", worst, best, "brighter", "more red")["verdicts"]
    assert [each["score"] for each in back] == [-bright["score"], -red["score"]]
    assert back[0]["winner"] == "b"


def test_compare_without_a_prompt_explains_the_pair(run: Json, indexed: Path, tmp_path: Path) -> None:
    new = write_photo(tmp_path / "new.png", 900)
    answer = run("compare", indexed / "photo00.jpg", new)
    assert answer["verdicts"] == []
    assert 1 <= len(answer["differences"]) <= 8
    for each in answer["differences"]:
        assert each["more_in"] == ("a" if each["z"] > 0 else "b")
    back = run("compare", new, indexed / "photo00.jpg")["differences"]
    assert [(d["phrase"], -d["z"]) for d in back] == [(d["phrase"], d["z"]) for d in answer["differences"]]
    short = run("compare", indexed / "photo00.jpg", new, "brighter", "--top", "1")
    assert (len(short["verdicts"]), short["differences"]) == (1, answer["differences"][:1])


def test_an_image_and_itself(run: Json, indexed: Path) -> None:
    image = indexed / "photo00.jpg"
    answer = run("compare", image, image, "brighter", "--top", "3")
    assert [answer["verdicts"][0][key] for key in ("score", "winner", "probability")] == [0.0, "tie", 0.5]
    assert answer["differences"] == []


def test_compare_needs_no_library(
    tmp_path: Path, tiny_model: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = [str(write_photo(tmp_path / f"{seed}.png", seed)) for seed in (1, 2)]
    options = ["--model", tiny_model, "--device", "cpu"]
    assert main(["compare", *pair, "brighter", "--top", "8", "--json", *options]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["usual_in"] == "samples"
    assert answer["verdicts"][0]["winner"] in ("a", "b")
    assert answer["differences"]
    assert not list(home.rglob("*.pairlens")), "and makes none"
    assert main(["compare", *pair, *options]) == 0
    out = capsys.readouterr()
    assert "They differ in:" in out.out
    assert "sample pictures" in out.err
    assert main(["compare", *pair, "--library", str(tmp_path / "gone.pairlens"), *options]) == 1
    assert "gone.pairlens" in capsys.readouterr().err


def test_analogy(run: Json, indexed: Path) -> None:
    asked = [indexed / f"photo0{number}.jpg" for number in range(5)]
    answer = run("analogy", *asked[:3])
    assert len(answer["results"]) == 9
    assert not {str(path) for path in asked[:3]} & {row["path"] for row in answer["results"]}
    assert [row["rank"] for row in answer["results"]] == list(range(1, 10))
    assert all(-1 <= row["agreement"] <= 1 for row in answer["results"])
    several = run("analogy", *asked, "--top", "2")["results"]
    assert len(several) == 2
    assert not {str(path) for path in asked} & {row["path"] for row in several}


@pytest.fixture
def dark_and_bright(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of noisy pictures, one dark and one bright."""
    folders = tmp_path / "dark", tmp_path / "bright"
    for folder, level in zip(folders, (60, 190), strict=True):
        folder.mkdir()
        for seed in range(20):
            noise = np.random.default_rng(level + seed).integers(-60, 60, (8, 8, 3))
            Image.fromarray((level + noise).astype(np.uint8)).resize((64, 64)).save(folder / f"{seed}.png")
    return folders


def test_contrast(run: Json, dark_and_bright: tuple[Path, Path]) -> None:
    dark, bright = dark_and_bright
    run("index", dark, bright)
    answer = run("contrast", dark, bright)
    assert (answer["a"]["images"], answer["b"]["images"]) == (20, 20)
    assert answer["phrases"], "dark and bright pictures are far apart for any encoder"
    for each in answer["phrases"]:
        assert each["p"] <= each["corrected"] <= 0.05
        assert each["more_in"] == ("a" if each["auroc"] > 0.5 else "b")
        assert all(Path(row["path"]).parent == dark for row in each["examples_a"])
        assert all(Path(row["path"]).parent == bright for row in each["examples_b"])
    first = answer["phrases"][0]
    scores = {row["path"]: row["score"] for row in run("rank", first["phrase"])["results"]}
    a, b = (np.array([s for path, s in scores.items() if Path(path).parent == side]) for side in (dark, bright))
    assert first["auroc"] == pytest.approx(np.mean(a[:, None] > b), abs=1e-6)
    assert len(run("contrast", dark, bright, "--top", "1")["phrases"]) == 1


def test_contrast_of_a_folder_with_itself_and_with_what_is_around_it(run: Json, indexed: Path) -> None:
    assert run("contrast", indexed, indexed)["phrases"] == []
    around = run("contrast", indexed / "more", indexed)
    assert (around["a"]["images"], around["b"]["images"]) == (2, 10)
    assert run("contrast", indexed, indexed.parent / "elsewhere", code=1)["error"]["code"] == "nothing-indexed"


def test_in_the_terminal(
    run: Json, indexed: Path, library: Path, tiny_model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [str(indexed / f"photo0{number}.jpg") for number in range(3)]
    options = ["--library", str(library), "--model", tiny_model, "--device", "cpu"]
    assert main(["compare", *images[:2], "brighter", "--top", "4", *options]) == 0
    out = capsys.readouterr().out
    assert "brighter: " in out
    assert "sure (score " in out
    assert "They differ in:" in out
    assert main(["analogy", *images, *options]) == 0
    assert "From A to B: " in capsys.readouterr().out
    assert main(["contrast", str(indexed), str(indexed), *options]) == 0
    assert "Nothing found" in capsys.readouterr().out


def test_refusals(run: Json, indexed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = indexed / "photo00.jpg"
    assert run("compare", image, tmp_path / "gone.jpg", code=1)["error"]["code"] == "image-vanished"
    (tmp_path / "page.jpg").write_text("<html>")
    assert run("compare", image, tmp_path / "page.jpg", code=1)["error"]["code"] == "not-an-image"
    assert run("compare", image, image, " ", code=1)["error"]["code"] == "prompt-empty"
    assert main(["analogy", str(image), str(image)]) == 2
    assert main(["analogy", *[str(image)] * 4]) == 2
    assert main(["compare", str(image)]) == 2
