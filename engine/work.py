"""What the engine's jobs do: index, rank, find similar images, change the model; or who else does it (`JobCommand`).

`Work` holds what jobs share (library, writer, model, shelf) and belongs to `engine.server`, which decides when a job
runs and answers for it. Everything heavy is imported inside the functions, so that the engine is ready at once.
"""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import ask
from engine.errors import DeviceUnavailable, Problem
from engine.jobs import JobContext
from engine.protocol import (
    AddFolders,
    Command,
    EngineConfig,
    Event,
    GetModel,
    ImportModel,
    IndexReport,
    JobCommand,
    ModelInfo,
    ModelProblem,
    ModelReady,
    Rank,
    RankingResult,
    Refresh,
    RemoveModel,
    Similar,
    UseModel,
)
from engine.store import Library, Writer, changes
from engine.workbench import NoModel, Workbench

if TYPE_CHECKING:
    from engine.clip import Clip

REFUSALS_ACROSS = 1000  # of an IndexReport, and at most
REFUSAL_BYTES = 500_000  # of paths and reasons: messages stay under 1 MB. All are in the library.


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
        self._kept: dict[type, Any] = {}
        self._device = config.device
        self._model_problem: Problem | None = None
        self._settled = threading.Event()  # the first model is loaded, or could not be

    def perform(self, command: Command, context: JobContext) -> object:
        """Run one job; returns its result for `Done`. Raises PairLensError."""
        match command:
            case AddFolders(folders=folders):
                return self._index(context, folders)
            case Refresh(folder_id=folder):
                return self._index(context, None, folder)
            case Rank():
                return self._rank(command, self._workbench(command, context))
            case Similar():
                return self._similar(command, self._workbench(command, context))
            case JobCommand():
                performer = importlib.import_module(command.performed_by)
                return performer.perform(command, self._workbench(command, context))
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

    def _rank(self, command: Rank, bench: Workbench) -> RankingResult:
        clip = bench.clip()
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
        return bench.ranking(command.prompt, answer, clip.name)

    def _similar(self, command: Similar, bench: Workbench) -> RankingResult:
        from engine.likeness import similar_to

        clip = bench.clip()
        answer = similar_to(
            self._library,
            clip,
            file_id=command.file_id,
            path=command.path,
            more=command.more,
            less=command.reverse,
            amount=command.amount,
            top=command.top,
            shelf=self.shelf,
        )
        return bench.ranking(command.more, answer, clip.name)

    def _workbench(self, command: Command, context: JobContext) -> Workbench:
        return Workbench(
            job=command.job,
            library=self._library,
            writer=self._writer,
            shelf=self.shelf,
            context=context,
            session=Path(self._config.session_dir),
            clip=lambda: self._model(context),
            encoder=lambda: self._encoder(context),
            use_model=lambda name: self._use_model(name, "", context),
            _kept=self._kept,
        )

    # ---- the model ---------------------------------------------------------------------------------------

    @property
    def device(self) -> str:
        """The device that was chosen, "auto" for the best."""
        return self._device

    @property
    def encoder_key(self) -> str:
        """Names the image encoder in use; "" while there is none."""
        return self._clip.encoder_key if self._clip else ""

    def load_first_model(self) -> None:
        """Import torch and load the model chosen, or last used; on a thread of its own. Raises PairLensError."""
        with Library(self._writer.path) as library:
            name = self._first_model(library)
            remembered = library.setting("device", "auto")
        if self._device == "auto" and remembered != "auto":
            with suppress(DeviceUnavailable):  # the library was made on another machine, or the device was taken out
                self._load(name, remembered)
        if self._clip is None:
            self._load(name, self._device)
        self._settled.set()

    def _first_model(self, library: Library) -> str:
        return self._config.model or library.setting("model")

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
        from engine.retuning import retune

        loaded = retune(self._clip, name, device) if self._clip else None
        self._clip = loaded = loaded or clip.load(name, device)
        self._device = device
        there = tuple(clip.devices())
        self._send(ModelReady(loaded.name, loaded.device_words, loaded.encoder_key, loaded.dim, there, device))

    def _model(self, context: JobContext) -> Clip:
        """The model, once the first one is settled. Raises NoModel."""
        context.wait(self._settled)
        if self._clip is None:
            assert self._model_problem is not None  # settled means one of the two
            raise NoModel(self._model_problem)
        return self._clip

    def _encoder(self, context: JobContext) -> tuple[str, str]:
        """Key and name of the image encoder in use, see `Workbench`. Raises NoModel."""
        from engine.encoders import encoder_in_use

        stored = None if self._clip else encoder_in_use(self._library, self._first_model(self._library))
        if stored is not None:
            return stored.key, stored.name
        clip = self._model(context)
        return clip.encoder_key, clip.name


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


def fit_report(report: IndexReport) -> IndexReport:
    """The report with as many refusals as fit into a message."""
    kept, size = 0, 0
    for refusal in report.failed[:REFUSALS_ACROSS]:
        size += len(refusal.path) + len(refusal.reason.encode(errors="replace"))
        if size > REFUSAL_BYTES:
            break
        kept += 1
    return replace(report, failed=report.failed[:kept])
