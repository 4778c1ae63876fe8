"""One question to the library: order its files by a comparative prompt.

Also what all questions stand on: the vector of a picture (`reference`), and the shown images with theirs (`Shelf`).

Plain functions that the engine process and the command line share; they only read. What questions need of the library
is kept on a `Shelf`, so that the next one costs a matrix product and a sort.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import ImageUnreadable, ImageVanished
from engine.store import Library

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.directions import Direction, TextEncoder
    from engine.explain import Usual
    from engine.jobs import JobContext
    from engine.said import Said
    from engine.store.matrix import VectorTable
    from engine.store.rows import File

DIRECTIONS_KEPT = 64
REFERENCES_KEPT = 16


@dataclass(frozen=True)
class Answer:
    """Files in order, best first: ``files`` int64 (F,), ``scores`` float32 (F,).

    Files without a vector yet are not in it; ``pending`` counts them. ``direction`` is what the words were taken to
    mean (None: no words were asked), ``agreement`` and ``verdict`` are those of `engine.ranking.Ranking`.
    """

    files: np.ndarray
    scores: np.ndarray
    direction: Direction | None = None
    agreement: float | None = None
    verdict: str = ""
    pending: int = 0


@dataclass(frozen=True)
class Selection:
    """The images that a question is about: ``table`` holds the N shown ones, which are the content of F files.

    The image with id ``i`` is shown as ``files[first[i] : first[i] + count[i]]``; all are int64, ``files`` (F,).
    ``whole`` is the table that ``table`` was taken from, with hidden and missing images.
    """

    table: VectorTable
    whole: VectorTable
    files: np.ndarray
    first: np.ndarray
    count: np.ndarray
    pending: int

    def in_order(self, order: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the table in order (up to N) and each row's score (N,) to files in order and their scores."""
        images, scores = self.table.ids[order], scores[order]
        count = self.count[images]
        if len(images) == len(self.files):
            return self.files[self.first[images]], scores
        ends = np.cumsum(count)
        places = np.repeat(self.first[images] - (ends - count), count) + np.arange(count.sum())
        return self.files[places], np.repeat(scores, count)

    def file_of(self, image_id: int) -> int:
        """A file that shows this image of the table."""
        return int(self.files[self.first[image_id]])


@dataclass(frozen=True)
class Reference:
    """A picture that a question is about: ``vector`` (D,) float32, exactly as a ranking sees it or would once it is
    indexed; ``image_id`` is None where the library does not hold its content.
    """

    path: bytes
    vector: np.ndarray
    image_id: int | None

    @property
    def name(self) -> str:
        """Its file name for people."""
        return os.path.basename(self.path).decode("utf-8", "replace")


@dataclass(frozen=True)
class Scale:
    """How a direction lies over some images: ``spread`` is the standard deviation of their scores, ``agreement`` and
    ``verdict`` are those of `engine.ranking.Ranking`.
    """

    spread: float
    agreement: float | None
    verdict: str


@dataclass(frozen=True)
class _Kept:
    generation: int
    encoder_key: str
    folder_id: int | None
    table: VectorTable
    selection: Selection


class Shelf:
    """What answers are made of, kept for the next question: the directions of the last prompts, and the table, the
    last selection and the pictures read from files of one library, which are right until `forget` (any thread may call
    it).
    """

    def __init__(self) -> None:
        self._generation = 0
        self._kept: _Kept | None = None
        self._directions: dict[tuple[str, str, str, bool], Direction] = {}
        self._scales: dict[tuple[str, str, str, str], Scale] = {}
        self._read: dict[tuple[int, str, bytes, int, int], Reference] = {}
        self._usual: tuple[tuple[str, str], Usual] | None = None
        self._said: Said | None = None

    def forget(self) -> None:
        """The library changed: look again at the next question."""
        self._generation += 1

    def direction(self, clip: TextEncoder, prompt: str, reverse: str = "", *, single: bool = False) -> Direction:
        """`engine.directions.direction`, which encodes dozens of texts: once for each prompt."""
        from engine.directions import direction

        wanted = (clip.text_key, prompt, reverse, single)
        made = self._directions.pop(wanted, None) or direction(clip, prompt, reverse, single=single)
        self._directions[wanted] = made  # the most recent last
        if len(self._directions) > DIRECTIONS_KEPT:
            del self._directions[next(iter(self._directions))]
        return made

    def selection(self, library: Library, encoder_key: str, folder_id: int | None = None) -> Selection:
        """The shown images of the library, or of one folder, that have a vector under this encoder."""
        from engine.store.matrix import load_matrix

        generation = self._generation  # read first: what changes meanwhile makes this selection old
        kept = self._kept if self._kept and self._kept.generation == generation else None
        if kept and (kept.encoder_key, kept.folder_id) == (encoder_key, folder_id):
            return kept.selection
        previous = self._kept.table if self._kept and self._kept.encoder_key == encoder_key else None
        table = previous if previous and kept else load_matrix(library, encoder_key, previous)
        selection = _select(library, table, encoder_key, folder_id)
        self._kept = _Kept(generation, encoder_key, folder_id, table, selection)
        return selection

    def scale(self, clip: Clip, table: VectorTable, toward: Direction) -> Scale:
        """How the direction of a prompt lies over the images of a table: measured once."""
        from engine.ranking import score, trust

        wanted = (clip.text_key, table.key, toward.prompt, toward.reverse)
        if wanted not in self._scales:
            self._scales.clear()  # a slider asks for the same again and again
            spread = float(np.std(score(table.matrix, toward.vector)))
            self._scales[wanted] = Scale(spread, *trust(table.matrix, toward))
        return self._scales[wanted]

    def reference(self, library: Library, clip: Clip, *, file_id: int | None = None, path: bytes = b"") -> Reference:
        """`reference`; a picture that has to be read and encoded is so once, while its file stays as it is."""
        state = _state(path)
        wanted = (self._generation, clip.encoder_key, path, *state) if path and state else None
        if wanted in self._read:
            return self._read[wanted]
        found = reference(library, clip, file_id=file_id, path=path)
        if wanted and found.image_id is None:
            self._read[wanted] = found
            if len(self._read) > REFERENCES_KEPT:
                del self._read[next(iter(self._read))]
        return found

    def usual(self, library: Library, clip: Clip, context: JobContext | None = None) -> Usual:
        """How much the library's images differ by each phrase of the bank; `engine.explain.usual_in` makes it."""
        from engine.explain import background, usual_in
        from engine.phrase_directions import phrase_directions

        phrases = phrase_directions(clip, context=context)
        table = self.selection(library, clip.encoder_key).table
        wanted = (clip.text_key, table.key)
        if self._usual is None or self._usual[0] != wanted:
            self._usual = wanted, usual_in(phrases, background(table, clip))
        return self._usual[1]

    def said(self, library: Library, clip: Clip, context: JobContext | None = None) -> Usual | None:
        """The same by each sentence of the library's own differences that can be used; None where there is none."""
        from engine.explain import background
        from engine.jobs import JobContext
        from engine.said import Said

        self._said = self._said or Said()
        table = self.selection(library, clip.encoder_key).table
        return self._said.usual(library, clip, background(table, clip), table.key, context or JobContext())


