"""The command line on a folder of pictures with a tiny model: results, JSON documents, exit codes, refusals."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.cli import main, output, with_default_command
from engine.cli.rank import BAR_WIDTH, bar
from engine.cli.terminal import in_words
from engine.protocol import Progress
from engine.store import Library
from tests.conftest import write_photo

needs_byte_names = pytest.mark.skipif(sys.platform != "linux", reason="names are text on this system")

Json = Callable[..., Any]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library.pairlens"


@pytest.fixture
def run(library: Path, tiny_model: str, capsys: pytest.CaptureFixture[str]) -> Json:
    """Run a command with --json; returns its document. The exit code is 0 unless told."""

    def run(*arguments: object, code: int = 0) -> Any:
        options = ["--library", library, "--model", tiny_model, "--device", "cpu", "--json"]
        assert main([str(word) for word in [*arguments, *options]]) == code
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def indexed(run: Json, photos: Path) -> Path:
    run("index", photos)
    return photos


# ---- index ----------------------------------------------------------------------------------------------


def test_a_folder_without_images_is_said_before_a_model_is_loaded_or_a_library_made(
    tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty" / "below").mkdir(parents=True)
    (tmp_path / "empty" / "letter.txt").write_text("Dear Ada")
    options = ["--library", str(library), "--model", "local-dir:/nowhere"]
    assert main(["index", str(tmp_path / "empty"), *options]) == 1
    assert "There is no image in the folder" in capsys.readouterr().err
    assert not library.exists()


def test_index_tells_what_it_did(run: Json, photos: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    first = run("index", photos)
    assert (first["found"], first["embedded"], first["unchanged"]) == (13, 12, 0)
    assert [failure["path"] for failure in first["failed"]] == [str(photos / "broken.jpg")]
    assert first["failed"][0]["reason"] == "broken.jpg is damaged or cut short."
    assert first["failed"][0]["remedy"] == "Replace or repair the file, then refresh."
    assert first["seconds"] > 0
    assert first["images_per_second"] > 0

    (photos / "photo00.jpg").rename(photos / "renamed.jpg")
    (photos / "photo01.jpg").unlink()
    write_photo(photos / "new.png", 77)
    second = run("index", photos)
    assert {key: second[key] for key in ("embedded", "moved", "removed")} == {"embedded": 1, "moved": 1, "removed": 1}
    assert [failure["path"] for failure in second["failed"]] == [str(photos / "broken.jpg")]


def test_a_missing_folder_does_not_stop_the_others(run: Json, photos: Path, tmp_path: Path) -> None:
    report = run("index", tmp_path / "nowhere", photos, code=1)
    assert report["embedded"] == 12
    assert report["failed"][0]["path"] == str(tmp_path / "nowhere")


def test_single_images_can_be_indexed(run: Json, photos: Path) -> None:
    assert run("index", photos / "photo00.jpg", photos / "photo01.jpg")["embedded"] == 2
    assert len(run("rank", "brighter")["results"]) == 2


def test_index_that_can_do_nothing(run: Json, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.jpg").write_bytes(b"<html>no picture</html>")
    assert run("index", tmp_path / "nowhere", code=1)["error"]["code"] == "folder-missing"
    assert run("index", tmp_path / "broken" / "a.jpg", code=1)["failed"][0]["path"] == str(
        tmp_path / "broken" / "a.jpg"
    )
    assert run("index", tmp_path / "empty", code=1)["error"]["code"] == "folder-without-images"
    assert len(run("index", tmp_path / "broken", code=1)["failed"]) == 1


def test_the_model_of_an_index_is_the_librarys_model(
    run: Json, indexed: Path, library: Path, capsys: pytest.CaptureFixture[str], tiny_model: str
) -> None:
    assert main(["rank", "brighter", "--library", str(library), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == tiny_model


# ---- rank and similar -----------------------------------------------------------------------------------


def test_rank_orders_every_image(run: Json, indexed: Path) -> None:
    answer = run("rank", "brighter")
    scores = [row["score"] for row in answer["results"]]
    assert len(scores) == 12
    assert scores == sorted(scores, reverse=True)
    assert [row["rank"] for row in answer["results"]] == list(range(1, 13))
    assert {Path(row["path"]) for row in answer["results"]} == {*indexed.glob("*.jpg"), *indexed.glob("more/*")}
    assert answer["prompt"] == "brighter"
    assert answer["reverse"]
    assert answer["verdict"] in {"strong", "fair", "weak", "none"}
    assert -1 <= answer["agreement"] <= 1


def test_the_reverse_turns_the_order_round(run: Json, indexed: Path) -> None:
    there = run("rank", "brighter", "--reverse", "darker")["results"]
    back = run("rank", "darker", "--reverse", "brighter")["results"]
    assert [row["path"] for row in there] == [row["path"] for row in reversed(back)]


def test_single_is_the_papers_statement(run: Json, indexed: Path) -> None:
    answer = run("rank", "brighter", "--single")
    assert len(answer["results"]) == 12
    assert answer["agreement"] is None


def test_top_and_folder_limit_what_is_shown(run: Json, indexed: Path) -> None:
    whole = run("rank", "brighter")["results"]
    assert run("rank", "brighter", "--top", "3")["results"] == whole[:3]
    below = run("rank", "brighter", "--folder", indexed / "more")["results"]
    assert [row["rank"] for row in below] == [1, 2]
    assert [row["path"] for row in below] == [row["path"] for row in whole if Path(row["path"]).parent.name == "more"]
    assert run("rank", "brighter", "--folder", indexed.parent)["results"] == whole


def test_a_folder_that_is_not_indexed(run: Json, indexed: Path, tmp_path: Path) -> None:
    (tmp_path / "photos2").mkdir()  # its name begins like that of the indexed one
    error = run("rank", "brighter", "--folder", tmp_path / "photos2", code=1)["error"]
    assert error["sentence"] == f"The library has no image below {tmp_path / 'photos2'}."
    assert error["remedy"] == "Index first: `pairlens index FOLDER`."


def test_the_table_and_the_sheet(
    run: Json, indexed: Path, library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.png"
    assert main(["rank", "brighter", "--library", str(library), "--sheet", str(sheet)]) == 0
    out, err = capsys.readouterr()
    lines = [line for line in out.splitlines() if str(indexed) in line]
    assert len(lines) == 12
    assert lines[0].split()[0] == "1"
    assert "█" * BAR_WIDTH in lines[0]
    assert "these images" in out
    assert "12" in err
    assert sheet.read_bytes().startswith(b"\x89PNG")


def test_similar_leaves_the_image_itself_out(run: Json, indexed: Path) -> None:
    image = indexed / "photo03.jpg"
    (indexed / "copy.jpg").write_bytes(image.read_bytes())
    run("index", indexed)
    results = run("similar", image)["results"]
    assert len(results) == 12
    assert results[0]["path"] == str(indexed / "copy.jpg")
    assert results[0]["score"] == pytest.approx(1, abs=1e-3)
    assert str(image) not in {row["path"] for row in results}


def test_similar_to_an_image_from_elsewhere_and_more_of_it(run: Json, indexed: Path, tmp_path: Path) -> None:
    elsewhere = write_photo(tmp_path / "elsewhere.png", 3)  # the same picture as photo03
    plain = run("similar", elsewhere)["results"]
    assert Path(plain[0]["path"]).name == "photo03.jpg"
    unmoved = run("similar", elsewhere, "--more", "brighter", "--amount", "0")["results"]
    assert [row["path"] for row in unmoved] == [row["path"] for row in plain]
    moved = run("similar", elsewhere, "--more", "brighter", "--amount", "1000")["results"]
    ranking = run("rank", "brighter")["results"]
    places = {row["path"]: row["rank"] for row in ranking}
    apart = [abs(places[row["path"]] - row["rank"]) for row in moved]
    assert float(np.mean(apart)) < 2, "moved far along the prompt, likeness becomes the prompt's order"


# ---- export and import ----------------------------------------------------------------------------------


def test_export_and_import(run: Json, indexed: Path, library: Path, tmp_path: Path, tiny_model: str) -> None:
    assert run("export", "ranking", tmp_path / "order.csv", "--prompt", "brighter") == {"rows": 12, "rejected": []}
    assert run("export", "library", tmp_path / "files.jsonl")["rows"] == 12
    assert run("export", "vectors", tmp_path / "vectors.npz")["rows"] == 12
    first = (tmp_path / "order.csv").read_text().splitlines()[1].split(",")
    assert first[1] == run("rank", "brighter", "--top", "1")["results"][0]["path"]

    report = run("import", "vectors", tmp_path / "vectors.npz", "--encoder", tiny_model)
    assert report == {"rows": 12, "rejected": []}
    np.savez(tmp_path / "far.npz", paths=np.array(["/far/away.jpg"]), vectors=np.eye(1, 32, dtype=np.float32))
    lost = run("import", "vectors", tmp_path / "far.npz", code=1)
    assert lost["rejected"][0]["path"] == "/far/away.jpg"
    assert "no such file" in lost["rejected"][0]["reason"]


def test_vectors_for_a_model_that_nobody_knows(run: Json, indexed: Path, tmp_path: Path) -> None:
    run("export", "vectors", tmp_path / "vectors.npz")
    answer = run("import", "vectors", tmp_path / "vectors.npz", "--encoder", "no-such-model", code=1)
    assert answer["error"]["code"] == "model-unknown"


# ---- refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["rank"],
        ["rank", "x", "--top", "0"],
        ["similar", "x.jpg", "--amount", "2"],
        ["rank", "x", "--device", "gpu"],
        ["index"],
        ["nonsense"],
        ["export"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert "Usage" in out + err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rank", "brighter"], "pairlens index FOLDER"),
        (["rank", ""], "prompt is empty"),
        (["rank", "  "], "prompt is empty"),
        (["similar", "photo.jpg"], "pairlens index FOLDER"),
        (["export", "library", "files.jsonl"], "pairlens index FOLDER"),
        (["export", "ranking", "order.xlsx", "--prompt", "x"], ".csv"),
        (["import", "vectors", "missing.npz"], "missing.npz"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_named_problem_is_one_line(
    arguments: list[str], words: str, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--library", str(library)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("pairlens: ")
    assert err.count("\n") == 1
    assert words in err
    assert not library.exists()


def test_what_may_not_be_read_is_a_named_problem_and_no_wrong_usage(
    run: Json, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.R_OK and access(path, mode))
    photo = photos / "photo00.jpg"
    assert run("index", photos)["embedded"] == 12  # whoever may read it after all, reads it
    assert run("similar", photo)["results"]
    assert run("import", "vectors", photo, code=1)["error"]["code"] == "file-unfit"
    assert run("models", "import", photo, "--architecture", "no-such", code=1)["error"]["code"] == "model-unknown"


def test_a_table_of_which_no_answer_is_taken_did_not_do_its_job(run: Json, indexed: Path, tmp_path: Path) -> None:
    table = tmp_path / "answers.csv"
    table.write_text("first,second,answer\nnowhere.jpg,neither.jpg,first\n")
    report = run("judgements", "import", table, "--attribute", "cheerful", code=1)
    assert (report["imported"], [line["line"] for line in report["rejected"]]) == (0, [2])


def test_a_prompt_of_ten_thousand_characters(run: Json, indexed: Path) -> None:
    assert run("rank", "bright " * 1500, code=1)["error"]["code"] == "prompt-too-long"


def test_a_file_that_is_no_library(run: Json, photos: Path, library: Path) -> None:
    library.write_bytes((photos / "photo00.jpg").read_bytes())
    before = library.read_bytes()
    assert run("index", photos, code=1)["error"]["code"] == "library-foreign"
    assert run("rank", "brighter", code=1)["error"]["code"] == "library-foreign"
    assert library.read_bytes() == before


# ---- names and words ------------------------------------------------------------------------------------


@needs_byte_names
def test_names_that_are_no_text(run: Json, tmp_path: Path, library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "names"
    names = [b"caf\xe9.png", b"two\nlines.png", "\N{PARTY POPPER} 'x' \"y\".png".encode()]
    for seed, name in enumerate(names):
        made = write_photo(folder / "made.png", seed)
        os.rename(made, os.path.join(os.fsencode(folder), name))
    assert run("index", folder)["embedded"] == 3
    results = run("rank", "brighter")["results"]
    exact = {base64.b64decode(row["path_bytes"]) if "path_bytes" in row else row["path"].encode() for row in results}
    assert exact == {os.path.join(os.fsencode(folder), name) for name in names}
    assert sum("path_bytes" in row for row in results) == 1
    assert main(["rank", "brighter", "--library", str(library)]) == 0
    assert len([line for line in capsys.readouterr().out.splitlines() if str(folder) in line]) == 3
    with Library(library) as source:
        assert source.file_at(os.path.join(os.fsencode(folder), names[0])) is not None


def test_what_is_printed_cannot_move_the_cursor() -> None:
    assert output.printable(
        "a\x1b[2Jb\n\tc\udce9"
    ) == "a\N{REPLACEMENT CHARACTER}[2Jb" + "\N{REPLACEMENT CHARACTER}" * 2 + ("c\N{REPLACEMENT CHARACTER}")


def test_no_command_opens_the_window(tmp_path: Path) -> None:
    folder = str(tmp_path)
    assert with_default_command([]) == ["gui"]
    assert with_default_command([folder]) == ["gui", folder]
    assert with_default_command(["--device", "cpu"]) == ["gui", "--device", "cpu"]
    assert with_default_command(["--help"]) == ["--help"]
    assert with_default_command(["rank", "x"]) == ["rank", "x"]
    assert with_default_command(["models", "list"]) == ["models", "list"]
    assert with_default_command(["rnak", "x"]) == ["rnak", "x"]


@pytest.mark.parametrize(("score", "width"), [(0.0, 0), (0.5, 6), (1.0, 12)])
def test_bars_go_from_empty_to_full(score: float, width: int) -> None:
    assert bar(score, 0.0, 1.0) == ("█" * width).ljust(BAR_WIDTH)
    assert bar(2.0, 2.0, 2.0) == "█" * BAR_WIDTH


def test_progress_in_words() -> None:
    assert in_words(Progress(0, "x", 1200, 5000, 45.2, 84.1)) == "1,200 of 5,000 images, 45 a second, 1:24 left"
    assert in_words(Progress(0, "x", 12, None)) == "12 images"
    assert (
        in_words(Progress(0, "x", 5_000_000, 20_000_000, 2.5e6, 6, "bytes")) == "5 of 20 MB, 2.5 MB a second, 0:06 left"
    )
