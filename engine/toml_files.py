"""TOML files that people write, read into pydantic models; what is wrong is said in a sentence that names the key."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from engine.errors import PairLensError


def read_text(file: Path, what: str, unfit: type[PairLensError]) -> str:
    """The text of a file; ``what`` names it in the sentence of the error ("recipe"). Raises ``unfit``."""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise unfit(f"There is no {what} {str(file)!r}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise unfit(f"The {what} {str(file)!r} cannot be read.", details=str(error)) from error


def parse(text: str, name: str, what: str, unfit: type[PairLensError]) -> dict[str, Any]:
    """The values of a TOML text; ``name`` "" = one that was typed. Raises ``unfit``."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        called = f"The {what} {name!r}" if name else f"The {what}"
        raise unfit(f"{called} is no TOML: {error}.") from error


def in_words(error: ValidationError, model: type[BaseModel]) -> str:
    """The first thing that is wrong; ``model`` is the outermost one."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = [field.alias or name for name, field in model.model_fields.items()]
        listed = f"; known are {', '.join(known)}" if len(first["loc"]) == 1 else ""
        return f"has the unknown key {key!r}{listed}"
    if first["type"] == "missing":
        return f"has no {key!r}"
    what = first["msg"].removeprefix("Value error, ")
    what = what[:1].lower() + what[1:]
    return f"says {key} = {first['input']!r}: {what}" if key else f"does not add up: {what}"
