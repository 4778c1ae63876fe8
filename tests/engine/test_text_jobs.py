"""Writing through a real engine process: held, cancelled, killed and gone on with; people's changes meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.protocol import Cancelled, Crashed, Done, EngineProblem, Failed, LibraryChanged, Progress
from engine.store import Library, Writer, reviewing, texts
from engine.store.rows import Caption
from engine.text_messages import (
    AddCaption,
    ChangeCaption,
    EditDifference,
    ExportCaptions,
    ExportDifferences,
    ForgetUnfinished,
    HostStates,
    ImportCaptions,
    ImportDifferences,
    ImportResult,
    LookAtHosts,
    PullModel,
    RemoveCaptions,
    RestoreCaptions,
    SetHosts,
    SetStatuses,
    WriteCaptions,
    WriteDifferences,
    WritingResult,
)
from tests.engine.engines import Engine
from tests.engine.ollama_server import FakeOllama, Handler, Json, honest
from tests.engine.shelves import shelve

pytestmark = pytest.mark.usefixtures("forked_engines")

CAPTIONS = (
    "A black dog running on a beach.",
    "Two girls playing in a park.",
    "A man riding a red bicycle.",
    "A brown horse standing in a field.",
    "Three boats lying at a pier.",
    "A woman reading a newspaper on a bench.",
)
PAIRS = 15  # of six images


@pytest.fixture
def ollama() -> Iterator[FakeOllama]:
    with FakeOllama() as server:
        yield server


@pytest.fixture
def engine(tmp_path: Path, ollama: FakeOllama) -> Iterator[Engine]:
    """An engine without a model, on a library of six captioned pictures, that asks the test's own server."""
    engine = Engine(tmp_path)
    with Writer(engine.library) as writer:
        images = shelve(writer, tmp_path / "photos", [f"{number}.jpg" for number in range(len(CAPTIONS))])
        rows = [(image, text, "test") for image, text in zip(images, CAPTIONS, strict=True)]
        writer.call(lambda db: texts.record_captions(db, rows))
    engine.start()
    engine.until_ready()
    done(engine, engine.ask(lambda job: SetHosts(job, (ollama.url,))))
    yield engine
    engine.close()


def done(engine: Engine, job: int) -> object:
    answer = engine.answer(job)
    assert isinstance(answer, Done), answer
    return answer.result


def failed(engine: Engine, job: int) -> str:
    answer = engine.answer(job)
    assert isinstance(answer, Failed), answer
    return answer.problem.code


def written(engine: Engine, job: int) -> WritingResult:
    result = done(engine, job)
    assert isinstance(result, WritingResult)
    return result


def write(engine: Engine, pairs: int, writer: str = "ollama:m", **more: object) -> int:
    return engine.ask(lambda job: WriteDifferences(job, pairs, writer, **more))  # type: ignore[arg-type]


def differences(engine: Engine) -> list[str]:
    with Library(engine.library) as library:
        return [row.text for row in texts.differences(library)]


def unfinished(engine: Engine) -> reviewing.Unfinished | None:
    with Library(engine.library) as library:
        return reviewing.unfinished(library)


def asked_once(server: FakeOllama) -> bool:
    return max(Counter(server.asked()).values(), default=0) <= 1


class Gate:
    """A server that answers so many questions and then waits."""

    def __init__(self, server: FakeOllama, questions: int) -> None:
        self._left = threading.Semaphore(questions)
        self.reached = threading.Event()
        self.open = threading.Event()
        server.chat = self._answer

    def _answer(self, handler: Handler, body: Json) -> None:
        if not self.open.is_set() and not self._left.acquire(blocking=False):
            self.reached.set()
            while not (self.open.wait(0.02) or handler.server.fake.ended.is_set()):
                pass
        honest(handler, body)


def test_each_run_asks_about_more_pairs_until_there_are_none(engine: Engine) -> None:
    assert written(engine, write(engine, 10, "rules")).asked == 10
    assert unfinished(engine) is None
    assert written(engine, write(engine, 3, "rules")).asked == 3
    last = written(engine, write(engine, 100, "rules"))
    assert (last.asked, last.stopped) == (2, None)
    assert unfinished(engine) is None, "there are no more pairs: the run has come to its end"
    engine.wait(LibraryChanged, lambda event: "differences" in event.what)


