"""The engine process as the window sees it: start, send, cancel, restart, close.

`EngineProcess.start` begins one supervising thread. That thread spawns the engine, reads its events until the pipe
ends, joins the process (nobody else does) and decides what comes next: nothing after `close`, a new engine after a
crash. The engine ends on `Shutdown` or when the pipe closes, so a window that is killed leaves nothing behind.

Every command is remembered until its job has ended. After a crash the jobs under way are answered with `Crashed`; the
others are sent again, each at most twice, so that a command that kills every engine cannot do so for ever.
"""

from __future__ import annotations

import atexit
import itertools
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

from engine import settings
from engine.errors import EngineLost, PairLensError, Problem
from engine.log import open_log
from engine.priority import give_way
from engine.protocol import (
    Cancel,
    Cancelled,
    Command,
    Crashed,
    Done,
    EngineConfig,
    EngineProblem,
    Event,
    Failed,
    JobEvent,
    Pause,
    Progress,
    Ready,
    Shutdown,
)

MESSAGE_LIMIT = 1_000_000  # bytes; rows and arrays travel through the library or files
CANCEL_PATIENCE = 5.0  # seconds until `stop_now` is worth offering
END_PATIENCE = 5.0  # seconds that an engine may take to end once its pipe is closed
CRASHES_IN_A_ROW = 5  # then it is not started again by itself
HEALTHY_AFTER = 60.0  # seconds; an engine that lived so long, or finished a job, ends a row of crashes
TIMES_SENT = 2  # a command that was waiting in two engines that crashed is not given to a third
OWN_CRASHES = 2  # then the engine is told to begin no work by itself
BACK_OFF = 0.05  # seconds before the first restart, doubled for each further crash in a row

_spawn = multiprocessing.get_context("spawn")


def log_file() -> Path:
    """Where the engine's output, tracebacks and fault handler go."""
    return settings.log_dir() / "engine.log"


def encode(message: Command | Event) -> bytes:
    """The bytes of one message. Raises PairLensError at `MESSAGE_LIMIT` and above."""
    data = bytes(ForkingPickler.dumps(message))
    if len(data) >= MESSAGE_LIMIT:
        raise PairLensError(f"A {type(message).__name__} message of {len(data):,} bytes is too large for the pipe.")
    return data


def describe_exit(code: int | None) -> str:
    """How a process ended, in words: ``was killed by signal 11 (SIGSEGV)``."""
    if code is None or code >= 0:
        return f"ended with exit status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    hint = "; often the system was out of memory" if name == "SIGKILL" else ""
    return f"was killed by signal {-code} ({name}{hint})"


@dataclass
class _Job:
    """A command that has not ended yet."""

    data: bytes
    times_sent: int = 0
    delivered: bool = False  # to the engine that runs now
    cancel_asked: float | None = None  # time.monotonic


