"""Judging through a real engine process and real command lines: answers are written at once and survive a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.judging_messages import (
    AttributeStanding,
    Judge,
    JudgedRanking,
    LookAtStanding,
    NextPairs,
    PairToJudge,
    RankAttribute,
    RemoveAttribute,
    RenameAttribute,
    SaveAttribute,
    UndoJudgement,
)
from engine.protocol import AddFolders, Done, Failed
from engine.store import Library, Writer, changes, judging
from tests.engine.engines import NO_MODEL, Engine
from tests.engine.store.samples import fill

pytestmark = pytest.mark.usefixtures("forked_engines")


def next_pair(engine: Engine, attribute: int) -> PairToJudge:
    """The pair that the engine would ask about."""
    pairs = done(engine, engine.ask(lambda job: NextPairs(job, attribute)))
    assert isinstance(pairs, list | tuple)
    (pair,) = pairs
    assert isinstance(pair, PairToJudge)
    return pair


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine without a model, on a library of three pictures: judging waits for neither."""
    engine = Engine(tmp_path)
    with Writer(engine.library) as writer:
        fill(writer, ["a.jpg", "b.jpg", "c.jpg"])
    engine.start()
    engine.until_ready()
    yield engine
    engine.close()


def done(engine: Engine, job: int) -> object:
    answer = engine.answer(job)
    assert isinstance(answer, Done), answer
    return answer.result


def test_an_attribute_is_judged_ranked_undone_and_removed(tmp_path: Path, tiny_model: str, photos: Path) -> None:
    engine = Engine(tmp_path, model=tiny_model)
    engine.start()
    done(engine, engine.ask(lambda job: AddFolders(job, (os.fsencode(photos),))))
    attribute = done(engine, engine.ask(lambda job: SaveAttribute(job, "bright", "brighter")))
    assert isinstance(attribute, int)
    judgement = 0
    for _ in range(3):
        pair = next_pair(engine, attribute)
        judgement = done(
            engine, engine.ask(lambda job, p=pair: Judge(job, attribute, p.first_image, p.second_image, "first"))
        )
    ranked = done(engine, engine.ask(lambda job: RankAttribute(job, attribute)))
    assert isinstance(ranked, JudgedRanking)
    standing = ranked.standing
    assert (ranked.name, ranked.ranking.prompt, ranked.ranking.count) == ("bright", "brighter", 12)
    assert (standing.judgements, standing.answers, standing.images) == (3, 3, 12)
    order = np.load(ranked.ranking.file)
    assert np.all((order["low"] < order["score"]) & (order["score"] < order["high"]))
    assert np.all((order["first_place"] >= 1) & (order["first_place"] <= order["last_place"]))
    assert np.all(order["last_place"] <= 12)
    assert np.all(np.diff(order["score"]) <= 0)
    assert standing.leading == tuple(order["file"].tolist())
    told = done(engine, engine.ask(lambda job: LookAtStanding(job, attribute)))
    assert told == standing
    ahead = done(engine, engine.ask(lambda job: NextPairs(job, attribute, 3)))
    first = ahead[0]  # type: ignore[index]
    then = done(
        engine,
        engine.ask(lambda job: NextPairs(job, attribute, 500, waiting=((first.first_image, first.second_image),))),
    )
    pairs = {frozenset({pair.first_image, pair.second_image}) for pair in then}  # type: ignore[attr-defined]
    assert len(pairs) == 12 * 11 / 2 - 4
    assert frozenset({first.first_image, first.second_image}) not in pairs
    done(engine, engine.ask(lambda job: RenameAttribute(job, attribute, "light")))
    done(engine, engine.ask(lambda job: UndoJudgement(job, judgement)))
    again = done(engine, engine.ask(lambda job: RankAttribute(job, attribute)))
    assert isinstance(again, JudgedRanking)
    assert (again.name, again.standing.judgements) == ("light", 2)
    done(engine, engine.ask(lambda job: RemoveAttribute(job, attribute)))
    refused = engine.answer(engine.ask(lambda job: NextPairs(job, attribute)))
    assert isinstance(refused, Failed)
    assert refused.problem.code == "attribute-unknown"
    engine.close()


def test_an_answer_is_in_the_library_when_it_is_acknowledged_and_survives_a_kill(engine: Engine) -> None:
    attribute = done(engine, engine.ask(lambda job: SaveAttribute(job, "bare")))
    for answer in ("first", "second", "equal", "unsure", "skipped"):
        done(engine, engine.ask(lambda job, a=answer: Judge(job, attribute, 1, 2, a)))
    engine.stop_now()
    with Library(engine.library) as library:
        answers = [said.answer for said in judging.judgements(library, attribute)]
    assert answers == ["first", "second", "equal", "unsure", "skipped"]


def test_a_wrong_answer_is_refused_by_name(engine: Engine) -> None:
    attribute = done(engine, engine.ask(lambda job: SaveAttribute(job, "bare")))
    refused = engine.answer(engine.ask(lambda job: Judge(job, attribute, 1, 1, "first")))
    assert isinstance(refused, Failed)
    assert refused.problem.code == "judgement-unfit"


