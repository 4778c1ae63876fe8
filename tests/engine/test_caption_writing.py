"""Captions written by a vision model: real pictures, a server that sees, one that fails."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from engine.caption_writing import uncaptioned, write_captions
from engine.cli import main
from engine.errors import JobCancelled
from engine.jobs import JobContext
from engine.local_llm import LocalModel
from engine.store import Library, Writer, texts
from engine.writing_report import WritingReport
from tests.conftest import write_photo
from tests.engine.ollama_server import FakeOllama, Handler, Json
from tests.engine.shelves import shelve

SOURCE = "ollama:m"


def seen(handler: Handler, body: Json) -> None:
    """Says how large the picture is."""
    (image,) = body["messages"][1]["images"]
    with Image.open(BytesIO(base64.b64decode(image)), formats=("JPEG",)) as picture:
        handler.answer(json.dumps({"caption": f"A picture of {picture.width} by {picture.height}\npixels."}))


@pytest.fixture
def ollama() -> Iterator[FakeOllama]:
    with FakeOllama() as server:
        server.chat = seen
        yield server


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "library.pairlens") as writer:
        yield writer


@pytest.fixture
def images(writer: Writer, tmp_path: Path) -> list[int]:
    return shelve(writer, tmp_path / "photos", [f"{number}.jpg" for number in range(6)])


@pytest.fixture
def library(writer: Writer, images: list[int]) -> Iterator[Library]:
    with Library(writer.path) as library:
        yield library


def run(writer: Writer, library: Library, server: FakeOllama, context: JobContext | None = None) -> WritingReport:
    model = LocalModel("m", [server.url], pause=0.001, seconds=20)
    return write_captions(writer, library, model, uncaptioned(library, SOURCE), context or JobContext())


def test_each_image_is_described_once(
    writer: Writer, library: Library, images: list[int], tmp_path: Path, ollama: FakeOllama
) -> None:
    write_photo(tmp_path / "photos" / "0.jpg", 1, (1600, 800))
    writer.call(lambda db: texts.record_captions(db, [(images[1], "Somebody's own.", "csv")]))
    report = run(writer, library, ollama)
    assert (report.asked, report.written, report.stopped) == (6, 6, None)
    assert texts.captions_of(library, images[0])[0].text == "A picture of 768 by 384 pixels."
    assert [c.source for c in texts.captions_of(library, images[1])] == ["csv", SOURCE]
    assert run(writer, library, ollama).asked == 0


def test_what_another_caption_says_already_is_counted(
    writer: Writer, library: Library, images: list[int], ollama: FakeOllama
) -> None:
    ollama.chat = lambda handler, _: handler.answer('{"caption": "A picture."}')
    writer.call(lambda db: texts.record_captions(db, [(images[1], "A picture.", "csv")]))
    report = run(writer, library, ollama)
    assert (report.asked, report.written, dict(report.rejected)) == (6, 5, {"said by another caption": 1})


def test_a_picture_that_cannot_be_read_and_an_answer_that_is_nonsense(
    writer: Writer, library: Library, tmp_path: Path, ollama: FakeOllama
) -> None:
    (tmp_path / "photos" / "0.jpg").write_bytes(b"no picture")
    done = threading.Event()

    def nonsense_once(handler: Handler, body: Json) -> None:
        with ollama.lock:
            first = not done.is_set()
            done.set()
        handler.answer('{"caption": "<script>alert(1)</script>"}') if first else seen(handler, body)

    ollama.chat = nonsense_once
    report = run(writer, library, ollama)
    assert (report.asked, report.written) == (6, 4)
    assert dict(report.rejected) == {"image unreadable": 1, "markup": 1}


def test_a_failing_server_stops_the_run_and_cancel_keeps_what_is_there(
    writer: Writer, library: Library, ollama: FakeOllama
) -> None:
    ollama.chat = lambda handler, _: handler.reply({"error": "broken"}, 500)
    report = run(writer, library, ollama)
    assert report.stopped is not None
    context = JobContext()

    def then_cancel(handler: Handler, body: Json) -> None:
        seen(handler, body)
        ollama.chat = hang
        context.cancelled.set()

    def hang(handler: Handler, body: Json) -> None:
        ollama.ended.wait(30)

    ollama.chat = then_cancel
    with pytest.raises(JobCancelled):
        run(writer, library, ollama, context)
    ollama.ended.set()
    ollama.chat = seen
    run(writer, library, ollama)
    assert uncaptioned(library, SOURCE) == []


def test_the_command(writer: Writer, images: list[int], ollama: FakeOllama, capsys: pytest.CaptureFixture[str]) -> None:
    writer.close()
    options = ["--library", str(writer.path), "--host", ollama.url, "--json"]
    assert main(["captions", "write", "--writer", "ollama:m", "--count", "2", "--prompt", "Only cats.", *options]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["images"], report["written"]) == (2, 2)
    assert ollama.requests[0]["messages"][0]["content"] == "Only cats."
    assert main(["captions", "write", "--writer", "rules", *options]) == 2
