"""What is measured, as a TOML file: labelled images, what tells their classes apart, and how that is said.

    name = "CIFAR-100 size"
    layout = "cifar100-binary"                    # see `engine.evaluation.layouts`
    root = "cifar-100-binary"                     # from the task file; --data names another place

    [[comparisons]]                               # classes, or values, of which one has more than the other
    name = "size"
    prompt = "larger"                             # as the program is asked; reverse = "smaller"
    high = ["camel", "lion"]
    low = ["hamster", "shrew"]

    [attributes]                                  # or: what each class has, and the other has not
    wordings = ["the first has {first}, while the second has {second}"]

    [zero_shot]
    templates = ["This is a photo of a {}."]

    [[comparatives]]                              # for comparative prompting and geometry, both ways for every model
    first = "cat"
    second = "dog"
    text = "the first has pointed ears, the second hanging ones"

Read by the command line and by the window; those that come with the program lie in resources/tasks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine import toml_files
from engine.directions import STATEMENTS, opposite
from engine.english import swapped
from engine.evaluation.bundled import bundled
from engine.evaluation.errors import TaskUnfit
from engine.phrases import PhraseBank

Layout = Literal["folders", "table", "awa2", "cub", "cifar100-binary", "flowers102"]
Wording = tuple[str, str]  # what is said of a pair, and what is said of it swapped


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Comparison(_Part):
    """Images of which one has more of something: by class (``high`` against ``low``), or by a ``column`` of values of
    the task's table, where two images are compared if they lie ``apart`` standard deviations.

    ``wordings``: ``{more}`` is replaced by the prompt where the first image has more, else by the reverse.
    """

    name: str
    prompt: str = Field(min_length=1)
    reverse: str = ""  # "" = found by the program
    high: tuple[str, ...] = ()
    low: tuple[str, ...] = ()
    column: str = ""
    apart: float = Field(default=0.5, ge=0)
    wordings: tuple[Wording, ...] = Field(
        default=tuple((first.replace("{verb}", "is"), second.replace("{verb}", "is")) for first, second in STATEMENTS),
        min_length=1,
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Comparison:
        if bool(self.column) == bool(self.high or self.low):
            raise ValueError("name either high and low, or a column")
        if not self.column and not (self.high and self.low):
            raise ValueError("high and low both need a class")
        if shared := set(self.high) & set(self.low):
            raise ValueError(f"{', '.join(sorted(shared))} cannot be high and low")
        if any("{more}" not in text for wording in self.wordings for text in wording):
            raise ValueError("every text of a wording needs {more}")
        return self

    @property
    def opposite(self) -> str:
        """The reverse in words, whoever found it."""
        return self.reverse or opposite(PhraseBank.load(), self.prompt)


class Attributes(_Part):
    """Statements from what classes have: for a pair of classes, what only the first has, and what only the second has.

    ``table``: class -> what it has; without it the layout tells (AwA2, CUB). ``ignore`` are left out, ``words`` says
    others in better words. At most ``most`` of either side are named, drawn anew for each pair of classes.
    """

    wordings: tuple[str, ...] = Field(min_length=1)
    photo: str = "a photo of something with {}"  # about one image: its antonym prompt
    table: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    words: dict[str, str] = Field(default_factory=dict)
    most: int = Field(default=5, ge=1)

    @model_validator(mode="after")
    def _places(self) -> Attributes:
        if any("{first}" not in text or "{second}" not in text for text in self.wordings):
            raise ValueError("every wording needs {first} and {second}")
        if "{}" not in self.photo:
            raise ValueError("photo needs {}")
        return self


class ZeroShot(_Part):
    """Naming the class of an image: the mean of the ``templates``; ``names``: class -> what it is called there."""

    templates: tuple[str, ...] = Field(default=("This is a photo of a {}.",), min_length=1)
    names: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _places(self) -> ZeroShot:
        if any("{}" not in template for template in self.templates):
            raise ValueError("every template needs {}")
        return self


class Comparative(_Part):
    """How the class ``first`` differs from ``second``; ``reverse`` says it the other way round."""

    first: str
    second: str
    text: str
    reverse: str = ""

    @model_validator(mode="after")
    def _reversible(self) -> Comparative:
        if not self.swapped:
            raise ValueError("a text without first and second needs its reverse")
        return self

    @property
    def swapped(self) -> str:
        """What holds of the second class and the first."""
        return self.reverse or swapped(self.text)


class Task(_Part):
    """Everything that decides the pairs: the same task, data and seeds give the same pairs for every model."""

    name: str
    layout: Layout = "folders"
    root: str = "."
    note: str = ""  # for people: source, what was corrected
    table: str = ""  # of layout "table": CSV or JSON Lines, from the root
    path: str = "path"  # its column of paths, from the table
    label: str = ""  # its column of classes
    classes: tuple[str, ...] = ()  # only these; () = all there are
    images_per_class: int = Field(default=0, ge=0)  # drawn; 0 = all
    seeds: int = Field(default=5, ge=1)
    images: int = Field(default=100, ge=4)  # drawn for each seed
    pairs: int = Field(default=5000, ge=1)  # of them, at most
    comparisons: tuple[Comparison, ...] = ()
    attributes: Attributes | None = None
    zero_shot: ZeroShot | None = None
    comparatives: tuple[Comparative, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Task:
        if not (self.comparisons or self.attributes or self.zero_shot):
            raise ValueError("there is nothing to measure: no comparisons, attributes or zero_shot")
        if self.comparatives and self.zero_shot is None:
            raise ValueError("comparatives need zero_shot")
        if (self.layout == "table") != bool(self.table):
            raise ValueError("the layout 'table', and no other, needs a table")
        names = [comparison.name for comparison in self.comparisons]
        if len(set(names)) < len(names):
            raise ValueError("two comparisons have one name")
        return self


def read(name: str) -> tuple[Task, Path]:
    """A task and the folder that its root is relative to: a TOML file, or the name of one that comes with the program.

    Raises `TaskUnfit`, in a sentence that names the key.
    """
    file = bundled().get(name) or Path(name)
    text = toml_files.read_text(file, "task", TaskUnfit)
    return parse(text, str(file)), file.absolute().parent


def parse(text: str, name: str) -> Task:
    """A task from the text of a TOML file. Raises `TaskUnfit`."""
    return made(toml_files.parse(text, name, "task", TaskUnfit), name)


def made(given: dict[str, Any], name: str) -> Task:
    """A task from its values. Raises `TaskUnfit`."""
    try:
        return Task.model_validate(given)
    except ValidationError as error:
        raise TaskUnfit(f"The task {name!r} {toml_files.in_words(error, Task)}.", details=str(error)) from error
