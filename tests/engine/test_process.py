"""The nine rules of the process boundary, each held by a real spawned engine (without a model, so without torch)."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from engine import process
from engine.process import CRASHES_IN_A_ROW, MESSAGE_LIMIT, describe_exit, encode, log_file
from engine.protocol import (
    AddFolders,
    Cancelled,
    Command,
    Crashed,
    Done,
    EngineProblem,
    Failed,
    HideImages,
    IndexReport,
    LibraryChanged,
    ModelProblem,
    Rank,
    Ready,
    Refusal,
)
from tests.engine.engines import NO_MODEL, Engine, freeze, has_ended

ROOT = Path(__file__).resolve().parents[2]

needs_pidfd = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for processes that are not children")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A started engine with an empty library and no model."""
    engine = Engine(tmp_path)
    engine.start()
    yield engine
    engine.close()


def hide(job: int) -> HideImages:
    return HideImages(job, (1, 2, 3))


# ---- start and end ----------------------------------------------------------------------------------------


def test_the_engine_is_ready_without_torch() -> None:
    code = "import sys, engine.server; print([m for m in ('torch', 'open_clip', 'PySide6', 'PIL') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_engine_gives_way_to_the_window(engine: Engine) -> None:
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, engine.until_ready()) == min(19, mine + 5)


def test_commands_sent_before_the_engine_is_up_are_answered(engine: Engine) -> None:
    jobs = [engine.ask(hide) for _ in range(5)]
    assert [engine.answer(job) for job in jobs] == [Done(job) for job in jobs]
    assert isinstance(engine.events[0], Ready)


def test_close_ends_the_process(engine: Engine) -> None:
    pid = engine.until_ready()
    engine.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)  # ended, and joined: not even a zombie is left
    assert not any(isinstance(event, EngineProblem) for event in engine.events)


