"""`pairlens differences write|import|export|pull`: sentences that tell two images apart."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.ollama_options import HostOption, RemoteOption, SecondsOption, language_model, remember_hosts
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption
from engine.writing_prompts import OLLAMA

app = typer.Typer(
    help="Write, import and export sentences that say how one image differs from another.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("write")
def write(
    library: LibraryOption,
    pairs: Annotated[
        int,
        typer.Option(
            "--pairs", min=1, help="Pairs in all; those asked in an earlier run count, and are not asked again."
        ),
    ],
    author: Annotated[
        str, typer.Option("--writer", metavar="rules|ollama:MODEL", help="rules needs no model.")
    ] = "rules",
    choose: Annotated[
        str, typer.Option("--choose", metavar="random|near|along|folders", help="Which images to compare.")
    ] = "random",
    prompt: Annotated[str, typer.Option("--prompt", metavar="TEXT", help="The comparison of --choose along.")] = "",
    seed: Annotated[int, typer.Option("--seed", help="Another number gives other pairs.")] = 0,
    look: Annotated[bool, typer.Option("--look", help="Show the model the images, not only their captions.")] = False,
    instructions: Annotated[
        str,
        typer.Option(
            "--instructions", metavar="TEXT|@FILE", help="What the model is told, in place of PairLens's own words."
        ),
    ] = "",
    host: HostOption = None,
    remote: RemoteOption = False,
    seconds: SecondsOption = 180.0,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Write sentences on pairs of images from their captions; the same command again goes on where it stopped."""
    from engine.cli.session import encoder_of, load_model
    from engine.cli.terminal import working
    from engine.differences.authors import Author, RuleAuthor
    from engine.differences.choosing import CHOICES, Choice, chosen_pairs
    from engine.differences.writing import write_differences
    from engine.store import Library, Writer
    from engine.writing_prompts import DIFFERENCES

    if author != "rules" and not author.startswith(OLLAMA):
        raise typer.BadParameter(f"{author!r} is neither rules nor ollama:MODEL", param_hint="--writer")
    if choose not in CHOICES:
        raise typer.BadParameter(f"{choose!r} is none of {', '.join(CHOICES)}", param_hint="--choose")
    if (choose == "along") != bool(prompt):
        raise typer.BadParameter("--choose along needs a --prompt, and nothing else does", param_hint="--prompt")
    choice = Choice(choose, prompt, seed, captioned=not look)
    with Writer(library) as writer, Library(library) as reader, working() as context:
        chosen = chosen_pairs(
            reader,
            choice,
            lambda: encoder_of(reader, model, device)[0],
            lambda: load_model(library, model, device),
            context.check_cancelled,
        )
        writes: Author = RuleAuthor(reader)
        if author != "rules":
            from engine.differences.asking import OllamaAuthor

            llm = language_model(reader, author, host, remote=remote, seconds=seconds)
            writes = OllamaAuthor(reader, llm, look=look, system=_told(instructions) or DIFFERENCES)
        report = write_differences(writer, reader, writes, chosen, pairs, context)
        remember_hosts(writer, host)
    output.writing_report(report, "sentences", "pairs", as_json=as_json)


@app.command("import")
def import_differences(
    library: LibraryOption,
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Lines with first, second, text.")],
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Take in sentences made elsewhere; what does not fit is refused by line and reason."""
    from engine.cli.terminal import working
    from engine.differences.files import import_differences as bring
    from engine.store import Library, Writer

    with Writer(library) as writer, Library(library) as reader, working() as context:
        report = bring(writer, reader, file, context)
    output.texts_report(report, "sentences", file, as_json=as_json)


@app.command("export")
def export_differences(
    library: LibraryOption,
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="JSON Lines.")],
    status: Annotated[
        str, typer.Option("--status", metavar="NAME", help="Only new, accepted, edited or rejected ones.")
    ] = "",
    author: Annotated[str, typer.Option("--writer", metavar="NAME", help="Only those of this writer.")] = "",
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Write sentences with their images' paths, writer and status; an existing file is replaced."""
    from engine.differences.files import export_differences as write_file
    from engine.store import Library, texts

    if status and status not in texts.STATUSES:
        raise typer.BadParameter(f"{status!r} is none of {', '.join(texts.STATUSES)}", param_hint="--status")
    began = time.monotonic()
    with Library(library) as reader:
        rows = write_file(file, reader, status=status, writer=author)
    if as_json:
        output.document({"written": rows, "rejected": {}, "seconds": round(time.monotonic() - began, 3)})
    else:
        print(output.printable(f"{rows:,} sentences in {file}"))


@app.command("pull")
def pull(
    library: LibraryOption,
    name: Annotated[str, typer.Argument(metavar="MODEL", help="As ollama.com names it, for example qwen3:4b.")],
    host: HostOption = None,
    remote: RemoteOption = False,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Have Ollama get a language model; the same command again goes on after an interruption."""
    from engine import ollama_hosts
    from engine.cli.terminal import working

    urls = host or ollama_hosts.hosts_of(library)
    for url in urls:
        with working() as context:
            ollama_hosts.pull(name, url, context, remote=remote)
    if as_json:
        output.document({"model": name, "hosts": urls})
    else:
        print(output.printable(f"{name} is at {', '.join(urls)}"))


def _told(instructions: str) -> str:
    """The text itself, or that of the file named after an @."""
    if not instructions.startswith("@"):
        return instructions
    file = Path(instructions[1:])
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file} cannot be read as text: {error}", param_hint="--instructions") from error
