"""What a command says: its result on stdout (readable text, or one JSON document), everything else on stderr.

File names need not be valid text. In JSON a path is ``path`` with undecodable bytes replaced by U+FFFD; where that
loses something, ``path_bytes`` holds the exact bytes as base64.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.errors import Problem

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH = 10_000  # columns when stdout is no terminal: one line an image, whatever its path


def survive_any_file_name() -> None:
    """Make stdout and stderr accept any character: an old locale must not end a command with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    """Text that can be printed on one line: no surrogates, no control characters that would move the cursor."""
    whole = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in whole)


def path_fields(path: bytes) -> dict[str, str]:
    """The JSON fields of a path: ``path``, and ``path_bytes`` (base64) where the name is not valid UTF-8."""
    text = path.decode("utf-8", "replace")
    if text.encode() == path:
        return {"path": text}
    return {"path": text, "path_bytes": base64.b64encode(path).decode("ascii")}


def path_text(path: bytes) -> str:
    """A path for people to read."""
    return printable(path.decode("utf-8", "replace"))


def document(content: Mapping[str, object]) -> None:
    """Print the one JSON document of a command."""
    print(json.dumps(content, ensure_ascii=False, indent=2))


def say(line: str) -> None:
    """One line on stderr."""
    print(f"pairlens: {printable(line)}", file=sys.stderr, flush=True)


def problem(found: Problem, *, as_json: bool) -> None:
    """A named problem: one line on stderr; with ``--json`` the document holds it too."""
    say(str(found))
    if as_json:
        document({"error": {"code": found.code, "sentence": found.sentence, "remedy": found.remedy}})


def console() -> Console:
    """Where tables go: stdout, as wide as it needs to be when it is a file or a pipe."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=PIPE_WIDTH, no_color=True)
