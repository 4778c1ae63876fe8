"""The writer by rule: true on captions whose truth is known, English on captions of people, reverses exact."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.differences.chunks import chunk
from engine.differences.filters import fault
from engine.differences.rules import Statement, statements
from engine.differences.scene import read_scene
from engine.differences.words import SEVERAL, words
from engine.settings import resources_dir

Truth = dict[str, Any]


def said(first: str | list[str], second: str | list[str]) -> list[str]:
    """The statements on a pair of captions (or of lists of captions)."""
    scenes = [read_scene([text] if isinstance(text, str) else text) for text in (first, second)]
    return [statement.text for statement in statements(*scenes)]


# ---- truth ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def samples() -> list[Truth]:
    file = resources_dir() / "samples" / "samples.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()]


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")


def matching(truth: Truth, phrase: str) -> list[Truth]:
    """The things of a picture that a phrase such as "a large red metal cube" or "cubes" is true of."""
    wanted = set(phrase.split()) - {"a", "an", "the", "no"}
    return [
        thing
        for thing in truth["things"]
        if wanted <= {thing["size"], thing["colour"], thing["material"], thing["kind"], thing["kind"] + "s"}
    ]


def is_true(text: str, first: Truth, second: Truth) -> bool:
    """Judge a statement by what the two pictures really hold, not by their captions."""
    one, other = first["things"], second["things"]
    if found := re.fullmatch(r"There (?:is|are) (\w+) (\w+) in the first image and (\w+) in the second\.", text):
        kind = found[2].removesuffix("s")
        counts = [
            len(things if kind == "thing" else [t for t in things if t["kind"] == kind]) for things in (one, other)
        ]
        return counts == [NUMBERS.index(found[1]), NUMBERS.index(found[3])]
    if found := re.fullmatch(r"The (\w+) in the first image is (larger|smaller) than the one in the second\.", text):
        radii = [[t["radius"] for t in things if t["kind"] == found[1]] for things in (one, other)]
        return len(radii[0]) == len(radii[1]) == 1 and (radii[0][0] > radii[1][0]) == (found[2] == "larger")
    if found := re.fullmatch(
        r"The things? in the first image (?:is|are) ([\w, ]+), while (?:those|the one) in the second (?:is|are) (.+)\.",
        text,
    ):
        colours = [set(re.split(r", | and ", part)) for part in (found[1], found[2])]
        return colours == [{t["colour"] for t in one}, {t["colour"] for t in other}]
    if found := re.fullmatch(
        r"The (\w+) in the first image (is|are) (?:made of )?(\w+),"
        r" while (?:the one|those) in the second \2 (?:made of )?(\w+)\.",
        text,
    ):
        kind, alone = found[1] if found[2] == "is" else found[1].removesuffix("s"), found[2] == "is"
        named = [[t for t in things if t["kind"] == kind] for things in (one, other)]
        return all(
            (len(things) == 1) == alone and all(value in (t["colour"], t["material"], t["size"]) for t in things)
            for things, value in zip(named, (found[3], found[4]), strict=True)
        )
    if found := re.fullmatch(
        r"The first image is set on an? (\w+) ground, while the second is set on an? (\w+) ground\.", text
    ):
        return [first["ground"], second["ground"]] == [found[1], found[2]]
    if found := re.fullmatch(r"The first image shows (.+), while the second shows (.+)\.", text):
        return shows(found[1], first, second) and shows(found[2], second, first)
    if found := re.fullmatch(r"The first image (?:is|has|was) (.+), while the second (?:is|has|was) (.+)\.", text):
        return all(part in truth["caption"] for part, truth in zip(found.groups(), (first, second), strict=True))
    raise AssertionError(f"a statement of a kind that this test cannot judge: {text}")


def shows(part: str, truth: Truth, other: Truth) -> bool:
    """Whether an image shows what is said of it: its own caption, or things of which the other image has none such."""
    if part.lower() in truth["caption"].lower() and " ground" in part:
        return True
    if found := re.fullmatch(r"(\w+) things", part):
        return truth["count"] == NUMBERS.index(found[1]) != other["count"]
    present, _, absent = part.partition(" but no ")
    kind = next(thing["kind"] for thing in truth["things"] if thing["kind"] in present)
    claims_alone = not absent and not any(thing["kind"] == kind for thing in other["things"])
    return (
        bool(matching(truth, present))
        and (not absent or not matching(truth, absent))
        and (bool(absent) or claims_alone)
    )


def test_statements_on_the_sample_library_are_true(samples: list[Truth]) -> None:
    scenes = [read_scene([truth["caption"]]) for truth in samples]
    kinds: Counter[str] = Counter()
    wrong: list[str] = []
    for one, other in permutations(range(0, len(samples), 2), 2):
        for statement in statements(scenes[one], scenes[other]):
            kinds[statement.about] += 1
            if not is_true(statement.text, samples[one], samples[other]):
                wrong.append(statement.text)
            if not is_true(statement.reverse, samples[other], samples[one]):
                wrong.append(statement.reverse)
    assert kinds.total() > 10_000
    assert {"colour", "size", "material", "number", "place", "look", "subject", "presence"} <= kinds.keys()
    assert len(wrong) <= 0.02 * 2 * kinds.total(), wrong[:20]


def test_the_judge_of_this_test_knows_a_false_statement(samples: list[Truth]) -> None:
    first = next(truth for truth in samples if truth["count"] == 1)
    second = next(truth for truth in samples if truth["count"] == 5)
    assert is_true("There is one thing in the first image and five in the second.", first, second)
    assert not is_true("There are five things in the first image and one in the second.", first, second)
    assert not is_true("There is one thing in the first image and six in the second.", first, second)


# ---- what is said ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "statement"),
    [
        (
            "A black dog runs on a beach.",
            "A white dog sits in a kitchen.",
            "The dog in the first image is black, while the one in the second is white.",
        ),
        (
            "A black dog runs on a beach.",
            "A white dog sits in a kitchen.",
            "The first image is set on a beach, while the second is set in a kitchen.",
        ),
        (
            "A dog is running.",
            "The dog sits.",
            "The dog in the first image is running, while the one in the second is sitting.",
        ),
        (
            "A large cube and a small cone.",
            "A small cube on a table.",
            "The cube in the first image is larger than the one in the second.",
        ),
        (
            "An old woman on a bench.",
            "A young woman with a dog.",
            "The woman in the first image is older than the one in the second.",
        ),
        (
            "A cat is laying on a sofa.",
            "A cat sits on a sofa.",
            "The cat in the first image is lying, while the one in the second is sitting.",
        ),
        (
            "Three dogs play.",
            "A dog plays.",
            "There are three dogs in the first image and one in the second.",
        ),
        (
            "A black dog and two white dogs run.",
            "One dog runs.",
            "There are three dogs in the first image and one in the second.",
        ),
        (
            "A child plays.",
            "A group of children play.",
            "There is one child in the first image and several in the second.",
        ),
        (
            "A wooden box on a table.",
            "A metal box on a shelf.",
            "The box in the first image is made of wood, while the one in the second is made of metal.",
        ),
        (
            "A house at night.",
            "A house in bright sunlight.",
            "The first image was taken at night, while the second is in bright sunlight.",
        ),
        (
            "A girl reads.",
            "A brown horse eats grass.",
            "The first image shows a girl but no horse, while the second shows a brown horse.",
        ),
        (
            "The man who wears a hat jumps over two ramps.",
            "There are boys playing chess.",
            "The first image shows a man who wears a hat jumping over two ramps,"
            " while the second shows boys playing chess.",
        ),
    ],
)
def test_a_difference(first: str, second: str, statement: str) -> None:
    assert statement in said(first, second)


@pytest.mark.parametrize(
    ("first", "second", "never"),
    [
        ("A red cube, in black and white.", "A blue cube.", "red"),  # its colour cannot be seen
        ("Several dogs run.", "Two dogs run.", "There are"),  # two are several
        ("A little girl sings.", "A big girl dances.", "larger"),  # tells her age
        ("A dog in the snow.", "A dog on a mountain.", "is set"),  # one place can be both
        ("A woman walks.", "People walk.", "but no"),  # she may be one of them
        ("A cat sleeps.", "An animal sleeps.", "but no"),
        ("A teddy bear on a chair.", "A man sits.", "but no"),  # no animal
        ("Surfboards at a wall.", "A kitchen with a stove.", "but no"),  # a photograph, not a list
        ("A ball lies on a table.", "A man sits.", "but no"),  # a caption does not list everything
        ("A black and white dog runs.", "A white dog runs.", "is white"),
        ("Boys in red shirts.", "A boy in a red shirt.", "shirts in"),  # not everybody's shirt is told
        ("A man is playing.", "A man is smiling.", "the one in"),  # both can do both
        ("A dog runs.", "A dog is jogging.", "the one in"),
        ("A boy at a jungle gym.", "A boy in the snow.", "is set"),
        ("A man looks at the road below.", "A man in a kitchen.", "is set"),  # he is elsewhere
        ("A girl waits at a stop light.", "A girl swims at night.", "taken at a"),  # not the light of the image
        ("A man at night.", "A man in the dark.", "image is in"),  # both are dark
    ],
)
def test_what_cannot_be_known_is_not_said(first: str, second: str, never: str) -> None:
    assert never not in " ".join(statement for statement in said(first, second) if "shows a red" not in statement)


def test_captions_that_disagree_say_nothing_of_the_matter() -> None:
    assert not any("the one in" in text for text in said(["A dog sits.", "A dog stands."], "A dog runs."))
    first = ["A black dog runs.", "A brown dog runs."]
    assert not any("is black" in text or "is brown" in text for text in said(first, "A white dog runs."))
    assert not any("There" in text for text in said(["Two dogs run.", "Three dogs run."], "A dog runs."))


def test_equal_captions_have_no_difference() -> None:
    assert said("A dog runs.", "A dog runs.") == []
    assert said("???", "A dog runs.") == []
    assert said([], "A dog runs.") == []


# ---- grammar --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caption", "shown"),
    [
        ("The dog runs across a field .", "a dog running across a field"),
        ("Two dogs are fighting", "two dogs fighting"),
        ("A man and a child stand at a bus stop.", "a man and a child standing at a bus stop"),
        ("A boy in a wetsuit jumps into a pool and swims.", "a boy in a wetsuit jumping into a pool and swimming"),
        ("Man laying on bench holding leash of dog", "a man lying on bench holding leash of dog"),
        ("An Asian woman sits while her dog sleeps.", "an Asian woman sitting while her dog sleeps"),
        ("The dogs bark .", "dogs barking"),
        ("A dog bounds through the surf.", "a dog bounding through the surf"),
        ("There is a man , wearing a hat .", "a man, wearing a hat"),
        ("A man 's hat lies on a table.", "a man's hat lying on a table"),
        ("A unicorn and an hourglass on a table", "a unicorn and an hourglass on a table"),
        ("A few different dogs play .", "a few different dogs playing"),
        ("This is a close up of a pizza on a table.", "a pizza on a table"),
        ("A cube and a cone, in cool light.", "a cube and a cone, in cool light"),
        ("Three people in the snow put their gear in order .", "three people in the snow putting their gear in order"),
        ("Someone is holding up a fish .", "someone holding up a fish"),
        ("Two children are shown upside down .", "two children upside down"),
        ("A man who is wearing shorts is standing on rocks .", "a man who is wearing shorts standing on rocks"),
        (
            "A girl in a dress with pink flowers swings on a swing .",
            "a girl in a dress with pink flowers swinging on a swing",
        ),
        ("A boy and a man in a red shirt jump in the air .", "a boy and a man in a red shirt jumping in the air"),
        ("Two hikers rest on a snow covered peak .", "two hikers resting on a snow covered peak"),
        ("He runs.", ""),
        ("A man walked away.", ""),
        ("His dog runs.", ""),
        ("", ""),
    ],
)
def test_a_caption_as_something_shown(caption: str, shown: str) -> None:
    assert chunk(caption).shown == shown


@pytest.mark.parametrize(
    ("caption", "heads", "numbers"),
    [
        ("A large black and white dog", ["dog"], [1]),
        ("Five people on a bench", ["person"], [5]),
        ("A couple of women with several dogs", ["woman"], [2]),
        ("A wombat on a road", ["wombat"], [1]),
        ("some skateboarders", ["skateboarder"], [SEVERAL]),
        ("A red cube, two blue cones and a sphere on a mint ground", ["cube", "cone", "sphere"], [1, 2, 1]),
        ("the boys leap", ["boy"], [SEVERAL]),
    ],
)
def test_subjects_and_their_number(caption: str, heads: list[str], numbers: list[int]) -> None:
    found = chunk(caption).subjects
    assert [phrase.head for phrase in found] == heads
    assert [phrase.number for phrase in found] == numbers


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("dog", "dogs"),
        ("child", "children"),
        ("bench", "benches"),
        ("sheep", "sheep"),
        ("lady", "ladies"),
        ("bus", "buses"),
    ],
)
def test_singular_and_plural(singular: str, plural: str) -> None:
    assert words().plural(singular) == plural
    assert (words().singular(plural) or plural) == singular


WORDS = re.findall(
    r"\S+",
    "a the two dog dogs man women cube red large wooden runs sitting is are and , of on in with beach snow his who"
    " things one black white ball - 's zorps",
)
CAPTION = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)


@given(CAPTION | st.text(max_size=60), CAPTION)
@settings(deadline=None)
def test_any_two_captions_give_statements_that_reverse_exactly(first: str, second: str) -> None:
    there, back = (statements(*map(read_scene, ([one], [other]))) for one, other in ((first, second), (second, first)))
    for statement in there:
        assert statement.text != statement.reverse
        assert sorted(re.findall(r"\w+", statement.text.lower())) != []
        assert statement.text[0].isupper()
        assert statement.text.endswith(".")
    assert Counter(s.about for s in there) == Counter(s.about for s in back)
    assert {s.reverse for s in there if s.about != "caption"} == {s.text for s in back if s.about != "caption"}


# ---- captions of people ---------------------------------------------------------------------------------

FLICKR = Path(__file__).resolve().parents[4] / "shared" / "data" / "flickr8k" / "captions.txt"


@pytest.mark.skipif(not FLICKR.exists(), reason="the photographs' captions are not on this machine")
def test_captions_of_photographs_give_sentences_that_pass_every_filter() -> None:
    import csv
    import random

    captions: dict[str, list[str]] = {}
    with FLICKR.open(newline="") as stream:
        for row in csv.DictReader(stream):
            captions.setdefault(row["image"], []).append(row["caption"])
    scenes = [read_scene(texts) for texts in captions.values()]
    pairs = [random.Random(seed).sample(scenes, 2) for seed in range(1000)]
    found: list[Statement] = [statement for pair in pairs for statement in statements(*pair)]
    assert len(found) > 1500
    assert sum(not statements(*pair) for pair in pairs) < 20
    faults = Counter(fault(statement.text, None, None) for statement in found)
    assert faults[""] > 0.98 * len(found), faults
