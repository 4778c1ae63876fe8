"""Class sets: the classes that images are sorted into, their prompts, and how pairs of them differ in words.

Light (no torch, no NumPy): the window edits what the engine uses. Every `ClassSet` is checked when it is made.
"""

from __future__ import annotations

import csv
import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from engine.classify.errors import ClassesUnfit, ClassPromptUnfit, ComparativesContradict, ComparativeUnfit
from engine.english import compare, plain
from engine.phrases import PhraseBank

# Plain wordings, so that no class is favoured; the mean of several is steadier than any one.
TEMPLATES = (
    "a photo of a {}",
    "a photo of the {}",
    "a picture of a {}",
    "a close-up photo of a {}",
    "a photo of a {} in its surroundings",
)
MOST_CLASSES = 10_000
LONGEST = 300  # characters of a name, a prompt or a comparative
AVERAGED, SYMMETRIC = "averaged", "symmetric"
FORMS = (AVERAGED, SYMMETRIC)
ALPHA = 0.9  # the default of the paper's released code


@dataclass(frozen=True)
class Comparative:
    """How images of class ``first`` differ from those of class ``second``: a phrase (*fluffier*) or a sentence."""

    first: str
    second: str
    text: str

    def __str__(self) -> str:
        return f"{self.first}>{self.second}: {self.text}"


@dataclass(frozen=True)
class ClassSet:
    """Classes by name, with their comparatives and how these are used.

    ``prompts`` of a class replace the ``templates`` for it. ``alpha`` in 0..1: 1 leaves the classes as they are.
    ``form``: the paper's "averaged", which moves the second class of each comparative, or "symmetric", which moves
    both. ``close``: comparatives count only where the probabilities of the two likeliest classes differ by less; 1 =
    everywhere. Raises ClassesUnfit, ComparativeUnfit.
    """

    names: tuple[str, ...]
    templates: tuple[str, ...] = TEMPLATES
    prompts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    comparatives: tuple[Comparative, ...] = ()
    alpha: float = ALPHA
    form: str = AVERAGED
    close: float = 1.0

    def __post_init__(self) -> None:
        _check_names(self.names)
        _check_templates(self.templates)
        known = set(self.names)
        for name, prompts in self.prompts.items():
            if name not in known:
                raise ClassPromptUnfit(f"There are prompts for {name!r}, which is no class of the list.")
            for prompt in prompts:
                _check_text(prompt, f"A prompt of {name!r}", ClassPromptUnfit)
        for each in self.comparatives:
            _check_comparative(each, self.names)
        _check_contradictions(self.comparatives)
        if not 0 <= self.alpha <= 1 or not 0 <= self.close <= 1:
            raise ClassesUnfit("Alpha and the margin of close classes lie between 0 and 1.")
        if self.form not in FORMS:
            raise ClassesUnfit(f"{self.form!r} is none of {', '.join(FORMS)}.")

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts that stand for a class: its own prompts, else its name in every template."""
        return self.prompts.get(name) or tuple(template.replace("{}", name) for template in self.templates)

    def plain(self) -> ClassSet:
        """The same classes without comparatives."""
        return replace(self, comparatives=())


# ---- typed ----------------------------------------------------------------------------------------------


def names_typed(text: str) -> tuple[str, ...]:
    """Class names as people type them: between commas or line ends; a name that holds a comma in double quotes.

    Raises ClassesUnfit.
    """
    try:
        rows = list(csv.reader(text.splitlines(), skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise ClassesUnfit(f"The list of classes cannot be read: {error}.") from error
    return tuple(" ".join(name.split()) for row in rows for name in row)


def names_written(names: Iterable[str]) -> str:
    """The names as `names_typed` reads them."""

    def quoted(name: str) -> str:
        return '"{}"'.format(name.replace('"', '""')) if "," in name or name.startswith('"') else name

    return ", ".join(quoted(name) for name in names)


def comparative_typed(text: str, names: Sequence[str]) -> Comparative:
    """ "A>B: how A differs from B", where A and B are classes, whatever characters they hold.

    Raises ComparativeUnfit.
    """
    known = {key(name): name for name in names}
    for first, rest in _splits(text, ">"):
        for second, said in _splits(rest, ":"):
            if key(first) in known and key(second) in known:
                return Comparative(known[key(first)], known[key(second)], " ".join(said.split()))
    raise ComparativeUnfit(_unknown(text, names))


def without_contradictions(said: Iterable[Comparative]) -> list[Comparative]:
    """Those that contradict none before them."""
    kept: list[Comparative] = []
    claims: set[tuple[str, str, str]] = set()
    for each in said:
        if _claim(each, denied=True) not in claims:
            claims.add(_claim(each))
            kept.append(each)
    return kept


def key(name: str) -> str:
    """What two spellings of one class share: case, spaces, underscores and hyphens do not count."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _splits(text: str, mark: str) -> Iterable[tuple[str, str]]:
    """Every way to take ``text`` apart at ``mark``."""
    for place, character in enumerate(text):
        if character == mark:
            yield text[:place], text[place + 1 :]


