"""What crosses the pipe about classes: changes, questions and their results, see `engine.protocol`."""

from __future__ import annotations

from dataclasses import dataclass

from engine.classify.figures import Accuracy, ClassFigures, Control, Gain, Point
from engine.classify.sets import ClassSet, Comparative
from engine.protocol import ChangeCommand, JobCommand

LABELS = frozenset({"labels"})  # changes that leave files and vectors as they are
LABELS_SETTING = "labels"  # of the library: where it is known from what its images are

# ---- changes --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClassChange(ChangeCommand):
    """Base of what people say about classes."""

    made_by = "engine.classify.changes"
    title = "Keeping the classes"
    changed = LABELS


@dataclass(frozen=True)
class SaveClassSet(ClassChange):
    """Keep a class set under a name, in place of what it was. Acknowledged at once with its id."""

    name: str
    classes: ClassSet


@dataclass(frozen=True)
class RemoveClassSet(ClassChange):
    """Take a class set out of the lists (``removed=False`` undoes it). Acknowledged at once."""

    class_set_id: int
    removed: bool = True


@dataclass(frozen=True)
class Correct(ClassChange):
    """Say what class the images of these files really are ("" = none of them). Acknowledged with the ids."""

    class_set_id: int
    image_ids: tuple[int, ...]
    label: str


@dataclass(frozen=True)
class UndoCorrections(ClassChange):
    """Take corrections back (``undone=False``: they stand again). Acknowledged at once."""

    correction_ids: tuple[int, ...]
    undone: bool = True


@dataclass(frozen=True)
class RememberLabels(ClassChange):
    """Keep where it is known from what the images are, for the next start. Acknowledged at once."""

    labels: str


# ---- questions ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClassQuestion(JobCommand):
    """Base of the questions."""

    performed_by = "engine.classify.answers"
    is_question = True


@dataclass(frozen=True)
class Classify(ClassQuestion):
    """Sort the library into classes: a `ClassifyResult`.

    ``labels``: "folder", a folder, a table (see `engine.classify.labels`), or "" for none; corrections made under the
    class set ``class_set_id`` come before them. ``figures``: also the curve of alpha and the random-text control.
    """

    title = "Sorting into classes"

    classes: ClassSet
    class_set_id: int | None = None
    labels: str = ""
    figures: bool = True


@dataclass(frozen=True)
class ChooseAlpha(ClassQuestion):
    """Choose alpha on one half of the images that something is known of, and look at the other: a `ChosenAlpha`."""

    title = "Choosing alpha"

    classes: ClassSet
    class_set_id: int | None = None
    labels: str = ""


@dataclass(frozen=True)
class Draft(ClassQuestion):
    """Say how two classes differ, in phrases of the bank that separate their images: a `DraftResult`."""

    title = "Looking for what tells two classes apart"

    classes: ClassSet
    first: str
    second: str


@dataclass(frozen=True)
class DraftByModel(JobCommand):
    """The same as a model of the person's Ollama says, which knows the names only: a `DraftResult`. It takes long."""

    performed_by = "engine.classify.answers"
    title = "Asking how two classes differ"

    first: str
    second: str
    model: str


@dataclass(frozen=True)
class FolderNames(ClassQuestion):
    """The classes that the names of the folders give: a tuple of names."""

    title = "Reading the folders' names"


@dataclass(frozen=True)
class SortIntoFolders(JobCommand):
    """Copy the files ("copy"), or link them (hard links, "link"), into a folder a class below ``target``; or write the
    labels as a table to the file ``target`` ("table"): a `SortResult`.

    ``result`` is the file of the `ClassifyResult` that holds the labels. Nothing is moved, and no picture is replaced
    or deleted.
    """

    performed_by = "engine.classify.answers"
    title = "Sorting into folders"

    result: str
    names: tuple[str, ...]
    target: bytes
    kind: str = "copy"


# ---- results --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClassifyResult:
    """A finished classification. ``file`` is a .npy with a row a file, by path: "file" "<i8", "image" "<i8", "label",
    "second", "zero_shot", "true" "<i4" (places in ``classes.names``; -1 = not known), "probability", "margin" "<f4".

    ``confusion`` is a .npy (C, C): row the true class, column the label; counts where something is ``known``, else what
    the probabilities let expect; "" beyond a thousand classes. ``pairs``: places of the classes that are mistaken for
    each other most by expectation. ``strange``: labels that are no class, with their number. ``rejected``: how many
    lines of the table of labels were not taken; ``reasons`` has the first ones, with the line.
    """

    file: str
    confusion: str
    classes: ClassSet
    images: int
    known: int
    accuracy: Accuracy | None
    accuracy_zero_shot: Accuracy | None
    gained: Gain | None
    per_class: tuple[ClassFigures, ...]
    pairs: tuple[tuple[int, int], ...]
    curve: tuple[Point, ...]
    control: Control | None
    strange: tuple[tuple[str, int], ...] = ()
    rejected: int = 0
    reasons: tuple[tuple[int, str], ...] = ()
    pending: int = 0


@dataclass(frozen=True)
class ChosenAlpha:
    """The ``alpha`` with the most of ``chosen_on`` images right, and what it ``gained`` over zero-shot on others."""

    alpha: float
    chosen_on: int
    gained: Gain


@dataclass(frozen=True)
class DraftResult:
    """Comparatives proposed; often none."""

    comparatives: tuple[Comparative, ...]


@dataclass(frozen=True)
class SortResult:
    """How many files were written, and which could not be, with the reason."""

    written: int
    failed: tuple[tuple[bytes, str], ...] = ()
