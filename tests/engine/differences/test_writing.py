"""The job with the writer by rule, import and export, and the command line: what is kept, counted, gone on with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest

from engine.cli import main
from engine.differences import writing
from engine.differences.authors import RuleAuthor
from engine.differences.files import export_differences, import_differences
from engine.differences.pairs import random_pairs
from engine.differences.rules import VERSION
from engine.differences.writing import write_differences
from engine.errors import FileUnfit, JobCancelled
from engine.jobs import JobContext
from engine.protocol import Progress
from engine.store import Library, Writer, texts
from engine.writing_report import WritingReport
from tests.engine.ollama_server import FakeOllama
from tests.engine.store.samples import fill


def run(writer: Writer, library: Library, total: int, context: JobContext | None = None) -> WritingReport:
    pairs = random_pairs(texts.captioned_images(library))
    return write_differences(writer, library, RuleAuthor(library), pairs, total, context or JobContext())


def test_every_pair_is_asked_once_and_its_sentences_kept(writer: Writer, library: Library) -> None:
    seen: list[Progress] = []
    report = run(writer, library, 4, JobContext(report=seen.append))
    assert (report.asked, report.known) == (4, 0)
    assert report.written == len(texts.differences(library)) > 4
    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (4, 4, "pairs")
    pairs = random_pairs(texts.captioned_images(library))
    more = write_differences(writer, library, RuleAuthor(library), pairs, 3, JobContext(report=seen.append), more=True)
    assert (more.asked, more.known) == (3, 4)
    assert (seen[-1].done, seen[-1].total) == (3, 3), "what was known is no progress"
    again = run(writer, library, 15)
    assert (again.asked, again.known) == (8, 7)
    assert run(writer, library, 1000).asked == 0, "there are no more pairs"
    row = texts.differences(library)[0]
    assert (row.writer, row.version, row.status) == ("rules", VERSION, "new")
    assert row.text != row.reverse


def test_cancelling_keeps_what_was_written(writer: Writer, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "BATCH", 4)
    context = JobContext()
    context.cancelled.set()
    with pytest.raises(JobCancelled):
        run(writer, library, 15, context)
    assert run(writer, library, 15).known == 4


def test_a_killed_command_goes_on(writer: Writer, tmp_path: Path) -> None:
    count = 400
    fill(writer, [f"{number}.jpg" for number in range(count)])
    with Library(writer.path) as library:
        ids = library.files_of_images()[1].tolist()
    rows = [(image, f"A {'red' if image % 2 else 'blue'} ball and {image} dogs.", "test") for image in ids]
    writer.call(lambda db: texts.record_captions(db, rows))
    writer.close()
    options = ["--library", str(writer.path), "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.cli", "differences", "write", "--pairs", "70000", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with Library(writer.path) as library:
        deadline = time.monotonic() + 60
        while not library.rows("SELECT 1 FROM asked LIMIT 1") and time.monotonic() < deadline:
            time.sleep(0.01)  # another process writes; there is no event to wait for
    process.send_signal(signal.SIGKILL)
    process.wait()
    with Writer(writer.path) as second, Library(writer.path) as library:
        before = library.rows("SELECT count(*) FROM asked")[0][0]
        assert 0 < before < 70000
        assert before % writing.BATCH == 0, "whole batches"
        report = run(second, library, before + 100)
        assert (report.known, report.asked) == (before, 100)


# ---- files ----------------------------------------------------------------------------------------------


def test_an_export_comes_back_with_its_review(writer: Writer, library: Library, tmp_path: Path) -> None:
    run(writer, library, 15)
    first, second, *_ = texts.differences(library)
    writer.call(lambda db: texts.set_status(db, [first.id], texts.REJECTED))
    writer.call(lambda db: texts.edit_difference(db, second.id, "New words.", "Words new."))
    count = export_differences(tmp_path / "d.jsonl", library)
    rows = list(texts.all_differences(library))
    assert count == len(rows)
    line = json.loads((tmp_path / "d.jsonl").read_text().splitlines()[0])
    assert line.keys() == {"first", "second", "text", "reverse", "writer", "status", "version", "written"}
    assert export_differences(tmp_path / "e.jsonl", library, status="edited") == 1

    with Writer(tmp_path / "second.pairlens") as other:
        fill(other, [f"{number}.jpg" for number in range(6)])
        with Library(other.path) as reader:
            report = import_differences(other, reader, tmp_path / "d.jsonl", JobContext())
            assert (report.imported, report.rejected) == (count, [])
            assert import_differences(other, reader, tmp_path / "d.jsonl", JobContext()).imported == 0
            back = list(texts.all_differences(reader))
            assert [(r.text, r.reverse, r.status, r.writer, r.created) for r in back] == [
                (r.text, r.reverse, r.status, r.writer, r.created) for r in rows
            ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "Invalid JSON"),
        ("[]", "The line"),
        ('{"first": "/photos/0.jpg", "text": "x"}', "second"),
        ('{"first": "/photos/0.jpg", "second": "/photos/99.jpg", "text": "x"}', "99.jpg"),
        ('{"first": "/photos/0.jpg", "second": "/photos/0.jpg", "text": "x"}', "one"),
        ('{"first": "/photos/0.jpg", "second": "/photos/1.jpg", "text": " "}', "characters"),
        ('{"first": "/photos/0.jpg", "second": "/photos/1.jpg", "text": "x", "status": "fine"}', "'fine'"),
        ('{"first": "/photos/0.jpg", "second": "/photos/1.jpg", "text": "x", "written": "soon"}', "written"),
        ('{"first": "/photos/0.jpg", "second": "\\ud800", "text": "x"}', "line 2"),
    ],
)
def test_a_line_that_does_not_fit_is_refused(
    writer: Writer, library: Library, tmp_path: Path, line: str, reason: str
) -> None:
    good = '{"first": "/photos/0.jpg", "second": "1.jpg", "text": "A good one."}'
    (tmp_path / "d.jsonl").write_text(f"{good}\n{line}\n\n", encoding="utf-8")
    report = import_differences(writer, library, tmp_path / "d.jsonl", JobContext())
    assert (report.imported, report.rejected_count) == (1, 1)
    assert reason in f"{report.rejected[0].where}: {report.rejected[0].reason}"
    with pytest.raises(FileUnfit):
        import_differences(writer, library, tmp_path / "d.csv", JobContext())


# ---- command line ---------------------------------------------------------------------------------------


def command(writer: Writer, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, object]:
    writer.close()
    assert main(["differences", *arguments, "--library", str(writer.path), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_write_and_export(
    writer: Writer, images: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = command(writer, capsys, "write", "--pairs", "15")
    assert report.keys() == {"pairs", "known", "written", "rejected", "failed", "seconds"}
    assert (report["pairs"], report["known"]) == (15, 0)
    assert command(writer, capsys, "write", "--pairs", "15", "--writer", "rules")["known"] == 15
    assert command(writer, capsys, "export", str(tmp_path / "d.jsonl"))["written"] == report["written"]
    assert command(writer, capsys, "import", str(tmp_path / "d.jsonl"))["counts"]


def test_near_pairs_and_folders(writer: Writer, images: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    writer.call(lambda db: db.execute("UPDATE setting SET value = 'test' WHERE key = 'model'"))
    assert command(writer, capsys, "write", "--pairs", "3", "--choose", "near", "--model", "test")["pairs"] == 3
    options = ("--choose", "folders", "--library", str(writer.path))
    assert main(["differences", "write", "--pairs", "3", *options]) == 1
    assert "index a second folder" in capsys.readouterr().err


def test_what_the_model_is_told_can_be_typed_or_read_from_a_file(
    writer: Writer, images: list[int], ollama: FakeOllama, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--writer", "ollama:m", "--host", ollama.url)
    command(writer, capsys, "write", "--pairs", "2", *options, "--instructions", "Be short.")
    file = tmp_path / "told.txt"
    file.write_text("Be long.")
    assert command(writer, capsys, "write", "--pairs", "2", *options, "--instructions", f"@{file}")["known"] == 0
    assert [body["messages"][0]["content"] for body in ollama.requests] == ["Be short."] * 4 + ["Be long."] * 4


def test_write_with_a_model_and_without_its_server(
    writer: Writer, images: list[int], ollama: FakeOllama, capsys: pytest.CaptureFixture[str]
) -> None:
    report = command(writer, capsys, "write", "--pairs", "4", "--writer", "ollama:m", "--host", ollama.url)
    assert report["written"] == 4
    ollama.stop()
    report = command(writer, capsys, "write", "--pairs", "9", "--writer", "ollama:m", code=1)
    assert report["known"] == 4
    assert report["error"] is not None
    assert main(["differences", "write", "--pairs", "9", "--writer", "ollama:m", "--library", str(writer.path)]) == 1
    out, err = capsys.readouterr()
    assert "0 sentences on 0 pairs" in out
    assert f"pairlens: No Ollama answers at {ollama.url}." in err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["write", "--pairs", "5", "--writer", "gpt"], 2, "ollama:MODEL"),
        (["write", "--pairs", "5", "--choose", "best"], 2, "random"),
        (["write", "--pairs", "5", "--choose", "along"], 2, "--prompt"),
        (["write", "--pairs", "0"], 2, "--pairs"),
        (["write", "--pairs", "5", "--writer", "ollama:m", "--instructions", "@nowhere.txt"], 2, "nowhere.txt"),
        (["write", "--pairs", "5", "--writer", "ollama:m", "--host", "http://example.com"], 1, "another machine"),
        (["write", "--pairs", "5", "--writer", "ollama:m:cloud"], 1, "service"),
        (["export", "d.csv"], 1, ".jsonl"),
        (["export", "d.jsonl", "--status", "good"], 2, "accepted"),
    ],
)
def test_refusals(
    writer: Writer,
    images: list[int],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    says: str,
) -> None:
    writer.close()
    assert main(["differences", *arguments, "--library", str(writer.path)]) == code
    assert says in capsys.readouterr().err


def test_images_without_captions_are_named(writer: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    fill(writer, ["a.jpg", "b.jpg"])
    writer.close()
    assert main(["differences", "write", "--pairs", "5", "--library", str(writer.path)]) == 1
    assert "Only 0 of 2 images have captions" in capsys.readouterr().err


def test_the_pairs_of_a_run_are_those_of_the_chooser(writer: Writer, library: Library, images: list[int]) -> None:
    run(writer, library, 5)
    asked = {tuple(row) for row in library.rows("SELECT low_id, high_id FROM asked")}
    assert asked == {tuple(sorted(pair)) for pair in islice(random_pairs(images), 5)}
