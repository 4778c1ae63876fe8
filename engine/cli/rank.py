"""`pairlens rank` and `pairlens similar`: put the files of the library in order."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption
from engine.errors import NothingIndexed, PromptEmpty

if TYPE_CHECKING:
    from engine.ask import Answer
    from engine.clip import Clip
    from engine.exchange import RankedFile
    from engine.judgements.desk import JudgedOrder
    from engine.store import Library

SHOWN_IN_TERMINAL = 20
BAR_WIDTH = 12

TopOption = Annotated[
    int | None,
    typer.Option(
        "--top", metavar="N", min=1, help=f"Only the first N.  [default: all; {SHOWN_IN_TERMINAL} in a terminal]"
    ),
]
FolderOption = Annotated[
    Path | None,
    typer.Option("--folder", metavar="FOLDER", readable=False, help="Only images below this folder (already indexed)."),
]
ReverseOption = Annotated[
    str, typer.Option("--reverse", metavar="TEXT", help="The opposite of the prompt, where you know a better one.")
]
SingleOption = Annotated[bool, typer.Option("--single", help="Use the paper's one statement, without its reverse.")]


@dataclass(frozen=True)
class Order:
    """A ranking as the commands show it: ``files`` best first, ``answer`` with what was understood."""

    files: list[RankedFile]
    answer: Answer
    clip: Clip


def rank(
    library: LibraryOption,
    prompt: Annotated[
        str | None, typer.Argument(metavar="[PROMPT]", help='A comparison: "brighter", "more cheerful", ...')
    ] = None,
    attribute: Annotated[
        str,
        typer.Option("--attribute", metavar="NAME", help="In place of a prompt: its words and people's judgements."),
    ] = "",
    reverse: ReverseOption = "",
    single: SingleOption = False,
    folder: FolderOption = None,
    top: TopOption = None,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", metavar="FILE.png", readable=False, help="Also draw the order as a contact sheet."),
    ] = None,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Put the library's images in order by a comparative prompt, or a judged attribute, from most to least."""
    if attribute and (prompt is not None or reverse or single):
        raise typer.BadParameter("--attribute has its own words; give it alone, or a prompt")
    if attribute:
        from engine.cli.judged import rank_by_judgements

        rank_by_judgements(library, attribute, model, device, folder=folder, top=top, sheet=sheet, as_json=as_json)
        return
    if prompt is None:
        raise typer.BadParameter("give a PROMPT, or --attribute")
    order = ranked(library, model, device, prompt, reverse=reverse, single=single, folder=folder)
    drawn = draw(sheet, prompt, order.clip.title, order.files, top) if sheet else 0
    if as_json:
        output.document(_document(order, prompt, top))
    else:
        _print(order, prompt, top)
    if sheet:
        output.say(f"{sheet} shows the first {drawn:,} of {len(order.files):,} images")


