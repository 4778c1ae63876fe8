"""`pairlens index FOLDER...`: adds folders to the library and embeds what is new."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption
from engine.errors import FolderMissing, FolderWithoutImages
from engine.protocol import IndexReport, Refusal


def index(
    library: LibraryOption,
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders with images.")],
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Add folders and embed what is new; unchanged images are not read again.

    With --model, the library uses this model from now on. Files that cannot be read are listed with the reason.
    """
    from engine.cli.session import load_model
    from engine.cli.terminal import working
    from engine.index import index_folders
    from engine.store import Writer, changes

    there = [folder for folder in folders if folder.is_dir()]
    missing = [Refusal(_absolute(folder), _why_missing(folder)) for folder in folders if not folder.is_dir()]
    if not there:
        raise FolderMissing(missing[0].reason)
    with Writer(library) as writer:
        clip = load_model(library, model, device)
        if model:
            writer.call(lambda db: changes.put_setting(db, "model", clip.name))
        with working() as context:
            report = index_folders(writer, [_absolute(folder) for folder in there], clip, context)
    if report.found == 0 and report.removed == 0:
        raise FolderWithoutImages(f"There is no image in {', '.join(map(str, there))}.")
    _show(report, missing, as_json=as_json)
    usable = report.found - report.failed_count
    if missing or usable == 0 < report.found:
        output.say(missing[0].reason if missing else "None of these files could be indexed; the reasons are listed.")
        raise typer.Exit(1)


def _absolute(folder: Path) -> bytes:
    return os.fsencode(os.path.abspath(folder))


def _why_missing(folder: Path) -> str:
    if folder.exists():
        return f"{folder} is not a folder; name the folder that holds it."
    return f"There is no folder {folder}."


def _show(report: IndexReport, missing: list[Refusal], *, as_json: bool) -> None:
    failed = [*missing, *report.failed]
    if as_json:
        output.document(
            {
                "found": report.found,
                "embedded": report.embedded,
                "unchanged": report.unchanged,
                "moved": report.moved,
                "removed": report.removed,
                "failed": [output.path_fields(file.path) | {"reason": file.reason} for file in failed],
                "seconds": round(report.seconds, 3),
                "images_per_second": round(report.images_per_second, 2),
            }
        )
        return
    print(
        f"{report.found:,} images: {report.embedded:,} embedded, {report.unchanged:,} unchanged,"
        f" {report.moved:,} moved, {report.removed:,} removed, {report.failed_count:,} failed"
        f" ({report.seconds:.1f} s, {report.images_per_second:.1f} images/s)"
    )
    for file in failed:
        print(f"  {output.path_text(file.path)}: {output.printable(file.reason)}")
