"""Sentences of the library's own differences in explanations: only of an encoder that understands them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from engine.ask import Shelf
from engine.explain import explain
from engine.pair_messages import Difference
from engine.said import FEW, MOST, PAIRS, sentences_of
from engine.store import Library, Writer
from engine.store.rows import Difference as Row
from engine.store.texts import record_differences, set_status
from tests.engine.pairlibrary import PairClip, fill
from tests.engine.wordclip import DIM, axis

ANIMALS = ("dog", "cat", "bird", "horse", "sheep", "cow")
PLACES = np.eye(DIM)[10:]
EVERY_PAIR = list(combinations(ANIMALS, 2))


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    """Pictures of every animal in every place."""
    with Writer(tmp_path / "library.pairlens") as writer:
        vectors = {
            f"{animal}{number}.jpg": axis(2 + kind) + 0.5 * place
            for (kind, animal), (number, place) in product(enumerate(ANIMALS), enumerate(PLACES))
        }
        fill(writer, vectors)
        yield writer


def say(writer: Writer, *pairs: tuple[str, str], places: tuple[int, int] = (0, 1), status: str = "accepted") -> None:
    """Write of a picture of each first animal what tells it from a picture of the second."""
    with Library(writer.path) as library:
        image = {file.name: file.image_id or 0 for file in library.files()}
    one, other = places
    rows = [
        Row(0, image[f"{a}{one}.jpg"], image[f"{b}{other}.jpg"], sentence(a, b), sentence(b, a), "me", "1", 0, status)
        for a, b in pairs
    ]
    writer.call(lambda db: record_differences(db, rows))


def sentence(first: str, second: str) -> str:
    return f"compared with the second, the first has a {first} where that has a {second}"


class Reader(PairClip):
    """Reads `sentence` as the step from the second to the first."""

    def _vector(self, text: str) -> np.ndarray:
        base = np.eye(DIM)[0]
        named = [ANIMALS.index(word) for word in text.split() if word in ANIMALS]
        return base + axis(2 + named[0]) - axis(2 + named[1]) if len(named) == 2 else base + noise(text)


class Untaught(PairClip):
    """Makes something of every text, but not what it means."""

    def _vector(self, text: str) -> np.ndarray:
        return np.eye(DIM)[0] + noise(text)


def noise(text: str) -> np.ndarray:
    return 0.3 * np.random.default_rng(crc32(text.encode())).standard_normal(DIM)


def own(writer: Writer, clip: PairClip, first: str, second: str) -> list[Difference]:
    """What the library's sentences say of a pair."""
    paths = (f"/a/{name}.jpg".encode() for name in (first, second))
    with Library(writer.path) as library:
        return [each for each in explain(library, clip, *paths, top=50) if each.said]  # type: ignore[arg-type]


def test_a_sentence_that_fits_is_named_and_swapping_the_pictures_swaps_it(writer: Writer) -> None:
    say(writer, *EVERY_PAIR)
    there, back = own(writer, Reader({}), "cat4", "horse5"), own(writer, Reader({}), "horse5", "cat4")
    assert there[0].words == sentence("cat", "horse")
    assert back[0].words == sentence("horse", "cat")
    assert [(each.phrase, each.z) for each in there] == [(each.phrase, -each.z) for each in back]
    assert all("cat" in each.words or "horse" in each.words for each in there)


def test_an_encoder_that_does_not_understand_them_is_not_believed(writer: Writer) -> None:
    say(writer, *EVERY_PAIR)
    pairs = [(f"{a}2", f"{b}3") for a, b in EVERY_PAIR]
    assert not any(own(writer, Untaught({}), *pair) for pair in pairs)


def test_a_sentence_that_does_not_tell_its_own_pair_is_left_out(writer: Writer) -> None:
    say(writer, *EVERY_PAIR[1:])
    with Library(writer.path) as library:
        image = {file.name: file.image_id or 0 for file in library.files()}
    wrong = (sentence("dog", "cat"), sentence("cat", "dog"))
    row = Row(0, image["sheep0.jpg"], image["cow1.jpg"], *wrong, "me", "1", 0, "accepted")
    writer.call(lambda db: record_differences(db, [row]))
    found = own(writer, Reader({}), "dog4", "cat5")
    assert found
    assert not {each.phrase for each in found} & set(wrong)


def test_too_few_sentences_are_left_to_an_encoder_that_was_taught(writer: Writer) -> None:
    say(writer, *EVERY_PAIR[: FEW - 1])
    assert own(writer, Reader({}), "dog4", "cat5") == []
    say(writer, *EVERY_PAIR[: FEW + 1])
    assert own(writer, Reader({}), "dog4", "cat5")


def test_an_answer_that_a_person_changes_changes_the_next_explanation(writer: Writer) -> None:
    say(writer, *EVERY_PAIR)
    shelf, clip = Shelf(), Reader({})

    def said() -> list[str]:
        with Library(writer.path) as library:
            found = explain(library, clip, b"/a/cat4.jpg", b"/a/horse5.jpg", top=50, shelf=shelf)  # type: ignore[arg-type]
        return [each.words for each in found if each.said]

    assert said()[0] == sentence("cat", "horse")
    asked = len(clip.asked)
    assert said()[0] == sentence("cat", "horse")
    assert len(clip.asked) == asked, "everything is read once"
    with Library(writer.path) as library:
        ((row,),) = library.rows("SELECT id FROM difference WHERE text = ?", (sentence("cat", "horse"),))
    writer.call(lambda db: set_status(db, [row], "rejected"))
    assert sentence("cat", "horse") not in said()


def test_which_sentences_are_candidates(writer: Writer) -> None:
    say(writer, *EVERY_PAIR)
    say(writer, *((b, a) for a, b in EVERY_PAIR), places=(2, 3))
    for place in range(4):
        say(writer, EVERY_PAIR[0], places=(place, 4))
    with Library(writer.path) as library:
        found = sentences_of(library)
        assert len(found) == len(EVERY_PAIR), "a sentence and its reverse are one"
        assert {len(each.pairs) for each in found} == {2, PAIRS}
        names = {file.image_id: file.name for file in library.files()}
        for each in found:
            for first, second in each.pairs:
                assert each.text == sentence(names[first][:-5], names[second][:-5])
    with Library(writer.path) as library:
        image = next(file.image_id or 0 for file in library.files())
    rows = [Row(0, image, image + 1, f"new {n}", f"other {n}", "rules", "1", 0, "new") for n in range(MOST)]
    writer.call(lambda db: record_differences(db, rows))
    with Library(writer.path) as library:
        found = sentences_of(library)
    assert len(found) == MOST
    assert found[-1].text == f"new {len(EVERY_PAIR)}", "accepted ones first, then the newest"
