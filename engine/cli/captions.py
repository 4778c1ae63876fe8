"""`pairlens captions import FILE|FOLDER`, `captions write` and `captions export FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.ollama_options import HostOption, RemoteOption, SecondsOption, language_model, remember_hosts
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption
from engine.writing_prompts import CAPTION, OLLAMA

app = typer.Typer(
    help="Bring in what people wrote about images, and write it out.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("import")
def import_captions(
    library: LibraryOption,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV (path, caption), JSON Lines, COCO JSON, a sidecar .txt; or a folder of the library: its sidecar"
            " files and the descriptions inside its images.",
        ),
    ],
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Keep captions for images of the library, several an image; what fits no image is refused by name."""
    from engine import captions
    from engine.cli.terminal import working
    from engine.store import Library, Writer

    with Writer(library) as writer, Library(library) as reader, working() as context:
        report = captions.import_captions(writer, reader, source, context)
    output.texts_report(report, "captions", source, as_json=as_json)


@app.command("write")
def write_captions(
    library: LibraryOption,
    author: Annotated[
        str, typer.Option("--writer", metavar="ollama:MODEL", help="A vision model, for example ollama:llava.")
    ],
    count: Annotated[int | None, typer.Option("--count", min=1, help="At most so many images.")] = None,
    prompt: Annotated[str, typer.Option("--prompt", metavar="TEXT", help="What to ask the model.")] = "",
    host: HostOption = None,
    remote: RemoteOption = False,
    seconds: SecondsOption = 180.0,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Have a vision model of your own Ollama describe the images that it has not described yet."""
    from engine import caption_writing
    from engine.cli.terminal import working
    from engine.store import Library, Writer

    if not author.startswith(OLLAMA):
        raise typer.BadParameter(f"{author!r} is not ollama:MODEL", param_hint="--writer")
    with Writer(library) as writer, Library(library) as reader:
        llm = language_model(reader, author, host, remote=remote, seconds=seconds)
        images = caption_writing.uncaptioned(reader, f"{OLLAMA}{llm.name}")[:count]
        with working() as context:
            run = caption_writing.write_captions(writer, reader, llm, images, context, prompt=prompt or CAPTION)
        remember_hosts(writer, host)
    output.writing_report(run, "captions", "images", as_json=as_json)


@app.command("export")
def export_captions(
    library: LibraryOption,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON Lines, .csv, or COCO .json.")],
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Write every caption with its image's path and its source; an existing file is replaced."""
    from engine import captions
    from engine.store import Library

    with Library(library) as reader:
        rows = captions.export_captions(file, reader)
    if as_json:
        output.document({"counts": {"written": rows}, "rejected": []})
    else:
        print(output.printable(f"{rows:,} captions in {file}"))
