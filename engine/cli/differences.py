"""`pairlens differences write|import|export|pull`: sentences that tell two images apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import output
from engine.cli.ollama_options import OLLAMA, HostOption, RemoteOption, SecondsOption, language_model, remember_hosts
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption

if TYPE_CHECKING:
    from engine.store import Library

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
    host: HostOption = None,
    remote: RemoteOption = False,
    seconds: SecondsOption = 180.0,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Write sentences on pairs of images from their captions; the same command again goes on where it stopped."""
    from engine.cli.terminal import working
    from engine.differences.authors import RuleAuthor
    from engine.differences.writing import write_differences
    from engine.store import Library, Writer

    if author != "rules" and not author.startswith(OLLAMA):
        raise typer.BadParameter(f"{author!r} is neither rules nor ollama:MODEL", param_hint="--writer")
    if choose not in _CHOICES:
        raise typer.BadParameter(f"{choose!r} is none of {', '.join(_CHOICES)}", param_hint="--choose")
    if (choose == "along") != bool(prompt):
        raise typer.BadParameter("--choose along needs a --prompt, and nothing else does", param_hint="--prompt")
    with Writer(library) as writer, Library(library) as reader:
        images = _images(reader, captioned=not look)
        chosen = _CHOICES[choose](reader, images, seed, prompt, model, device)
        with working() as context:
            if author == "rules":
                report = write_differences(writer, reader, RuleAuthor(reader), chosen, pairs, context)
            else:
                from engine.differences.asking import OllamaAuthor

                llm = language_model(reader, author, host, remote=remote, seconds=seconds)
                report = write_differences(writer, reader, OllamaAuthor(reader, llm, look=look), chosen, pairs, context)
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
    with Library(library) as reader:
        rows = write_file(file, reader, status=status, writer=author)
    if as_json:
        output.document({"written": rows, "rejected": {}, "seconds": 0})
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


# ---- which images to compare ----------------------------------------------------------------------------


def _images(library: Library, *, captioned: bool) -> list[int]:
    """The images that can be compared. Raises CaptionsMissing where there are none to compare."""
    from engine.errors import CaptionsMissing
    from engine.store import texts

    shown = dict.fromkeys(library.files_of_images()[1].tolist())
    images = texts.captioned_images(library) if captioned else list(shown)
    if len(images) < 2:
        has = "captions" if captioned else "been read"
        raise CaptionsMissing(f"Only {len(images)} of {len(shown):,} images have {has}; a pair needs two.")
    return images


def _random(library: Library, images: list[int], seed: int, *_: str) -> Iterator[tuple[int, int]]:
    from engine.differences.pairs import random_pairs

    return random_pairs(images, seed)


def _folders(library: Library, images: list[int], seed: int, *_: str) -> Iterator[tuple[int, int]]:
    from engine.differences.pairs import across_pairs

    paths = library.paths_of_images()
    return across_pairs(images, {image: os.path.dirname(paths[image]) for image in images}, seed)


def _near(
    library: Library, images: list[int], seed: int, _prompt: str, model: str, device: str
) -> Iterator[tuple[int, int]]:
    import numpy as np

    from engine.cli.session import encoder_of
    from engine.differences.pairs import near_pairs

    ids, vectors = library.vectors(encoder_of(library, model, device)[0])
    chosen = np.isin(ids, images)
    return near_pairs(ids[chosen].tolist(), vectors[chosen].astype(np.float32), seed)


def _along(
    library: Library, images: list[int], seed: int, prompt: str, model: str, device: str
) -> Iterator[tuple[int, int]]:
    from engine.ask import rank_library
    from engine.cli.session import load_model
    from engine.differences.pairs import along_pairs

    answer = rank_library(library, load_model(library.path, model, device), prompt)
    image_of = dict(zip(*(column.tolist() for column in library.files_of_images()), strict=True))
    scores = {image_of[file]: score for file, score in zip(answer.files.tolist(), answer.scores.tolist(), strict=True)}
    ranked = [image for image in images if image in scores]
    return along_pairs(ranked, [scores[image] for image in ranked], seed)


_CHOICES = {"random": _random, "near": _near, "along": _along, "folders": _folders}
