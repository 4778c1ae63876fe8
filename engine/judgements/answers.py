"""Answers to the questions about judged attributes, as the engine process gives them; see `engine.workbench`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from engine.ask import Answer
from engine.errors import FileUnfit
from engine.judgements.desk import Desk, attribute_numbered
from engine.judgements.table import export_judgements, import_judgements
from engine.judging_messages import (
    AttributeStanding,
    ExportJudgements,
    ImportedJudgements,
    ImportJudgements,
    JudgedRanking,
    JudgingQuestion,
    LookAtStanding,
    NextPairs,
    PairToJudge,
    RankAttribute,
)
from engine.store.rows import Attribute
from engine.workbench import Workbench

if TYPE_CHECKING:
    from engine.clip import Clip

LINES_ACROSS = 500  # rejected ones, and at most
BYTES_ACROSS = 200_000  # of their reasons: messages stay under 1 MB


def perform(
    question: JudgingQuestion, bench: Workbench
) -> tuple[PairToJudge, ...] | AttributeStanding | JudgedRanking | ImportedJudgements | int:
    """The result of a question. Raises AttributeUnknown, FileUnfit, NoModel and what `Desk` raises."""
    attribute = attribute_numbered(bench.library, question.attribute_id)
    match question:
        case NextPairs(count=count, folder_id=folder, waiting=waiting):
            key, _, clip = _reader(bench, attribute)
            return tuple(
                _desk(bench).next_pairs(
                    bench.library, attribute, key, clip, count=count, folder_id=folder, waiting=waiting
                )
            )
        case LookAtStanding(folder_id=folder):
            key, _, clip = _reader(bench, attribute)
            return _desk(bench).standing(bench.library, attribute, key, clip, folder_id=folder)
        case RankAttribute(folder_id=folder):
            return _order(bench, attribute, folder)
        case ImportJudgements(file=file) | ExportJudgements(file=file):
            try:
                return _exchange(question, bench, attribute, Path(os.fsdecode(file)))
            except OSError as error:
                raise FileUnfit(f"{os.fsdecode(file)} cannot be used: {error.strerror or error}.") from error
    raise TypeError(f"{type(question).__name__} is no question about judgements")


def _desk(bench: Workbench) -> Desk:
    return bench.kept(Desk, lambda: Desk(bench.shelf, beside=True))


def _reader(bench: Workbench, attribute: Attribute) -> tuple[str, str, Clip | None]:
    """Key of the image encoder, name of the model, and the model itself, which only an attribute with words needs."""
    if not attribute.prompt:
        return *bench.encoder(), None
    clip = bench.clip()
    return clip.encoder_key, clip.name, clip


def _order(bench: Workbench, attribute: Attribute, folder_id: int | None) -> JudgedRanking:
    key, model, clip = _reader(bench, attribute)
    order = _desk(bench).order(bench.library, attribute, key, clip, folder_id=folder_id)
    answer = Answer(order.files, order.scores, order.direction, pending=order.pending)
    more = {"low": order.low, "high": order.high, "first_place": order.first, "last_place": order.last}
    return JudgedRanking(attribute.name, bench.ranking(attribute.prompt, answer, model, **more), order.standing)


def _exchange(
    question: ImportJudgements | ExportJudgements, bench: Workbench, attribute: Attribute, file: Path
) -> ImportedJudgements | int:
    if isinstance(question, ExportJudgements):
        return export_judgements(file, bench.library, attribute)
    done = import_judgements(bench.writer, bench.library, attribute, file)
    bench.context.changed("judgements")
    told, size = [], 0
    for line in done.rejected[:LINES_ACROSS]:
        size += len(line.reason.encode(errors="replace"))
        if size > BYTES_ACROSS:
            break
        told.append((line.line, line.reason))
    return ImportedJudgements(done.taken, done.known, len(done.rejected), tuple(told))
