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
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from engine.errors import Problem

if TYPE_CHECKING:
    from rich.console import Console

    from engine.captions import TextReport
    from engine.writing_report import WritingReport

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


def texts_report(report: TextReport, what: str, source: Path, *, as_json: bool) -> None:
    """What an import of captions or differences did. Raises typer.Exit(1) when nothing could be used."""
    if as_json:
        counts = {
            "found": report.found,
            "imported": report.imported,
            "images": report.images,
            "rejected": report.rejected_count,
        }
        document({"counts": counts, "rejected": [{"where": r.where, "reason": r.reason} for r in report.rejected]})
    else:
        print(
            f"{report.imported:,} new {what} of {report.found:,} found, on {report.images:,} images;"
            f" {report.rejected_count:,} rejected"
        )
        for row in report.rejected:
            print(printable(f"  {row.where}: {row.reason}"))
    if not report.images:
        say(f"no {what} of {source} were kept" + ("; the reasons are listed" if report.found else ""))
        raise typer.Exit(1)


def writing_report(report: WritingReport, what: str, unit: str, *, as_json: bool) -> None:
    """What a run of writing did. Raises typer.Exit(1) when it could not be finished."""
    if as_json:
        content: dict[str, object] = {
            unit: report.asked,
            "known": report.known,
            "written": report.written,
            "rejected": dict(report.rejected.most_common()),
            "failed": dict(report.failed.most_common()),
            "seconds": round(report.seconds, 3),
        }
        if found := report.stopped:
            content["error"] = {"code": found.code, "sentence": found.sentence, "remedy": found.remedy}
        document(content)
    else:
        before = f" ({report.known:,} were asked before)" if report.known else ""
        print(f"{_many(report.written, what)} on {_many(report.asked, unit)} in {report.seconds:.1f} s{before}")
        for name, count in report.rejected.most_common():
            print(f"  {count:,} rejected: {name}")
        for name, count in report.failed.most_common():
            print(printable(f"  {_many(count, unit)} without an answer: {report.problems[name]}"))
    if report.stopped:
        say(str(report.stopped))
        raise typer.Exit(1)


def _many(count: int, what: str) -> str:
    """ "1 image", "2 images"."""
    return f"{count:,} {what.removesuffix('s') if count == 1 else what}"


def console() -> Console:
    """Where tables go: stdout, as wide as it needs to be when it is a file or a pipe."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=PIPE_WIDTH, no_color=True)
