"""Judging one library: pairs of files, answers that count at once, images that come and go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.ask import Shelf
from engine.errors import AttributeUnknown
from engine.judgements.desk import Desk, JudgedOrder, attribute_named, attribute_numbered
from engine.judging_messages import PairToJudge
from engine.store import Library, Writer, changes, judging
from engine.store.rows import Attribute
from tests.engine.store.samples import KEY, fill

NAMES = [f"{number:02}.jpg" for number in range(30)]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "library.pairlens") as writer:
        fill(writer, NAMES)
        writer.call(lambda db: judging.save_attribute(db, "cheerful", ""))
        yield writer


@pytest.fixture
def library(writer: Writer) -> Iterator[Library]:
    with Library(writer.path) as library:
        yield library


@pytest.fixture
def attribute(library: Library) -> Attribute:
    return attribute_named(library, "cheerful")


def judge(writer: Writer, attribute: Attribute, pair: PairToJudge, answer: str) -> int:
    return writer.call(lambda db: judging.judge(db, attribute.id, pair.first_image, pair.second_image, answer))


def next_pairs(desk: Desk, library: Library, attribute: Attribute, count: int = 1) -> list[PairToJudge]:
    return desk.next_pairs(library, attribute, KEY, None, count=count)


def order(desk: Desk, library: Library, attribute: Attribute) -> JudgedOrder:
    return desk.order(library, attribute, KEY, None)


def test_an_attribute_is_found_by_name_and_number(library: Library, attribute: Attribute, writer: Writer) -> None:
    assert attribute_numbered(library, attribute.id) == attribute
    with pytest.raises(AttributeUnknown, match="'sad'"):
        attribute_named(library, "sad")
    writer.call(lambda db: judging.remove_attribute(db, attribute.id))
    with pytest.raises(AttributeUnknown):
        attribute_numbered(library, attribute.id)


def test_the_first_choice_wins_and_its_pair_is_not_asked_again(
    writer: Writer, library: Library, attribute: Attribute
) -> None:
    desk, asked = Desk(), set()
    for _ in range(40):  # by name: the higher number is the more cheerful
        (pair,) = next_pairs(desk, library, attribute)
        assert frozenset({pair.first_image, pair.second_image}) not in asked
        asked.add(frozenset({pair.first_image, pair.second_image}))
        judge(writer, attribute, pair, "first" if pair.first_file > pair.second_file else "second")
    found = order(desk, library, attribute)
    assert np.corrcoef(found.files, -np.arange(30))[0, 1] > 0.6
    assert np.all(np.diff(found.scores) <= 0)
    assert np.all((found.low < found.scores) & (found.scores < found.high))
    assert (found.standing.judgements, found.standing.answers) == (40, 40)
    assert found.standing.words_share == 0


def test_unsure_and_skipped_pairs_tell_nothing_and_are_not_asked_again(
    writer: Writer, library: Library, attribute: Attribute
) -> None:
    desk = Desk()
    pairs = next_pairs(desk, library, attribute, 20)
    for number, pair in enumerate(pairs):
        judge(writer, attribute, pair, "unsure" if number % 2 else "skipped")
    found = order(desk, library, attribute)
    assert np.all(found.scores == 0)
    assert (found.standing.judgements, found.standing.answers) == (20, 0)
    again = next_pairs(desk, library, attribute, 500)
    assert len(again) == 30 * 29 / 2 - 20


def test_an_undone_answer_leaves_no_trace(writer: Writer, library: Library, attribute: Attribute) -> None:
    desk = Desk()
    pairs = next_pairs(desk, library, attribute, 6)
    for pair in pairs[:5]:
        judge(writer, attribute, pair, "first")
    before = order(desk, library, attribute)
    last = judge(writer, attribute, pairs[5], "second")
    assert not np.array_equal(order(desk, library, attribute).scores, before.scores)
    writer.call(lambda db: judging.undo_judgement(db, last))
    after = order(Desk(), library, attribute)
    assert np.array_equal(after.files, order(desk, library, attribute).files)
    assert np.array_equal(after.files, order(Desk(), library, attribute).files)


def test_answers_one_by_one_come_to_the_same_order_as_all_at_once(
    writer: Writer, library: Library, attribute: Attribute
) -> None:
    desk = Desk()
    for _ in range(30):
        (pair,) = next_pairs(desk, library, attribute)
        judge(writer, attribute, pair, "first" if pair.first_file > pair.second_file else "second")
    one_by_one, at_once = (order(wherever, library, attribute) for wherever in (desk, Desk()))
    place = np.argsort(one_by_one.files), np.argsort(at_once.files)
    assert np.corrcoef(one_by_one.scores[place[0]], at_once.scores[place[1]])[0, 1] > 0.98


def test_images_that_go_are_not_asked_about_and_their_answers_count(
    writer: Writer, library: Library, attribute: Attribute
) -> None:
    shelf = Shelf()
    desk = Desk(shelf)
    (pair,) = next_pairs(desk, library, attribute)
    writer.call(lambda db: changes.hide_files(db, [pair.first_file], True))
    shelf.forget()
    judge(writer, attribute, pair, "first")  # the question was on the screen when the image went
    found = order(desk, library, attribute)
    assert pair.first_file not in found.files
    assert found.standing.answers == 1
    later = next_pairs(desk, library, attribute, 100)
    assert pair.first_image not in {p.first_image for p in later} | {p.second_image for p in later}


def test_images_added_later_are_in_the_order_without_answers(
    writer: Writer, library: Library, attribute: Attribute
) -> None:
    shelf = Shelf()
    desk = Desk(shelf)
    for pair in next_pairs(desk, library, attribute, 10):
        judge(writer, attribute, pair, "first")
    assert len(order(desk, library, attribute).files) == 30
    fill(writer, [*NAMES, "late.jpg"])
    shelf.forget()
    found = order(desk, library, attribute)
    assert len(found.files) == 31
    assert np.count_nonzero(found.scores) == 31


def test_the_same_judgements_give_the_same_pairs(library: Library, attribute: Attribute) -> None:
    assert next_pairs(Desk(), library, attribute, 5) == next_pairs(Desk(), library, attribute, 5)


def test_two_attributes_do_not_mix(writer: Writer, library: Library, attribute: Attribute) -> None:
    writer.call(lambda db: judging.save_attribute(db, "large", ""))
    other, desk = attribute_named(library, "large"), Desk()
    for pair in next_pairs(desk, library, attribute, 10):
        judge(writer, attribute, pair, "first")
    assert np.any(order(desk, library, attribute).scores != 0)
    assert np.all(order(desk, library, other).scores == 0)
