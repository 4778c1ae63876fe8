"""The engine process: takes commands from the pipe, runs jobs, sends events.

Spawned by `engine.process`; ends on `Shutdown`, or at once when the pipe closes because the window is gone. Threads:

    main            runs jobs, one at a time (`engine.jobs` says how questions come in between)
    reader          takes commands from the pipe; quick ones go straight to the writer's thread
    library-writer  the only one that writes the library; up before torch is imported
    loader          imports torch and loads the first model, then ends
    aside           one for each `GetModel` and each job ``aside``: waiting for a network or a server must not keep
                    anybody from indexing
    runs            starts, follows and changes training runs (`engine.run_keeper`)
    watch-folders   keeps the watched folders those of the library; `engine.watch` tells of changes on its own threads

Start-up: the library is opened (or `EngineProblem`), `Ready`, the model loads in the background (`ModelReady` or
`ModelProblem`), and meanwhile every folder is looked at, so that new files appear before the model is there.
"""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from sqlite_utils import Database

from engine.boundary import attempt, problem_of
from engine.errors import JobCancelled, PairLensError, Problem
from engine.jobs import JobContext, JobQueue, Taken
from engine.process import encode
from engine.protocol import (
    SAID,
    AddFolders,
    Cancel,
    Cancelled,
    ChangeCommand,
    Command,
    Done,
    EngineConfig,
    EngineProblem,
    Event,
    Failed,
    GetModel,
    HideImages,
    ImportModel,
    JobCommand,
    LibraryChanged,
    Pause,
    Rank,
    Ready,
    Refresh,
    RemoveFolder,
    RemoveModel,
    RestoreFolder,
    Shutdown,
    Similar,
    UseModel,
)
from engine.run_keeper import RunKeeper
from engine.store import Library, Writer, changes
from engine.training_messages import RunCommand
from engine.work import ModelSwitched, Work

if TYPE_CHECKING:
    from engine.watch import FolderWatcher

# Of AddFolders, the quick part: see `Server._perform`.
QUESTIONS = (Rank, Similar, UseModel, AddFolders)
FOLDERS = frozenset({"folders", "files"})
LIBRARY_WATCH_SECONDS = 2.0
ASIDE_PATIENCE = 1.5  # seconds; the window waits 3 for this process
TITLE_LENGTH = 60  # characters of what was typed
_LATER = object()  # the outcome of a job that goes on when its turn comes


