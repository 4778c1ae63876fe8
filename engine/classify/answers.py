"""Answers to the questions about classes, as the engine process gives them; see `engine.workbench`."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from engine.classify import drafting, figures
from engine.classify.classifying import (
    Classification,
    Pictures,
    classify,
    control_of,
    curve_of,
    pictures_of,
    with_alpha_chosen,
)
from engine.classify.folders import sort_into
from engine.classify.labels import FOLDER, Known, Labels, known, labels_of, names_in, write_labels
from engine.classify.prompts import class_vectors
from engine.classify.scoring import zero_shot
from engine.classify_messages import (
    ChooseAlpha,
    ChosenAlpha,
    Classify,
    ClassifyResult,
    Draft,
    DraftByModel,
    DraftResult,
    FolderNames,
    SortIntoFolders,
    SortResult,
)
from engine.protocol import JobCommand
from engine.results import write_array
from engine.store import classes as stored
from engine.workbench import Workbench

PAIRS = 20  # proposed
KEPT = 6  # result files; the window has long read the older ones
ROWS = np.dtype(
    [
        ("file", "<i8"),
        ("image", "<i8"),
        ("label", "<i4"),
        ("second", "<i4"),
        ("zero_shot", "<i4"),
        ("true", "<i4"),
        ("probability", "<f4"),
        ("margin", "<f4"),
    ]
)


def perform(command: JobCommand, bench: Workbench) -> object:
    """The result of a question. Raises ClassificationError, PromptError, NothingIndexed, LanguageModelError ..."""
    match command:
        case Classify():
            return _classify(command, bench)
        case ChooseAlpha():
            return _choose_alpha(command, bench)
        case Draft():
            return _draft(command, bench)
        case DraftByModel():
            return _ask_model(command, bench)
        case FolderNames():
            paths = [file.path for file in bench.library.files()]
            return names_in(labels_of(bench.library, FOLDER), paths, np.zeros(len(paths), np.int64))
        case SortIntoFolders():
            return _sort(command, bench)
    raise TypeError(f"{type(command).__name__} is no question about classes")


def _classify(command: Classify, bench: Workbench) -> ClassifyResult:
    clip = bench.clip()
    pictures = pictures_of(bench.library, clip.encoder_key, shelf=bench.shelf)
    truth = _known(command, bench, pictures)
    found = classify(pictures, clip, command.classes, truth if truth and truth.count else None, context=bench.context)
    rejected = truth.rejected if truth else ()
    return ClassifyResult(
        file=_write_rows(found, bench),
        confusion=_write_confusion(found, bench),
        classes=command.classes,
        images=len(pictures.files),
        known=found.known.count if found.known else 0,
        accuracy=found.accuracy,
        accuracy_zero_shot=found.accuracy_zero_shot,
        gained=found.gained,
        per_class=tuple(_per_class(found)),
        pairs=tuple(found.before.likeliest_pairs(PAIRS)),
        curve=tuple(curve_of(found, bench.context)) if command.figures else (),
        control=control_of(found, clip, bench.context) if command.figures else None,
        strange=tuple(list((truth.strange if truth else {}).items())[:PAIRS]),
        rejected=len(rejected),
        reasons=tuple((each.line, each.reason) for each in rejected[:PAIRS]),
        pending=pictures.pending,
    )


def _choose_alpha(command: ChooseAlpha, bench: Workbench) -> ChosenAlpha:
    clip = bench.clip()
    pictures = pictures_of(bench.library, clip.encoder_key, shelf=bench.shelf)
    truth = _known(command, bench, pictures)
    found, chosen_on = with_alpha_chosen(pictures, clip, command.classes, truth, context=bench.context)
    assert found.gained is not None  # half of what is known
    return ChosenAlpha(found.classes.alpha, chosen_on, found.gained)


def _known(command: Classify | ChooseAlpha, bench: Workbench, pictures: Pictures) -> Known | None:
    labels = _labels(command, bench)
    return known(command.classes.names, labels, pictures.paths, pictures.images) if labels else None


def _labels(command: Classify | ChooseAlpha, bench: Workbench) -> Labels | None:
    """Corrections, whatever they say; of other images what the labels say; None where there are neither."""
    said = stored.corrections(bench.library, command.class_set_id) if command.class_set_id is not None else {}
    if not command.labels:
        return Labels(lambda _path, image: said.get(image, "")) if said else None
    others = labels_of(bench.library, command.labels)
    return Labels(
        lambda path, image: said[image] if image in said else others.name_of(path, image),  # "" too: none of them
        others.rejected,
    )


def _per_class(found: Classification) -> list[figures.ClassFigures]:
    width = len(found.classes.names)
    true = found.known.true if found.known else np.full(len(found.label), -1)
    made = figures.by_class(found.label, true, width)
    if found.known:
        return made
    labelled = np.bincount(found.label, minlength=width)
    return [figures.ClassFigures(0, None, int(count), None) for count in labelled.tolist()]


def _write_rows(found: Classification, bench: Workbench) -> str:
    pictures, rows = found.pictures, np.empty(len(found.pictures.files), ROWS)
    rows["file"], rows["image"] = pictures.files, pictures.images
    rows["true"] = found.known.true if found.known else -1
    rows["zero_shot"] = found.zero_shot_label
    for name in ("label", "second", "probability", "margin"):
        rows[name] = getattr(found.after, name)[pictures.rows]
    return _write(bench, "classes", rows)


def _write_confusion(found: Classification, bench: Workbench) -> str:
    width = len(found.classes.names)
    if found.expected is None:
        return ""
    matrix = figures.confusion(found.label, found.known.true, width) if found.known else found.expected
    return _write(bench, "confusion", matrix.astype("<f4"))


def _write(bench: Workbench, kind: str, rows: np.ndarray) -> str:
    bench.session.mkdir(parents=True, exist_ok=True)
    target = bench.session / f"{kind}-{bench.job}.npy"
    write_array(target, rows)
    for old in sorted(bench.session.glob(f"{kind}-*.npy"), key=lambda file: file.stat().st_mtime_ns)[:-KEPT]:
        old.unlink(missing_ok=True)
    return str(target)


def _draft(command: Draft, bench: Workbench) -> DraftResult:
    names = command.classes.names
    clip = bench.clip()
    pictures = pictures_of(bench.library, clip.encoder_key, shelf=bench.shelf)
    usual = bench.shelf.usual(bench.library, clip, bench.context)
    vectors = class_vectors(clip, command.classes, bench.context)
    found = zero_shot(pictures.matrix, vectors, clip.logit_scale, context=bench.context)
    pair = (names.index(command.first), names.index(command.second))
    return DraftResult(
        tuple(drafting.draft(usual, pictures.matrix, found, vectors, names, pair, context=bench.context))
    )


def _ask_model(command: DraftByModel, bench: Workbench) -> DraftResult:
    from engine.local_llm import LocalModel
    from engine.ollama_hosts import hosts_of

    model = LocalModel(command.model, hosts_of(bench.library.path))
    return DraftResult(tuple(drafting.ask_for(model, command.first, command.second, bench.context)))


def _sort(command: SortIntoFolders, bench: Workbench) -> SortResult:
    rows = np.load(Path(command.result), allow_pickle=False)
    path_of = {file.id: file.path for file in bench.library.files()}
    rows = rows[[file in path_of for file in rows["file"].tolist()]]
    names = [command.names[label] for label in rows["label"].tolist()]
    paths = [path_of[file] for file in rows["file"].tolist()]
    if command.kind == "table":
        figures_of = zip(rows["probability"].tolist(), rows["margin"].tolist(), strict=True)
        lines = ((path, name, *pair) for path, name, pair in zip(paths, names, figures_of, strict=True))
        return SortResult(write_labels(Path(os.fsdecode(command.target)), lines))
    wanted = list(zip(paths, names, strict=True))
    return sort_into(command.target, wanted, link=command.kind == "link", context=bench.context)