def similar(
    library: LibraryOption,
    image: Annotated[
        Path, typer.Argument(metavar="IMAGE", readable=False, help="Any image file, in the library or not.")
    ],
    more: Annotated[
        str, typer.Option("--more", metavar="PROMPT", help="Like the image, but more so: brighter, emptier ...")
    ] = "",
    amount: Annotated[
        float | None,
        typer.Option(
            "--amount", metavar="L", help="How much more, in standard deviations of the library.  [default: 1]"
        ),
    ] = None,
    reverse: ReverseOption = "",
    folder: FolderOption = None,
    top: TopOption = None,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Put the library's images in order by likeness to one image, which is itself left out."""
    from engine.cli.session import load_model
    from engine.likeness import similar_to
    from engine.store import Library

    if amount is not None and not math.isfinite(amount):
        raise typer.BadParameter("--amount takes a finite number")
    if amount is not None and not more.strip():
        raise typer.BadParameter("--amount says how much more, and needs --more PROMPT to say of what")
    path = os.fsencode(os.path.abspath(image))
    with Library(library) as source:
        below = folder_below(source, folder)
        clip = load_model(library, model, device)
        answer = similar_to(
            source,
            clip,
            path=path,
            more=more,
            less=reverse,
            amount=1.0 if amount is None else amount,
            folder_id=below.folder_id,
        )
        files = ranked_files(source, answer, below, leave_out=path)
    require_some(files, answer, clip)
    if as_json:
        output.document({"image": output.path_text(path), "model": clip.name, "results": results(files[:top])})
    else:
        table(files, top)


def ranked(
    library: Path, model: str, device: str, prompt: str, *, reverse: str, single: bool, folder: Path | None
) -> Order:
    """Load the model and rank; raises what `engine.ask.rank_library` raises, `NothingIndexed` with nothing to rank."""
    from engine.ask import rank_library
    from engine.cli.session import load_model
    from engine.store import Library

    if not prompt.strip():  # before the model is loaded, which takes seconds
        raise PromptEmpty("The prompt is empty.")
    with Library(library) as source:
        below = folder_below(source, folder)
        clip = load_model(library, model, device)
        answer = rank_library(source, clip, prompt, reverse, single=single, folder_id=below.folder_id)
        files = ranked_files(source, answer, below)
    require_some(files, answer, clip)
    return Order(files, answer, clip)


# ---- which files ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Below:
    """A folder to look into: the library's folder that holds it (None = all), and the prefix of the paths wanted."""

    folder_id: int | None = None
    prefix: bytes = b""


def folder_below(library: Library, folder: Path | None) -> Below:
    """What ``--folder`` means; raises `NothingIndexed` when the library has no file there."""
    if folder is None:
        return Below()
    separator = os.fsencode(os.sep)
    prefix = os.fsencode(os.path.abspath(folder)).rstrip(separator) + separator
    holders = [held for held in library.folders() if prefix.startswith(held.path.rstrip(separator) + separator)]
    if not any(file.path.startswith(prefix) for file in library.files()):
        raise NothingIndexed(f"The library has no image below {folder}.")
    innermost = max(holders, key=lambda held: len(held.path), default=None)
    return Below(innermost.id if innermost else None, prefix)


def ranked_files(
    library: Library, answer: Answer | JudgedOrder, below: Below, leave_out: bytes = b""
) -> list[RankedFile]:
    """The shown files of an answer that lie where they are wanted, ranked from 1."""
    from engine.exchange import RankedFile

    path_of = {file.id: file.path for file in library.files()}
    paths = [
        (path_of.get(int(file), b""), float(score)) for file, score in zip(answer.files, answer.scores, strict=True)
    ]
    wanted = [row for row in paths if row[0] and row[0] != leave_out and row[0].startswith(below.prefix)]
    return [RankedFile(rank, path, score) for rank, (path, score) in enumerate(wanted, 1)]


def require_some(files: Sequence[RankedFile], answer: Answer, clip: Clip) -> None:
    """Say what is not in the order; raises `NothingIndexed` when nothing is."""
    if not files:
        raise NothingIndexed(f"No image of the library is indexed under the model {clip.name}.")
    if answer.pending:
        output.say(f"not yet indexed and left out: {answer.pending:,}; `pairlens index FOLDER` goes on with them")


# ---- what is shown --------------------------------------------------------------------------------------


def _document(order: Order, prompt: str, top: int | None) -> dict[str, object]:
    direction = order.answer.direction
    return {
        "prompt": prompt,
        "reverse": direction.reverse if direction else "",
        "reverse_is_automatic": bool(direction and direction.reverse_is_automatic),
        "model": order.clip.name,
        "agreement": order.answer.agreement,
        "verdict": order.answer.verdict,
        "explanation": list(direction.explanation) if direction else [],
        "pending": order.answer.pending,
        "results": results(order.files[:top]),
    }


def _print(order: Order, prompt: str, top: int | None) -> None:
    direction, answer = order.answer.direction, order.answer
    print(output.printable(f"{prompt}: {len(order.files):,} images, {order.clip.title} on {order.clip.device_words}"))
    for line in direction.explanation if direction else ():
        print(output.printable(line))
    if answer.verdict:
        print(trust_words(answer.verdict, answer.agreement))
    table(order.files, top)


def results(files: Sequence[RankedFile]) -> list[dict[str, object]]:
    """The rows of a JSON document."""
    return [{"rank": row.rank, **output.path_fields(row.path), "score": row.score} for row in files]


def trust_words(verdict: str, agreement: float | None) -> str:
    """How far the order can be trusted, in words."""
    words = {
        "strong": "These words order these images clearly.",
        "fair": "These words order these images fairly well.",
        "weak": "These words order these images weakly: look before you trust it.",
        "none": "This prompt does not order these images.",
    }[verdict]
    return f"{words} (agreement {agreement:.2f})" if agreement is not None else words


def table(files: Sequence[RankedFile], top: int | None) -> None:
    """Rank, a bar from lowest to highest score, score, path; without ``top`` a terminal shows the first ones."""
    from rich.text import Text

    console = output.console()
    shown = files[: top or SHOWN_IN_TERMINAL] if top or console.is_terminal else files
    low, high = files[-1].score, files[0].score
    for row in shown:
        name = output.path_text(row.path)
        line = Text.assemble(
            f"{row.rank:>5}  ", (bar(row.score, low, high), "cyan"), (f"  {row.score:+.4f}  ", "dim"), name
        )
        console.print(line, soft_wrap=True)
    if len(shown) < len(files) and not top:
        console.print(f"{len(shown):,} of {len(files):,} images; --top N shows more, or fewer.", style="dim")


def bar(score: float, low: float, high: float) -> str:
    """A bar of `BAR_WIDTH` characters, in eighths, that is full for ``high`` and empty for ``low``."""
    share = (score - low) / (high - low) if high > low else 1.0
    full, eighths = divmod(round(share * BAR_WIDTH * 8), 8)
    return ("█" * full + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[eighths]).ljust(BAR_WIDTH)


def draw(sheet: Path, title: str, model: str, files: Sequence[RankedFile], top: int | None) -> int:
    """Draw the first images of an order as a contact sheet; returns how many."""
    from engine.contact_sheet import Tile, write_contact_sheet

    subtitle = f"{len(files):,} images, model {model}"
    return write_contact_sheet(sheet, title, subtitle, [Tile(*astuple(row)) for row in files[:top]])