def serve(connection: Connection, config: EngineConfig) -> NoReturn:
    """Be the engine until `Shutdown` or the end of the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches the window too, which then ends us
    try:
        writer = Writer(Path(config.library))
    except PairLensError as error:
        with suppress(OSError):
            connection.send_bytes(encode(EngineProblem(error.problem())))
        os._exit(0)
    with writer, Library(writer.path) as library:
        Server(connection, config, writer, library).run()
    # Everything is written. Leaving through the interpreter's teardown, with threads inside torch, can crash.
    os._exit(0)


class Server:
    """One engine: the pipe, the queue, and the answers to jobs."""

    def __init__(self, connection: Connection, config: EngineConfig, writer: Writer, library: Library) -> None:
        self._connection = connection
        self._config = config
        self._writer = writer
        self._library = library
        self._queue = JobQueue()
        self._work = Work(config, writer, library, self._send)
        self._noted: set[int] = set()  # AddFolders jobs whose quick part is done
        self._own_jobs = itertools.count(-1, -1)
        self._send_lock = threading.Lock()
        self._aside: list[threading.Thread] = []
        self._runs = RunKeeper(self._send, lambda: self._work.device)
        self._watcher: FolderWatcher | None = None
        self._watching = ThreadPoolExecutor(1, thread_name_prefix="watch-folders")

    def run(self) -> None:
        """Serve until `Shutdown` closes the queue."""
        threading.Thread(target=self._read_commands, name="reader", daemon=True).start()
        self._send(Ready(os.getpid()))
        threading.Thread(target=self._load_model, name="loader", daemon=True).start()
        threading.Thread(target=self._watch_library, name="library-watcher", daemon=True).start()
        self._runs.begin()
        self._follow_folders()
        if self._config.catch_up and self._library.folders():
            self._refresh_by_itself()
        while (taken := self._queue.take()) is not None:
            self._run(*taken)
        self._end_aside()

    def _end_aside(self) -> None:
        """Jobs aside are cancelled by now; give them a moment to write down what they have."""
        until = time.monotonic() + ASIDE_PATIENCE
        for thread in self._aside:
            thread.join(max(0.0, until - time.monotonic()))
        self._runs.end()

    def _send(self, event: Event) -> None:
        data = encode(event)
        with self._send_lock, suppress(OSError):  # the window is gone: the reader thread ends this process
            self._connection.send_bytes(data)

    def _tell_change(self, what: frozenset[str]) -> None:
        if not what <= SAID:
            self._work.shelf.forget()
        self._send(LibraryChanged(what))

    # ---- the reader thread -------------------------------------------------------------------------------

    def _read_commands(self) -> None:
        ending = False
        while True:
            try:
                command = self._connection.recv()
            except (EOFError, OSError):
                os._exit(0)  # safe at any moment: files are replaced whole, no transaction spans computation
            if isinstance(command, Shutdown):
                ending = True
                self._queue.close()
            elif not ending:
                self._accept(command)

    def _accept(self, command: Command) -> None:
        match command:
            case Cancel(job=job):
                if self._queue.cancel(job):
                    self._noted.discard(job)
                    self._send(Cancelled(job))
            case RemoveFolder(folder_id=folder):
                self._write_now(command, FOLDERS, lambda db: changes.remove_folder(db, folder))
            case RestoreFolder(folder_id=folder):
                self._write_now(command, FOLDERS, lambda db: changes.restore_folder(db, folder))
            case HideImages(file_ids=ids, hidden=hidden):
                self._write_now(command, frozenset({"files"}), lambda db: changes.hide_files(db, ids, hidden))
            case ChangeCommand():
                self._write_now(command, command.changed, lambda db: import_module(command.made_by).change(db, command))
            case Pause(job=job, paused=paused):
                self._queue.pause(job, paused)
            case RunCommand():
                self._runs.put(command)
            case GetModel() | JobCommand(aside=True):
                taken = self._queue.begin(command)
                self._run_aside(taken)
            case _:
                self._queue.put(command, question=_is_question(command))

    def _run_aside(self, taken: Taken) -> None:
        self._aside = [thread for thread in self._aside if thread.is_alive()]
        thread = threading.Thread(target=lambda: self._run(*taken, nested=True), name="aside", daemon=True)
        self._aside.append(thread)
        thread.start()

    def _write_now(self, command: Command, what: frozenset[str], change: Callable[[Database], object]) -> None:
        """Run a quick change on the writer's thread, whatever the main thread does; `Done` holds what it returns."""

        def acknowledge(future: Future[object]) -> None:
            error = future.exception()
            if error is not None:
                self._send(Failed(command.job, problem_of(error, _title(command))))
                return
            self._tell_change(what)
            self._send(Done(command.job, future.result()))
            if what == FOLDERS:
                self._follow_folders()
            if isinstance(command, RestoreFolder):
                self._refresh_by_itself(command.folder_id)

        self._writer.submit(change).add_done_callback(acknowledge)

    def _refresh_by_itself(self, folder_id: int | None = None) -> None:
        """Queue a `Refresh` of the engine's own, unless one that covers it is waiting already."""

        def covers(other: Command) -> bool:
            return isinstance(other, Refresh) and other.folder_id in (None, folder_id)

        if not self._queue.waits(covers):
            self._queue.put(Refresh(next(self._own_jobs), folder_id), question=False)

    def _watch_library(self) -> None:
        """A library whose file goes away while it is open is said at once, also when nothing is written to it."""
        while True:
            time.sleep(LIBRARY_WATCH_SECONDS)
            try:
                self._writer.require_there()
            except PairLensError as error:
                self._send(EngineProblem(error.problem()))
                os._exit(0)  # there is nothing left to serve

    def _follow_folders(self) -> None:
        """Watch the folders that the library has now; elsewhere, because large trees and slow drives take time."""
        if self._config.catch_up:
            self._watching.submit(lambda: attempt("Watching the folders", self._watch))

    def _watch(self) -> None:
        from engine.watch import FolderWatcher

        if self._watcher is None:
            self._watcher = FolderWatcher(self._refresh_by_itself)
        with Library(self._writer.path) as library:
            self._watcher.watch(library.folders())

    # ---- jobs --------------------------------------------------------------------------------------------

    def _run(
        self, command: Command, cancelled: threading.Event, paused: threading.Event, *, nested: bool = False
    ) -> None:
        """Run one job to its one answer; a ``nested`` one lets no others in between."""
        context = JobContext(
            command.job,
            report=self._send,
            cancelled=cancelled,
            paused=paused,
            can_pause=_can_pause(command, self._noted),
            let_others=None if nested else lambda: self._answer_questions(command),
            on_change=self._tell_change,
        )
        title = _title(command)
        context.progress(title, 0, None)  # from now on the job is under way
        outcome = attempt(title, lambda: self._perform(command, context))
        context.flush_changes()
        if outcome is _LATER:
            if self._queue.put_back(command):
                return
            outcome = JobCancelled("").problem()  # cancelled in the moment between its two parts
        self._queue.end(command.job)
        self._noted.discard(command.job)
        if not isinstance(outcome, Problem):
            self._send(Done(command.job, outcome))
        elif outcome.code == JobCancelled.code:
            self._send(Cancelled(command.job))
        else:
            self._send(Failed(command.job, outcome))

    def _perform(self, command: Command, context: JobContext) -> object:
        """Adding folders has two parts: noting the files is quick and done like a question; indexing waits its turn."""
        if isinstance(command, AddFolders) and command.job not in self._noted:
            self._work.note(command.folders, context)
            self._noted.add(command.job)
            self._follow_folders()
            return _LATER
        before = self._work.encoder_key
        result = self._work.perform(command, context)
        if isinstance(command, UseModel) and self._work.encoder_key != before:
            self._refresh_by_itself()  # another text encoder alone needs no new vectors
        if isinstance(command, Refresh):
            self._follow_folders()  # a drive may be back
        return result

    def _answer_questions(self, during: Command) -> None:
        """Between two batches of a long job, or while a question waits for the model: run what is quick."""
        switches = self._work.switches
        while (taken := self._queue.take_question()) is not None:
            self._run(*taken, nested=True)
        if self._work.switches != switches and isinstance(during, AddFolders | Refresh):
            raise ModelSwitched

    def _load_model(self) -> None:
        outcome = attempt("Loading the model", self._work.load_first_model)
        if isinstance(outcome, Problem):
            self._work.do_without_model(outcome)


def _can_pause(command: Command, noted: set[int]) -> bool:
    """Indexing, once the files are noted, and what says so of itself."""
    if isinstance(command, JobCommand):
        return command.can_pause
    return isinstance(command, Refresh) or command.job in noted


def _is_question(command: Command) -> bool:
    return command.is_question if isinstance(command, JobCommand) else isinstance(command, QUESTIONS)


_TITLES: dict[type[Command], str] = {
    AddFolders: "Adding folders",
    Refresh: "Looking for changes",
    Rank: "Ordering by {}",
    Similar: "Looking for similar images",
    UseModel: "Loading {}",
    GetModel: "Downloading {}",
    ImportModel: "Importing {}",
    RemoveModel: "Removing {}",
}
"""What the job strip calls a job; {} is what was typed or the name of the model."""


def _title(command: Command) -> str:
    title = command.title if isinstance(command, JobCommand | ChangeCommand) else _TITLES.get(type(command), "")
    words = getattr(command, "prompt", "") or getattr(command, "name", "")
    return (title or type(command).__name__).format(_short(words))


def _short(words: str) -> str:
    return words if len(words) <= TITLE_LENGTH else words[: TITLE_LENGTH - 1] + "…"
