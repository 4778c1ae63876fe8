"""`pairlens classify`: sort the library's images into classes, with words for what tells two of them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.classify import files
from engine.classify.errors import LabelsUnfit
from engine.classify.sets import FORMS, TEMPLATES, ClassSet, comparative_typed, names_typed
from engine.cli import output
from engine.cli.ollama_options import OLLAMA, language_model
from engine.cli.options import DeviceOption, JsonOption, LibraryOption, ModelOption
from engine.cli.rank import FolderOption, folder_below

if TYPE_CHECKING:
    from engine.ask import Shelf
    from engine.classify.classifying import Classification, Pictures
    from engine.classify.labels import Known
    from engine.clip import Clip
    from engine.jobs import JobContext
    from engine.store import Library

AUTO = "auto"
BANK = "bank"


def _alpha(value: str | None) -> str | None:
    if value is None or value == AUTO:
        return value
    try:
        inside = 0 <= float(value) <= 1
    except ValueError:
        inside = False
    if not inside:
        raise typer.BadParameter(f"{value!r} is neither a number from 0 to 1 nor {AUTO!r}")
    return value


def _form(value: str | None) -> str | None:
    if value is not None and value not in FORMS:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(FORMS)}")
    return value


def _writer(value: str) -> str:
    if value != BANK and not value.removeprefix(OLLAMA).strip(" :"):
        raise typer.BadParameter("name the model: ollama:MODEL")
    if value != BANK and not value.startswith(OLLAMA):
        raise typer.BadParameter(f"{value!r} is neither {BANK!r} nor {OLLAMA}MODEL")
    return value


def classify(
    library: LibraryOption,
    classes: Annotated[
        str,
        typer.Option(
            "--classes",
            metavar="A,B,...|FILE",
            help="The classes, or a class set (.toml), or a text file with a class a line. A name with a comma goes in"
            " double quotes.  [default: those that --labels names]",
        ),
    ] = "",
    comparatives: Annotated[
        list[str] | None,
        typer.Option("--comparative", metavar='"A>B: TEXT"', help="How A differs from B; may be given several times."),
    ] = None,
    alpha: Annotated[
        str | None,
        typer.Option(
            "--alpha",
            metavar="X",
            callback=_alpha,
            help="How far comparatives count: 1 not at all, 0 wholly; 'auto' chooses on one half of the labelled images"
            " and reports on the other.  [default: 0.9]",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--form",
            metavar="NAME",
            callback=_form,
            help="averaged: the paper's, moves B by the text as it stands; symmetric: moves A and B along the text's"
            " direction.  [default: averaged]",
        ),
    ] = None,
    close: Annotated[
        float | None,
        typer.Option(
            "--close",
            metavar="P",
            min=0,
            max=1,
            help="Comparatives only for images whose two likeliest classes are compared, and differ by less than P in"
            " probability.  [default: 1, everywhere]",
        ),
    ] = None,
    templates: Annotated[
        list[str] | None,
        typer.Option(
            "--template",
            metavar="TEXT",
            help=f"Replaces the {len(TEMPLATES)} wordings that a class is put in; {{}} is it.",
        ),
    ] = None,
    labels: Annotated[
        str,
        typer.Option(
            "--labels",
            metavar="folder|FOLDER|FILE.csv",
            help="What the images are: 'folder' = the name of the folder each is in; FOLDER = its subfolders are the"
            " classes; a table with the columns path,label.",
        ),
    ] = "",
    draft: Annotated[
        int,
        typer.Option(
            "--draft",
            metavar="N",
            min=0,
            help="Also compare the N pairs of classes that are mistaken most, by phrases of the bank; without labels.",
        ),
    ] = 0,
    writer: Annotated[
        str,
        typer.Option(
            "--writer",
            metavar="bank|ollama:MODEL",
            callback=_writer,
            help="Who drafts: the phrase bank, or a language model of your own Ollama, which knows only the names.",
        ),
    ] = BANK,
    folder: FolderOption = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="FILE.toml", readable=False, help="Write the class set with its comparatives."),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE.csv", readable=False, help="Write path, label, probability as a table."),
    ] = None,
    copy_into: Annotated[
        Path | None,
        typer.Option("--copy-into", metavar="FOLDER", readable=False, help="Copy the images into a folder a class."),
    ] = None,
    link_into: Annotated[
        Path | None,
        typer.Option(
            "--link-into", metavar="FOLDER", readable=False, help="The same with hard links, which take no space."
        ),
    ] = None,
    model: ModelOption = "",
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Sort the library's images into classes, zero-shot, and better by saying how two classes differ.

    Probabilities are the model's own. With labels: accuracy with Wilson's 95 % interval, per class, confusion (row:
    what it is, column: what it is taken for), what the comparatives gained, and what random words gain in their place.
    """
    from engine.ask import Shelf
    from engine.classify.classifying import pictures_of
    from engine.classify.labels import known, labels_of, names_in
    from engine.cli import classify_output
    from engine.cli.session import load_model
    from engine.cli.terminal import working
    from engine.exchange import require_ending
    from engine.store import Library

    for file, ending in ((save, ".toml"), (export, ".csv")):
        if file:
            require_ending(file, ending)
    given = _given(classes)
    if given is None and not labels:
        raise typer.BadParameter("give --classes, or --labels whose names are the classes")
    if given is not None:
        given = _with(given, comparatives, form, close, templates)  # what is wrong is said before the model is loaded
    with Library(library) as source, working() as context:
        below = folder_below(source, folder)
        said = labels_of(source, labels) if labels else None
        clip = load_model(library, model, device)
        shelf = Shelf()
        pictures = pictures_of(source, clip.encoder_key, folder_id=below.folder_id, below=below.prefix, shelf=shelf)
        if given is None:
            assert said is not None  # checked above
            names = names_in(said, pictures.paths, pictures.images)
            given = _with(ClassSet(names), comparatives, form, close, templates)
        truth = known(given.names, said, pictures.paths, pictures.images) if said else None
        if draft:
            given = _drafted(source, clip, shelf, pictures, given, draft, context, writer)
        if alpha is not None and alpha != AUTO:
            given = replace(given, alpha=float(alpha))
        found, chosen = _sorted(pictures, clip, given, truth, automatic=alpha == AUTO, context=context)
        shown = classify_output.Shown.of(found, clip, chosen, context)
    if save:
        files.write(save, found.classes)
    classify_output.write_out(found, export, copy_into, link_into)
    if as_json:
        output.document(shown.document())
    else:
        shown.show()


