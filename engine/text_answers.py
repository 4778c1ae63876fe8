"""Jobs of captions, differences and language models, as the engine process does them; see `engine.workbench`.

Each runs on a thread of its own with a library connection of its own. Everything heavy (the client of Ollama, Pillow)
is imported by the job that needs it.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from engine.captions import TextReport, export_captions, import_captions
from engine.differences.choosing import Choice, chosen_pairs
from engine.differences.files import export_differences, import_differences
from engine.differences.writing import write_differences
from engine.errors import FileUnfit, FolderMissing, PairLensError
from engine.jobs import PROGRESS_INTERVAL, JobContext
from engine.protocol import JobCommand
from engine.store import Library, Writer, changes, reviewing
from engine.text_messages import (
    REMOTE_SETTING,
    ExportCaptions,
    ExportDifferences,
    ForgetUnfinished,
    HostStates,
    ImportCaptions,
    ImportDifferences,
    ImportResult,
    LookAtHosts,
    PullModel,
    Refused,
    WriteCaptions,
    WriteDifferences,
    WritingResult,
)
from engine.workbench import Workbench
from engine.writing_prompts import CAPTION, DIFFERENCES, OLLAMA

if TYPE_CHECKING:
    from engine.differences.authors import Author
    from engine.local_llm import LocalModel
    from engine.writing_report import WritingReport

REFUSED_ACROSS = 1000  # of an import; messages stay under 1 MB
WHERE_LENGTH, REASON_LENGTH = 200, 400  # characters


class _Turn:
    """Whose turn it is to write: one run at a time, because two would ask about the same pairs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, context: JobContext) -> Iterator[None]:
        """Wait for it as long as the job is not cancelled."""
        while not self._lock.acquire(timeout=PROGRESS_INTERVAL):
            context.progress("Waiting for another run of writing", 0, None)
            context.breathe()
        try:
            yield
        finally:
            self._lock.release()


def perform(command: JobCommand, bench: Workbench) -> object:
    """The result of a job. Raises CaptionsMissing, LanguageModelError, ExchangeError, NoModel, JobCancelled."""
    context = bench.context
    with Library(bench.writer.path) as library:
        match command:
            case WriteDifferences():
                with bench.kept(_Turn, _Turn).taken(context):
                    return _write_differences(command, library, bench)
            case WriteCaptions():
                with bench.kept(_Turn, _Turn).taken(context):
                    return _write_captions(command, library, bench)
            case ForgetUnfinished():
                return _note("", bench)
            case ImportCaptions(sources=sources):
                return _import(import_captions, sources, library, bench)
            case ImportDifferences(sources=sources):
                return _import(import_differences, sources, library, bench)
            case ExportCaptions(file=file):
                return export_captions(Path(os.fsdecode(file)), library)
            case ExportDifferences(file=file, status=status, writer=writer):
                return export_differences(Path(os.fsdecode(file)), library, status=status, writer=writer)
            case LookAtHosts(model=model):
                return _look(library, model)
            case PullModel(name=name):
                return _pull(library, name, context)
    raise TypeError(f"{type(command).__name__} is no job of texts")


# ---- writing --------------------------------------------------------------------------------------------


def _write_differences(job: WriteDifferences, library: Library, bench: Workbench) -> WritingResult:
    author, context = _author(job, library), bench.context
    choice = Choice(job.choose, job.prompt, captioned=not job.look)
    context.progress("Choosing pairs", 0, None, "pairs")
    pairs = chosen_pairs(library, choice, lambda: bench.clip().encoder_key, bench.clip, context.check_cancelled)
    command = {field.name: getattr(job, field.name) for field in fields(job) if field.name != "job"}
    _note(reviewing.begun(library, author.name, author.version, job.pairs, command), bench)
    report = write_differences(bench.writer, library, author, pairs, job.pairs, context, more=True)
    if report.stopped is None and not report.failed:
        _note("", bench)
    return _written(report)