def test_a_run_is_held_and_goes_on_with_its_time_left(engine: Engine, ollama: FakeOllama) -> None:
    gate = Gate(ollama, 2)
    job = write(engine, PAIRS)
    assert gate.reached.wait(30)
    engine.pause(job, True)
    engine.wait(Progress, lambda event: event.job == job and event.paused)
    gate.open.set()
    engine.wait(Progress, lambda event: event.job == job and event.done == 4 and event.paused)
    assert len(ollama.requests) == 8, "what was begun is finished, nothing else is asked"
    assert engine.soon(Progress, lambda event: event.job == job and event.done > 4, 0.5) is None
    engine.pause(job, False)
    assert written(engine, job).asked == PAIRS
    assert asked_once(ollama)


def test_a_held_run_can_be_cancelled_and_gone_on_with(engine: Engine, ollama: FakeOllama) -> None:
    gate = Gate(ollama, 10)
    job = write(engine, PAIRS)
    assert gate.reached.wait(30)
    engine.pause(job, True)
    engine.cancel(job)
    assert isinstance(engine.answer(job), Cancelled)
    gate.open.set()
    left = unfinished(engine)
    assert left is not None
    assert left.pairs == PAIRS
    kept = len(differences(engine))
    assert left.left == PAIRS - kept
    ollama.requests.clear()
    assert written(engine, write(engine, left.left)).asked == left.left
    assert unfinished(engine) is None
    assert asked_once(ollama)
    assert len(differences(engine)) == PAIRS


def test_a_killed_engine_loses_nothing_and_asks_no_pair_twice(engine: Engine, ollama: FakeOllama) -> None:
    gate = Gate(ollama, 9)
    job = write(engine, 12, choose="random", instructions="Say what is seen.")
    assert gate.reached.wait(30)
    engine.wait(Progress, lambda event: event.job == job and event.done > 0)
    kept = differences(engine)
    assert kept
    assert engine.pid is not None
    os.kill(engine.pid, signal.SIGKILL)
    assert isinstance(engine.answer(job), Crashed)
    engine.wait(EngineProblem)
    gate.open.set()
    engine.until_ready()
    left = unfinished(engine)
    assert left is not None
    assert left.command["instructions"] == "Say what is seen."
    ollama.requests.clear()
    rest = engine.ask(lambda number: WriteDifferences(number, **{**left.command, "pairs": left.left}))  # type: ignore[arg-type]
    assert written(engine, rest).asked == left.left
    assert asked_once(ollama)
    assert differences(engine)[: len(kept)] == kept
    assert len(differences(engine)) == 12
    assert all(body["messages"][0]["content"] == "Say what is seen." for body in ollama.requests)


def test_a_server_that_goes_away_stops_the_run_with_its_reason(engine: Engine, ollama: FakeOllama) -> None:
    ollama.chat = lambda handler, _: handler.reply({"error": "model 'm' not found"}, 404)
    result = written(engine, write(engine, PAIRS))
    assert result.stopped is not None
    assert result.stopped.code == "ollama-model-missing"
    assert unfinished(engine) is not None
    done(engine, engine.ask(ForgetUnfinished))
    assert unfinished(engine) is None


def test_two_runs_wait_for_each_other_and_people_wait_for_none(engine: Engine, ollama: FakeOllama) -> None:
    gate = Gate(ollama, 3)
    first, second = write(engine, 8), write(engine, 7)
    assert gate.reached.wait(30)
    with Library(engine.library) as library:
        caption = next(each for each in texts.all_captions(library) if "dog" in each.text)
    added = done(engine, engine.ask(lambda job: AddCaption(job, caption.image_id, " A dog\n at sea. ")))
    assert failed(engine, engine.ask(lambda job: AddCaption(job, caption.image_id, "A dog at sea."))) == "text-unfit"
    assert failed(engine, engine.ask(lambda job: ChangeCaption(job, caption.id, " ... "))) == "text-unfit"
    gate.open.set()
    assert {written(engine, first).asked, written(engine, second).asked} == {8, 7}
    assert len({frozenset(pair) for pair in ollama.asked()}) == PAIRS
    with Library(engine.library) as library:
        kept = [
            Caption(c.id, c.image_id, c.text, c.source, c.created) for c in texts.captions_of(library, caption.image_id)
        ]
    assert [(c.text, c.source) for c in kept] == [(caption.text, "test"), ("A dog at sea.", "by hand")]
    assert kept[1].id == added
    done(engine, engine.ask(lambda job: RemoveCaptions(job, tuple(c.id for c in kept))))
    done(engine, engine.ask(lambda job: RestoreCaptions(job, tuple(kept))))
    with Library(engine.library) as library:
        assert texts.captions_of(library, caption.image_id) == kept


