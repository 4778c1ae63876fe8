"""`pairlens index FOLDER...`: adds folders to the library and embeds what is new."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption
from engine.errors import FolderMissing, remedy_of
from engine.protocol import IndexReport


def index(
    library: LibraryOption,
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", readable=False, help="Folders with images, or single images.")
    ],
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
    from engine.intake import require_images
    from engine.store import Library, Writer, changes

    if not any(map(os.path.lexists, folders)):
        raise FolderMissing(f"There is no folder {folders[0]}.")
    requested = [os.fsencode(os.path.abspath(folder)) for folder in folders]
    known: set[bytes] = set()
    if library.exists():
        with Library(library) as opened:
            known = {folder.path for folder in opened.folders()}
    require_images(requested, known)  # said before a library is made and a model loaded
    with Writer(library) as writer:
        clip = load_model(library, model, device)
        if model:
            writer.call(lambda db: changes.put_setting(db, "model", clip.name))
        with working() as context:
            report = index_folders(writer, requested, clip, context)
    _show(report, as_json=as_json)
    refused = next((file for file in report.failed if file.path in requested), None)
    if refused:
        output.say(refused.reason)
        raise typer.Exit(1)
    if report.failed and report.embedded + report.unchanged + report.moved == 0:
        output.say("None of these files could be indexed; the reasons are listed.")
        raise typer.Exit(1)


def _show(report: IndexReport, *, as_json: bool) -> None:
    if as_json:
        output.document(
            {
                "found": report.found,
                "embedded": report.embedded,
                "unchanged": report.unchanged,
                "moved": report.moved,
                "removed": report.removed,
                "failed": [
                    output.path_fields(file.path) | {"reason": file.reason, "remedy": remedy_of(file.code)}
                    for file in report.failed
                ],
                "seconds": round(report.seconds, 3),
                "images_per_second": round(report.images_per_second, 2),
            }
        )
        return
    print(
        f"{report.found:,} images: {report.embedded:,} embedded, {report.unchanged:,} unchanged,"
        f" {report.moved:,} moved or copied, {report.removed:,} removed, {report.failed_count:,} failed"
        f" ({report.seconds:.1f} s, {report.images_per_second:.1f} images/s)"
    )
    for file in report.failed:
        print(f"  {output.path_text(file.path)}: {output.printable(file.reason)} {remedy_of(file.code)}")