def _write_captions(job: WriteCaptions, library: Library, bench: Workbench) -> WritingResult:
    from engine import caption_writing

    model = _language_model(library, job.writer, job.seconds)
    images = caption_writing.uncaptioned(library, f"{OLLAMA}{model.name}")[: job.images]
    prompt = job.instructions or CAPTION
    return _written(caption_writing.write_captions(bench.writer, library, model, images, bench.context, prompt=prompt))


def _note(unfinished: str, bench: Workbench) -> None:
    """Write down which run has begun, or that it has come to its end."""
    bench.writer.call(lambda db: changes.put_setting(db, reviewing.UNFINISHED_SETTING, unfinished))
    bench.context.changed("differences")


def _author(job: WriteDifferences, library: Library) -> Author:
    from engine.differences.authors import RuleAuthor

    if not job.writer.startswith(OLLAMA):
        return RuleAuthor(library)
    from engine.differences.asking import OllamaAuthor

    model = _language_model(library, job.writer, job.seconds)
    return OllamaAuthor(library, model, look=job.look, system=job.instructions or DIFFERENCES)


def _language_model(library: Library, writer: str, seconds: float) -> LocalModel:
    from engine.local_llm import LocalModel
    from engine.ollama_hosts import hosts_of

    return LocalModel(writer.removeprefix(OLLAMA), hosts_of(library.path), seconds=seconds, remote=_remote(library))


def _remote(library: Library) -> bool:
    return library.setting(REMOTE_SETTING) == "1"


def _written(report: WritingReport) -> WritingResult:
    def counts(of: Counter[str]) -> tuple[tuple[str, int], ...]:
        return tuple(of.most_common())

    return WritingResult(
        report.asked,
        report.written,
        counts(report.rejected),
        counts(report.failed),
        report.seconds,
        report.stopped,
        report.why,
    )


# ---- files ----------------------------------------------------------------------------------------------


def _import(
    bring: Callable[[Writer, Library, Path, JobContext], TextReport],
    sources: tuple[bytes, ...],
    library: Library,
    bench: Workbench,
) -> ImportResult:
    """Several files as one import; one that cannot be used at all is a refusal among others, the rest counts."""
    reports: list[TextReport] = []
    refused: list[Refused] = []
    for source in sources:
        try:
            reports.append(bring(bench.writer, library, Path(os.fsdecode(source)), bench.context))
        except (FileUnfit, FolderMissing, OSError) as error:
            problem = _unreadable(source, error)
            if len(sources) == 1:
                raise problem from error
            refused.append(Refused(_name(source), problem.sentence))
    refused += [Refused(row.where, row.reason) for report in reports for row in report.rejected]
    return ImportResult(
        found=sum(report.found for report in reports),
        imported=sum(report.imported for report in reports),
        images=sum(report.images for report in reports),
        refused_count=sum(report.rejected_count for report in reports) + len(sources) - len(reports),
        refused=tuple(Refused(r.where[:WHERE_LENGTH], r.reason[:REASON_LENGTH]) for r in refused[:REFUSED_ACROSS]),
    )


def _unreadable(source: bytes, error: PairLensError | OSError) -> PairLensError:
    if isinstance(error, PairLensError):
        return error
    return FileUnfit(f"{_name(source)} cannot be read: {error.strerror or error}.", details=repr(error))


def _name(source: bytes) -> str:
    return os.path.basename(source).decode("utf-8", "replace")


# ---- Ollama ---------------------------------------------------------------------------------------------


def _look(library: Library, model: str) -> HostStates:
    """All servers at once: one that does not answer takes seconds."""
    from concurrent.futures import ThreadPoolExecutor

    from engine.ollama_hosts import checked_host, hosts_of, look

    try:
        urls = [checked_host(host, remote=_remote(library)) for host in hosts_of(library.path)]
    except PairLensError as error:
        return HostStates((), error.problem())
    with ThreadPoolExecutor(len(urls)) as threads:
        return HostStates(tuple(threads.map(lambda url: look(url, model), urls)))


def _pull(library: Library, model: str, context: JobContext) -> None:
    from engine.ollama_hosts import hosts_of, pull

    for host in hosts_of(library.path):
        pull(model, host, context, remote=_remote(library))
