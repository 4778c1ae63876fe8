"""The command line, second face of PairLens: the same jobs without a window.

`main` is started by the console script `pairlens` and by `python -m engine.cli`; it ends with the exit code: 0 done,
1 a named problem (one line on stderr), 2 wrong usage, 130 interrupted with what was finished kept. Commands import
what they need when they run, so that ``--help`` answers at once.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from engine.cli import (
    analogy,
    captions,
    classify,
    compare,
    differences,
    doctor,
    evaluate,
    exchange,
    gui,
    index,
    judgements,
    models,
    output,
    rank,
    train,
)
from engine.errors import JobCancelled, PairLensError, Problem

INTERRUPTED = 130
ROOT_OPTIONS = {"--help", "--version", "--install-completion", "--show-completion"}

app = typer.Typer(
    name="pairlens",
    help="Compare images with words: index a folder, type a comparison, see the order.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"pairlens {version('pairlens')}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    pass


app.command("gui")(gui.gui)
app.command("index")(index.index)
app.command("rank")(rank.rank)
app.command("similar")(rank.similar)
app.command("compare")(compare.compare)
app.command("analogy")(analogy.analogy)
app.command("contrast")(compare.contrast)
app.command("classify")(classify.classify)
app.add_typer(judgements.app, name="judgements")
app.add_typer(models.app, name="models")
app.add_typer(exchange.export_app, name="export")
app.add_typer(exchange.import_app, name="import")
app.add_typer(captions.app, name="captions")
app.add_typer(differences.app, name="differences")
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("doctor")(doctor.doctor)


def with_default_command(arguments: Sequence[str]) -> list[str]:
    """The arguments with ``gui`` put in front where no command is named: ``pairlens`` and ``pairlens FOLDER...``."""
    first = arguments[0] if arguments else ""
    commands = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    names_command = first in commands or first in ROOT_OPTIONS or first == "-h"
    opens_window = not first or first.startswith("-") or Path(first).is_dir()
    return ["gui", *arguments] if opens_window and not names_command else list(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; named problems become one line on stderr."""
    output.survive_any_file_name()
    logging.basicConfig(format="pairlens: %(message)s", level=logging.WARNING)
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    try:
        app(args=with_default_command(given), prog_name="pairlens")
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # how typer ends when the reader of the output left
            return _flushed(0)
        return _flushed(end.code if isinstance(end.code, int) else 1)
    except (JobCancelled, KeyboardInterrupt):
        output.problem(Problem("cancelled", "interrupted; what was finished is kept", ""), as_json=as_json)
        return _flushed(INTERRUPTED)
    except PairLensError as error:
        output.problem(error.problem(), as_json=as_json)
        return _flushed(1)
    except OSError as error:
        remedy = "Check the name, the permissions and the space left."
        output.problem(Problem("file", _sentence(error), remedy), as_json=as_json)
        return _flushed(1)
    return _flushed(0)


def _sentence(error: OSError) -> str:
    """What the system said, about which file."""
    name = os.fsdecode(error.filename) if error.filename is not None else "A file"
    return f"{output.printable(name)}: {error.strerror or type(error).__name__}."


def _flushed(code: int) -> int:
    """The code, after stdout took everything; a reader that left early (`pairlens rank x | head`) is no problem."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter complains at its end
    return code
