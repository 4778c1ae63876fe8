"""What is done with runs from outside: the queue that they wait in, names, taking away and bringing back.

Only folders and small files are touched, so any process may do it; the window's engine does (`engine.run_keeper`).
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from subprocess import Popen

from filelock import FileLock, Timeout

from engine import models, settings
from engine.model_folders import NOTE, ModelFiles
from engine.training.errors import RunBusy, RunUnknown
from engine.training.runs import NAME, Run, Ticket, check_name, every, find, start, write_json

REMOVED = ".{}.removed"
KEPT_SECONDS = 24 * 3600.0  # that a removed run can be brought back


# ---- the queue ------------------------------------------------------------------------------------------


def enqueue(run: Run, device: str = "auto", wish: str = "") -> None:
    """Let it wait for the runs before it; one that waits already keeps its place. Raises `RunBusy` when it runs."""
    if run.alive():
        raise RunBusy(f"A process is at work on the run {run.name}.")
    waiting = run.queued()
    ticket = Ticket(waiting.since if waiting else time.time_ns(), device, wish)
    write_json(run.folder / "queued", asdict(ticket))


def dequeue(run: Run) -> None:
    """Take it out of the queue."""
    (run.folder / "queued").unlink(missing_ok=True)


def queue() -> list[Run]:
    """The runs that wait, the first first."""
    waiting = [(ticket.since, run.name, run) for run in every() if (ticket := run.queued())]
    return [run for *_, run in sorted(waiting, key=lambda entry: entry[:2])]


def start_next() -> tuple[Run, Popen[bytes]] | None:
    """Start the first run of the queue if no other is at work; None when there is nothing to do.

    Several programs may look at the same time: a lock lets one of them decide.
    """
    waiting = queue()
    if not waiting:
        return None
    try:
        with FileLock(settings.runs_dir() / ".starting").acquire(timeout=0):
            if any(run.alive() for run in every()):
                return None
            run = waiting[0]
            ticket = run.queued()
            return (run, start(run, ticket.device, ticket.wish)) if ticket else None
    except Timeout:
        return None


# ---- names ----------------------------------------------------------------------------------------------


def model_of(run: Run) -> ModelFiles | None:
    """The model that was made of a run, under whatever name it lies."""
    return models_of_runs().get(run.name)


def models_of_runs() -> dict[str, ModelFiles]:
    """Name of a run -> the model that was made of it."""
    trained = [models.resolve(info.name) for info in models.list_models() if info.state == "trained"]
    return {files.note.get("run", ""): files for files in trained}


def rename(run: Run, name: str) -> Run:
    """Call a run ``name``. The model made of it keeps the name that libraries know it by, and gets this title.

    Raises `TrainingError`, `RunBusy`.
    """
    check_name(name)
    if run.alive():
        raise RunBusy(f"The run {run.name} can be renamed when it has ended or is paused.")
    files = model_of(run)
    plan = replace(run.plan(), name=name)
    renamed = Run(run.folder.with_name(name))
    os.replace(run.folder, renamed.folder)
    write_json(renamed.folder / "run.json", asdict(plan))
    if files:
        write_json(files.folder / NOTE, {**files.note, "title": name, "run": name})
    return renamed


# ---- taking away ----------------------------------------------------------------------------------------


def remove(run: Run) -> None:
    """Take a run away; `restore` brings it back for a day. The model made of it stays. Raises `RunBusy`."""
    if run.alive():
        raise RunBusy(f"A process is at work on the run {run.name}; stop it first.")
    dequeue(run)
    away = _away(run.name)
    shutil.rmtree(away, ignore_errors=True)  # one of the same name that was removed before
    os.replace(run.folder, away)
    os.utime(away)


def restore(name: str) -> Run:
    """Bring a removed run back. Raises `RunUnknown`, `RunBusy` when its name is taken by now."""
    away = _away(name)
    if not NAME.fullmatch(name) or not away.is_dir():
        raise RunUnknown(f"There is no removed run called {name!r} any more.")
    folder = settings.runs_dir() / name
    if folder.exists():
        raise RunBusy(f"A run called {name!r} is here already.")
    os.replace(away, folder)
    return find(name)


def sweep(older_than: float = KEPT_SECONDS) -> None:
    """Delete the runs that were removed so many seconds ago."""
    now = time.time()
    for away in settings.runs_dir().glob(REMOVED.format("*")):
        with suppress(OSError):
            if now - away.stat().st_mtime >= older_than:
                shutil.rmtree(away)


def _away(name: str) -> Path:
    return settings.runs_dir() / REMOVED.format(name)