def rank_library(
    library: Library,
    clip: Clip,
    prompt: str,
    reverse: str = "",
    *,
    single: bool = False,
    folder_id: int | None = None,
    shelf: Shelf | None = None,
) -> Answer:
    """Order the shown files of the library, or of one folder and what is below it, by a comparative prompt.

    ``single`` uses the paper's one statement instead of the ensemble. Raises PromptError, LibraryError, DeviceError.
    """
    from engine.ranking import rank

    shelf = shelf or Shelf()
    toward = shelf.direction(clip, prompt, reverse, single=single)
    selection = shelf.selection(library, clip.encoder_key, folder_id)
    if not len(selection.files):
        return Answer(*nothing(), toward, pending=selection.pending)
    ranking = rank(selection.table, toward)
    files, scores = selection.in_order(ranking.order, ranking.scores)
    return Answer(files, scores, toward, ranking.agreement, ranking.verdict, selection.pending)


def reference(library: Library, clip: Clip, *, file_id: int | None = None, path: bytes = b"") -> Reference:
    """The picture asked about, a file of the library or any other: its stored vector, else it is read and encoded now.

    A file that changed since it was indexed is read again; one whose drive is away is taken as it was. Raises
    ImageError, LibraryError, DeviceError.
    """
    file = library.file(file_id) if file_id is not None else library.file_at(path)
    if file is None and not path:
        raise ImageVanished("This image is no longer in the library.")
    if file is not None and file.image_id is not None and _unchanged(file):
        stored = library.vector(clip.encoder_key, file.image_id)
        if stored is not None:
            return Reference(file.path, stored, file.image_id)
    return _read_reference(library, clip, file.path if file is not None else path)


def _unchanged(file: File) -> bool:
    return _state(file.path) in (None, (file.size, file.mtime_ns))


def _state(path: bytes) -> tuple[int, int] | None:
    """Size and time of a file; None where it cannot be looked at."""
    try:
        now = os.stat(path)
    except OSError:
        return None
    return now.st_size, now.st_mtime_ns


def _read_reference(library: Library, clip: Clip, path: bytes) -> Reference:
    from engine.pictures import read_picture

    picture = read_picture(path, target=clip.image_size)
    image_id = library.images_by_hash([picture.content_hash]).get(picture.content_hash)
    stored = library.vector(clip.encoder_key, image_id) if image_id is not None else None
    if stored is not None:
        return Reference(path, stored, image_id)
    vector = clip.encode_images(clip.preprocess(picture.image)[None])[0]
    if not np.isfinite(vector).all():
        name = os.path.basename(path).decode("utf-8", "replace")
        raise ImageUnreadable(f"The model {clip.title} makes nothing of {name}: its vector is not a number.")
    return Reference(path, vector.astype(np.float16).astype(np.float32), image_id)


def _select(library: Library, table: VectorTable, encoder_key: str, folder_id: int | None) -> Selection:
    from engine.store.matrix import VectorTable

    files, images = library.files_of_images(folder_id=folder_id)
    pending = library.pending_count(encoder_key, folder_id=folder_id)
    known = np.isin(images, table.ids)
    files, images = files[known], images[known]
    # Rows of hidden, missing and removed files stay in the library; they have no say in an order or its agreement.
    whole = table
    shown = np.isin(table.ids, images)
    if not shown.all():
        key = f"{table.key}-{blake2b(np.packbits(shown).tobytes(), digest_size=8).hexdigest()}"
        table = VectorTable(table.ids[shown], table.matrix[shown], key)
    count = np.bincount(images)  # image ids are counted up from 1, so they do for places
    return Selection(table, whole, files[np.argsort(images, kind="stable")], np.cumsum(count) - count, count, pending)


def nothing() -> tuple[np.ndarray, np.ndarray]:
    """No files and no scores."""
    return np.empty(0, np.int64), np.empty(0, np.float32)
