"""Jobs: pace and time left, throttled progress, cancelling, questions before long jobs."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import JobCancelled
from engine.jobs import JobContext, JobQueue, Pace, in_flight
from engine.protocol import Progress, Rank, Refresh


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(speed=st.floats(0.5, 5000), base=st.integers(0, 10**6), steps=st.integers(2, 60))
def test_a_steady_pace_is_told_whatever_was_done_before(speed: float, base: int, steps: int) -> None:
    clock = Clock()
    pace = Pace(clock)
    told = None
    for step in range(steps):
        done = base + int(step * 2 * speed)
        told = pace.rate(done)
        clock.now += 2.0
    assert told == pytest.approx(speed, abs=0.5)  # whole items over at least 2 s


def test_a_pause_leaves_the_pace_as_it_was() -> None:
    clock = Clock()
    pace = Pace(clock)
    for step in range(6):
        before = pace.rate(10 * step)
        clock.now += 1.0
    clock.now += 3600.0
    pace.pause(3600.0)
    assert before == pytest.approx(10.0)
    assert pace.rate(60) == pytest.approx(10.0)


def test_an_uncounted_stall_is_forgotten_after_the_window() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.rate(0)
    clock.now += 300.0
    told = None
    for step in range(1, 40):
        told = pace.rate(10 * step)
        clock.now += 1.0
    assert told == pytest.approx(10.0)


def test_no_pace_before_there_is_something_to_tell() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.rate(0) is None
    clock.now += 0.1
    assert pace.rate(50) is None
    clock.now += 10
    assert pace.rate(50) is not None


def test_progress_is_throttled_but_first_last_and_new_titles_always_come() -> None:
    sent: list[Progress] = []
    context = JobContext(7, report=sent.append)
    for done in range(20_001):
        context.progress("Reading", done, 20_000)
    context.progress("Writing", 1, None)
    assert len(sent) < 100
    assert sent[0] == Progress(7, "Reading", 0, 20_000)
    assert [(event.title, event.done) for event in sent[-2:]] == [("Reading", 20_000), ("Writing", 1)]


def test_time_left_is_what_is_left_over_the_rate() -> None:
    clock = Clock()
    sent: list[Progress] = []
    context = JobContext(report=sent.append, clock=clock)
    for done in (0, 10, 20, 30):
        context.progress("Reading", done, 130)
        clock.now += 1.0
    assert sent[-1].rate == pytest.approx(10.0)
    assert sent[-1].seconds_left == pytest.approx(10.0)


def test_time_spent_on_questions_does_not_lengthen_the_time_left() -> None:
    clock = Clock()

    def answer_for_an_hour() -> None:
        clock.now += 3600.0

    sent: list[Progress] = []
    context = JobContext(report=sent.append, let_others=answer_for_an_hour, clock=clock)
    for done in (0, 10, 20, 30):
        context.progress("Reading", done, 130)
        context.breathe()
        clock.now += 1.0
    assert sent[-1].seconds_left == pytest.approx(10.0)


def test_breathing_runs_the_others_unless_cancelled() -> None:
    ran: list[str] = []
    context = JobContext(let_others=lambda: ran.append("question"))
    context.breathe()
    context.cancelled.set()
    with pytest.raises(JobCancelled):
        context.breathe()
    assert ran == ["question"]


def test_a_held_job_answers_questions_and_its_time_left_stays() -> None:
    clock = Clock()
    paused = threading.Event()
    answered: list[float] = []

    def answer() -> None:
        clock.now += 600.0
        answered.append(clock.now)
        if len(answered) % 3 == 0:
            paused.clear()

    sent: list[Progress] = []
    context = JobContext(report=sent.append, paused=paused, can_pause=True, let_others=answer, clock=clock)
    for done in (0, 10, 20, 30):
        context.progress("Reading", done, 130)
        paused.set()
        context.breathe()
        clock.now += 1.0
    assert len(answered) == 12
    assert sent[-1].seconds_left == pytest.approx(10.0) or sent[-1].paused is False
    told = [event for event in sent if event.seconds_left is not None]
    assert told[-1].seconds_left == pytest.approx(10.0)
    assert all(event.can_pause for event in sent)
    held = [event.paused for event in sent]
    assert held.count(True) == 4
    assert not held[-1]


def test_a_held_job_can_be_cancelled() -> None:
    context = JobContext()
    context.paused.set()
    threading.Timer(0.05, context.cancelled.set).start()
    with pytest.raises(JobCancelled):
        context.breathe()


def test_only_running_jobs_are_held() -> None:
    queue = JobQueue()
    queue.pause(1, True)
    queue.put(Refresh(1), question=False)
    taken = queue.take()
    assert taken is not None
    assert not taken.paused.is_set()
    queue.pause(1, True)
    assert taken.paused.is_set()
    queue.pause(1, False)
    assert not taken.paused.is_set()


def test_changes_are_held_back_and_none_is_lost() -> None:
    told: list[frozenset[str]] = []
    context = JobContext(on_change=told.append)
    for _ in range(1000):
        context.changed("files")
    context.changed("vectors")
    context.flush_changes()
    assert len(told) <= 3
    assert frozenset.union(*told) == {"files", "vectors"}


def test_waiting_holds_no_change_back() -> None:
    told: list[frozenset[str]] = []
    context = JobContext(on_change=told.append)
    context.changed("files")
    context.changed("folders")
    settled = threading.Event()
    settled.set()
    context.wait(settled)
    assert frozenset.union(*told) == {"files", "folders"}


def test_a_question_is_taken_before_long_jobs_that_came_earlier() -> None:
    queue = JobQueue()
    queue.put(Refresh(1), question=False)
    queue.put(Refresh(2), question=False)
    queue.put(Rank(3, "brighter"), question=True)
    assert [taken[0].job for taken in (queue.take(), queue.take(), queue.take()) if taken] == [3, 1, 2]
    assert queue.take_question() is None


def test_cancel_drops_a_waiting_job_and_tells_a_running_one() -> None:
    queue = JobQueue()
    queue.put(Refresh(1), question=False)
    queue.put(Refresh(2), question=False)
    assert queue.cancel(2)
    taken = queue.take()
    assert taken is not None
    assert not queue.cancel(1)
    assert taken[1].is_set()
    queue.end(1)
    assert not queue.cancel(1)
    assert not queue.cancel(99)


def test_closing_wakes_the_taker_and_cancels_what_runs() -> None:
    queue = JobQueue()
    queue.put(Refresh(1), question=False)
    running = queue.take()
    found: list[object] = []
    taker = threading.Thread(target=lambda: found.append(queue.take()))
    taker.start()
    queue.close()
    taker.join(5)
    assert found == [None]
    assert running is not None
    assert running[1].is_set()


def test_whoever_stops_at_the_first_failure_leaves_no_other_one_for_asyncio_to_print(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def refuse(_item: int) -> str:
        raise ConnectionError("nobody answers")

    async def ask() -> None:
        async with aclosing(in_flight(4, refuse, range(100))) as answers:
            async for _, answer in answers:
                answer.result()

    with pytest.raises(ConnectionError, match="nobody answers"):
        asyncio.run(ask())
    gc.collect()
    assert not caplog.records
