"""What crosses the pipe between the window and the engine: frozen dataclasses, small (rule 6: under 1 MB).

The window sends commands; each carries a ``job`` number the window chose. The engine answers every job with any
number of `Progress` and then exactly one of `Done`, `Failed`, `Cancelled` (rule 7); when the engine dies, the
window's side (`engine.process`) answers `Crashed` for each job under way. A job is under way from its first
`Progress` on. Jobs that the engine begins by itself (a watched folder changed, images without vectors) carry negative
numbers, so that the window can show and cancel them like its own. `Ready`, `ModelReady`, `EngineProblem` and
`LibraryChanged` belong to no job. Rows and arrays travel through the library or files in the session folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
    """Order the library by likeness to one file of it, or to any image file (paste, drop)."""

    file_id: int | None = None
    path: bytes = b""
    more: str = ""
    amount: float = 0.0


@dataclass(frozen=True)
class SaveAttribute(Command):
    """Make an attribute (``prompt`` "" = no words), change its words, or bring a removed one back by its name.

    Acknowledged at once with its id.
    """

    name: str
    prompt: str = ""
    reverse: str = ""


@dataclass(frozen=True)
class RemoveAttribute(Command):
    """Take an attribute out of the lists (``removed=False`` undoes it); judgements stay. Acknowledged at once."""

    attribute_id: int
    removed: bool = True


@dataclass(frozen=True)
class Judge(Command):
    """Record a person's answer on two images: "first", "second", "equal", "unsure", or "skipped" (none).

    Acknowledged within a frame with the judgement's id, once it is in the library.
    """

    attribute_id: int
    first_image: int
    second_image: int
    answer: str


@dataclass(frozen=True)
class UndoJudgement(Command):
    """Take an answer back (``undone=False``: it stands again). Acknowledged at once."""

    judgement_id: int
    undone: bool = True


@dataclass(frozen=True)
class NextPairs(Command):
    """The pairs most worth judging next."""

    attribute_id: int
    count: int = 1
    folder_id: int | None = None


@dataclass(frozen=True)
class RankAttribute(Command):
    """Order the library by an attribute's words and judgements."""

    attribute_id: int
    folder_id: int | None = None


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


SAID = frozenset({"attributes", "judgements"})  # changes that leave files and vectors as they are


@dataclass(frozen=True)
class LibraryChanged(Event):
    """Rows changed; the window reads them again.

    ``what``: "folders", "files", "vectors", "attributes", "judgements".
    """

    what: frozenset[str]


@dataclass(frozen=True)
class JobEvent(Event):
    """Base of the events that belong to a job."""

    job: int


@dataclass(frozen=True)
class Progress(JobEvent):
    """How far a job is; ``rate`` in items a second and ``seconds_left`` are None until they can be told."""

    title: str
    done: int
    total: int | None
    rate: float | None = None
    seconds_left: float | None = None
    unit: str = "images"


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
class PairToJudge:
    """Two images, each with a file that shows it; ``probability`` that a person chooses the first.

    ``information``: what the answer is expected to tell, in bits.
    """

    first_image: int
    second_image: int
    first_file: int
    second_file: int
    probability: float
    information: float


@dataclass(frozen=True)
class JudgedRanking:
    """A ranking by an attribute, with how sure it is. Scores are logits around the library's mean.

    ``intervals`` is a .npy of dtype [("low", "<f4"), ("high", "<f4")], 90 % credible, row for row as the ranking's.
    ``answers`` of ``judgements`` tell something (not "unsure", not skipped, both images indexed). ``words_share``: how
    much of the order the words account for, 0 to 1. ``top_right``: the share of the first ten expected to belong there;
    ``top_exactly``: the probability that they are the first ten; ``answers_wanted``: after how many more answers
    nine in ten would belong there, None where 200 would not do. ``cycles``: image ids, each over the next, of
    ``cycles_found``; ``triples``: how many threes were decided, of which a quarter would be cycles by chance;
    ``contradicted``: pairs answered both ways.
    """

    ranking: RankingResult
    intervals: str
    judgements: int
    answers: int
    words_share: float
    top_right: float
    top_exactly: float
    answers_wanted: int | None
    cycles: tuple[tuple[int, ...], ...]
    cycles_found: int
    triples: int
    contradicted: int


@dataclass(frozen=True)
class ModelInfo:
    """One row of `pairlens models list`."""

    name: str
    title: str
    state: str  # "built-in", "here", "downloadable", "imported"
    size_bytes: int
    licence: str = ""
    note: str = ""
    details: dict[str, str] = field(default_factory=dict)
