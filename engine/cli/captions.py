"""`pairlens captions import FILE|FOLDER` and `captions export FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption

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
    if as_json:
        counts = {
            "found": report.found,
            "imported": report.imported,
            "images": report.images,
            "rejected": report.rejected_count,
        }
        rejected = [{"where": row.where, "reason": row.reason} for row in report.rejected]
        output.document({"counts": counts, "rejected": rejected})
    else:
        print(
            f"{report.imported:,} new captions of {report.found:,} found, on {report.images:,} images;"
            f" {report.rejected_count:,} rejected"
        )
        for row in report.rejected:
            print(output.printable(f"  {row.where}: {row.reason}"))
    if not report.images:
        output.say(f"no caption of {source} was kept" + ("; the reasons are listed" if report.found else ""))
        raise typer.Exit(1)


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
