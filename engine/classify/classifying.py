"""The job: the shown images of a library sorted into a class set, with what is known of them.

Plain functions; called by the engine process, by the command line, and piece by piece by others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.ask import Shelf
from engine.classify import alphas, comparing, control, figures
from engine.classify.comparing import Moved, Said
from engine.classify.errors import LabelsUnfit
from engine.classify.labels import Known
from engine.classify.prompts import class_vectors
from engine.classify.scoring import Change, Scored, before_and_after, zero_shot
from engine.classify.sets import AVERAGED, SYMMETRIC, ClassSet
from engine.errors import NothingIndexed
from engine.jobs import JobContext

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.store import Library

SAMPLE = 20_000  # images that the centres of classes are measured on
FEWEST = 4  # known images that alpha is chosen with


@dataclass(frozen=True)
class Pictures:
    """What is sorted: F files, which show N images with the vectors ``matrix`` (N, D).

    ``files``, ``rows``, ``images`` (F,) int64: file ids, places in the matrix, image ids; ``paths`` (F). ``pending``
    files have no vector yet and are not among them.
    """

    files: np.ndarray
    rows: np.ndarray
    images: np.ndarray
    paths: list[bytes]
    matrix: np.ndarray
    pending: int = 0


@dataclass(frozen=True)
class Classification:
    """A class set applied: ``before`` and ``after`` its comparatives, of N images; see `Pictures` for the F files.

    ``vectors`` (C, D) are the classes as they are, ``moved`` where comparatives move them, ``said`` these as vectors.
    ``known`` is None where nobody said what the images are.
    """

    classes: ClassSet
    pictures: Pictures
    vectors: np.ndarray
    scale: float
    said: tuple[Said, ...]
    moved: Moved
    before: Scored
    after: Scored
    known: Known | None = None

    @property
    def label(self) -> np.ndarray:
        """The place of each file's class, (F,) int64."""
        return self.after.label[self.pictures.rows]

    @property
    def zero_shot_label(self) -> np.ndarray:
        """The same without comparatives."""
        return self.before.label[self.pictures.rows]

    @property
    def accuracy(self) -> figures.Accuracy | None:
        """The share of the known files whose label is right."""
        return figures.accuracy(self.label, self.known.true) if self.known else None

    @property
    def accuracy_zero_shot(self) -> figures.Accuracy | None:
        """The same without comparatives."""
        return figures.accuracy(self.zero_shot_label, self.known.true) if self.known else None

    @property
    def gained(self) -> figures.Gain | None:
        """What the comparatives gained."""
        return figures.gained(self.zero_shot_label, self.label, self.known.true) if self.known else None

    @property
    def expected(self) -> np.ndarray | None:
        """The confusion matrix to expect, by the probabilities, of the images; None for very many classes."""
        return self.after.expected


def pictures_of(
    library: Library,
    encoder_key: str,
    *,
    folder_id: int | None = None,
    below: bytes = b"",
    shelf: Shelf | None = None,
) -> Pictures:
    """The shown files that have a vector under this encoder, of one folder of the library or of all.

    ``below``: only paths that begin so. Raises NothingIndexed, LibraryError.
    """
    selection = (shelf or Shelf()).selection(library, encoder_key, folder_id)
    table = selection.table
    numbers = np.arange(len(table.ids))
    files, rows = selection.in_order(numbers, numbers) if len(numbers) else (np.empty(0, np.int64), numbers)
    path_of = {file.id: file.path for file in library.files(folder_id=folder_id)}
    paths = [path_of.get(file, b"") for file in files.tolist()]
    order = sorted((place for place, path in enumerate(paths) if path.startswith(below)), key=paths.__getitem__)
    if not order:
        raise NothingIndexed("No image is indexed under this model where you look.")
    files, rows, paths = files[order], rows[order], [paths[place] for place in order]
    matrix = table.matrix
    used, places = np.unique(rows, return_inverse=True)
    if len(used) < len(matrix):
        matrix, ids, rows = matrix[used], table.ids[used], places
    else:
        ids = table.ids
    return Pictures(files, rows, ids[rows], paths, matrix, selection.pending)


def classify(
    pictures: Pictures,
    clip: Clip,
    classes: ClassSet,
    known: Known | None = None,
    *,
    context: JobContext | None = None,
) -> Classification:
    """Sort the pictures into the classes. Raises ClassesUnfit, PromptError, DeviceError, JobCancelled."""
    vectors = class_vectors(clip, classes, context)
    said = said_of(clip, classes, vectors, pictures.matrix)
    moved = comparing.moved(vectors, said, classes.form)
    change = None
    if said and classes.alpha < 1:
        change = Change(moved.places, moved.at(classes.alpha), classes.close, comparing.compared(said))
    before, after = before_and_after(pictures.matrix, vectors, clip.logit_scale, change, context=context)
    return Classification(classes, pictures, vectors, clip.logit_scale, tuple(said), moved, before, after, known)