def test_close_before_the_engine_is_up(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.start()
    job = engine.ask(hide)
    engine.close()
    assert len(engine.endings(job)) == 1


def test_close_kills_an_engine_that_hangs(engine: Engine) -> None:
    pid = engine.until_ready()
    freeze(pid)
    engine.close(timeout=0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


WINDOW = """
import sys, time
from engine.process import EngineProcess
from engine.protocol import EngineConfig, Ready

def show(event):
    if isinstance(event, Ready):
        print(event.pid, flush=True)

if __name__ == "__main__":
    engine = EngineProcess(EngineConfig(sys.argv[1], sys.argv[2], sys.argv[3]), show)
    engine.start()
    if sys.argv[4] == "stay":
        time.sleep(600)
    time.sleep(float(sys.argv[4]))
    raise RuntimeError("the window fails without closing the engine")
"""


@contextmanager
def open_window(tmp_path: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    script = tmp_path / "window.py"
    script.write_text(WINDOW)
    arguments = [str(tmp_path / "library.pairlens"), str(tmp_path), NO_MODEL, how]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as window:
        try:
            yield window
        finally:
            window.kill()


@needs_pidfd
def test_a_killed_window_leaves_no_engine_behind(tmp_path: Path) -> None:
    with open_window(tmp_path, "stay") as window:
        assert window.stdout is not None
        pid = int(window.stdout.readline())
        window.kill()
        assert has_ended(pid)


@needs_pidfd
def test_a_window_that_fails_ends_and_takes_the_engine_along(tmp_path: Path) -> None:
    with open_window(tmp_path, "1") as window:
        assert window.stdout is not None
        pid = int(window.stdout.readline())
        assert window.wait(30) == 1
        assert has_ended(pid)


def test_ctrl_c_in_the_terminal_does_not_break_the_engine(engine: Engine) -> None:
    pid = engine.until_ready()
    os.kill(pid, signal.SIGINT)
    job = engine.ask(lambda number: Rank(number, "brighter"))  # answered by the main thread, where the signal arrives
    assert isinstance(engine.answer(job), Failed)
    assert engine.pid == pid


# ---- crashes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_crash_is_said_and_the_engine_is_back(engine: Engine, number: signal.Signals) -> None:
    pid = engine.until_ready()
    os.kill(pid, number)
    problem = engine.wait(EngineProblem)
    assert problem.restarting
    assert number.name in problem.problem.sentence
    assert str(log_file()) in problem.problem.sentence
    assert engine.until_ready() != pid
    job = engine.ask(hide)
    assert engine.answer(job) == Done(job)


def test_the_log_holds_what_the_crashed_engine_was_doing(engine: Engine) -> None:
    pid = engine.until_ready()
    engine.until_settled()  # every thread waits: one that runs while it is written down may cut the list short
    os.kill(pid, signal.SIGSEGV)
    engine.wait(EngineProblem)
    log = log_file().read_text()
    assert "Fatal Python error: Segmentation fault" in log
    assert "engine/server.py" in log


def test_waiting_work_survives_a_crash(engine: Engine) -> None:
    pid = engine.until_ready()
    freeze(pid)  # what is sent now waits in the pipe, and is lost with it
    jobs = [engine.ask(hide) for _ in range(10)]
    os.kill(pid, signal.SIGKILL)
    assert [engine.answer(job) for job in jobs] == [Done(job) for job in jobs]


def test_a_command_that_waited_in_two_crashes_is_not_given_to_a_third_engine(engine: Engine) -> None:
    pid = engine.until_ready()
    with closing(sqlite3.connect(engine.library)) as other:
        other.execute("BEGIN IMMEDIATE")  # while this lasts, no engine can carry the command out
        job = engine.ask(hide)
        os.kill(pid, signal.SIGKILL)
        os.kill(engine.until_ready(), signal.SIGKILL)
        assert isinstance(engine.answer(job), Crashed)
    engine.until_ready()
    later = engine.ask(hide)
    assert engine.answer(later) == Done(later)
    assert len(engine.endings(job)) == 1


def test_crash_after_crash_ends_in_a_problem_and_start_tries_again(engine: Engine) -> None:
    for _ in range(CRASHES_IN_A_ROW):
        os.kill(engine.until_ready(), signal.SIGKILL)
    problem = engine.wait(EngineProblem, lambda event: not event.restarting).problem
    assert str(log_file()) in problem.sentence
    job = engine.ask(hide)
    assert engine.answer(job) == Failed(job, problem)
    engine.start()
    engine.until_ready()
    job = engine.ask(hide)
    assert engine.answer(job) == Done(job)


def test_a_finished_job_between_crashes_shows_that_the_engine_works(engine: Engine) -> None:
    for _ in range(CRASHES_IN_A_ROW + 1):
        pid = engine.until_ready()
        job = engine.ask(hide)
        assert engine.answer(job) == Done(job)
        os.kill(pid, signal.SIGKILL)
    engine.until_ready()


# ---- cancel and stop --------------------------------------------------------------------------------------


def test_cancelling_what_is_not_sent_yet(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    job = engine.ask(hide)
    engine.cancel(job)
    engine.start()
    engine.until_ready()
    later = engine.ask(hide)
    assert engine.answer(later) == Done(later)
    engine.close()
    assert engine.endings(job) == [Cancelled(job)]


def test_stop_now_ends_a_job_that_does_not_answer_a_cancel(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "CANCEL_PATIENCE", 0.05)
    pid = engine.until_ready()
    freeze(pid)
    stuck, other = engine.ask(hide), engine.ask(hide)
    assert not engine.cancel_overdue
    engine.cancel(stuck)
    deadline = time.monotonic() + 10
    while not engine.cancel_overdue and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert engine.cancel_overdue
    engine.stop_now()
    assert engine.answer(stuck) == Cancelled(stuck)
    assert engine.until_ready() != pid
    assert engine.answer(other) == Done(other)
    assert not engine.cancel_overdue
    assert not any(isinstance(event, EngineProblem) for event in engine.events)


# ---- one library, one engine ------------------------------------------------------------------------------


def test_the_second_engine_on_a_library_says_so_and_may_try_again(engine: Engine, tmp_path: Path) -> None:
    engine.until_ready()
    second = Engine(tmp_path)
    job = second.ask(hide)
    second.start()
    problem = second.wait(EngineProblem)
    assert (problem.problem.code, problem.restarting) == ("library-busy", False)
    assert str(second.library) in problem.problem.sentence
    assert second.answer(job) == Failed(job, problem.problem)
    engine.close()
    second.start()
    second.until_ready()
    second.close()


def test_a_foreign_library_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.library.write_text("a letter to my aunt")
    engine.start()
    assert engine.wait(EngineProblem).problem.code == "library-foreign"
    engine.close()
    assert engine.library.read_text() == "a letter to my aunt"


# ---- messages ---------------------------------------------------------------------------------------------


def test_a_library_deleted_while_it_is_open_is_said_without_anybody_asking(engine: Engine, tmp_path: Path) -> None:
    engine.wait(Ready)
    engine.library.unlink()
    problem = engine.wait(EngineProblem)
    assert (problem.problem.code, problem.restarting) == ("library-missing", False)


def test_quick_commands_are_acknowledged_and_told(engine: Engine) -> None:
    job = engine.ask(hide)
    assert "files" in engine.wait(LibraryChanged).what
    assert engine.answer(job) == Done(job)


def test_without_a_model_questions_fail_with_the_reason(engine: Engine) -> None:
    problem = engine.wait(ModelProblem).problem
    job = engine.ask(lambda number: Rank(number, "brighter"))
    assert engine.answer(job) == Failed(job, problem)
    assert problem.code == "model-path-unfit"


def test_the_unforeseen_is_a_problem_of_the_job_and_not_the_end(engine: Engine) -> None:
    job = engine.ask(Command)
    answer = engine.answer(job)
    assert isinstance(answer, Failed)
    assert answer.problem.code == "unexpected"
    assert str(log_file()) in answer.problem.sentence
    assert "Traceback" in log_file().read_text()
    later = engine.ask(hide)
    assert engine.answer(later) == Done(later)


def test_a_command_too_large_for_the_pipe_fails_by_name(engine: Engine) -> None:
    job = engine.ask(lambda number: AddFolders(number, (b"x" * MESSAGE_LIMIT,)))
    answer = engine.answer(job)
    assert isinstance(answer, Failed)
    assert "AddFolders" in answer.problem.sentence


def test_a_report_with_endless_refusals_fits_into_a_message() -> None:
    from engine.work import fit_report

    refusals = tuple(Refusal(b"/" + b"x" * 4000, "é" * 300) for _ in range(5000))
    fitted = fit_report(IndexReport(failed=refusals, failed_count=5000))
    assert len(encode(Done(1, fitted))) < MESSAGE_LIMIT
    assert len(fitted.failed) > 100
    few = IndexReport(failed=refusals[:3])
    assert fit_report(few) == few


@pytest.mark.parametrize(
    ("code", "words"), [(3, "exit status 3"), (-11, "SIGSEGV"), (-9, "out of memory"), (-63, "signal 63")]
)
def test_how_a_process_ended_in_words(code: int, words: str) -> None:
    assert words in describe_exit(code)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_two_hundred_crashes(engine: Engine) -> None:
    pid = engine.until_ready()
    before = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for round_number in range(200):
        jobs = [engine.ask(hide) for _ in range(3)]
        assert [engine.answer(job) for job in jobs] == [Done(job) for job in jobs]
        os.kill(pid, signal.SIGSEGV if round_number % 2 else signal.SIGKILL)
        pid = engine.until_ready()
    after = threading.active_count(), len(os.listdir("/proc/self/fd"))
    assert after == before
    assert all(len(engine.endings(job)) == 1 for job in range(1, 601))
