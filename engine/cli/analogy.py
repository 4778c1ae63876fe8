"""`pairlens analogy`: A is to B as C is to which image of the library?"""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption
from engine.cli.rank import FolderOption, TopOption, folder_below, ranked_files, require_some, results, table
from engine.errors import NothingIndexed


def analogy(
    library: LibraryOption,
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="A B [A B]... C", readable=False, help="Examples of the step, from A to B each, and where to begin."
        ),
    ],
    folder: FolderOption = None,
    top: TopOption = None,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Put the library's images in order by how well they finish "A is to B as C is to ...".

    Several examples of A and B are averaged; the images asked with are left out. The agreement is the cosine between
    the step from A to B and the one from C to the image found.
    """
    from engine.analogies import analogy as finish
    from engine.cli.session import load_model
    from engine.cli.terminal import working
    from engine.store import Library

    if len(images) < 3 or len(images) % 2 == 0:
        raise typer.BadParameter("an analogy takes A B C, or several A B before the C: an odd number of images")
    *examples, start = (os.fsencode(os.path.abspath(image)) for image in images)
    with Library(library) as source:
        below = folder_below(source, folder)
        clip = load_model(library, model, device)
        pairs = list(zip(examples[::2], examples[1::2], strict=True))
        with working() as context:
            found = finish(source, clip, pairs, start, folder_id=below.folder_id, context=context)
        files = ranked_files(source, found.answer, below)
        agreement = ranked_files(source, replace(found.answer, scores=found.agreement), below)
    if not files:
        raise NothingIndexed("The library has no image besides those asked with.")
    require_some(files, found.answer, clip)
    rows = [row | {"agreement": each.score} for row, each in zip(results(files), agreement, strict=True)]
    if as_json:
        step = [asdict(each) | {"more_in": each.more_in} for each in found.step]
        output.document({"model": clip.name, "step": step, "results": rows[:top]})
        return
    if found.step:
        words = ", ".join(each.phrase if each.z > 0 else f"less: {each.phrase}" for each in found.step)
        print(output.printable(f"From A to B: {words}"))
    table(files, top)