def said_of(clip: Clip, classes: ClassSet, vectors: np.ndarray, matrix: np.ndarray) -> list[Said]:
    """The comparatives of a class set as vectors, for the form that it uses; ``matrix`` (N, D) are the images."""
    if not classes.comparatives:
        return []
    if classes.form == AVERAGED:
        return comparing.as_typed(clip, classes)
    said = comparing.as_directions(clip, classes)
    return comparing.without_shared(said, centres_of(matrix, vectors, clip.logit_scale, said))


def centres_of(matrix: np.ndarray, vectors: np.ndarray, scale: float, said: Sequence[Said]) -> dict[int, np.ndarray]:
    """The mean vector (D,) of the images that zero-shot takes for each class that something is said of.

    No labels are needed; a class that no image of the sample is taken for has none.
    """
    some = matrix[:: max(1, len(matrix) // SAMPLE)]
    labels = zero_shot(some, vectors, scale).label
    places = {place for each in said for place in (each.first, each.second)}
    return {place: some[labels == place].mean(axis=0) for place in places if (labels == place).any()}


# ---- along alpha, and beside random words ---------------------------------------------------------------


def curve_of(found: Classification, context: JobContext | None = None) -> list[figures.Point]:
    """The figures at every alpha; [] without comparatives. Raises JobCancelled."""
    if not found.said:
        return []
    versions = alphas.along(found.moved, found.classes.close, comparing.compared(found.said))
    labels = alphas.labels_of(found.pictures.matrix, found.vectors, found.scale, versions, context=context)
    true = found.known.true if found.known and found.known.count else None
    return alphas.curve(labels[:, found.pictures.rows], found.zero_shot_label, true)


def control_of(found: Classification, clip: Clip, context: JobContext | None = None) -> figures.Control | None:
    """What random words gain in place of the comparatives; None where nothing is known, or nothing is said.

    Raises JobCancelled.
    """
    if found.known is None or not found.said or found.classes.alpha == 1:
        return None
    draws = control.random_texts(clip, found.classes, found.said)
    if found.classes.form == SYMMETRIC:
        centres = centres_of(found.pictures.matrix, found.vectors, found.scale, found.said)
        draws = [comparing.without_shared(draw, centres) for draw in draws]
    moves = [comparing.moved(found.vectors, draw, found.classes.form).at(found.classes.alpha) for draw in draws]
    versions = alphas.Versions(found.moved.places, np.stack(moves), found.classes.close, comparing.compared(found.said))
    labels = alphas.labels_of(found.pictures.matrix, found.vectors, found.scale, versions, context=context)
    rows, true, before = found.pictures.rows, found.known.true, found.zero_shot_label
    gains = sorted(figures.gained(before, now[rows], true).gain for now in labels)
    own = figures.gained(before, found.label, true).gain
    return figures.Control(tuple(gains), sum(gain >= own for gain in gains))


def with_alpha_chosen(
    pictures: Pictures, clip: Clip, classes: ClassSet, known: Known | None, *, context: JobContext | None = None
) -> tuple[Classification, int]:
    """Choose alpha on one half of the known images, and sort with it; of the result only the other half is known.

    Returns the classification, with the alpha that was chosen, and how many files chose it. Raises LabelsUnfit where
    too few images are known, and what `classify` raises.
    """
    count = known.count if known is not None else 0
    halves = validation_split(known, pictures.images) if known is not None and count >= FEWEST else None
    if halves is None or not halves[1].count:
        raise LabelsUnfit(
            f"The class of {count} images is known; choosing alpha takes {FEWEST} or more, two of one class at least."
        )
    chosen_on, others = halves
    first = classify(pictures, clip, classes, chosen_on, context=context)
    alpha = figures.chosen(curve_of(first, context))
    return classify(pictures, clip, replace(classes, alpha=alpha), others, context=context), chosen_on.count


def validation_split(known: Known, images: np.ndarray) -> tuple[Known, Known]:
    """The known files in two halves by their image ids (F,): one to choose alpha with, one to report on.

    Every second of the known images of a class, in the order of their ids, so that both halves hold every class.
    """
    first = np.zeros(len(images), bool)
    for place in np.unique(known.true[known.true >= 0]).tolist():
        of_class = np.flatnonzero(known.true == place)
        ids = np.unique(images[of_class])
        first[of_class] = np.isin(images[of_class], ids[::2])
    return (
        replace(known, true=np.where(first, known.true, -1)),
        replace(known, true=np.where(first, -1, known.true)),
    )
