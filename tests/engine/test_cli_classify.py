"""`pairlens classify`: its document against plain open_clip, comparatives, labels, refusals."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.classify import files
from engine.classify.sets import Comparative
from engine.cli import main
from engine.store import Library
from tests.conftest import write_photo
from tests.engine.ollama_server import FakeOllama
from tests.engine.test_cli import Json, indexed, library, run

__all__ = ["indexed", "library", "run"]  # fixtures

TEMPLATE = ("--template", "a photo of a {}")


def plain_clip(folder: Path, texts: list[str]) -> tuple[np.ndarray, float]:
    """Unit text vectors and the scale of the logits, by open_clip alone."""
    import open_clip
    import torch

    model: Any = open_clip.create_model(f"local-dir:{folder}")
    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")(texts)
    with torch.no_grad():
        vectors = model.eval().encode_text(tokens)
        return torch.nn.functional.normalize(vectors, dim=-1).numpy(), float(model.logit_scale.exp())


def softmax(scores: np.ndarray) -> np.ndarray:
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    return chances / chances.sum(axis=1, keepdims=True)


def stored(library: Path, results: list[dict[str, Any]]) -> np.ndarray:
    """The vectors of the files in a document, in its order."""
    with Library(library) as source:
        ids, vectors = source.vectors(source.encoders()[0].key)
        row = {image: number for number, image in enumerate(ids.tolist())}
        found = [source.file_at(os.fsencode(each["path"])) for each in results]
        return vectors[[row[file.image_id] for file in found if file]].astype(np.float32)


def test_results_are_those_of_plain_open_clip(run: Json, indexed: Path, library: Path, tiny_model_dir: Path) -> None:
    names = ["dog", "salt, pepper", "cat"]
    answer = run("classify", "--classes", 'dog, "salt, pepper", cat', *TEMPLATE)
    assert answer["classes"] == names
    assert [Path(row["path"]).name for row in answer["results"]][:3] == ["one.png", "two.webp", "photo00.jpg"]
    classes, scale = plain_clip(tiny_model_dir, [f"a photo of a {name}" for name in names])
    chances = softmax(scale * stored(library, answer["results"]) @ classes.T)
    assert [names.index(row["label"]) for row in answer["results"]] == chances.argmax(axis=1).tolist()
    assert [row["probability"] for row in answer["results"]] == pytest.approx(chances.max(axis=1), abs=1e-4)
    assert answer["accuracy"] is answer["accuracy_zero_shot"] is None
    assert np.sum(answer["confusion"]) == pytest.approx(12, abs=1e-3)  # expected: every image, by its probabilities
    assert {row["class"] for row in answer["per_class"]} == set(names)


def test_an_ensemble_is_the_mean_of_its_unit_vectors(
    run: Json, indexed: Path, library: Path, tiny_model_dir: Path
) -> None:
    answer = run("classify", "--classes", "dog,cat")
    texts = [template.replace("{}", name) for name in ("dog", "cat") for template in answer["templates"]]
    vectors, scale = plain_clip(tiny_model_dir, texts)
    means = vectors.reshape(2, len(answer["templates"]), -1).mean(axis=1)
    classes = means / np.linalg.norm(means, axis=1, keepdims=True)
    chances = softmax(scale * stored(library, answer["results"]) @ classes.T)
    assert [row["probability"] for row in answer["results"]] == pytest.approx(chances.max(axis=1), abs=1e-4)


def test_comparatives_follow_the_papers_formula(run: Json, indexed: Path, library: Path, tiny_model_dir: Path) -> None:
    said = "with floppy ears and a wagging tail"
    answer = run(
        "classify", "--classes", "wolf,dog,cat", "--comparative", f"dog>wolf: {said}", "--alpha", 0.7, *TEMPLATE
    )
    (wolf, dog, cat, text), scale = plain_clip(
        tiny_model_dir, ["a photo of a wolf", "a photo of a dog", "a photo of a cat", said]
    )
    moved = 0.7 * wolf + 0.3 * (dog - text)
    classes = np.stack([moved / np.linalg.norm(moved), dog, cat])
    chances = softmax(scale * stored(library, answer["results"]) @ classes.T)
    assert [row["probability"] for row in answer["results"]] == pytest.approx(chances.max(axis=1), abs=1e-4)
    assert answer["comparatives"] == [{"first": "dog", "second": "wolf", "text": said}]
    assert len(answer["curve"]) == 21
    switched = sum(row["label"] != row["zero_shot"] for row in answer["results"])
    assert next(point["switched"] for point in answer["curve"] if point["alpha"] == 0.7) == switched


@pytest.mark.parametrize("form", ["averaged", "symmetric"])
def test_alpha_1_is_zero_shot_bit_for_bit(run: Json, indexed: Path, form: str) -> None:
    classes = ("--classes", "wolf,dog,cat")
    plain = run("classify", *classes)["results"]
    said = ("--comparative", "dog>wolf: fluffier", "--comparative", "cat>wolf: smaller", "--form", form)
    assert run("classify", *classes, *said, "--alpha", 1)["results"] == plain
    assert run("classify", *classes, *said, "--alpha", 0.3)["results"] != plain


@pytest.fixture
def sorted_photos(tmp_path: Path) -> Path:
    """Two folders of ten pictures, and one that is no class."""
    folder = tmp_path / "sorted"
    for seed in range(20):
        write_photo(folder / ("red_car" if seed % 2 else "boat") / f"{seed}.png", seed)
    write_photo(folder / "strange" / "x.png", 99)
    return folder


def test_folders_as_labels(run: Json, sorted_photos: Path) -> None:
    run("index", sorted_photos)
    answer = run("classify", "--classes", "boat,red car", "--labels", "folder")
    true = [row["true"] for row in answer["results"]]
    assert (true.count("boat"), true.count("red car"), true.count(None)) == (10, 10, 1)
    right = sum(row["label"] == row["true"] for row in answer["results"])
    assert answer["accuracy"] == right / 20 == answer["accuracy_zero_shot"]
    low, high = answer["accuracy_interval"]
    assert low <= answer["accuracy"] <= high
    assert np.trace(answer["confusion"]) == right
    assert np.sum(answer["confusion"]) == answer["labelled"] == 20
    assert answer["labels_unknown"] == {"strange": 1}
    assert run("classify", "--labels", str(sorted_photos))["classes"] == ["boat", "red car", "strange"]


def test_gains_stand_beside_those_of_random_words(run: Json, sorted_photos: Path) -> None:
    run("index", sorted_photos)
    asked = ("--classes", "boat,red car", "--labels", "folder", "--comparative", "red car>boat: redder")
    for form in ("averaged", "symmetric"):
        answer = run("classify", *asked, "--alpha", 0.2, "--form", form)
        gain = answer["gain"]
        assert gain["gain"] == pytest.approx(answer["accuracy"] - answer["accuracy_zero_shot"])
        assert gain["gain"] == pytest.approx((gain["put_right"] - gain["put_wrong"]) / 20)
        assert len(gain["random_text"]["gains"]) == 20
        assert 0 < gain["random_text"]["chance_of_as_much"] <= 1
        assert run("classify", *asked, "--alpha", 0.2, "--form", form)["gain"] == gain


def test_alpha_is_chosen_on_one_half_and_reported_on_the_other(run: Json, sorted_photos: Path) -> None:
    run("index", sorted_photos)
    asked = ("--classes", "boat,red car", "--labels", "folder", "--comparative", "red car>boat: redder")
    answer = run("classify", *asked, "--alpha", "auto")
    assert answer["alpha_chosen_on"] == answer["labelled"] == 10
    best = {point["alpha"] for point in answer["curve"]}
    assert answer["alpha"] in best
    assert run("classify", "--classes", "a,b", "--alpha", "auto", code=1)["error"]["code"] == "labels-unfit"


@pytest.mark.parametrize("known", ["0 boat", "0 boat, 1 red car, 3 sea, 5 sky"])
def test_too_few_known_images_choose_no_alpha(run: Json, sorted_photos: Path, tmp_path: Path, known: str) -> None:
    run("index", sorted_photos)
    table = tmp_path / "labels.csv"
    lines = (line.partition(" ") for line in known.split(", "))
    paths = ((f"sorted/{'red_car' if int(number) % 2 else 'boat'}/{number}.png", name) for number, _, name in lines)
    table.write_text("\n".join(["path,label", *map(",".join, paths)]))
    asked = ("--classes", "boat,red car,sea,sky", "--labels", table, "--comparative", "red car>boat: redder")
    assert run("classify", *asked, "--alpha", "auto", code=1)["error"]["code"] == "labels-unfit"


def test_labels_from_a_table(run: Json, sorted_photos: Path, tmp_path: Path) -> None:
    run("index", sorted_photos)
    table = tmp_path / "labels.csv"
    table.write_text("path,label\nsorted/boat/0.png,Boat\nsorted/boat/2.png,plane\nsorted/none.png,boat\n")
    answer = run("classify", "--classes", "boat,red car", "--labels", table)
    assert (answer["labelled"], answer["labels_unknown"]) == (1, {"plane": 1})
    assert [row["line"] for row in answer["labels_rejected"]] == [4]


def test_a_class_set_is_saved_and_used_again(run: Json, indexed: Path, tmp_path: Path) -> None:
    file, table = tmp_path / "pets.toml", tmp_path / "labels.csv"
    said = ("--comparative", "dog>cat: larger", "--alpha", 0.4, "--form", "symmetric", "--close", 0.5)
    first = run("classify", "--classes", "dog,cat", *said, "--save", file, "--export", table)
    assert files.read(file).comparatives == (Comparative("dog", "cat", "larger"),)
    assert run("classify", "--classes", file)["results"] == first["results"]
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["path"], row["label"]) for row in rows] == [(r["path"], r["label"]) for r in first["results"]]


def test_phrases_are_drafted_from_what_separates_the_predicted_groups(run: Json, tmp_path: Path) -> None:
    from PIL import Image

    for level in (60, 190):
        for seed in range(20):
            noise = np.random.default_rng(level + seed).integers(-60, 60, (8, 8, 3))
            target = tmp_path / "grey" / f"{level}-{seed}.png"
            target.parent.mkdir(exist_ok=True)
            Image.fromarray((level + noise).astype(np.uint8)).resize((64, 64)).save(target)
    run("index", tmp_path / "grey")
    answer = run("classify", "--classes", "night,day,dusk,dawn", "--draft", 2, "--form", "symmetric")
    assert len(answer["comparatives"]) <= 6
    for each in answer["comparatives"]:
        assert {each["first"], each["second"]} <= set(answer["classes"])
    pairs = [set(row["classes"]) for row in answer["expected_pairs"][:2]]
    assert all({each["first"], each["second"]} in pairs for each in answer["comparatives"])


def test_a_model_that_says_nothing_of_use_is_told_of(
    run: Json, indexed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine import ollama_hosts

    with FakeOllama() as server:
        monkeypatch.setattr(ollama_hosts, "hosts_of", lambda library: [server.url])
        server.chat = lambda handler, body: handler.answer('{"phrases": [" . "]}')
        asked = ["classify", "--classes", "boat,red car", "--draft", "1", "--writer", "ollama:m"]
        assert main([*asked, "--library", str(indexed.parent / "library.pairlens"), "--device", "cpu"]) == 0
        assert "the model said nothing of the classes that can be used" in capsys.readouterr().err


def test_images_are_copied_or_linked_into_a_folder_a_class(run: Json, indexed: Path, tmp_path: Path) -> None:
    answer = run(
        "classify", "--classes", "dog,cat", "--copy-into", tmp_path / "copies", "--link-into", tmp_path / "links"
    )
    for folder, linked in (("copies", False), ("links", True)):
        for row in answer["results"]:
            target = tmp_path / folder / row["label"] / Path(row["path"]).name
            assert target.samefile(row["path"]) is linked
            assert target.read_bytes() == Path(row["path"]).read_bytes()


def test_in_the_terminal(
    run: Json, sorted_photos: Path, library: Path, tiny_model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("index", sorted_photos)
    options = ["--library", str(library), "--model", tiny_model, "--device", "cpu"]
    assert main(["classify", "--classes", "boat,red car", *options]) == 0
    out = capsys.readouterr().out
    assert "21 images, 2 classes" in out
    assert "boat and red car" in out
    asked = ["--labels", "folder", "--comparative", "boat>red car: rounder", "--alpha", "0.5"]
    assert main(["classify", "--classes", "boat,red car", *asked, *options]) == 0
    out = capsys.readouterr().out
    assert "of 20 images (95 % interval" in out
    assert "random words in their place" in out


def test_in_the_terminal_labels_that_count_nowhere_are_told(
    run: Json, sorted_photos: Path, library: Path, tiny_model: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run("index", sorted_photos)
    files = sorted(str(file) for file in sorted_photos.rglob("*.*"))
    lines = [f"{files[0]},boat", f"{files[1]},elf", *(f"/nowhere/{number}.jpg,boat" for number in range(21))]
    (tmp_path / "labels.csv").write_text("\n".join(["path,label", *lines]))
    options = ["--library", str(library), "--model", tiny_model, "--device", "cpu"]
    assert main(["classify", "--classes", "boat,red car", "--labels", str(tmp_path / "labels.csv"), *options]) == 0
    told = capsys.readouterr().err
    assert "pairlens: line 4: The library has no image '/nowhere/0.jpg'" in told
    assert "21 lines were not taken; the first 20 are listed" in told
    assert "labels that are no class of the list: 'elf' (1)" in told


def test_a_template_that_is_refused_is_mended_as_one(run: Json, indexed: Path) -> None:
    error = run("classify", "--classes", "dog,cat", "--template", "a photo", code=1)["error"]
    assert "{}" in error["remedy"]
    assert "classes" not in error["remedy"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--classes", "dog"), "classes-unfit"),
        (("--classes", "dog,dog"), "classes-unfit"),
        (("--classes", "dog,,cat"), "classes-unfit"),
        (("--classes", 'dog,"cat'), "classes-unfit"),
        (("--classes", "dog,cat", "--template", "a photo"), "class-prompt-unfit"),
        (("--classes", "dog,cat", "--comparative", "dog>bird: larger"), "comparative-unfit"),
        (("--classes", "dog,cat", "--comparative", "dog>cat:"), "comparative-unfit"),
        (
            ("--classes", "dog,cat", "--comparative", "dog>cat: larger", "--comparative", "cat>dog: larger"),
            "comparatives-contradict",
        ),
        (("--classes", "dog,cat", "--labels", "/nowhere.csv"), "labels-unfit"),
        (("--classes", "dog,cat", "--labels", "folder"), "labels-unfit"),
        (("--classes", "dog,cat", "--folder", "/nowhere"), "nothing-indexed"),
    ],
)
def test_refusals(run: Json, indexed: Path, arguments: tuple[str, ...], error: str) -> None:
    assert run("classify", *arguments, code=1)["error"]["code"] == error


@pytest.mark.parametrize("wrong", [("--save", "set.json"), ("--export", "labels.txt")])
def test_a_file_that_cannot_be_written_is_refused_before_a_model_is_loaded(
    library: Path, indexed: Path, wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--library", str(library), "--model", "local-dir:/nowhere")
    assert main(["classify", "--classes", "dog,cat", *wrong, *options]) == 1
    assert "should end in" in capsys.readouterr().err


def test_wrong_usage(library: Path, indexed: Path) -> None:
    assert main(["classify", "--library", str(library)]) == 2
    for wrong in (
        ("--writer", "ollama:"),
        ("--writer", "me"),
        ("--alpha", "2"),
        ("--alpha", "x"),
        ("--form", "other"),
        ("--close", "2"),
        ("--draft", "-1"),
    ):
        assert main(["classify", "--classes", "a,b", *wrong, "--library", str(library)]) == 2


def test_a_thousand_classes(run: Json, indexed: Path, tmp_path: Path) -> None:
    shutil.rmtree(indexed / "more")
    (tmp_path / "many.txt").write_text("\n".join(f"thing {number}" for number in range(1_001)))
    answer = run("classify", "--classes", tmp_path / "many.txt", *TEMPLATE)
    assert answer["confusion"] is None
    assert len(answer["results"]) == 12
