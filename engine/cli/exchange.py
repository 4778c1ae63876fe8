"""`pairlens export ranking|vectors|library FILE` and `pairlens import vectors FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption
from engine.cli.rank import FolderOption, ReverseOption, SingleOption, ranked

export_app = typer.Typer(
    help="Write a ranking, vectors or the library's files; an existing file is replaced.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
import_app = typer.Typer(help="Take in vectors made elsewhere.", no_args_is_help=True, rich_markup_mode=None)


@export_app.command("ranking")
def export_ranking(
    library: LibraryOption,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", readable=False, help="Columns rank, path, score.")],
    prompt: Annotated[str, typer.Option("--prompt", metavar="TEXT", help="The comparison to rank by.")],
    reverse: ReverseOption = "",
    single: SingleOption = False,
    folder: FolderOption = None,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Write the order of the images by a prompt as CSV."""
    from engine import exchange

    exchange.require_ending(file, ".csv")
    order = ranked(library, model, device, prompt, reverse=reverse, single=single, folder=folder)
    _exported(file, exchange.export_ranking(file, order.files), as_json=as_json)


@export_app.command("vectors")
def export_vectors(
    library: LibraryOption,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.npz", readable=False, help="NPZ (paths, path_bytes, vectors), or .csv.")
    ],
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Write the images' vectors under a model."""
    from engine import exchange
    from engine.cli.session import encoder_of
    from engine.store import Library

    exchange.require_ending(file, ".npz", ".csv")
    with Library(library) as source:
        key, _name, _dim = encoder_of(source, model, device)
        _exported(file, exchange.export_vectors(file, source, key), as_json=as_json)


@export_app.command("library")
def export_library(
    library: LibraryOption,
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", readable=False, help="JSON Lines, or .csv.")],
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Write every file of the library: path, content hash, sizes, and why it could not be read."""
    from engine import exchange
    from engine.store import Library

    with Library(library) as source:
        _exported(file, exchange.export_library(file, source), as_json=as_json)


@import_app.command("vectors")
def import_vectors(
    library: LibraryOption,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", readable=False, help="NPZ with paths and vectors, or CSV with path and one number a column."
        ),
    ],
    encoder: Annotated[
        str, typer.Option("--encoder", metavar="NAME", help="The model whose image encoder made them.")
    ] = "",
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Store vectors made elsewhere for images of the library; what does not fit is refused by name.

    --encoder names a model, or an image encoder that the library knows already; without it, the library's model.
    """
    from engine import exchange
    from engine.cli.session import encoder_of
    from engine.cli.terminal import working
    from engine.store import Library, Writer

    content = exchange.read_vectors(file)
    with Writer(library) as writer, Library(library) as source:
        chosen = encoder_of(source, encoder or model, device)
        with working() as context:
            report = exchange.import_vectors(writer, source, content, chosen, context)
    if as_json:
        rejected = [output.path_fields(row.path) | {"reason": row.reason} for row in report.rejected]
        output.document({"rows": report.rows, "rejected": rejected})
    else:
        print(f"{report.rows:,} vectors stored, {len(report.rejected):,} rejected")
        for row in report.rejected:
            print(f"  {output.path_text(row.path)}: {row.reason}")
    if not report.rows:
        output.say(f"no vector of {file} was stored; the reasons are listed")
        raise typer.Exit(1)


def _exported(file: Path, rows: int, *, as_json: bool) -> None:
    if as_json:
        output.document({"rows": rows, "rejected": []})
    else:
        print(output.printable(f"{rows:,} rows in {file}"))
