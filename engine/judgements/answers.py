"""Answers to the questions about judged attributes, as the engine process gives them; see `engine.workbench`."""

from __future__ import annotations

from engine.ask import Answer
from engine.judgements.desk import Desk, attribute_numbered
from engine.judging_messages import (
    AttributeStanding,
    JudgedRanking,
    JudgingQuestion,
    LookAtStanding,
    NextPairs,
    PairToJudge,
    RankAttribute,
)
from engine.store.rows import Attribute
from engine.workbench import Workbench


def perform(question: JudgingQuestion, bench: Workbench) -> tuple[PairToJudge, ...] | AttributeStanding | JudgedRanking:
    """The result of a question. Raises AttributeUnknown and what `Desk` raises."""
    desk = bench.kept(Desk, lambda: Desk(bench.shelf, beside=True))
    clip, library = bench.clip(), bench.library
    attribute = attribute_numbered(library, question.attribute_id)
    asked = library, attribute, clip.encoder_key, clip
    match question:
        case NextPairs(count=count, folder_id=folder, waiting=waiting):
            return tuple(desk.next_pairs(*asked, count=count, folder_id=folder, waiting=waiting))
        case LookAtStanding(folder_id=folder):
            return desk.standing(*asked, folder_id=folder)
        case RankAttribute(folder_id=folder):
            return _order(desk, bench, attribute, folder)
    raise TypeError(f"{type(question).__name__} is no question about judgements")


def _order(desk: Desk, bench: Workbench, attribute: Attribute, folder_id: int | None) -> JudgedRanking:
    clip = bench.clip()
    order = desk.order(bench.library, attribute, clip.encoder_key, clip, folder_id=folder_id)
    answer = Answer(order.files, order.scores, order.direction, pending=order.pending)
    more = {"low": order.low, "high": order.high, "first_place": order.first, "last_place": order.last}
    return JudgedRanking(attribute.name, bench.ranking(attribute.prompt, answer, **more), order.standing)