class EngineProcess:
    """Owner of the engine process. All methods may be called from any thread; all but `close` return at once.

    ``on_event`` is called for every event, mostly on the supervising thread; a job that is answered without the engine
    is answered on the caller's thread. It must not raise.
    """

    def __init__(self, config: EngineConfig, on_event: Callable[[Event], None]) -> None:
        self._config = config
        self._on_event = on_event
        self._lock = threading.Lock()  # one lock around `send` and the state below
        self._jobs: dict[int, _Job] = {}  # not ended, in the order they were sent
        self._under_way: list[int] = []  # in the order they began
        self._connection: Connection | None = None
        self._process: BaseProcess | None = None
        self._ready = False  # commands are delivered from Ready on: until then nobody empties the pipe
        self._problem: Problem | None = None  # why the engine stays down
        self._stopping = False  # the engine is being killed because the person asked for it
        self._job_done = False  # the running engine has finished a job
        self._own_crashes = 0  # in a row, under work that the engine began by itself
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._numbers = itertools.count(1)

    # ---- the public face ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the engine; also tries again after an `EngineProblem` that said it stays down."""
        with self._lock:
            if self._thread is not None and self._problem is None:
                return
            previous, self._problem = self._thread, None
            self._thread = threading.Thread(target=self._supervise, args=(previous,), name="engine", daemon=True)
            self._thread.start()
        atexit.register(self.close)  # runs before multiprocessing's own exit handler, which would wait for ever

    def next_job(self) -> int:
        """A job number that no other command of this session has."""
        return next(self._numbers)

    @property
    def pid(self) -> int | None:
        """The process id of the running engine."""
        process = self._process
        return process.pid if process is not None else None

    def send(self, command: Command) -> None:
        """Give the engine a command; it waits here while the engine starts. Its job ends in exactly one event."""
        try:
            job = _Job(encode(command))
        except PairLensError as error:
            self._on_event(Failed(command.job, error.problem()))
            return
        with self._lock:
            problem = self._problem
            if problem is None:
                self._jobs[command.job] = job
                if self._ready:
                    self._deliver(job)
        if problem is not None:
            self._on_event(Failed(command.job, problem))

    def cancel(self, job: int) -> None:
        """Cancel a job, queued or under way; it ends in `Cancelled` unless it ends otherwise first."""
        with self._lock:
            entry = self._jobs.get(job)
            waits_here = entry is not None and not entry.delivered
            if waits_here:
                del self._jobs[job]
            else:
                self._transmit(encode(Cancel(job)))
                if entry is not None and entry.cancel_asked is None:
                    entry.cancel_asked = time.monotonic()
        if waits_here:
            self._on_event(Cancelled(job))

    def pause(self, job: int, paused: bool) -> None:
        """Hold a job that is under way, or let it go on; its `Progress` says when it is held."""
        with self._lock:
            self._transmit(encode(Pause(job, paused)))

    @property
    def cancel_overdue(self) -> bool:
        """Whether a cancel has been unanswered for 5 s: the moment to offer `stop_now`."""
        limit = time.monotonic() - CANCEL_PATIENCE
        with self._lock:
            return any(job.cancel_asked is not None and job.cancel_asked <= limit for job in self._jobs.values())

    def stop_now(self) -> None:
        """Kill the engine and start another. Jobs under way or being cancelled end in `Cancelled`, others go on."""
        if self._connection is not None:
            self._stopping = True
            self._kill()

    def close(self, timeout: float = 5.0) -> None:
        """End the engine: `Shutdown`, then a kill when ``timeout`` seconds were not enough. Open jobs: `Cancelled`."""
        atexit.unregister(self.close)
        self._closing.set()
        with self._lock:
            self._transmit(encode(Shutdown(0)))
            thread = self._thread
        if thread is None:
            return
        thread.join(timeout)
        if thread.is_alive():
            self._kill()
            thread.join()

    # ---- under the lock ----------------------------------------------------------------------------------

    def _deliver(self, job: _Job) -> None:
        job.times_sent += 1
        job.delivered = True
        self._transmit(job.data)

    def _transmit(self, data: bytes) -> None:
        if self._connection is not None:
            with suppress(OSError):  # the engine has just died: the supervising thread finds out and sends it again
                self._connection.send_bytes(data)

    # ---- the supervising thread --------------------------------------------------------------------------

    def _supervise(self, previous: threading.Thread | None) -> None:
        if previous is not None:
            previous.join()
        crashes = 0
        while not self._closing.is_set() and self._problem is None:
            began = time.monotonic()
            code = self._run_engine()
            if self._closing.is_set() or self._problem is not None:
                break
            if self._stopping:
                self._stopping, crashes = False, 0
                self._answer_unfinished(Cancelled)
                continue
            healthy = self._job_done or time.monotonic() - began >= HEALTHY_AFTER
            crashes = 1 if healthy else crashes + 1
            self._report_crash(code, final=crashes >= CRASHES_IN_A_ROW)
            self._closing.wait(BACK_OFF * 2 ** (crashes - 1))
        self._end_all_jobs()

    def _run_engine(self) -> int | None:
        """One engine from its start to its end; returns the exit status."""
        connection, child_end = _spawn.Pipe()
        process = _spawn.Process(
            target=run_engine, args=(child_end, self._config), name="pairlens-engine", daemon=False
        )
        process.start()
        child_end.close()  # else the pipe would stay open, and recv wait, when the engine dies
        with self._lock:
            self._process, self._connection, self._job_done = process, connection, False
        if self._closing.is_set():
            process.kill()
        with suppress(EOFError, OSError):
            while True:
                self._receive(connection.recv())
        with self._lock:
            self._connection, self._ready = None, False
            connection.close()
        process.join(END_PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
        return process.exitcode

    def _receive(self, event: Event) -> None:
        with self._lock:
            match event:
                case Ready():
                    self._ready = True
                    for job in self._jobs.values():
                        self._deliver(job)
                case EngineProblem():
                    self._problem = event.problem
                case Progress(job=number):
                    if number not in self._under_way:
                        self._under_way.append(number)
                case JobEvent(job=number):
                    self._end(number)
                    if isinstance(event, Done):
                        self._job_done = True
                        self._own_crashes = 0 if number < 0 else self._own_crashes
        self._on_event(event)

    def _end(self, number: int) -> None:
        self._jobs.pop(number, None)
        if number in self._under_way:
            self._under_way.remove(number)

    def _report_crash(self, code: int | None, *, final: bool) -> None:
        what = f"The engine {describe_exit(code)}"
        if final:
            sentence = f"{what}, {CRASHES_IN_A_ROW} times in a row, and is not started again; {log_file()} says why."
            problem = replace(
                EngineLost(sentence).problem(), remedy="Restart PairLens; if it happens again, report it."
            )
            self._problem = problem
        else:
            problem = EngineLost(f"{what} and is being started again; {log_file()} says why.").problem()
        self._on_event(EngineProblem(problem, restarting=not final))
        if any(number < 0 for number in self._under_way):
            self._own_crashes += 1
            if self._own_crashes >= OWN_CRASHES:
                self._config = replace(self._config, catch_up=False)
        self._answer_unfinished(lambda number: Crashed(number, problem))

    def _answer_unfinished(self, answer: Callable[[int], Event]) -> None:
        """Answer what ended with the engine: jobs under way, jobs being cancelled, jobs sent too often."""
        with self._lock:
            lost = self._under_way.copy()
            for number, job in self._jobs.items():
                job.delivered = False
                if number not in lost and (job.cancel_asked is not None or job.times_sent >= TIMES_SENT):
                    lost.append(number)
            cancelled = {number for number in lost if number in self._jobs and self._jobs[number].cancel_asked}
            for number in lost:
                self._end(number)
        for number in lost:
            self._on_event(Cancelled(number) if number in cancelled else answer(number))

    def _end_all_jobs(self) -> None:
        with self._lock:
            numbers = [*self._jobs, *(number for number in self._under_way if number not in self._jobs)]
            self._jobs.clear()
            self._under_way.clear()
            problem = None if self._closing.is_set() else self._problem
        for number in numbers:
            self._on_event(Cancelled(number) if problem is None else Failed(number, problem))

    def _kill(self) -> None:
        process = self._process
        if process is not None:
            process.kill()


def run_engine(connection: Connection, config: EngineConfig) -> None:
    """The engine process from its first line: the log is opened before anything heavy is imported."""
    open_log(log_file())
    give_way()
    from engine import server

    server.serve(connection, config)
