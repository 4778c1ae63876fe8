"""Which file is to blame when the pictures process crashes or hangs: a stand-in process that does both on request."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import pytest
from pytestqt.qtbot import QtBot

from app.pictures_process import PicturesProcess
from engine.thumbnails import Answer, Forget, Made, Preview, Refused

LONG = 30_000


def answer_all(connection: Connection) -> None:
    """Crashes at a path of ``crash``, hangs at one of ``hang``, answers everything else."""
    while True:
        try:
            request = connection.recv()
        except EOFError:
            return
        if isinstance(request, Forget):
            continue
        if request.path.endswith(b"crash"):
            os._exit(11)
        if request.path.endswith(b"hang"):
            time.sleep(600)
        connection.send(Made(request.request, "", 1, 1))


def start() -> tuple[BaseProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=answer_all, args=(theirs,))
    process.start()
    theirs.close()
    return process, ours


@pytest.fixture
def answers() -> list[Answer]:
    return []


@pytest.fixture
def pictures(qtbot: QtBot, answers: list[Answer]) -> Iterator[PicturesProcess]:
    made = PicturesProcess(start=start, hang_seconds=3)
    made.answered.connect(answers.append)
    yield made
    made.close()


def test_the_guilty_file_is_refused_and_its_neighbours_are_answered(
    qtbot: QtBot, pictures: PicturesProcess, answers: list[Answer]
) -> None:
    for number, path in enumerate((b"/a", b"/crash", b"/b", b"/c"), start=1):
        pictures.ask(Preview(number, path))
    qtbot.waitUntil(lambda: len(answers) == 4, timeout=LONG)
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [answer.request for answer in refused] == [2]
    assert "crash" in refused[0].problem.sentence
    assert pictures.under_way == 0


def test_a_hanging_file_is_refused_too(qtbot: QtBot, pictures: PicturesProcess, answers: list[Answer]) -> None:
    pictures.ask(Preview(1, b"/hang"))
    pictures.ask(Preview(2, b"/a"))
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=LONG)
    assert {answer.request: type(answer) for answer in answers} == {1: Refused, 2: Made}


def test_what_was_forgotten_is_not_asked_again(qtbot: QtBot, pictures: PicturesProcess, answers: list[Answer]) -> None:
    pictures.ask(Preview(1, b"/crash"))
    pictures.forget(1)
    pictures.ask(Preview(2, b"/a"))
    qtbot.waitUntil(lambda: len(answers) == 1, timeout=LONG)
    assert answers[0].request == 2
    assert pictures.under_way == 0


def test_a_process_that_cannot_work_is_not_started_for_ever(qtbot: QtBot) -> None:
    answers: list[Answer] = []
    starts: list[BaseProcess] = []

    def stillborn() -> tuple[BaseProcess, Connection]:
        process, connection = start()
        process.kill()
        starts.append(process)
        return process, connection

    pictures = PicturesProcess(start=stillborn)
    pictures.answered.connect(answers.append)
    for number in range(10):
        pictures.ask(Preview(number, b"/%d" % number))
    qtbot.waitUntil(lambda: len(answers) == 10, timeout=LONG)
    pictures.ask(Preview(10, b"/late"))
    qtbot.waitUntil(lambda: len(answers) == 11, timeout=LONG)
    assert all(isinstance(answer, Refused) for answer in answers)
    assert len(starts) <= 6
    pictures.close()
