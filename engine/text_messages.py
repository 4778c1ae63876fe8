"""What crosses the pipe about captions, differences and the language models that write them, see `engine.protocol`.

Jobs wait for servers and files, so each runs on a thread of its own and keeps nobody from indexing; of those that
write, one runs at a time. Changes are what a person does to texts: written at once, whatever else runs.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import Problem
from engine.protocol import ChangeCommand, JobCommand
from engine.store.rows import Caption

ANSWER_SECONDS = 180.0  # what one answer of a model may take, unless the person says otherwise
BY_HAND = "by hand"  # the source of a caption that a person typed
DEFAULT_HOST = "http://127.0.0.1:11434"
FAILURE_SETTING = "ollama_failure"  # of the library: sentence and remedy, as JSON, of what the last run ended by
HOSTS_SETTING = "ollama_hosts"  # of the library: addresses, divided by spaces
REMOTE_SETTING = "ollama_remote"  # of the library: "1" allows other machines and models in the cloud, from the window

# ---- jobs (window -> engine) ----------------------------------------------------------------------------


@dataclass(frozen=True)
class TextJob(JobCommand):
    """Base of the jobs."""

    performed_by = "engine.text_answers"
    aside = True


@dataclass(frozen=True)
class WriteDifferences(TextJob):
    """Ask a writer about ``pairs`` pairs more than it was asked about before: a `WritingResult`.

    ``writer``: "rules" or "ollama:MODEL"; ``choose``: one of `engine.differences.choosing.CHOICES`, "along" with the
    comparison ``prompt``; ``look``: show the model the images; ``instructions``: what it is told ("": our words).
    """

    title = "Writing differences"
    can_pause = True

    pairs: int
    writer: str = "rules"
    choose: str = "random"
    prompt: str = ""
    look: bool = False
    instructions: str = ""
    seconds: float = ANSWER_SECONDS


@dataclass(frozen=True)
class WriteCaptions(TextJob):
    """Have a vision model describe images it has not described: a `WritingResult`. ``images`` None: all of them."""

    title = "Writing captions"
    can_pause = True

    writer: str
    images: int | None = None
    instructions: str = ""
    seconds: float = ANSWER_SECONDS


@dataclass(frozen=True)
class ForgetUnfinished(TextJob):
    """The run of writing that did not come to its end is not to be gone on with; what it wrote stays."""

    title = "Forgetting a run"


@dataclass(frozen=True)
class ImportCaptions(TextJob):
    """Read captions from files, and from folders whose images are in the library: an `ImportResult`."""

    title = "Importing captions"
    can_pause = True

    sources: tuple[bytes, ...]


@dataclass(frozen=True)
class ImportDifferences(TextJob):
    """Read differences from files of JSON Lines: an `ImportResult`."""

    title = "Importing differences"
    can_pause = True

    sources: tuple[bytes, ...]


@dataclass(frozen=True)
class ExportCaptions(TextJob):
    """Write every caption to a file: the number of captions."""

    title = "Exporting captions"

    file: bytes


@dataclass(frozen=True)
class ExportDifferences(TextJob):
    """Write differences, of one status or writer where named, to a file: the number of sentences."""

    title = "Exporting differences"

    file: bytes
    status: str = ""
    writer: str = ""


@dataclass(frozen=True)
class LookAtHosts(TextJob):
    """Say what state each of the library's servers is in, for ``model`` where one is named: `HostStates`."""

    title = "Looking for Ollama"

    model: str = ""


@dataclass(frozen=True)
class PullModel(TextJob):
    """Have each of the library's servers get a model. What is there after a cancel is not loaded again."""

    title = "Getting {}"

    name: str


# ---- changes (window -> engine) -------------------------------------------------------------------------


@dataclass(frozen=True)
class TextChange(ChangeCommand):
    """Base of the changes. What cannot be kept is a `TextUnfit` problem."""

    made_by = "engine.text_changes"


@dataclass(frozen=True)
class SetStatuses(TextChange):
    """Say what a person thinks of differences: (id, status) for each."""

    changed = frozenset({"differences"})

    statuses: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class EditDifference(TextChange):
    """Put other words in the place of a difference's; undone with the words and the status of before."""

    changed = frozenset({"differences"})

    difference_id: int
    text: str
    reverse: str
    status: str = "edited"


@dataclass(frozen=True)
class AddCaption(TextChange):
    """Write a caption by hand; its id."""

    changed = frozenset({"captions"})

    image_id: int
    text: str


@dataclass(frozen=True)
class ChangeCaption(TextChange):
    """Put a text in the place of a caption's."""

    changed = frozenset({"captions"})

    caption_id: int
    text: str


@dataclass(frozen=True)
class RemoveCaptions(TextChange):
    """Delete captions; undone by `RestoreCaptions`."""

    changed = frozenset({"captions"})

    caption_ids: tuple[int, ...]


@dataclass(frozen=True)
class RestoreCaptions(TextChange):
    """Bring deleted captions back."""

    changed = frozenset({"captions"})

    captions: tuple[Caption, ...]


@dataclass(frozen=True)
class SetHosts(TextChange):
    """Which servers are asked, and whether those of other machines and models in the cloud may be."""

    hosts: tuple[str, ...]
    remote: bool = False


# ---- results --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WritingResult:
    """What a run did; fields as in `engine.writing_report.WritingReport`, counts by name largest first.

    ``why``: sentences on what failed. ``stopped``: why it ended before it was done; what was written is kept.
    """

    asked: int
    written: int
    rejected: tuple[tuple[str, int], ...]
    failed: tuple[tuple[str, int], ...]
    seconds: float
    stopped: Problem | None = None
    why: str = ""


@dataclass(frozen=True)
class Refused:
    """A text of a file that was not taken, and why, as a sentence."""

    where: str
    reason: str


@dataclass(frozen=True)
class ImportResult:
    """So many texts ``found``, ``imported`` (new), on ``images`` images; ``refused``: the first of those refused."""

    found: int
    imported: int
    images: int
    refused_count: int
    refused: tuple[Refused, ...]


@dataclass(frozen=True)
class HostState:
    """What a server is good for now. ``state``: "ready", "idle" (the model is loaded by the first question), "model
    missing", "not running", "not installed" or "not Ollama"; ``sentence`` and ``remedy`` are for people."""

    url: str
    state: str
    sentence: str
    remedy: str = ""
    models: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether a question can be asked now."""
        return self.state in ("ready", "idle")


@dataclass(frozen=True)
class HostStates:
    """The servers in the order of the settings, and the problem of an address that may not be asked."""

    hosts: tuple[HostState, ...]
    problem: Problem | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """The models that any of them has, by name."""
        return tuple(sorted({model for host in self.hosts for model in host.models}))
