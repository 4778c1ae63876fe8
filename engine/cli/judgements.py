"""`pairlens judgements import|export|next`: people's answers on pairs of images, one attribute at a time."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption
from engine.errors import NothingIndexed

if TYPE_CHECKING:
    from engine.judging_messages import PairToJudge
    from engine.store import Library, Writer
    from engine.store.rows import Attribute

SHOWN_IN_TERMINAL = 20  # rejected lines

app = typer.Typer(
    help="Say which of two images is more so: import and export answers, ask for the next pairs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

AttributeOption = Annotated[
    str, typer.Option("--attribute", metavar="NAME", help="What is judged; a new name makes a new attribute.")
]
PromptOption = Annotated[
    str | None,
    typer.Option("--prompt", metavar="TEXT", help="Words for it, which order the images before any answer."),
]


@app.command("import")
def import_(
    library: LibraryOption,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.csv",
            readable=False,
            help="Columns first, second (paths), answer (first, second, equal, unsure).",
        ),
    ],
    attribute: AttributeOption,
    prompt: PromptOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="Count answers that are there already, such as another person's.")
    ] = False,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Take in answers; lines that do not fit are listed with the reason, and what is there already counts once."""
    from engine.judgements.table import import_judgements, read_lines
    from engine.store import Library, Writer

    for _ in read_lines(file):  # a file that is no table makes no attribute
        break
    with Writer(library) as writer, Library(library) as source:
        done = import_judgements(writer, source, _made(writer, source, attribute, prompt), file, again=again)
    rejected = done.rejected
    if as_json:
        output.document({"imported": done.taken, "known": done.known, "rejected": [asdict(line) for line in rejected]})
    else:
        for line in rejected[:SHOWN_IN_TERMINAL]:
            output.say(f"line {line.line}: {line.reason}")
        more = f" (the first {SHOWN_IN_TERMINAL} are listed)" if len(rejected) > SHOWN_IN_TERMINAL else ""
        known = f", {done.known:,} known already" if done.known else ""
        print(f"{done.taken:,} answers imported{known}, {len(rejected):,} rejected{more}")
    if not done.taken and not done.known:
        output.say(f"no answer of {file} was taken" + ("; the reasons are listed" if rejected else ""))
        raise typer.Exit(1)


@app.command("export")
def export(
    library: LibraryOption,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", readable=False, help="An existing file is replaced.")],
    attribute: AttributeOption,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Write the answers as CSV, as `import` reads them."""
    from engine.exchange import require_ending
    from engine.judgements.desk import attribute_named
    from engine.judgements.table import export_judgements
    from engine.store import Library

    require_ending(file, ".csv")
    with Library(library) as source:
        rows = export_judgements(file, source, attribute_named(source, attribute))
    if as_json:
        output.document({"file": str(file), "rows": rows})
    else:
        print(output.printable(f"{rows:,} answers written to {file}"))


@app.command("next")
def next_(
    library: LibraryOption,
    attribute: AttributeOption,
    count: Annotated[int, typer.Option("--count", metavar="N", min=1, max=1000, help="How many pairs.")] = 1,
    prompt: PromptOption = None,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Name the pairs whose answers would tell most."""
    from engine.cli.session import encoder_and_clip
    from engine.judgements.desk import Desk
    from engine.store import Library

    wanted = _ready(library, attribute, prompt)
    with Library(library) as source:
        key, used, clip = encoder_and_clip(source, model, device, words=bool(wanted.prompt))
        pairs = Desk().next_pairs(source, wanted, key, clip, count=count)
        paths = source.paths_of_images()
        if not pairs and not len(source.vectors(key)[0]):
            raise NothingIndexed(f"No image of the library is indexed under the model {used}.")
    if as_json:
        output.document({"pairs": [_fields(pair, paths) for pair in pairs]})
        return
    for pair in pairs:
        first, second = (output.path_text(paths[image]) for image in (pair.first_image, pair.second_image))
        print(f"{first}\t{second}\t{pair.probability:.2f}\t{pair.information:.3f} bits")
    if not pairs:
        output.say("no pair is left to ask")


def _fields(pair: PairToJudge, paths: dict[int, bytes]) -> dict[str, object]:
    first, second = output.path_fields(paths[pair.first_image]), output.path_fields(paths[pair.second_image])
    exact = {
        f"{side}_bytes": fields["path_bytes"]
        for side, fields in (("first", first), ("second", second))
        if "path_bytes" in fields
    }
    return {
        "first": first["path"],
        "second": second["path"],
        **exact,
        "probability": pair.probability,
        "information": pair.information,
    }


def _ready(library: Path, name: str, prompt: str | None) -> Attribute:
    """The attribute; only one that is new, or gets other words, needs the library's lock."""
    from engine.store import Library, Writer, judging

    with Library(library) as source:
        found = next((known for known in judging.attributes(source) if known.name == name.strip()), None)
        if found is not None and prompt in (None, found.prompt):
            return found
    with Writer(library) as writer, Library(library) as source:
        return _made(writer, source, name, prompt)


def _made(writer: Writer, library: Library, name: str, prompt: str | None) -> Attribute:
    """The attribute with this name, made where there is none, with these words where some are given."""
    from engine.judgements.desk import attribute_named
    from engine.store import judging

    found = next((known for known in judging.attributes(library) if known.name == name.strip()), None)
    if found is None or prompt not in (None, found.prompt):
        writer.call(lambda db: judging.save_attribute(db, name, prompt or ""))
    return attribute_named(library, name)
