"""Class sets: what is typed, what is refused, and that files give back what was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.classify import files
from engine.classify.errors import ClassesUnfit, ClassSetUnfit, ComparativesContradict, ComparativeUnfit
from engine.classify.sets import (
    FORMS,
    ClassSet,
    Comparative,
    comparative_typed,
    key,
    names_typed,
    names_written,
)
from engine.errors import FileUnfit

PETS = ("dog", "grey wolf", "cat")


def test_names_are_read_between_commas_quotes_and_lines() -> None:
    assert names_typed("dog, cat,  grey   wolf") == ("dog", "cat", "grey wolf")
    assert names_typed('"salt, pepper", 5" pipe\ndog') == ("salt, pepper", '5" pipe', "dog")
    assert names_typed("") == ()
    with pytest.raises(ClassesUnfit, match="cannot be read"):
        names_typed('"salt, pepper')


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1, max_size=5))
def test_names_written_are_read_again(names: list[str]) -> None:
    assert names_typed(names_written(names)) == tuple(names)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "No class is named"),
        (("dog",), "one class"),
        (("dog", " "), "has no name"),
        (("dog", "cat", "Dog"), "'dog' is in the list twice"),
        (("grey_wolf", "grey wolf"), "twice"),
        (("dog", "x" * 301), "301 characters"),
        (tuple(f"class {n}" for n in range(10_001)), "10,001 classes"),
    ],
)
def test_lists_that_are_refused(names: tuple[str, ...], words: str) -> None:
    with pytest.raises(ClassesUnfit, match=words):
        ClassSet(names)


def test_ten_thousand_classes_are_taken() -> None:
    assert len(ClassSet(tuple(f"class {n}" for n in range(10_000))).names) == 10_000


def test_prompts_replace_the_templates_of_their_class() -> None:
    classes = ClassSet(PETS, ("a photo of a {}", "{}"), {"cat": ("a photo of a tabby",)})
    assert classes.texts("dog") == ("a photo of a dog", "dog")
    assert classes.texts("cat") == ("a photo of a tabby",)
    with pytest.raises(ClassesUnfit, match="'bird', which is no class"):
        ClassSet(PETS, prompts={"bird": ("a bird",)})
    with pytest.raises(ClassesUnfit, match="the class goes"):
        ClassSet(PETS, ("a photo",))
    with pytest.raises(ClassesUnfit, match="no template"):
        ClassSet(PETS, ())


def test_braces_in_a_name_are_a_name() -> None:
    assert ClassSet(("{0}", "{}{}"), ("a {}",)).texts("{}{}") == ("a {}{}",)


def test_comparatives_are_read_with_any_characters_in_the_names() -> None:
    names = ("a>b", "c: d", "Grey wolf")
    assert comparative_typed("a>b>c: d: longer, i.e. > 2 m", names) == Comparative("a>b", "c: d", "longer, i.e. > 2 m")
    assert comparative_typed("grey_wolf > a>b :  wilder ", names) == Comparative("Grey wolf", "a>b", "wilder")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dog>bird: larger", "'bird' is no class of the list"),
        ("dgo>cat: larger", "'dgo' is no class of the list; 'dog' is"),
        ("dog is larger", "is no comparative"),
        ("dog>cat larger", "is no comparative"),
    ],
)
def test_comparatives_that_cannot_be_read(text: str, words: str) -> None:
    with pytest.raises(ComparativeUnfit, match=words):
        comparative_typed(text, PETS)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Comparative("dog", "bird", "larger"), "'bird' is no class"),
        (Comparative("dog", "dog", "larger"), "compared with itself"),
        (Comparative("dog", "cat", " "), "Nothing is said"),
        (Comparative("dog", "cat", "l" * 400), "400 characters"),
    ],
)
def test_comparatives_that_are_refused(said: Comparative, words: str) -> None:
    with pytest.raises(ComparativeUnfit, match=words):
        ClassSet(PETS, comparatives=(said,))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("dog", "cat", "brighter"), ("cat", "dog", "brighter")),
        (("dog", "cat", "brighter"), ("dog", "cat", "darker")),
        (("dog", "cat", "more bright"), ("dog", "cat", "less bright")),
        (("dog", "cat", "with longer whiskers"), ("cat", "dog", "with longer whiskers")),
    ],
)
def test_contradictions_are_refused(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    with pytest.raises(ComparativesContradict, match="contradicts"):
        ClassSet(PETS, comparatives=(Comparative(*one), Comparative(*other)))


def test_the_same_said_twice_in_other_words_is_no_contradiction() -> None:
    said = (Comparative("dog", "cat", "brighter"), Comparative("cat", "dog", "darker"))
    assert ClassSet(PETS, comparatives=said).comparatives == said


def test_figures_out_of_range() -> None:
    for wrong in ({"alpha": 1.1}, {"alpha": -0.1}, {"close": 2.0}, {"form": "other"}):
        with pytest.raises(ClassesUnfit):
            ClassSet(PETS, **wrong)  # pyright: ignore[reportArgumentType]


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda text: text.strip())


@given(
    st.lists(texts.map(str.strip).filter(bool), min_size=2, max_size=5, unique_by=key),
    st.floats(0, 1),
    st.sampled_from(FORMS),
    st.floats(0, 1),
    st.lists(texts, max_size=2),
    texts,
)
def test_a_file_gives_back_the_class_set(
    names: list[str], alpha: float, form: str, close: float, prompts: list[str], said: str
) -> None:
    own = {names[0]: tuple(prompts)} if prompts else {}
    classes = ClassSet(
        tuple(names), ("{}",), own, (Comparative(names[0], names[1], said),), alpha=alpha, form=form, close=close
    )
    assert files.parse(files.text_of(classes), "here") == classes


def test_files_on_disk(tmp_path: Path) -> None:
    classes = ClassSet(PETS, comparatives=(Comparative("dog", "cat", "larger"),), alpha=0.5)
    files.write(tmp_path / "pets.toml", classes)
    assert files.read(tmp_path / "pets.toml") == classes
    (tmp_path / "names.txt").write_text('dog\n\n"salt, pepper"\n')
    assert files.read(tmp_path / "names.txt").names == ("dog", "salt, pepper")
    with pytest.raises(FileUnfit, match=r"\.toml"):
        files.write(tmp_path / "pets.json", classes)
    with pytest.raises(FileUnfit, match=r"\.toml"):
        files.read(tmp_path / "pets.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("alpha = ", "is no TOML"),
        ("alpha = 0.5", "has no 'class'"),
        ("colour = 1\n[[class]]\nname = 'dog'", "unknown key 'colour'"),
        ("form = 'wild'\n[[class]]\nname = 'dog'", "says form"),
    ],
)
def test_files_that_hold_no_class_set(text: str, words: str) -> None:
    with pytest.raises(ClassSetUnfit, match=words):
        files.parse(text, "pets.toml")
