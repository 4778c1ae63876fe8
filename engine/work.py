"""What the engine's jobs do: index, rank, find similar images, change the model.

`Work` holds what jobs share (library, writer, model, shelf) and belongs to `engine.server`, which decides when a job
runs and answers for it. Everything heavy is imported inside the functions, so that the engine is ready at once.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine import ask
from engine.errors import DeviceUnavailable, Problem
from engine.jobs import JobContext
from engine.pair_messages import PairQuestion
from engine.protocol import (
    AddFolders,
    Command,
    EngineConfig,
    Event,
    GetModel,
    ImportModel,
    IndexReport,
    JudgedRanking,
    ModelInfo,
    ModelProblem,
    ModelReady,
    NextPairs,
    PairToJudge,
    Rank,
    RankAttribute,
    RankingResult,
    Refresh,
    RemoveModel,
    Similar,
    UseModel,
)
from engine.store import Library, Writer, changes
from engine.store.rows import Attribute

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.judgements.desk import Desk

RANKINGS_KEPT = 20  # result files; the window has long read the older ones
REFUSALS_ACROSS = 1000  # of an IndexReport, and at most
REFUSAL_BYTES = 500_000  # of paths and reasons: messages stay under 1 MB. All are in the library.
RANKING = np.dtype([("file", "<i8"), ("score", "<f4")])
INTERVALS = np.dtype([("low", "<f4"), ("high", "<f4")])


class ModelSwitched(Exception):
    """Raised inside `JobContext.breathe` of an index job, which then goes on under the new model."""


class Work:
    """The job bodies and what they share. Used on the main thread; the first model is loaded on a thread of its own."""

    def __init__(self, config: EngineConfig, writer: Writer, library: Library, send: Callable[[Event], None]) -> None:
        self.shelf = ask.Shelf()
        self.switches = 0  # how often another model took the place of one
        self._config = config
        self._writer = writer
        self._library = library
        self._send = send
        self._clip: Clip | None = None
        self._desk: Desk | None = None
        self._device = config.device
        self._model_problem: Problem | None = None
        self._settled = threading.Event()  # the first model is loaded, or could not be

    def perform(self, command: Command, context: JobContext) -> object:
        """Run one job; returns its result for `Done`, or the Problem that it ends in. Raises PairLensError."""
        match command:
            case AddFolders(folders=folders):
                return self._index(context, folders)
            case Refresh(folder_id=folder):
                return self._index(context, None, folder)
            case Rank():
                return self._rank(command, context)
            case Similar():
                return self._similar(command, context)
            case NextPairs():
                return self._next_pairs(command, context)
            case RankAttribute():
                return self._rank_attribute(command, context)
            case PairQuestion():
                return self._answer_pair(command, context)
            case UseModel(name=name, device=device):
                return self._use_model(name, device, context)
            case GetModel() | ImportModel() | RemoveModel():
                return _change_models(command, context)
        raise TypeError(f"the engine has no job for {type(command).__name__}")

    # ---- indexing ----------------------------------------------------------------------------------------

    def note(self, folders: tuple[bytes, ...], context: JobContext) -> None:
        """The quick part of `AddFolders`: write down which files there are, so that their tiles appear."""
        from engine.index import index_folders

        index_folders(self._writer, folders, None, context)

    def _index(
        self, context: JobContext, folders: tuple[bytes, ...] | None, folder_id: int | None = None
    ) -> IndexReport:
        from engine.index import index_folders

        while True:
            try:
                if not self._settled.is_set():
                    index_folders(self._writer, folders, None, context, folder_id=folder_id)
                    context.progress("Waiting for the model", 0, None)
                    context.wait(self._settled)
                return fit_report(index_folders(self._writer, folders, self._clip, context, folder_id=folder_id))
            except ModelSwitched:
                continue  # what was finished under the old model is kept

    # ---- questions ---------------------------------------------------------------------------------------

    def _rank(self, command: Rank, context: JobContext) -> RankingResult | Problem:
        clip = self._model(context)
        if isinstance(clip, Problem):
            return clip
        answer = ask.rank_library(
            self._library,
            clip,
            command.prompt,
            command.reverse,
            single=command.single,
            folder_id=command.folder_id,
            shelf=self.shelf,
        )
        self._writer.call(lambda db: changes.remember_prompt(db, command.prompt, command.reverse))  # the window recalls
        return self._result(command.job, command.prompt, clip, answer)

    def _similar(self, command: Similar, context: JobContext) -> RankingResult | Problem:
        clip = self._model(context)
        if isinstance(clip, Problem):
            return clip
        answer = ask.similar_to(
            self._library,
            clip,
            file_id=command.file_id,
            path=command.path,
            more=command.more,
            amount=command.amount,
            shelf=self.shelf,
        )
        return self._result(command.job, command.more, clip, answer)

    def _answer_pair(self, command: PairQuestion, context: JobContext) -> object:
        from engine.pair_answers import answer

        clip = self._model(context)
        if isinstance(clip, Problem):
            return clip
        return answer(command, self._library, clip, self.shelf, context, self._write)

    def _write(self, job: int, answer: ask.Answer, **more: np.ndarray) -> str:
        return str(write_ranking(Path(self._config.session_dir), job, answer.files, answer.scores, **more))

    def _result(self, job: int, prompt: str, clip: Clip, answer: ask.Answer) -> RankingResult:
        toward = answer.direction
        return RankingResult(
            file=self._write(job, answer),
            count=len(answer.files),
            prompt=prompt,
            reverse=toward.reverse if toward else "",
            reverse_is_automatic=toward.reverse_is_automatic if toward else False,
            model=clip.name,
            agreement=answer.agreement,
            verdict=answer.verdict,
            explanation=tuple(toward.explanation) if toward else (),
            pending=answer.pending,
        )

    # ---- judgements --------------------------------------------------------------------------------------

    def _next_pairs(self, command: NextPairs, context: JobContext) -> tuple[PairToJudge, ...] | Problem:
        clip = self._model(context)
        if isinstance(clip, Problem):
            return clip
        desk, attribute = self._at_desk(command.attribute_id)
        pairs = desk.next_pairs(
            self._library, attribute, clip.encoder_key, clip, count=command.count, folder_id=command.folder_id
        )
        return tuple(pairs)

    def _rank_attribute(self, command: RankAttribute, context: JobContext) -> JudgedRanking | Problem:
        clip = self._model(context)
        if isinstance(clip, Problem):
            return clip
        desk, attribute = self._at_desk(command.attribute_id)
        order = desk.order(self._library, attribute, clip.encoder_key, clip, folder_id=command.folder_id)
        answer = ask.Answer(order.files, order.scores, order.direction, pending=order.pending)
        ranking = self._result(command.job, attribute.prompt, clip, answer)
        write_intervals(Path(ranking.file), order.low, order.high)
        return order.standing.as_result(ranking, str(intervals_of(Path(ranking.file))))

    def _at_desk(self, attribute_id: int) -> tuple[Desk, Attribute]:
        from engine.judgements.desk import Desk, attribute_numbered

        self._desk = self._desk or Desk(self.shelf)
        return self._desk, attribute_numbered(self._library, attribute_id)

    # ---- the model ---------------------------------------------------------------------------------------

    def load_first_model(self) -> None:
        """Import torch and load the model chosen, or last used; on a thread of its own. Raises PairLensError."""
        with Library(self._writer.path) as library:
            name = self._config.model or library.setting("model")
            remembered = library.setting("device", "auto")
        if self._device == "auto" and remembered != "auto":
            with suppress(DeviceUnavailable):  # the library was made on another machine, or the device was taken out
                self._load(name, remembered)
        if self._clip is None:
            self._load(name, self._device)
        self._settled.set()

    def do_without_model(self, problem: Problem) -> None:
        """Note why there is no model: the library can be browsed, and questions are answered with the problem."""
        self._model_problem = problem
        self._send(ModelProblem(problem))
        self._settled.set()

    def _use_model(self, name: str, device: str, context: JobContext) -> None:
        context.wait(self._settled)
        self._load(name, device or self._device)
        self.switches += 1
        self._writer.call(lambda db: changes.put_setting(db, "model", name))
        if device:
            self._writer.call(lambda db: changes.put_setting(db, "device", device))

    def _load(self, name: str, device: str) -> None:
        from engine import clip

        self._clip = loaded = clip.load(name, device)
        self._device = device
        there = tuple(clip.devices())
        self._send(ModelReady(loaded.name, loaded.device_words, loaded.encoder_key, loaded.dim, there, device))

    def _model(self, context: JobContext) -> Clip | Problem:
        """The model once the first one is settled, or why there is none."""
        context.wait(self._settled)
        if self._clip is None:
            assert self._model_problem is not None  # settled means one of the two
            return self._model_problem
        return self._clip


def _change_models(command: GetModel | ImportModel | RemoveModel, context: JobContext) -> ModelInfo | None:
    from engine import models

    match command:
        case GetModel(name=name):
            return models.get(name, context)
        case ImportModel(file=file, architecture=architecture, name=name):
            return models.import_checkpoint(Path(os.fsdecode(file)), architecture, name)
        case RemoveModel(name=name):
            models.remove(name)
    return None


def write_ranking(folder: Path, job: int, files: np.ndarray, scores: np.ndarray, **more: np.ndarray) -> Path:
    """Write an order as a .npy of `RANKING` rows into ``folder``, with ``more`` fields (F,) float32; the oldest beyond
    `RANKINGS_KEPT` go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.empty(len(files), [*RANKING.descr, *((name, "<f4") for name in more)])
    rows["file"], rows["score"] = files, scores
    for name, values in more.items():
        rows[name] = values
    target = folder / f"ranking-{job}.npy"
    _write_rows(target, rows)
    results = sorted(folder.glob("ranking-*.npy"), key=lambda file: file.stat().st_mtime_ns)
    for old in results[:-RANKINGS_KEPT]:
        old.unlink(missing_ok=True)
        intervals_of(old).unlink(missing_ok=True)
    return target


def intervals_of(ranking: Path) -> Path:
    """Where the intervals of a ranking's file lie."""
    return ranking.with_name(ranking.name.replace("ranking-", "intervals-"))


def write_intervals(ranking: Path, low: np.ndarray, high: np.ndarray) -> None:
    """Write credible intervals as a .npy of `INTERVALS` rows beside the ranking's file."""
    rows = np.empty(len(low), INTERVALS)
    rows["low"], rows["high"] = low, high
    _write_rows(intervals_of(ranking), rows)


def _write_rows(target: Path, rows: np.ndarray) -> None:
    beside = target.with_suffix(".part")
    with beside.open("wb") as stream:
        np.save(stream, rows)
    os.replace(beside, target)


def fit_report(report: IndexReport) -> IndexReport:
    """The report with as many refusals as fit into a message."""
    kept, size = 0, 0
    for refusal in report.failed[:REFUSALS_ACROSS]:
        size += len(refusal.path) + len(refusal.reason.encode(errors="replace"))
        if size > REFUSAL_BYTES:
            break
        kept += 1
    return replace(report, failed=report.failed[:kept])
