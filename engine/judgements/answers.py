"""Answers to the questions about judged attributes, as the engine process gives them; see `engine.workbench`."""

from __future__ import annotations

from engine.ask import Answer
from engine.judgements.desk import Desk, attribute_numbered
from engine.judging_messages import JudgedRanking, NextPairs, PairToJudge, RankAttribute
from engine.protocol import JobCommand
from engine.results import write_intervals
from engine.workbench import Workbench


def perform(command: JobCommand, bench: Workbench) -> tuple[PairToJudge, ...] | JudgedRanking:
    """The result of a question. Raises AttributeUnknown and what `Desk` raises."""
    desk = bench.kept(Desk, lambda: Desk(bench.shelf))
    match command:
        case NextPairs(attribute_id=attribute, count=count, folder_id=folder):
            return _next_pairs(desk, bench, attribute, count, folder)
        case RankAttribute(attribute_id=attribute, folder_id=folder):
            return _order(desk, bench, attribute, folder)
    raise TypeError(f"{type(command).__name__} is no question about judgements")


def _next_pairs(
    desk: Desk, bench: Workbench, attribute_id: int, count: int, folder_id: int | None
) -> tuple[PairToJudge, ...]:
    clip = bench.clip()
    attribute = attribute_numbered(bench.library, attribute_id)
    return tuple(desk.next_pairs(bench.library, attribute, clip.encoder_key, clip, count=count, folder_id=folder_id))


def _order(desk: Desk, bench: Workbench, attribute_id: int, folder_id: int | None) -> JudgedRanking:
    clip = bench.clip()
    attribute = attribute_numbered(bench.library, attribute_id)
    order = desk.order(bench.library, attribute, clip.encoder_key, clip, folder_id=folder_id)
    answer = Answer(order.files, order.scores, order.direction, pending=order.pending)
    ranking = bench.ranking(attribute.prompt, answer)
    return order.standing.as_result(ranking, write_intervals(ranking.file, order.low, order.high))
