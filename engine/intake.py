"""Phase one of indexing: folders are looked through and their files noted, so that the tiles appear at once.

`take_in` is called by `engine.index`. Nothing is forgotten here: files that are gone are flagged as missing, and only
when their folder could be listed to the end and is still there; a folder whose drive is away is flagged as offline.

Single files that the person adds bring their folder into the library, but only with the files named: such a folder
carries the setting `chosen-only:ID`, and refreshing it looks at those files again instead of listing it. Adding the
folder itself later lifts that.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from engine.errors import FolderError, FolderMissing, FolderUnreadable, FolderWithoutImages
from engine.jobs import JobContext
from engine.protocol import Refusal
from engine.scan import scan, see
from engine.store import Library, Writer, changes
from engine.store.rows import Folder, Seen

NOTED_AT_ONCE = 1000
NOTED_EVERY = 0.25  # seconds: the first tiles of a slow drive do not wait for a thousand files

Known = dict[bytes, tuple[int, int, int, int | None, bool]]  # as `Library.known_files`


@dataclass
class Intake:
    """What phase one found; ``new`` and ``changed`` are file ids, ``gone`` those of files flagged as missing."""

    folders: list[Folder] = field(default_factory=list)
    found: int = 0
    new: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    refusals: list[Refusal] = field(default_factory=list)


def take_in(
    writer: Writer,
    library: Library,
    requested: Sequence[bytes] | None,
    folder_id: int | None,
    context: JobContext,
) -> Intake:
    """Look through the requested folders and files, or the library's own (one of them and those below it, or all).

    Raises FolderMissing, FolderUnreadable or FolderWithoutImages when nothing requested could be taken in.
    """
    intake = Intake()
    if requested is None:
        intake.folders = _own(library, folder_id)
        explicit: set[int] = set()
    else:
        intake.folders, explicit, problems = _add(writer, library, requested)
        if problems and not intake.folders:
            raise problems[0][1]
        intake.refusals = [_refusal(path, problem) for path, problem in problems]
    for folder in intake.folders:
        try:
            _look_through(writer, library, folder, context, intake)
        except FolderError as problem:
            writer.call(lambda db, folder=folder: changes.set_online(db, folder.id, False))
            context.changed("folders")
            if folder.id in explicit:
                intake.refusals.append(_refusal(folder.path, problem))
    return intake


def require_images(requested: Sequence[bytes], known: Collection[bytes]) -> None:
    """Raise the FolderError that `take_in` would raise where nothing requested can be taken in, but without a library.

    ``known``: the folders of the library, which may have become empty. Costs no more than the first image.
    """
    problems: list[FolderError] = []
    for path in map(os.path.abspath, requested):
        if os.path.isfile(path) or path in known:
            return
        try:
            _require_image(path)
        except FolderError as problem:
            problems.append(problem)
        else:
            return
    if problems:
        raise problems[0]


def _require_image(folder: bytes) -> None:
    if next(scan(folder), None) is None:
        raise FolderWithoutImages(f"There is no image in the folder {folder.decode('utf-8', 'replace')}.")


# ---- which folders --------------------------------------------------------------------------------------


def _own(library: Library, folder_id: int | None) -> list[Folder]:
    folders = library.folders()
    if folder_id is None:
        return folders
    outer = [folder.path for folder in folders if folder.id == folder_id]
    return [folder for folder in folders if any(_within(folder.path, path) for path in outer)]


def _add(
    writer: Writer, library: Library, requested: Sequence[bytes]
) -> tuple[list[Folder], set[int], list[tuple[bytes, FolderError]]]:
    """Bring what is requested into the library: the folders to look through, the ids asked for, and what was not."""
    ids: set[int] = set()
    problems: list[tuple[bytes, FolderError]] = []
    for path in map(os.path.abspath, requested):
        try:
            ids.add(_add_files(writer, library, path) if os.path.isfile(path) else _add_folder(writer, library, path))
        except FolderError as problem:
            problems.append((path, problem))
    folders = library.folders()
    asked = [folder.path for folder in folders if folder.id in ids]
    return [folder for folder in folders if any(_within(folder.path, path) for path in asked)], ids, problems


def _add_folder(writer: Writer, library: Library, path: bytes) -> int:
    """Add a folder that holds a candidate, or is in the library already. Raises FolderError."""
    folders = library.folders()
    if path not in {folder.path for folder in folders}:
        _require_image(path)
    inside = [folder.id for folder in folders if _within(folder.path, path)]

    def add(db: changes.Database) -> int:
        added = changes.add_folder(db, path)
        for folder_id in (added, *inside):
            changes.put_setting(db, _chosen_key(folder_id), "")
        return added

    return writer.call(add)


def _add_files(writer: Writer, library: Library, path: bytes) -> int:
    """Add one file: to the whole folder of the library that holds it, or to its own folder as a chosen one."""
    holding = [folder for folder in library.folders() if _within(path, folder.path)]
    whole = [folder for folder in holding if not _chosen_only(library, folder.id)]
    if whole:
        return max(whole, key=lambda folder: len(folder.path)).id
    parent = os.path.dirname(path)
    seen = see(path)
    if seen is None:
        raise FolderMissing(f"There is no file {path.decode('utf-8', 'replace')}.")

    def add(db: changes.Database) -> int:
        folder_id = changes.add_folder(db, parent)
        changes.put_setting(db, _chosen_key(folder_id), "1")
        changes.note_files(db, folder_id, [seen])
        return folder_id

    return writer.call(add)


def _chosen_key(folder_id: int) -> str:
    return f"chosen-only:{folder_id}"


def _chosen_only(library: Library, folder_id: int) -> bool:
    return library.setting(_chosen_key(folder_id)) == "1"


def _within(path: bytes, folder: bytes) -> bool:
    """Whether ``path`` is the folder or lies below it."""
    start, end = changes.path_range(folder)
    return path == folder or start <= path < end


# ---- one folder -----------------------------------------------------------------------------------------


def _look_through(writer: Writer, library: Library, folder: Folder, context: JobContext, intake: Intake) -> None:
    """Note what is new or changed in a folder, and flag what is gone. Raises FolderMissing, FolderUnreadable."""
    known = library.known_files(folder.id)
    unlisted: list[bytes] = []

    def report(path: bytes, problem: FolderUnreadable) -> None:
        unlisted.append(path)
        intake.refusals.append(_refusal(path, problem))

    identity = _identity(folder.path)
    if _chosen_only(library, folder.id):
        seen: Iterable[Seen] = filter(None, map(see, list(known)))
    else:
        deeper = {other.path for other in library.folders() if other.id != folder.id}
        seen = scan(folder.path, report=report, leave_out=deeper)
    left = dict(known)
    any_seen = _note(writer, folder, left, seen, context, intake)
    if _identity(folder.path) != identity or (known and not any_seen and _is_empty(folder.path)):
        # Moved away while we looked, or the bare mount point of a drive: that says nothing about the files.
        raise FolderMissing(f"The folder {folder.display} is not there any more.")
    gone = [row[0] for path, row in left.items() if not any(_within(path, place) for place in unlisted)]
    if gone or not folder.online:
        writer.call(lambda db: (changes.mark_missing(db, gone), changes.set_online(db, folder.id, True)))
        context.changed("files", "folders")
    intake.gone.update(gone)


def _note(
    writer: Writer, folder: Folder, left: Known, seen: Iterable[Seen], context: JobContext, intake: Intake
) -> bool:
    """Write what is not yet known, in small transactions; takes what was seen out of ``left``."""
    title = f"Looking through {_name(folder)}"
    any_seen = False
    context.progress(title, 0, None, "files")
    for batch in _in_batches(seen):
        any_seen = True
        fresh = []
        for file in batch:
            row = left.pop(file.path, None)
            if row is None or (row[1], row[2]) != (file.size, file.mtime_ns):
                fresh.append((file, row is None))
        if fresh:
            ids = writer.call(lambda db, fresh=fresh: changes.note_files(db, folder.id, [file for file, _ in fresh]))
            for number, (_, is_new) in zip(ids, fresh, strict=True):
                (intake.new if is_new else intake.changed).add(number)
            context.changed("files", "folders")
        intake.found += len(batch)
        context.progress(title, intake.found, None, "files")
        context.breathe()
    return any_seen


def _in_batches(seen: Iterable[Seen], clock: Callable[[], float] = time.monotonic) -> Iterator[list[Seen]]:
    """Batches of at most `NOTED_AT_ONCE` files, and at least one every `NOTED_EVERY` seconds."""
    batch: list[Seen] = []
    begun = clock()
    for file in seen:
        batch.append(file)
        if len(batch) >= NOTED_AT_ONCE or clock() - begun >= NOTED_EVERY:
            yield batch
            batch, begun = [], clock()
    if batch:
        yield batch


def _identity(path: bytes) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        raise FolderMissing(f"There is no folder {path.decode('utf-8', 'replace')}.") from None
    return status.st_dev, status.st_ino


def _is_empty(path: bytes) -> bool:
    with os.scandir(path) as entries:
        return next(chain(entries), None) is None


def _name(folder: Folder) -> str:
    return os.path.basename(folder.path).decode("utf-8", "replace") or folder.display


def _refusal(path: bytes, problem: FolderError) -> Refusal:
    return Refusal(path, problem.sentence, problem.code)
