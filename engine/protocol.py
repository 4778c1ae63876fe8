"""What crosses the pipe between the window and the engine: frozen dataclasses, small (rule 6: under 1 MB).

The window sends commands; each carries a ``job`` number the window chose. The engine answers every job with any
number of `Progress` and then exactly one of `Done`, `Failed`, `Cancelled` (rule 7); when the engine dies, the
window's side (`engine.process`) answers `Crashed` for each job under way. A job is under way from its first
`Progress` on. Jobs that the engine begins by itself (a watched folder changed, images without vectors) carry negative
numbers, so that the window can show and cancel them like its own. `Ready`, `ModelReady`, `EngineProblem` and
`LibraryChanged` belong to no job. Rows and arrays travel through the library or files in the session folder.

Here are the commands that the engine process itself depends on: folders, models, orders. Every other family of commands
has a module of its own (`engine.pair_messages`, `engine.judging_messages`, ...) and names the module that performs it:
see `JobCommand` and `ChangeCommand`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from engine.errors import Problem

# ---- start ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EngineConfig:
    """What an engine process is started with.

    ``session_dir`` is a folder of the window's: result files (rankings) are written there. The log is
    `engine.process.log_file`.
    """

    library: str
    session_dir: str
    model: str = ""  # "" = the library's last model, else the default model
    device: str = "auto"
    catch_up: bool = True  # look at every folder at start and follow changes; False after crashing at just that


# ---- commands (window -> engine) ------------------------------------------------------------------------


@dataclass(frozen=True)
class Command:
    """Base of all commands."""

    job: int


@dataclass(frozen=True)
class JobCommand(Command):
    """Base of the commands whose family has a module of its own.

    ``performed_by``: the module (light or heavy: it is imported when the first one comes) whose
    ``perform(command, workbench) -> result`` does the job, see `engine.workbench`. ``title``: what the job strip calls
    it; {} is its ``prompt`` or ``name``. ``is_question``: quick enough to be answered between two batches of a long
    job. ``aside``: it waits for servers or files rather than computes, and runs on a thread of its own, where it opens
    the library for itself. ``can_pause``: it breathes often enough to be held. ``is_told``: the strip shows it, once it
    takes a moment; not where whoever asks says that it waits.
    """

    performed_by: ClassVar[str] = ""
    title: ClassVar[str] = ""
    is_question: ClassVar[bool] = False
    aside: ClassVar[bool] = False
    can_pause: ClassVar[bool] = False
    is_told: ClassVar[bool] = True


@dataclass(frozen=True)
class ChangeCommand(Command):
    """Base of the quick changes of such a family, made on the writer's thread and acknowledged at once, busy or not.

    ``made_by``: the module, light, whose ``change(db, command)`` makes it; what that returns is the result.
    ``changed``: the rows that become others, as in `LibraryChanged`.
    """

    made_by: ClassVar[str] = ""
    title: ClassVar[str] = ""
    changed: ClassVar[frozenset[str]] = frozenset()


@dataclass(frozen=True)
class AddFolders(Command):
    """Add folders (and single files' folders) to the library and index what is new."""

    folders: tuple[bytes, ...]


@dataclass(frozen=True)
class Refresh(Command):
    """Look at every folder again and index what is new; ``folder_id`` limits it to one."""

    folder_id: int | None = None


@dataclass(frozen=True)
class RemoveFolder(Command):
    """Take a folder out of the library (its files stay untouched); undone by `RestoreFolder`. Acknowledged at once."""

    folder_id: int


@dataclass(frozen=True)
class RestoreFolder(Command):
    """Undo `RemoveFolder`. Acknowledged at once."""

    folder_id: int


@dataclass(frozen=True)
class HideImages(Command):
    """Hide files from grid and rankings (``hidden=False`` undoes it). Acknowledged at once."""

    file_ids: tuple[int, ...]
    hidden: bool = True


@dataclass(frozen=True)
class Rank(Command):
    """Order the library by a comparative prompt; ``reverse`` empty = found by the program."""

    prompt: str
    reverse: str = ""
    single: bool = False
    folder_id: int | None = None


@dataclass(frozen=True)
class Similar(Command):
    """Order the library by likeness to one file of it, or to any image file (paste, drop).

    With ``more`` (and its ``reverse``, "" = found by the program), to what the image would be if it were more so, by
    ``amount`` standard deviations of the library's scores. ``top``: only the most alike images.
    """

    file_id: int | None = None
    path: bytes = b""
    more: str = ""
    amount: float = 0.0
    reverse: str = ""
    top: int | None = None


@dataclass(frozen=True)
class UseModel(Command):
    """Load this model; images without vectors under it are indexed next.

    ``device``: one of `ModelReady.devices` or "auto", remembered in the library; "" = as before.
    """

    name: str
    device: str = ""


@dataclass(frozen=True)
class GetModel(Command):
    """Download a model."""

    name: str


@dataclass(frozen=True)
class ImportModel(Command):
    """Take in a checkpoint file under ``name``; its result is a `ModelInfo`. The file is copied."""

    file: bytes
    architecture: str  # one of open_clip's, with or without /TAG, or the name of a model on this machine
    name: str


@dataclass(frozen=True)
class RemoveModel(Command):
    """Delete a downloaded or imported model's files."""

    name: str


@dataclass(frozen=True)
class Cancel(Command):
    """Cancel job ``job``, queued or running (this command is not a job itself)."""


@dataclass(frozen=True)
class Pause(Command):
    """Hold job ``job``, which finishes what it has begun, or let it go on (this command is not a job itself)."""

    paused: bool = True


@dataclass(frozen=True)
class Shutdown(Command):
    """End after the running batch; queued jobs are dropped."""


# ---- events (engine -> window) --------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True)
class Ready(Event):
    """The writer thread is up and commands are accepted; torch is still being imported."""

    pid: int


@dataclass(frozen=True)
class EngineProblem(Event):
    """The engine ended by itself or cannot work with this library.

    ``restarting`` is True when it is being started again by itself; otherwise `EngineProcess.start` tries again.
    """

    problem: Problem
    restarting: bool = False


@dataclass(frozen=True)
class ModelReady(Event):
    """A model is loaded and answers prompts."""

    name: str
    device: str  # in words, as shown: "CPU", "CUDA: NVIDIA H200"
    encoder_key: str  # names the index that its vectors live in
    dim: int
    devices: tuple[tuple[str, str], ...] = ()  # what could be chosen here: names and words
    chosen_device: str = "auto"  # what was chosen: one of these names, or "auto"


@dataclass(frozen=True)
class ModelProblem(Event):
    """No model could be loaded; the library can be browsed but not ranked."""

    problem: Problem


SAID = frozenset({"attributes", "judgements", "captions", "differences", "labels", "runs"})
"""Changes that leave files and vectors as they are."""


@dataclass(frozen=True)
class LibraryChanged(Event):
    """Rows changed; the window reads them again.

    ``what``: "folders", "files", "vectors", or one of `SAID`.
    """

    what: frozenset[str]


@dataclass(frozen=True)
class JobEvent(Event):
    """Base of the events that belong to a job."""

    job: int


@dataclass(frozen=True)
class Progress(JobEvent):
    """How far a job is; ``rate`` in items a second and ``seconds_left`` are None until they can be told.

    ``can_pause``: it can be held (`Pause`); ``paused``: it is.
    """

    title: str
    done: int
    total: int | None
    rate: float | None = None
    seconds_left: float | None = None
    unit: str = "images"
    can_pause: bool = False
    paused: bool = False


@dataclass(frozen=True)
class Done(JobEvent):
    """The job ended well; ``result`` is one of the result dataclasses below, or None."""

    result: object = None


@dataclass(frozen=True)
class Failed(JobEvent):
    """The job ended with a named problem."""

    problem: Problem


@dataclass(frozen=True)
class Cancelled(JobEvent):
    """The job was cancelled; what was finished is kept."""


@dataclass(frozen=True)
class Crashed(JobEvent):
    """The engine died under this job; made by the window's side, never sent."""

    problem: Problem


# ---- results --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Refusal:
    """A file that was not indexed, and why."""

    path: bytes
    reason: str  # a whole sentence
    code: str = ""


@dataclass(frozen=True)
class IndexReport:
    """What one indexing did; the fields of `pairlens index --json`."""

    found: int = 0
    embedded: int = 0
    unchanged: int = 0
    moved: int = 0
    removed: int = 0
    failed_count: int = 0
    failed: tuple[Refusal, ...] = ()  # at most 1,000 across the pipe; all are in the library
    seconds: float = 0.0
    images_per_second: float = 0.0


@dataclass(frozen=True)
class RankingResult:
    """A finished ranking. ``file`` is a .npy of dtype [("file", "<i8"), ("score", "<f4")], best first."""

    file: str
    count: int
    prompt: str
    reverse: str
    reverse_is_automatic: bool
    model: str
    agreement: float | None  # mean rank correlation of the members with the whole; None: a single statement
    verdict: str  # "strong", "fair", "weak" or "none" (this prompt does not order these images); "" = no check
    explanation: tuple[str, ...] = ()  # what the program made of the words, one line each
    pending: int = 0  # files without a vector yet, hence not in the order


@dataclass(frozen=True)
class ModelInfo:
    """One row of `pairlens models list`."""

    name: str
    title: str
    state: str  # "built-in", "here", "imported", "trained", "damaged", "downloadable"
    size_bytes: int
    licence: str = ""
    note: str = ""
    details: dict[str, str] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        """Whether it can be loaded as it is."""
        return self.state not in ("damaged", "downloadable")
