"""What crosses the pipe about training runs: questions, commands, results and what runs say, see `engine.protocol`.

Questions that need the model are performed like any other (`engine.training_answers`); commands about runs go to the
thread that keeps the runs (`engine.run_keeper`), which acknowledges them at once and tells by itself what runs do.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import Problem
from engine.protocol import Command, Event, JobCommand

LEARNED_FROM = ("new", "accepted", "edited")  # statuses of differences: all but what a person rejected


@dataclass(frozen=True)
class DataChoice:
    """Which pairs a run learns from.

    Differences of these ``writers`` (None = all) and ``statuses`` that hold all of the ``words``; answers of the
    person about the ``attributes`` (ids). ``file``: instead of all that, JSON Lines.
    """

    writers: tuple[str, ...] | None = None
    statuses: tuple[str, ...] = LEARNED_FROM
    words: str = ""
    attributes: tuple[int, ...] = ()
    file: bytes = b""


# ---- questions (window -> engine) -----------------------------------------------------------------------


@dataclass(frozen=True)
class TrainingQuestion(JobCommand):
    """Base of the questions that need the model."""

    performed_by = "engine.training_answers"
    is_question = True


@dataclass(frozen=True)
class Preflight(TrainingQuestion):
    """What a run would take and cost, without making it: a `PreflightResult`. ``recipe`` is TOML."""

    title = "Looking at the training data"

    recipe: str
    data: DataChoice = DataChoice()


@dataclass(frozen=True)
class StartRun(TrainingQuestion):
    """Plan a run called ``name`` and queue it up; it starts when no other runs. Its result is None."""

    title = "Preparing the run"

    name: str
    recipe: str
    data: DataChoice = DataChoice()


@dataclass(frozen=True)
class UseRun(TrainingQuestion):
    """Let the model of a run answer, taught with this ``strength`` (0..1); writes it where it has another one."""

    title = "Putting the trained model to use"

    run: str
    strength: float


@dataclass(frozen=True)
class ExportRun(TrainingQuestion):
    """Write the model of a run into ``folder`` as open_clip loads it; the folder must be new or empty."""

    title = "Writing the trained model"

    run: str
    strength: float
    folder: bytes


@dataclass(frozen=True)
class BeforeAfter(TrainingQuestion):
    """Order the library by a prompt as the model did before a run and does after it: a `BeforeAfterResult`."""

    title = "Ordering before and after"

    run: str
    strength: float
    prompt: str
    reverse: str = ""
    count: int = 24


# ---- commands to the keeper of the runs -----------------------------------------------------------------


@dataclass(frozen=True)
class RunCommand(Command):
    """Base of what is done with a run that is there. Acknowledged at once."""

    run: str


@dataclass(frozen=True)
class PauseRun(RunCommand):
    """Pause it before its next step; one that waits leaves the queue."""


@dataclass(frozen=True)
class ResumeRun(RunCommand):
    """Let it go on where it stopped, when its turn comes."""


@dataclass(frozen=True)
class StopRun(RunCommand):
    """End it and keep the best so far: a model is made of that."""


@dataclass(frozen=True)
class RenameRun(RunCommand):
    """Call it ``name`` from now on; the model that was made of it is titled so too."""

    name: str


@dataclass(frozen=True)
class RemoveRun(RunCommand):
    """Take it out of the list (``removed=False`` undoes it); its model stays."""

    removed: bool = True


@dataclass(frozen=True)
class LookAtRun(RunCommand):
    """Everything about it: `RunDetails`."""


@dataclass(frozen=True)
class Presets(RunCommand):
    """The recipes that come with the program, as TOML: tuple[(name, text), ...]. ``run`` is "" here."""

    run: str = ""


# ---- results and events ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    """What a run takes: ``seconds`` (None where it cannot be told) on ``device`` (in words), bytes of memory and disk,
    and the bytes that are free of each (None: the system does not say).
    """

    seconds: float | None
    device: str
    memory: int
    memory_free: int | None
    disk: int
    disk_free: int


@dataclass(frozen=True)
class PreflightResult:
    """``pairs`` and ``images`` of each part of the split; ``refused``: how many pairs are left out, and why."""

    pairs: dict[str, int]
    images: dict[str, int]
    refused: dict[str, int]
    texts: int  # different ones
    tokens: float  # of a sentence, on average
    steps: int
    batch: int
    cost: Cost


@dataclass(frozen=True)
class Figure:
    """One rule on the held-out images: shares in 0..1 with standard errors, before, after, and at full strength."""

    rule: str  # "single", "reversed", "antonym", "ensemble"
    pairs: int
    before: float
    before_error: float
    after: float
    after_error: float


@dataclass(frozen=True)
class CurvePoint:
    """One point of the path of weight averaging, on the validation images; shares in 0..1."""

    strength: float
    accuracy: float
    zero_shot_kept: float


@dataclass(frozen=True)
class RunOutcome:
    """What a run that is done came to; ``figures`` are taken at ``strength``. ``zero_shot_kept`` in 0..1."""

    strength: float
    figures: tuple[Figure, ...]
    zero_shot_kept: float
    curve: tuple[CurvePoint, ...]
    best_step: int


@dataclass(frozen=True)
class RunInfo:
    """Where a run stands. ``state`` is one of `engine.training.runs.STATES`; ``wish`` "pause" or "stop" while it is
    asked for. ``place``: in the queue, from 1; 0 = not queued. ``base`` is the model it learns on, ``model`` the one
    made of it ("" = none yet), which has ``model_strength``. ``created`` in seconds since 1970.
    """

    name: str
    state: str
    step: int
    steps: int
    batch: int
    trainer: str
    base: str
    pairs: int
    created: float
    place: int = 0
    wish: str = ""
    problem: Problem | None = None
    outcome: RunOutcome | None = None
    model: str = ""
    model_strength: float = 0.0


@dataclass(frozen=True)
class TrainingLine:
    """After a step: losses (``drift``: how far the anchor prompts have moved), rate, speed, memory."""

    step: int
    total: float
    contrastive: float
    drift: float
    learning_rate: float
    pairs_per_second: float
    memory_mb: float


@dataclass(frozen=True)
class ValidationLine:
    """After a step, on the validation images: shares in 0..1. ``reversed`` is None where no pair has a reverse."""

    step: int
    loss: float
    accuracy: float
    single: float
    reversed: float | None
    zero_shot_kept: float
    best_step: int


Line = TrainingLine | ValidationLine


@dataclass(frozen=True)
class RunDetails:
    """A run with its recipe (TOML), what it was planned on, and what it has measured (the oldest thinned out)."""

    info: RunInfo
    recipe: str
    pairs: dict[str, int]
    images: dict[str, int]
    refused: dict[str, int]
    versions: dict[str, str]
    seed: int
    data: str  # digest
    lines: tuple[Line, ...]
    log: str = ""  # the end of what its process printed


@dataclass(frozen=True)
class BeforeAfterResult:
    """The first files of both orders. ``moved``: 1 minus their rank correlation, 0 = the same order; ``agreement`` of
    the words in each, ``trust`` in words, as in `RankingResult`.
    """

    prompt: str
    reverse: str
    strength: float
    before: tuple[int, ...]
    after: tuple[int, ...]
    trust_before: str
    trust_after: str
    correlation: float


@dataclass(frozen=True)
class RunsChanged(Event):
    """All runs of this machine, the newest first (200 at most); told whenever one of them changed."""

    runs: tuple[RunInfo, ...]


@dataclass(frozen=True)
class RunGrew(Event):
    """A run at work has measured more; lines of a step that is known already take its place."""

    run: str
    lines: tuple[Line, ...]
