"""What crosses the pipe about measuring models: commands and their results, see `engine.protocol`."""

from __future__ import annotations

from dataclasses import dataclass

from engine.protocol import JobCommand


@dataclass(frozen=True)
class ListMeasurable(JobCommand):
    """Ask which models and which runs can be measured: a `Measurable`."""

    performed_by = "engine.evaluation_answers"
    title = "Looking for models"
    is_question = True


@dataclass(frozen=True)
class FolderTask:
    """A task on a folder that holds a folder for each class, ``root``; ``high`` and ``low`` are two of them, of which
    the first has more of ``prompt``. Without a prompt only the classes are asked for.
    """

    root: str
    prompt: str = ""
    reverse: str = ""
    high: str = ""
    low: str = ""


@dataclass(frozen=True)
class Evaluate(JobCommand):
    """Measure models on a task: an `EvaluationResult`.

    ``task``: a TOML file, or the name of one that comes with the program, or a `FolderTask`; ``data``: where its images
    are, "" = where it says. ``models`` by name ("" = the starter), ``runs`` by name, along the whole ``path`` or only
    before, at the chosen strength and after.
    """

    performed_by = "engine.evaluation_answers"
    title = "Measuring models"

    task: str | FolderTask
    data: str = ""
    models: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    path: bool = False


@dataclass(frozen=True)
class Measurable:
    """Names of the models on this machine and of the runs that are done."""

    models: tuple[str, ...]
    runs: tuple[str, ...]


@dataclass(frozen=True)
class EvaluationResult:
    """Files of the session folder: ``figures``, what `pairlens evaluate --json` says of a task; ``report``, HTML."""

    figures: str
    report: str
