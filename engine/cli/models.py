"""`pairlens models list|get|import|remove`: the models on this machine, and those that could be."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption

app = typer.Typer(help="List, download, import and remove models.", no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As `pairlens models list` shows it.")]


@app.command("list")
def list_(
    library: LibraryOption, model: ModelOption = "", device: DeviceOption = "auto", as_json: JsonOption = False
) -> None:
    """List the models here, and a choice of those that can be downloaded."""
    from engine.models import list_models

    models = list_models()
    if as_json:
        output.document({"models": [asdict(found) for found in models]})
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("name", "state", "size", "licence", "note"):
        table.add_column(heading, justify="right" if heading == "size" else "left", overflow="fold")
    for found in models:
        size = f"{found.size_bytes / 1e6:,.0f} MB" if found.size_bytes else ""
        table.add_row(*map(output.printable, (found.name, found.state, size, found.licence, found.note)))
    output.console().print(table, markup=False)


@app.command("get")
def get(
    library: LibraryOption,
    name: NameArgument,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Download a model; Ctrl-C pauses, the same command goes on."""
    from engine.cli.terminal import working
    from engine.models import get as download

    with working() as context:
        found = download(name, context)
    _done(f"{found.name} is on this machine now; use it with --model {found.name}", as_json=as_json)


@app.command("import")
def import_(
    library: LibraryOption,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", readable=False, help="A checkpoint: .safetensors, or .pt without code.")
    ],
    architecture: Annotated[
        str, typer.Option("--architecture", metavar="ARCH", help="The open_clip architecture, as ViT-B-32.")
    ],
    name: Annotated[str, typer.Option("--name", metavar="NAME", show_default="the file's name")] = "",
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Import a checkpoint file as a model."""
    from engine.models import import_checkpoint

    found = import_checkpoint(file, architecture, name or file.stem)
    _done(f"{found.name} is imported; use it with --model {found.name}", as_json=as_json)


@app.command("remove")
def remove(
    library: LibraryOption,
    name: NameArgument,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Delete a downloaded or imported model's files; vectors in libraries stay."""
    from engine.models import remove as delete

    delete(name)
    _done(f"{name} is removed", as_json=as_json)


def _done(sentence: str, *, as_json: bool) -> None:
    if as_json:
        from engine.models import list_models

        output.document({"models": [asdict(found) for found in list_models()]})
    else:
        print(output.printable(sentence))