def test_what_has_no_words_is_judged_and_ranked_without_a_model(engine: Engine) -> None:
    attribute = done(engine, engine.ask(lambda job: SaveAttribute(job, "bare")))
    assert isinstance(attribute, int)
    pair = next_pair(engine, attribute)
    winner = pair.first_image
    done(engine, engine.ask(lambda job: Judge(job, attribute, winner, pair.second_image, "first")))
    standing = done(engine, engine.ask(lambda job: LookAtStanding(job, attribute)))
    assert isinstance(standing, AttributeStanding)
    assert (standing.images, standing.answers) == (3, 1)
    ranked = done(engine, engine.ask(lambda job: RankAttribute(job, attribute)))
    assert isinstance(ranked, JudgedRanking)
    assert (ranked.ranking.count, ranked.ranking.model) == (3, "test")
    files = np.load(ranked.ranking.file)["file"].tolist()
    assert files.index(pair.first_file) < files.index(pair.second_file)

    worded = done(engine, engine.ask(lambda job: SaveAttribute(job, "bright", "brighter")))
    for question in (NextPairs, LookAtStanding, RankAttribute):
        refused = engine.answer(engine.ask(lambda job, ask=question: ask(job, worded)))
        assert isinstance(refused, Failed)
        assert "/nowhere" in refused.problem.sentence


def test_the_command_line_reads_words_only_where_there_are_some(engine: Engine) -> None:
    engine.close()
    with Writer(engine.library) as writer:
        writer.call(lambda db: changes.put_setting(db, "model", NO_MODEL))
    asked = pairlens(engine.library, "judgements", "next", "--attribute", "bare", "--count", "9", "--json")
    assert len(json.loads(asked.stdout)["pairs"]) == 3
    ranked = json.loads(pairlens(engine.library, "rank", "--attribute", "bare", "--json").stdout)
    assert (ranked["model"], len(ranked["results"])) == ("test", 3)
    worded = pairlens(engine.library, "judgements", "next", "--attribute", "bright", "--prompt", "brighter")
    assert worded.returncode == 1
    assert "/nowhere" in worded.stderr


def pairlens(library: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine.cli", *arguments, "--library", str(library)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_person_can_be_simulated_on_the_command_line(tmp_path: Path, tiny_model: str, photos: Path) -> None:
    library = tmp_path / "library.pairlens"
    Writer(library).close()
    early = pairlens(library, "judgements", "next", "--attribute", "named", "--model", tiny_model)
    assert early.returncode == 1
    assert "No image of the library is indexed under the model" in early.stderr
    assert pairlens(library, "index", str(photos), "--model", tiny_model).returncode == 0
    asked = pairlens(
        library, "judgements", "next", "--attribute", "named", "--count", "4", "--json", "--model", tiny_model
    )
    pairs = json.loads(asked.stdout)["pairs"]
    assert [set(pair) for pair in pairs] == [{"first", "second", "probability", "information"}] * 4
    answers = tmp_path / "answers.csv"
    rows = [f"{p['first']},{p['second']},{'first' if p['first'] > p['second'] else 'second'}" for p in pairs]
    answers.write_text("\n".join(["first,second,answer", *rows, f"{photos}/photo00.jpg,nowhere.jpg,first"]))
    taken = pairlens(library, "judgements", "import", str(answers), "--attribute", "named", "--json")
    assert taken.returncode == 0
    report = json.loads(taken.stdout)
    assert report["imported"] == 4
    assert [line["line"] for line in report["rejected"]] == [6]
    ranked = json.loads(pairlens(library, "rank", "--attribute", "named", "--json", "--model", tiny_model).stdout)
    assert (ranked["attribute"], ranked["prompt"], ranked["answers"]) == ("named", "", 4)
    assert [row["rank"] for row in ranked["results"]] == list(range(1, 13))
    assert set(ranked["results"][0]) == {*("rank", "path", "score", "low", "high", "first_place", "last_place")}
    out = tmp_path / "out.csv"
    assert pairlens(library, "judgements", "export", str(out), "--attribute", "named").returncode == 0
    assert out.read_text().splitlines() == ["first,second,answer", *rows]


def test_wrong_usage_and_unknown_names_are_told(tmp_path: Path, engine: Engine) -> None:
    unknown = pairlens(engine.library, "rank", "--attribute", "nobody")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "'nobody'" in unknown.stderr
    both = pairlens(engine.library, "rank", "brighter", "--attribute", "nobody")
    assert both.returncode == 2
    table = tmp_path / "table.csv"
    table.write_text("one,two\n")
    busy = pairlens(engine.library, "judgements", "import", str(table), "--attribute", "x")
    assert busy.returncode == 1
    assert "no column first" in busy.stderr
    table.write_text("first,second,answer\n")
    busy = pairlens(engine.library, "judgements", "import", str(table), "--attribute", "x", "--json")
    assert busy.returncode == 1
    assert json.loads(busy.stdout)["error"]["code"] == "library-busy"
