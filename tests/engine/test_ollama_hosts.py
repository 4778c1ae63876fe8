"""Ollama as a person meets it: every state with its remedy, addresses, getting a model."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import doctor, ollama_hosts
from engine.cli import main
from engine.errors import JobCancelled
from engine.jobs import JobContext
from engine.ollama_errors import HostNotLocal, OllamaFailed, OllamaModelMissing, OllamaNotRunning
from engine.ollama_hosts import checked_host, look, pull
from engine.protocol import Progress
from engine.store import Writer, changes
from engine.text_messages import HOSTS_SETTING
from tests.engine.ollama_server import FakeOllama, Handler, Json


@pytest.fixture
def ollama() -> Iterator[FakeOllama]:
    with FakeOllama(["m:latest", "llava:7b"]) as server:
        yield server


def closed_port() -> str:
    with FakeOllama() as server:
        return server.url


# ---- states ---------------------------------------------------------------------------------------------


def test_ready_idle_and_missing(ollama: FakeOllama) -> None:
    assert look(ollama.url).models == ("llava:7b", "m:latest")
    assert look(ollama.url, "m").state == "ready"
    assert look(ollama.url, "llava:7b").state == "idle"
    missing = look(ollama.url, "qwen3:4b")
    assert (missing.state, missing.ok) == ("model missing", False)
    assert "pull" in missing.remedy
    ollama.models.clear()
    assert look(ollama.url).state == "model missing"


def test_not_running_and_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert look(closed_port()).state == "not installed"
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/ollama")
    state = look(closed_port())
    assert state.state == "not running"
    assert "ollama serve" in state.remedy


def test_an_address_is_understood_as_it_was_typed(ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert look(ollama.url.removeprefix("http://")).models
    assert look(closed_port().removeprefix("http://")).state == "not installed"
    assert look("http://[").remedy


@pytest.mark.parametrize("body", [b"<html>", b'{"models": 7}', b"[1]", b""])
def test_something_else_at_the_address(ollama: FakeOllama, body: bytes) -> None:
    ollama.get = lambda handler, _: handler.reply(body)
    assert look(ollama.url).state == "not Ollama"


def test_a_server_that_does_not_answer(ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ollama_hosts, "LOOK_SECONDS", 0.2)
    ollama.get = lambda handler, _: handler.server.fake.ended.wait(30) and None
    assert look(ollama.url).state == "not Ollama"


def test_doctor_asks_the_hosts_of_the_library(ollama: FakeOllama, tmp_path: Path) -> None:
    library = tmp_path / "library.pairlens"
    dead = closed_port()
    with Writer(library) as writer:
        writer.call(lambda db: changes.put_setting(db, HOSTS_SETTING, f"{ollama.url} {dead}"))
    assert ollama_hosts.hosts_of(library) == [ollama.url, dead]
    assert ollama_hosts.hosts_of(tmp_path / "none") == [ollama_hosts.DEFAULT_HOST]
    there, away = (doctor.ollama_state(host) for host in ollama_hosts.hosts_of(library))
    assert there.ok
    assert "m:latest" in there.detail
    assert away.ok, "optional: all else works"
    assert away.remedy


# ---- addresses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        ("localhost", "http://localhost:11434"),
        ("127.0.0.1:80", "http://127.0.0.1:80"),
        ("http://[::1]:5", "http://[::1]:5"),
        ("0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("https://localhost/", "https://localhost:443"),
        ("http://127.8.9.1", "http://127.8.9.1:11434"),
    ],
)
def test_addresses_of_this_machine(given: str, whole: str) -> None:
    assert checked_host(given) == whole


@given(st.text())
@settings(deadline=None)
def test_any_other_address_is_refused_by_name(address: str) -> None:
    with suppress(HostNotLocal):
        assert checked_host(address).startswith(("http://127.", "http://localhost", "http://[::1]"))


# ---- getting a model ------------------------------------------------------------------------------------


def layers(handler: Handler, body: Json) -> None:
    send = handler.chunks()
    lines: list[Json] = [{"status": "pulling manifest"}]
    lines += [{"status": "pulling", "digest": "a", "total": 100, "completed": done} for done in (0, 60, 100)]
    lines += [{"status": "pulling", "digest": "b", "total": 50, "completed": 50}, {"status": "success"}]
    for line in lines:
        send(json.dumps(line).encode() + b"\n")
    send(b"")


def test_pull_tells_its_progress(ollama: FakeOllama) -> None:
    seen: list[Progress] = []
    ollama.pull = layers
    pull("m", ollama.url, JobContext(report=seen.append))
    assert [request["model"] for request in ollama.requests] == ["m"]
    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (150, 150, "bytes")


def test_pull_is_cancelled_at_once(ollama: FakeOllama) -> None:
    context, begun = JobContext(), threading.Event()

    def hang(handler: Handler, body: Json) -> None:
        send = handler.chunks()
        begun.set()
        context.cancelled.set()
        while not handler.server.fake.ended.wait(0.01):
            send(b'{"status": "pulling", "digest": "a", "total": 100, "completed": 1}\n')

    ollama.pull = hang
    with pytest.raises(JobCancelled):
        pull("m", ollama.url, context)
    assert ollama.hung_up.wait(5)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b'{"error": "pull model manifest: file does not exist"}\n', OllamaModelMissing),
        (b'{"error": "write: no space left on device"}\n', OllamaFailed),
        (b'{"status": "pulling manifest"}\n', OllamaFailed),
        (b'{"status": "pul', OllamaFailed),
    ],
)
def test_pull_that_fails(ollama: FakeOllama, line: bytes, error: type[Exception]) -> None:
    def behave(handler: Handler, body: Json) -> None:
        send = handler.chunks()
        send(line)
        send(b"")

    ollama.pull = behave
    with pytest.raises(error):
        pull("m", ollama.url, JobContext())


def test_pull_without_a_server_and_elsewhere() -> None:
    with pytest.raises(OllamaNotRunning):
        pull("m", closed_port(), JobContext())
    with pytest.raises(HostNotLocal):
        pull("m", "http://example.com", JobContext())


def test_pull_on_the_command_line(ollama: FakeOllama, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = str(tmp_path / "none.pairlens")
    assert main(["differences", "pull", "m", "--host", ollama.url, "--library", library, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"model": "m", "hosts": [ollama.url]}
    assert main(["differences", "pull", "m", "--host", closed_port(), "--library", library]) == 1
    assert "No Ollama answers" in capsys.readouterr().err