def _given(classes: str) -> ClassSet | None:
    """The class set that ``--classes`` names; None where it is not given."""
    if not classes:
        return None
    path = Path(classes)
    if path.suffix.lower() in (".toml", ".txt") and "," not in classes:
        return files.read(path)
    return ClassSet(names_typed(classes))


def _with(
    classes: ClassSet,
    comparatives: Sequence[str] | None,
    form: str | None,
    close: float | None,
    templates: Sequence[str] | None,
) -> ClassSet:
    """The class set with what the other options say."""
    more = tuple(comparative_typed(text, classes.names) for text in comparatives or ())
    return replace(
        classes,
        comparatives=(*classes.comparatives, *more),
        form=form or classes.form,
        close=classes.close if close is None else close,
        templates=tuple(templates) if templates else classes.templates,
    )


def _drafted(
    library: Library,
    clip: Clip,
    shelf: Shelf,
    pictures: Pictures,
    classes: ClassSet,
    most: int,
    context: JobContext,
    writer: str,
) -> ClassSet:
    from engine.classify.drafting import ask_for, draft_pairs, open_pairs

    if writer == BANK:
        drafted = draft_pairs(shelf.usual(library, clip, context), pictures, clip, classes, most, context=context)
    else:
        model = language_model(library, writer, None, remote=False, seconds=180)
        pairs = open_pairs(pictures, clip, classes, most, context)
        names = classes.names
        drafted = [said for a, b in pairs for said in ask_for(model, names[a], names[b], context)]
    for each in drafted:
        output.say(f"drafted: {each}")
    if not drafted and writer == BANK:
        output.say("no phrase of the bank tells the classes apart that are mistaken for each other")
    elif not drafted:
        output.say("the model said nothing of the classes that can be used")
    return replace(classes, comparatives=(*classes.comparatives, *drafted))


def _sorted(
    pictures: Pictures, clip: Clip, classes: ClassSet, truth: Known | None, *, automatic: bool, context: JobContext
) -> tuple[Classification, int]:
    """The classification, and on how many files its alpha was chosen (0: it was given)."""
    from engine.classify.classifying import classify, with_alpha_chosen

    if truth is not None and not truth.count:
        raise LabelsUnfit("No label names one of the classes.", details=", ".join(list(truth.strange)[:20]))
    if automatic:
        return with_alpha_chosen(pictures, clip, classes, truth, context=context)
    return classify(pictures, clip, classes, truth, context=context), 0
