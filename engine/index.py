"""Indexing, a job: folders to noted files (`engine.intake`), files to vectors in the library.

`index_folders` runs on the engine's main thread or in the command line. In phase two the files without a vector are
read and decoded on threads (`engine.loader`), encoded by the model a batch at a time, looked at once more (a file may
have changed meanwhile) and recorded, one transaction a batch, while the next is being encoded. So a kill at any moment
loses at most one batch that was finished, and the next run goes on where this one stopped. Cancelling and questions
are attended to between batches, and while one is waited for.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import TYPE_CHECKING, TypeVar

from engine import quarantine
from engine.errors import FolderMissing, ImageChanged, ImageVanished
from engine.intake import Intake, take_in
from engine.jobs import JobContext
from engine.loader import Known, Loaded, Loader, Ready, Twin, Unfit, decoding_target
from engine.pictures import shown
from engine.protocol import IndexReport, Refusal
from engine.scan import see
from engine.store import Library, Writer, changes
from engine.store.rows import Embedded, Failure, File, Seen

if TYPE_CHECKING:
    import numpy as np

    from engine.clip import Clip

T = TypeVar("T")

FIRST_BATCH, LARGEST_BATCH = 8, 256
BATCH_SECONDS = 2.0  # a batch takes about as long: small ones leave the processor waiting for memory
MOST_THREADS = 16


def index_folders(
    writer: Writer,
    folders: Sequence[bytes] | None,
    clip: Clip | None,
    context: JobContext,
    *,
    folder_id: int | None = None,
) -> IndexReport:
    """Bring the library up to date with folders (or single files): note their files, embed what has no vector yet.

    ``folders`` None: those of the library, or only ``folder_id`` and what is below it. Without a ``clip`` the files
    are only noted. In the report, found = embedded + unchanged + moved + failed; ``moved`` counts files under a new
    path whose content was known, so that they were not decoded; ``failed`` lists every file that could not be used,
    in this run or an earlier one, and every folder.

    Raises FolderMissing, FolderUnreadable or FolderWithoutImages when nothing requested could be added, JobCancelled,
    LibraryError, OutOfMemory.
    """
    begun = time.monotonic()
    with Library(writer.path) as library:
        intake = take_in(writer, library, folders, folder_id, context)
        if clip is None:
            return _report(library, intake, None, begun)
        writer.call(lambda db: changes.ensure_encoder(db, clip.encoder_key, clip.name, clip.dim))
        _drop_damaged(writer, library, clip.encoder_key)
        _try_suspects(writer, library, clip, context)
        everything = folders is None and folder_id is None
        ranges = [changes.path_range(folder.path) for folder in intake.folders]
        files = [
            file
            for file in library.pending(clip.encoder_key)
            if everything or any(start <= file.path < end for start, end in ranges)
        ]
        embedding = Embedding(writer, clip, context, intake)
        embedding.run(files)
        return _report(library, intake, embedding, begun)


def _drop_damaged(writer: Writer, library: Library, encoder_key: str) -> None:
    """Delete the vectors that a failing disk changed: their images are made anew with the rest."""
    damaged = library.damaged_vectors(encoder_key)
    if damaged:
        writer.call(lambda db: changes.drop_vectors(db, encoder_key, damaged))


def _try_suspects(writer: Writer, library: Library, clip: Clip, context: JobContext) -> None:
    """Find out which file, if any, crashed the index before this one, and record that it cannot be used."""
    target = decoding_target(clip)
    found = (library.file_at(path) for path in quarantine.suspects(writer.path))
    failures = [
        _failure(Unfit(file, problem, lasting=True))
        for file in found
        if file is not None and (problem := quarantine.crash_of(file.path, context, target=target)) is not None
    ]
    if failures:
        writer.call(lambda db: changes.record_failures(db, failures))
    quarantine.forget(writer.path)


@dataclass(frozen=True)
class _Encoding:
    """A batch on its way: ``loaded``, and of these ``ready``, which are being encoded to ``vectors``, part by part."""

    loaded: list[Loaded]
    ready: list[Ready]
    vectors: list[Future[np.ndarray]]


class Embedding:
    """Phase two of one run: its counts, and the steps of a batch."""

    def __init__(self, writer: Writer, clip: Clip, context: JobContext, intake: Intake) -> None:
        self.embedded = 0
        self.moved = 0
        self.refusals: list[Refusal] = []  # that are not remembered in the library
        self.seconds = 0.0
        self._writer = writer
        self._clip = clip
        self._context = context
        self._new = intake.new
        names = [os.path.basename(folder.path).decode("utf-8", "replace") for folder in intake.folders]
        self._title = f"Indexing {names[0] if len(names) == 1 else f'{len(names)} folders'}"
        self._done = 0
        self._total = 0
        self._batch_size = FIRST_BATCH
        self._finished = 0.0  # when the last batch was, in time.monotonic's seconds
        self._twins: list[File] = []

    def run(self, files: list[File]) -> None:
        """Embed the files; those whose content another file of the run has come last, as links to its image."""
        begun = time.monotonic()
        self._total = len(files)
        threads = min(_cores(), MOST_THREADS)
        on_cpu = self._clip.device == "cpu"
        self._context.progress(self._title, 0, self._total)
        with Loader(self._writer.path, self._clip, threads, encoders=threads if on_cpu else 1) as loader:
            while files:
                self._pass(loader, files, ahead=1 if on_cpu else 3)
                files, self._twins = self._twins, []
        self.seconds = time.monotonic() - begun

    def _pass(self, loader: Loader, files: list[File], ahead: int) -> None:
        """Load batches ahead of the encoders, and give these the next before the last is recorded: they never wait."""
        loading: deque[list[Future[Loaded]]] = deque()
        encoding: _Encoding | None = None
        self._finished = time.monotonic()
        for batch in chain(self._batches(files), repeat((), ahead)):  # the empty ones push out the last
            loading.append([loader.submit(file) for file in batch])
            if len(loading) > ahead:
                begun = self._begin(loader, loading.popleft())
                if encoding:
                    self._finish(loader, encoding)
                encoding = begun
        if encoding:
            self._finish(loader, encoding)

    def _batches(self, files: list[File]) -> Iterator[Sequence[File]]:
        start = 0
        while start < len(files):
            batch = files[start : start + self._batch_size]
            start += len(batch)
            yield batch

    def _begin(self, loader: Loader, futures: list[Future[Loaded]]) -> _Encoding:
        """Give one batch to the encoders, once it is loaded."""
        loaded = [self._result(future) for future in futures]
        ready = [item for item in loaded if isinstance(item, Ready)]
        self._twins += [item.file for item in loaded if isinstance(item, Twin)]
        return _Encoding(loaded, ready, loader.encode([item.tensor for item in ready]))

    def _finish(self, loader: Loader, batch: _Encoding) -> None:
        """Take one batch from encoded to recorded."""
        loaded, ready = batch.loaded, batch.ready
        known = [item for item in loaded if isinstance(item, Known)]
        unfit = [item for item in loaded if isinstance(item, Unfit)]
        vectors = [vector for future in batch.vectors for vector in self._result(future)]
        rows = [replace(item.row, vector=vector) for item, vector in zip(ready, vectors, strict=True)]
        rows, changed = _still_same(ready, rows)
        usable = self._record([*rows, *(item.row for item in known)], [*unfit, *changed])
        for item in ready:
            loader.settle(item.row.content_hash)
        self.embedded += usable - len(known)
        self.moved += sum(item.file.id in self._new for item in known)
        self._done += len(loaded) - sum(isinstance(item, Twin) for item in loaded)
        self._context.progress(self._title, self._done, self._total)
        since, self._finished = self._finished, time.monotonic()
        self._adapt(len(loaded), self._finished - since)
        self._context.breathe()

    def _result(self, future: Future[T]) -> T:
        while not wait([future], timeout=0.1).done:  # a drive may answer slowly or never
            self._context.breathe()
        return future.result()

    def _record(self, rows: list[Embedded], unfit: list[Unfit]) -> int:
        failures = [_failure(item) for item in unfit if item.lasting]
        self.refusals += [_refusal(item) for item in unfit if not item.lasting]

        def change(db: changes.Database) -> int:
            changes.record_failures(db, failures)
            return changes.record(db, self._clip.encoder_key, rows)

        usable = self._writer.call(change)
        self._context.changed("files", "vectors")
        return usable

    def _adapt(self, count: int, seconds: float) -> None:
        """Choose the size of the next batch so that it takes about `BATCH_SECONDS`, at most doubling or halving."""
        wanted = count * BATCH_SECONDS / max(seconds, 1e-6)
        wanted = min(max(wanted, self._batch_size / 2), self._batch_size * 2)
        self._batch_size = min(max(int(wanted), 1), LARGEST_BATCH)


def _still_same(ready: list[Ready], rows: list[Embedded]) -> tuple[list[Embedded], list[Unfit]]:
    """Part the rows whose files are as they were read from those that changed or went meanwhile."""
    same, changed = [], []
    for item, row in zip(ready, rows, strict=True):
        now = see(item.file.path)
        if now == Seen(item.file.path, row.size, row.mtime_ns):
            same.append(row)
        elif now is None:
            problem = ImageVanished(f"{shown(item.file.path)} is not there any more.")
            changed.append(Unfit(item.file, problem, lasting=False))
        else:
            problem = ImageChanged(f"{shown(item.file.path)} changed while it was being read.")
            changed.append(Unfit(item.file, problem, lasting=False))
    return same, changed


def _failure(item: Unfit) -> Failure:
    file, problem = item.file, item.problem
    return Failure(file.id, file.path, file.size, file.mtime_ns, problem.code, problem.sentence)


def _refusal(item: Unfit) -> Refusal:
    return Refusal(item.file.path, item.problem.sentence, item.problem.code)


def _report(library: Library, intake: Intake, embedding: Embedding | None, begun: float) -> IndexReport:
    ranges = [changes.path_range(folder.path) for folder in intake.folders]
    failed = [
        Refusal(failure.path, failure.sentence, failure.code)
        for failure in library.failures()
        if any(start <= failure.path < end for start, end in ranges)
    ]
    failed += embedding.refusals if embedding else []
    refusals = _in_short([*failed, *intake.refusals], intake)
    embedded, moved = (embedding.embedded, embedding.moved) if embedding else (0, 0)
    gone = library.files_with(intake.gone)  # without those that were found again under another name
    fresh = 0 if embedding else len(intake.new | intake.changed)
    return IndexReport(
        found=intake.found,
        embedded=embedded,
        unchanged=max(0, intake.found - embedded - moved - len(failed) - fresh),
        moved=moved,
        removed=len(gone),
        failed_count=len(failed) + len(intake.refusals),
        failed=tuple(refusals),
        seconds=time.monotonic() - begun,
        images_per_second=embedded / embedding.seconds if embedding and embedding.seconds else 0.0,
    )


def _in_short(refusals: list[Refusal], intake: Intake) -> list[Refusal]:
    """The refusals, with one for each folder that went away meanwhile in place of one for each of its files."""
    gone = [folder for folder in intake.folders if not os.path.isdir(folder.path)]
    for folder in gone:
        start, end = changes.path_range(folder.path)
        left = [one for one in refusals if not (start <= one.path < end and one.code == ImageVanished.code)]
        if len(left) < len(refusals):
            problem = FolderMissing(f"The folder {folder.display} went away while its images were read.")
            refusals = [Refusal(folder.path, problem.sentence, problem.code), *left]
    return refusals


def _cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
