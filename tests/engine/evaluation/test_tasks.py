"""Task files: what they say, and how a wrong one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.evaluation import tasks
from engine.evaluation.bundled import about, bundled
from engine.evaluation.errors import TaskUnfit
from engine.evaluation.flowers import FLOWERS

SIZE = """
name = "size"
[[comparisons]]
name = "size"
prompt = "larger"
reverse = "smaller"
high = ["horse"]
low = ["mouse"]
"""


def test_every_task_that_comes_with_the_program_can_be_read() -> None:
    found = {name: tasks.read(name)[0] for name in bundled()}
    assert {"awa2", "cub", "cifar100-size", "flowers-colour", "sample-looks"} <= found.keys()
    for task in found.values():
        assert task.note
        for comparison in task.comparisons:
            assert len(comparison.wordings) == 3
    assert next(iter(about())) == "sample-looks", "what needs no other data comes first"
    assert {name for name, said in about().items() if said.needs_data} == found.keys() - {"sample-looks"}


def test_the_flowers_are_those_of_the_data_set() -> None:
    assert len(set(FLOWERS)) == 102
    # Two that other sources number: torchvision's 53 and 41, from 0.
    assert (FLOWERS[53], FLOWERS[41]) == ("sunflower", "daffodil")
    (colour,) = tasks.read("flowers-colour")[0].comparisons
    assert {*colour.high, *colour.low} <= set(FLOWERS)


def test_a_task_without_a_reverse_has_the_one_that_the_program_finds() -> None:
    for prompt, words in (("larger", "smaller"), ("more zorgly", "less zorgly")):
        text = SIZE.replace('reverse = "smaller"', "").replace("larger", prompt)
        (found,) = tasks.parse(text, "size").comparisons
        assert found.reverse == ""
        assert found.opposite == words


def test_a_task_without_wordings_has_those_of_the_program() -> None:
    task = tasks.parse(SIZE, "size")
    assert ("the first is {more} than the second", "the second is {more} than the first") in task.comparisons[
        0
    ].wordings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "is no TOML"),
        ('name = "x"', "nothing to measure"),
        (SIZE + "colour = 1", r"unknown key 'comparisons.0.colour'"),
        ("seed = 1" + SIZE, "unknown key 'seed'; known are name, layout"),
        ("seeds = 0" + SIZE, "says seeds = 0"),
        (SIZE.replace('["mouse"]', '["horse"]'), "horse cannot be high and low"),
        (SIZE.replace('low = ["mouse"]', ""), "high and low both need a class"),
        (SIZE + 'column = "size"', "either high and low, or a column"),
        (SIZE + 'wordings = [["larger", "smaller"]]', "needs {more}"),
        ('layout = "table"' + SIZE, "needs a table"),
        (SIZE + SIZE.partition("\n[")[2].join(["[", ""]), "two comparisons have one name"),
        ('name = "x"\n[zero_shot]\ntemplates = ["a photo"]', "every template needs {}"),
        (SIZE + '[[comparatives]]\nfirst = "a"\nsecond = "b"\ntext = "larger"', "needs its reverse"),
        (SIZE + '[attributes]\nwordings = ["the first has {first}"]', "needs {first} and {second}"),
    ],
)
def test_a_wrong_task_is_refused_in_a_sentence_that_names_the_key(text: str, words: str) -> None:
    with pytest.raises(TaskUnfit, match=words):
        tasks.parse(text, "mine.toml")


def test_a_task_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TaskUnfit, match="no task"):
        tasks.read(str(tmp_path / "none.toml"))
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    with pytest.raises(TaskUnfit, match="cannot be read"):
        tasks.read(str(tmp_path / "latin.toml"))
