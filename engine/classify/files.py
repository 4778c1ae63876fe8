"""Class sets as TOML files: written by the program, readable and changeable by people.

alpha = 0.9
form = "averaged"
templates = ["a photo of a {}"]

[[class]]
name = "wolf"

[[comparative]]
first = "dog"
second = "wolf"
text = "friendlier"
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine import toml_files
from engine.classify.errors import ClassSetUnfit
from engine.classify.sets import ALPHA, AVERAGED, TEMPLATES, ClassSet, Comparative, names_typed
from engine.errors import FileUnfit
from engine.replacing import replacing

LARGEST = 8 * 1024 * 1024  # bytes; 10,000 classes with prompts take less


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Class(_Strict):
    name: str
    prompts: tuple[str, ...] = ()


class _Comparative(_Strict):
    first: str
    second: str
    text: str


class _File(_Strict):
    alpha: float = ALPHA
    form: Literal["averaged", "symmetric"] = AVERAGED
    close: float = 1.0
    templates: tuple[str, ...] = TEMPLATES
    classes: tuple[_Class, ...] = Field(alias="class")
    comparatives: tuple[_Comparative, ...] = Field(default=(), alias="comparative")


def read(file: Path) -> ClassSet:
    """The class set of a TOML file, or the classes of a text file, one a line or between commas.

    Raises ClassSetUnfit, ClassesUnfit, ComparativeUnfit, FileUnfit (another ending), OSError.
    """
    if file.suffix.lower() not in (".toml", ".txt"):
        raise FileUnfit(f"{str(file)!r} should end in .toml (a class set) or .txt (a class a line).")
    if file.stat().st_size > LARGEST:
        raise ClassSetUnfit(f"{str(file)!r} is too large to be a class set.")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ClassSetUnfit(f"{str(file)!r} is no text in UTF-8.") from error
    if file.suffix.lower() == ".txt":
        return ClassSet(names_typed("\n".join(line for line in text.splitlines() if line.strip())))
    return parse(text, str(file))


def parse(text: str, name: str) -> ClassSet:
    """The class set that a text in TOML describes. Raises ClassSetUnfit, ClassesUnfit, ComparativeUnfit."""
    given = toml_files.parse(text, name, "class set", ClassSetUnfit)
    try:
        found = _File.model_validate(given)
    except ValidationError as error:
        wrong = toml_files.in_words(error, _File)
        raise ClassSetUnfit(f"The class set {name!r} {wrong}.", details=str(error)) from error
    return ClassSet(
        tuple(each.name.strip() for each in found.classes),
        found.templates,
        {each.name.strip(): each.prompts for each in found.classes if each.prompts},
        tuple(Comparative(each.first, each.second, each.text) for each in found.comparatives),
        found.alpha,
        found.form,
        found.close,
    )


def text_of(classes: ClassSet) -> str:
    """The class set in TOML; `parse` gives it back."""
    lines = [f"alpha = {classes.alpha}", f"form = {_quoted(classes.form)}", f"close = {classes.close}"]
    lines.append(f"templates = {_quoted(classes.templates)}")
    for name in classes.names:
        lines += ["", "[[class]]", f"name = {_quoted(name)}"]
        if name in classes.prompts:
            lines.append(f"prompts = {_quoted(classes.prompts[name])}")
    for said in classes.comparatives:
        lines += ["", "[[comparative]]", f"first = {_quoted(said.first)}", f"second = {_quoted(said.second)}"]
        lines.append(f"text = {_quoted(said.text)}")
    return "\n".join(lines) + "\n"


def write(file: Path, classes: ClassSet) -> None:
    """Write the class set, replacing the file in one step. Raises FileUnfit, ExchangeError."""
    if file.suffix.lower() != ".toml":
        raise FileUnfit(f"{str(file)!r} should end in .toml.")
    with replacing(file) as part:
        part.write_text(text_of(classes), encoding="utf-8")


def _quoted(value: object) -> str:
    """A string or a list of them: JSON's are TOML's too, but for the one control character that JSON leaves bare."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