def _unknown(text: str, names: Sequence[str]) -> str:
    sides = text.split(":")[0].split(">")
    if len(sides) != 2 or ":" not in text:
        return f"{text!r} is no comparative."
    known = {key(name): name for name in names}
    strange = next((side.strip() for side in sides if key(side) not in known), "")
    close = difflib.get_close_matches(key(strange), known, 1)
    return f"{strange!r} is no class of the list{f'; {known[close[0]]!r} is' if close else ''}."


# ---- checks ---------------------------------------------------------------------------------------------


def _check_names(names: Sequence[str]) -> None:
    if any(not name.strip() for name in names):
        raise ClassesUnfit("A class of the list has no name.")
    if len(names) < 2:
        raise ClassesUnfit("There is one class; images are sorted into two or more." if names else "No class is named.")
    if len(names) > MOST_CLASSES:
        raise ClassesUnfit(f"There are {len(names):,} classes; PairLens takes up to {MOST_CLASSES:,}.")
    for name in names:
        _check_text(name, "The name of a class")
    twice = [name for name, count in Counter(map(key, names)).items() if count > 1]
    if twice:
        raise ClassesUnfit(f"The class {twice[0]!r} is in the list twice.")


def _check_templates(templates: Sequence[str]) -> None:
    if not templates:
        raise ClassPromptUnfit("There is no template to put the classes in.")
    for template in templates:
        _check_text(template, "A template", ClassPromptUnfit)
        if template.count("{}") != 1:
            raise ClassPromptUnfit(f"The template {template!r} does not hold {{}} once, where the class goes.")


def _check_text(text: str, what: str, unfit: type[ClassesUnfit] = ClassesUnfit) -> None:
    if not text.strip():
        raise unfit(f"{what} is empty.")
    if len(text) > LONGEST:
        raise unfit(f"{what} has {len(text):,} characters: {text[:40]!r}...")


def _check_comparative(said: Comparative, names: Sequence[str]) -> None:
    for name in (said.first, said.second):
        if name not in names:
            raise ComparativeUnfit(_unknown(str(said), names))
    if said.first == said.second:
        raise ComparativeUnfit(f"{said.first!r} is compared with itself.")
    if not said.text.strip():
        raise ComparativeUnfit(f"Nothing is said of how {said.first!r} differs from {said.second!r}.")
    if len(said.text) > LONGEST:
        raise ComparativeUnfit(f"A comparative has {len(said.text):,} characters: {said.text[:40]!r}...")


def _check_contradictions(comparatives: Sequence[Comparative]) -> None:
    """Nothing may be said of a pair in both directions, nor its reverse in the same one."""
    said: dict[tuple[str, str, str], Comparative] = {}
    for each in comparatives:
        if other := said.get(_claim(each, denied=True)):
            raise ComparativesContradict(f'"{each}" contradicts "{other}".')
        said[_claim(each)] = each


def _claim(said: Comparative, *, denied: bool = False) -> tuple[str, str, str]:
    """A class, another one, and what the first has more of; ``denied``: what contradicts it."""
    meaning, backwards = _meaning(said.text)
    first, second = (said.second, said.first) if backwards is not denied else (said.first, said.second)
    return first, second, meaning


def _meaning(text: str) -> tuple[str, bool]:
    """What a phrase means, however it is put, and whether the opposite of it."""
    if match := PhraseBank.load().find(text):
        return match.phrase.phrase, match.backwards
    found = compare(text)
    return (found.words or plain(text)), found.less
