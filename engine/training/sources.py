"""Where a run's sentences come from: the library's differences, its judgements, or a file. Read when it is planned."""

from __future__ import annotations

import base64
import itertools
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.directions import STATEMENTS
from engine.errors import FileUnfit
from engine.judgements.desk import attribute_numbered
from engine.phrases import PhraseBank
from engine.readings import read
from engine.store import Library
from engine.store.judging import judgements
from engine.store.rows import Attribute, Difference
from engine.store.texts import REJECTED, all_differences
from engine.training.pairs import Sentence
from engine.training_messages import DataChoice


def of_library(library: Library, choice: DataChoice, refused: Counter[str]) -> Iterator[Sentence]:
    """The differences and judgements of a library that were chosen, without what a person rejected.

    Answers that tell nothing are counted in ``refused``. Raises `AttributeUnknown`.
    """
    for row in all_differences(library):
        if row.status != REJECTED and _is_chosen(row, choice):
            yield Sentence(row.first_id, row.second_id, row.text, row.reverse)
    for number in choice.attributes:
        yield from of_judgements(library, attribute_numbered(library, number), refused)


def _is_chosen(row: Difference, choice: DataChoice) -> bool:
    words = row.text.casefold()
    return (
        (choice.writers is None or row.writer in choice.writers)
        and row.status in choice.statuses
        and all(word in words for word in choice.words.casefold().split())
    )


def of_judgements(library: Library, attribute: Attribute, refused: Counter[str]) -> Iterator[Sentence]:
    """What people answered about pairs, in the attribute's words; one without a prompt goes by its name.

    The wordings take turns, so that the encoder learns the comparison and not one sentence.
    """
    wordings = itertools.cycle(_wordings(attribute))
    for judgement in judgements(library, attribute.id):
        if judgement.answer not in ("first", "second"):
            refused["an answer that names neither image"] += 1
            continue
        text, reverse = next(wordings)
        if judgement.answer == "second":
            text, reverse = reverse, text
        yield Sentence(judgement.first_image, judgement.second_image, text, reverse)


def _wordings(attribute: Attribute) -> list[tuple[str, str]]:
    """(The first has more of it, the second has more of it), in each way that the program asks it itself."""
    reading = read(PhraseBank.load(), attribute.prompt or attribute.name, attribute.reverse)
    made = []
    for pair in STATEMENTS:
        first, second = (text.format(verb=reading.verb, more=reading.more) for text in pair)
        made.append((second, first) if reading.backwards else (first, second))
    return made


def of_file(file: Path, library: Library, refused: Counter[str]) -> Iterator[Sentence]:
    """Differences from JSON Lines: first, second (paths; relative ones from the file's folder), text, reverse.

    Pairs with an image that the library does not know are counted in ``refused``. Raises `FileUnfit` with the line.
    """
    images = {row.path: row.image_id for row in library.files() if row.image_id is not None}
    for line in _lines(file):
        ends = [images.get(_path(line, key, file.parent)) for key in ("first", "second")]
        if line.get("status") == REJECTED:
            refused["rejected by a person"] += 1
        elif ends[0] is None or ends[1] is None:
            refused["an image that is not in the library"] += 1
        else:
            yield Sentence(ends[0], ends[1], line["text"], line.get("reverse") or "")


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8") as stream:
            for number, text in enumerate(stream, 1):
                if not text.strip():
                    continue
                line = _line(text, number, file)
                if not isinstance(line, dict) or not all(
                    isinstance(line.get(key), str) for key in ("first", "second", "text")
                ):
                    raise FileUnfit(f"Line {number} of {str(file)!r} has no first, second and text.")
                if not isinstance(line.get("reverse"), str | None):
                    raise FileUnfit(f"Line {number} of {str(file)!r} has a reverse that is no text.")
                yield line
    except FileNotFoundError:
        raise FileUnfit(f"There is no file {str(file)!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnfit(f"{str(file)!r} is not JSON Lines.", details=str(error)) from error


def _line(text: str, number: int, file: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise FileUnfit(f"Line {number} of {str(file)!r} is not JSON.", details=str(error)) from error


def _path(line: dict[str, Any], key: str, folder: Path) -> bytes:
    if exact := line.get(f"{key}_bytes"):
        try:
            return base64.b64decode(exact)
        except (TypeError, ValueError) as error:
            raise FileUnfit(f"{exact!r} is no path in base64.", details=str(error)) from error
    return os.fsencode(os.path.normpath(folder.absolute() / line[key]))