def test_a_review_is_written_at_once(engine: Engine) -> None:
    written(engine, write(engine, PAIRS, "rules"))
    with Library(engine.library) as library:
        one, two, three, *_ = texts.differences(library)
    done(engine, engine.ask(lambda job: SetStatuses(job, ((one.id, "accepted"), (two.id, "rejected")))))
    done(engine, engine.ask(lambda job: EditDifference(job, three.id, "The first is better.", "The first is worse.")))
    with Library(engine.library) as library:
        rows = reviewing.differences_at(library, [one.id, two.id, three.id])
    assert [row.status for row in rows.values()] == ["accepted", "rejected", "edited"]
    assert rows[three.id].text == "The first is better."
    if (one.first_id, one.second_id) == (two.first_id, two.second_id):
        assert failed(engine, engine.ask(lambda job: EditDifference(job, two.id, one.text, ""))) == "text-unfit"


def test_texts_go_out_and_come_in(engine: Engine, tmp_path: Path) -> None:
    written(engine, write(engine, 4, "rules"))
    lines, table = bytes(tmp_path / "d.jsonl"), tmp_path / "c.csv"
    assert done(engine, engine.ask(lambda job: ExportDifferences(job, lines))) == len(differences(engine))
    assert done(engine, engine.ask(lambda job: ExportCaptions(job, bytes(table)))) == len(CAPTIONS)
    back = done(engine, engine.ask(lambda job: ImportDifferences(job, (lines,))))
    assert isinstance(back, ImportResult)
    assert (back.imported, back.refused_count) == (0, 0)
    table.write_text("path,caption\nphotos/0.jpg,A new one.\nphotos/99.jpg,Nowhere.\n")
    sources = (bytes(table), bytes(tmp_path / "gone.csv"))
    result = done(engine, engine.ask(lambda job: ImportCaptions(job, sources)))
    assert isinstance(result, ImportResult)
    assert (result.imported, result.refused_count) == (1, 2)
    assert (
        failed(engine, engine.ask(lambda job: ImportCaptions(job, (bytes(tmp_path / "gone.csv"),)))) == "folder-missing"
    )


def test_captions_are_written_by_a_model_that_sees(engine: Engine, ollama: FakeOllama) -> None:
    ollama.chat = lambda handler, _: handler.answer('{"caption": "A small picture of many colours."}')
    result = written(engine, engine.ask(lambda job: WriteCaptions(job, "ollama:m", 4)))
    assert (result.asked, result.written) == (4, 4)
    assert written(engine, engine.ask(lambda job: WriteCaptions(job, "ollama:m"))).asked == 2


def test_servers_are_looked_at_and_a_model_is_got(engine: Engine, ollama: FakeOllama) -> None:
    states = done(engine, engine.ask(LookAtHosts))
    assert isinstance(states, HostStates)
    assert (states.models, states.hosts[0].state) == (("m:latest",), "ready")
    assert failed(engine, engine.ask(lambda job: SetHosts(job, ("http://example.com",)))) == "host-not-local"
    done(engine, engine.ask(lambda job: SetHosts(job, (ollama.url, "http://127.0.0.1:9"))))
    states = done(engine, engine.ask(LookAtHosts))
    assert isinstance(states, HostStates)
    assert states.hosts[1].state in ("not running", "not installed")

    begun = threading.Event()

    def slow(handler: Handler, _: Json) -> None:
        send = handler.chunks()
        while not handler.server.fake.ended.wait(0.01):
            send(b'{"status": "pulling", "digest": "a", "total": 100, "completed": 1}\n')
            begun.set()

    ollama.pull = slow
    job = engine.ask(lambda number: PullModel(number, "qwen3:4b"))
    assert begun.wait(30)
    engine.wait(
        Progress, lambda event: event.job == job and event.unit == "bytes" and event.title == "Getting qwen3:4b"
    )
    engine.cancel(job)
    assert isinstance(engine.answer(job), Cancelled)
    assert ollama.hung_up.wait(5)
