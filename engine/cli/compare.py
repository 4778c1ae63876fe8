"""`pairlens compare` and `pairlens contrast`: what tells two images, or two folders, apart."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import output
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption
from engine.cli.rank import folder_below, trust_words
from engine.errors import PromptEmpty
from engine.pair_messages import ContrastResult, Difference, TellingPhrase, Verdict

HALF = 12  # characters of a bar to either side


def compare(
    library: LibraryOption,
    first: Annotated[Path, typer.Argument(metavar="A", readable=False, help="An image file, in the library or not.")],
    second: Annotated[Path, typer.Argument(metavar="B", readable=False, help="The other one.")],
    prompts: Annotated[
        list[str] | None, typer.Argument(metavar="[PROMPT]...", help="Comparisons to judge; none: explain the pair.")
    ] = None,
    top: Annotated[
        int | None,
        typer.Option("--top", metavar="N", min=1, help="Also name up to N differences.  [8 without a prompt]"),
    ] = None,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Say which of two images has more of it, and how sure that is; without a prompt, how they differ.

    A score is A's minus B's, so its sign names the winner; the probability is that the winner really has more. Each
    difference is measured in standard deviations of random pairs of the library; positive: A has more. A library is
    not needed: without one, or with one of less than eight images, what is usual comes from the sample pictures of
    PairLens.
    """
    from engine import explain
    from engine.ask import Shelf
    from engine.cli.session import library_if_any, load_model
    from engine.cli.terminal import working

    asked = [(prompt, "") for prompt in prompts or ()]
    if not all(prompt.strip() for prompt, _ in asked):
        raise PromptEmpty("The prompt is empty.")
    a, b = (os.fsencode(os.path.abspath(path)) for path in (first, second))
    shelf, found = Shelf(), []
    with library_if_any(library) as source:
        clip = load_model(source.path, model, device)
        judged = explain.verdicts(source, clip, a, b, asked, shelf)
        if not asked or top is not None:
            with working() as context:
                found = explain.explain(source, clip, a, b, top=top or 8, shelf=shelf, context=context)
        samples = explain.samples_stand_in(source, clip, shelf)
    if as_json:
        names = {"a": output.path_fields(a), "b": output.path_fields(b)}
        output.document(
            {
                **names,
                "model": clip.name,
                "usual_in": "samples" if samples else "library",
                "verdicts": [asdict(each) for each in judged],
                "differences": [asdict(each) | {"more_in": each.more_in} for each in found],
            }
        )
    else:
        if samples:
            output.say("no library of eight images: what is usual comes from the sample pictures")
        _print((a, b), judged, found, explained=not asked or top is not None)


def contrast(
    library: LibraryOption,
    first: Annotated[Path, typer.Argument(metavar="FOLDER_A", readable=False, help="A folder that is indexed.")],
    second: Annotated[Path, typer.Argument(metavar="FOLDER_B", readable=False, help="The other one.")],
    top: Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Only the N clearest.")] = None,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Say what tells the images of two folders apart: phrases that separate them better than chance does.

    AUROC is the probability that a random image of A has more of it than one of B; p is from shuffling who belongs
    where; phrases are kept by the limit of Benjamini and Hochberg at 5 %. Of folders in one another, the images of the
    inner one count only there.
    """
    from engine.cli.session import load_model
    from engine.cli.terminal import working
    from engine.contrast import contrast_folders
    from engine.store import Library

    a, b = (os.fsencode(os.path.abspath(folder)) for folder in (first, second))
    with Library(library) as source:
        for folder in (first, second):
            folder_below(source, folder)  # says which one is not indexed
        clip = load_model(library, model, device)
        with working() as context:
            found = contrast_folders(source, clip, a, b, context=context)
        path_of = {file.id: file.path for file in source.files()}
    if as_json:
        output.document(
            {
                "a": output.path_fields(a) | {"images": found.images_a},
                "b": output.path_fields(b) | {"images": found.images_b},
                "model": clip.name,
                "phrases": [_row(each, path_of) for each in found.phrases[:top]],
            }
        )
    else:
        _print_contrast(found, top)


# ---- what is shown --------------------------------------------------------------------------------------


def _print(pair: Sequence[bytes], judged: Sequence[Verdict], found: Sequence[Difference], *, explained: bool) -> None:
    print(f"A  {output.path_text(pair[0])}\nB  {output.path_text(pair[1])}")
    for each in judged:
        who = {"a": "A", "b": "B", "tie": "neither"}[each.winner]
        print(output.printable(f"{each.prompt}: {who}, {sureness(each.probability)} sure (score {each.score:+.4f})"))
        if each.trust in ("weak", "none"):
            print(f"  {trust_words(each.trust, each.agreement)}")
        if not each.reverse_disagrees:
            print(output.printable(f"  The reverse, {each.reverse}, does not name the other one."))
    if explained:
        print("They differ in:" if found else "Nothing that the phrase bank has a word for tells these two apart.")
    for each in found:
        side = f"{'':>{HALF}}|{_bar(each.z):<{HALF}}" if each.z < 0 else f"{_bar(each.z):>{HALF}}|{'':<{HALF}}"
        print(output.printable(f"  A {side} B  {abs(each.z):.1f}  {each.words}"))


def sureness(probability: float) -> str:
    """A probability in percent that never claims to be certain."""
    return f"{probability:.0%}" if probability <= 0.99 else "over 99%"


def _bar(z: float) -> str:
    return "█" * max(1, min(HALF, round(abs(z) * 4)))


def _row(each: TellingPhrase, path_of: Mapping[int, bytes]) -> dict[str, object]:
    examples = {
        name: [output.path_fields(path_of[file]) for file in getattr(each, name) if file in path_of]
        for name in ("examples_a", "examples_b")
    }
    return {**asdict(each), "more_in": each.more_in, **examples}


def _print_contrast(found: ContrastResult, top: int | None) -> None:
    print(f"A: {found.images_a:,} images, B: {found.images_b:,} images")
    if not found.phrases:
        print("Nothing found: no phrase of the bank tells these folders apart better than chance does.")
    for each in found.phrases[:top]:
        figures = f"AUROC {each.auroc:.2f}  p {each.p:.4f}, corrected {each.corrected:.3f}"
        print(output.printable(f"  {each.more_in.upper()} is {each.phrase:<32} {figures}"))
