"""`pairlens evaluate` from task file to report, with a real model on small copies of public data sets."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from engine.cli import main
from engine.clip import load
from engine.training.loop import finetune
from engine.training.optimizing import Group
from tests.conftest import make_clip
from tests.engine.training.conftest import Planner, clip, data, library, planned, shelf  # noqa: F401 (fixtures)

from .layouts import awa2, cifar100, cub, flowers102, picture

PETS = """
name = "pets"
seeds = 3
[[comparisons]]
name = "light"
prompt = "brighter"
reverse = "darker"
high = ["day"]
low = ["night"]
[zero_shot]
[[comparatives]]
first = "day"
second = "night"
text = "the first is brighter than the second"
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Any:
    assert main(["evaluate", *map(str, arguments), "--device", "cpu", "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """A task file, beside it a folder a class, and in one of them a file that is no picture."""
    for number in range(12):
        picture(tmp_path / "pets" / "day" / f"{number}.png", (210, 210, 190), number)
        picture(tmp_path / "pets" / "night" / f"{number}.png", (20, 20, 60), 50 + number)
    (tmp_path / "pets" / "day" / "broken.jpg").write_bytes(b"\xff\xd8no")
    (tmp_path / "pets" / "pets.toml").write_text(PETS)
    return tmp_path / "pets" / "pets.toml"


def test_labels_of_images_that_cannot_be_read_are_no_labels(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_model: str
) -> None:
    picture(tmp_path / "nobody-knows.png", (9, 9, 9))
    (tmp_path / "labels.csv").write_text("path,kind\nnobody-knows.png,\ngone.png,day\nlost.png,night\n")
    (tmp_path / "task.toml").write_text(
        'name = "pets"\nlayout = "table"\ntable = "labels.csv"\nlabel = "kind"\n[zero_shot]\n'
    )
    answer = run(capsys, "--task", tmp_path / "task.toml", "--model", tiny_model, code=1)
    assert answer["error"]["code"] == "too-few-labelled"


@pytest.mark.parametrize("name", ["awa2", "cub", "cifar100-size", "flowers-colour"])
def test_the_papers_tasks_run_on_their_public_layouts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_model: str, name: str
) -> None:
    root = tmp_path / "data"
    from engine.evaluation import tasks

    task = tasks.read(name)[0]
    if name == "cifar100-size":
        names = [*task.classes, "apple"]
        cifar100(root, names, [number % len(names) for number in range(90)])
    elif name == "flowers-colour":
        flowers102(root, task.classes)
    else:
        {"awa2": awa2, "cub": cub}[name](root)
    (found,) = run(capsys, "--task", name, "--data", root, "--model", tiny_model, "--seeds", 2)["tasks"]
    assert found["seeds"] == 2
    assert found["unusable"] == 0
    by_rule = {row["rule"]: row for row in found["figures"]}
    assert by_rule.keys() == {"single", "reversed", "wordings", "antonym", "ensemble"}
    for row in by_rule.values():
        assert 0 <= row["accuracy"] <= 1
        assert row["swapped"] == pytest.approx(1 - np.mean(row["accuracy"]), abs=0.02)
        assert row["pairs"] >= 4
    (zero_shot,) = found["zero_shot"]
    assert zero_shot["images"] == found["images"]
    assert {row["rule"] for row in found["geometry"]} == {"single", "reversed", "ensemble"}


def test_two_models_are_compared_and_reported(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_model: str, pets: Path
) -> None:
    other = make_clip(tmp_path / "other", seed=1)
    report = tmp_path / "out" / "report.html"
    report.parent.mkdir()
    models = ("--model", tiny_model, "--model", other)
    (found,) = run(capsys, "--task", pets, *models, "--report", report)["tasks"]
    assert [row["title"] for row in found["subjects"]] == [tiny_model, other]
    assert (found["images"], found["unusable"]) == (24, 1)
    figures = {(row["model"], row["rule"]): row for row in found["figures"]}
    assert len(figures) == 10
    for test in found["tests"]:
        assert (test["model"], test["against"]) == (other, tiny_model)
        assert 0 <= test["p"] <= 1
        if test["comparison"] == "light":
            change = figures[other, test["rule"]]["accuracy"] - figures[tiny_model, test["rule"]]["accuracy"]
            assert test["difference"] == pytest.approx(change, abs=2e-4)
    assert {row["source"] for row in found["geometry"]} == {"light", "comparatives"}
    prompted = [row for row in found["comparative_prompting"] if row["model"] == other]
    assert [(row["form"], row["alpha"]) for row in prompted] == [
        (form, alpha) for form in ("averaged", "symmetric") for alpha in (0.5, 0.7, 0.9)
    ]
    before = next(row["accuracy"] for row in found["zero_shot"] if row["model"] == other)
    for row in prompted:
        assert row["gained"] == pytest.approx(row["accuracy"] - before, abs=2e-4)
        assert row["confused_before"] == before, "both classes are compared"
    page = report.read_text(encoding="utf-8")
    svg = page[page.index("<svg") : page.index("</svg>") + len("</svg>")]
    assert len(ElementTree.fromstring(svg).findall(".//{*}rect")) > 10
    assert "http" not in page.replace("http://www.w3.org/2000/svg", ""), "the report needs nothing from elsewhere"
    HTMLParser().feed(page)


def test_a_run_is_measured_along_its_path(
    capsys: pytest.CaptureFixture[str],
    planned: Planner,  # noqa: F811
    tiny_model: str,
    tmp_path: Path,
    pets: Path,
) -> None:
    finetune(planned("taught", steps=6, evaluate_every=3), load(tiny_model, "cpu"), Group())
    report = tmp_path / "report.md"
    (found,) = run(capsys, "--task", pets, "--run", "taught", "--path", "--report", report)["tasks"]
    strengths = [row["strength"] for row in found["subjects"]]
    assert strengths == [step / 10 for step in range(11)]
    after = [row for row in found["figures"] if row["model"] == "taught at 1"]
    (alone,) = run(capsys, "--task", pets, "--model", tiny_model)["tasks"]
    before = [row for row in found["figures"] if row["model"] == found["subjects"][0]["title"]]
    assert [row["accuracy"] for row in before] == [row["accuracy"] for row in alone["figures"]]
    assert [row["accuracy"] for row in after] != [row["accuracy"] for row in before]
    text = report.read_text(encoding="utf-8")
    plots = sorted(file.name for file in tmp_path.glob("report-*.svg"))
    assert plots == ["report-1.svg", "report-2.svg"]
    assert all(f"]({name})" in text for name in plots)
    lines = ElementTree.parse(tmp_path / "report-2.svg").findall(".//{*}polyline")
    assert [len((line.get("points") or "").split()) for line in lines] == [11] * 6
    assert main(["evaluate", "--task", str(pets), "--run", "taught", "--device", "cpu"]) == 0
    figures = capsys.readouterr().out.partition("zero-shot")[0].splitlines()
    assert any(line.startswith("taught at 1, light, ensemble") for line in figures)
    places = {line.index("+-") for line in figures if "+-" in line}
    assert len(places) == 1, "columns stand in line whatever the models are called"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--task", "nowhere.toml"), "task-unfit"),
        (("--task", "awa2", "--data", "."), "task-data-unfit"),
        (("--task", "sample-looks", "--run", "nothing"), "run-unknown"),
        (("--task", "sample-looks", "--model", "nothing"), "model-unknown"),
        (("--task", "sample-looks", "--model", "starter", "--report", "nowhere/x.html"), "exchange"),
    ],
)
def test_refusals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: Any, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(capsys, *arguments, code=1)["error"]["code"] == code


@pytest.mark.parametrize("arguments", [(), ("--task", "awa2", "--report", "x.pdf"), ("--task", "awa2", "--seeds", "0")])
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert main(["evaluate", *arguments]) == 2


def test_the_tasks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    listed = run(capsys, "--list")["tasks"]
    assert {"awa2", "cub", "cifar100-size", "flowers-colour"} <= {row["task"] for row in listed}
