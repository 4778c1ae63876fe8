"""`pairlens rank --attribute NAME`: the order that an attribute's words and people's judgements give."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli import output
from engine.cli.rank import draw, folder_below, ranked_files, results, table
from engine.errors import NothingIndexed

if TYPE_CHECKING:
    from engine.judgements.desk import JudgedOrder
    from engine.judging_messages import AttributeStanding
    from engine.store.rows import Attribute


def rank_by_judgements(
    library: Path,
    name: str,
    model: str,
    device: str,
    *,
    folder: Path | None,
    top: int | None,
    sheet: Path | None,
    as_json: bool,
) -> None:
    """Rank and print; raises AttributeUnknown and what `pairlens rank` raises."""
    from engine.cli.session import encoder_and_clip
    from engine.judgements.desk import Desk, attribute_named
    from engine.store import Library

    with Library(library) as source:
        attribute = attribute_named(source, name)
        below = folder_below(source, folder)
        key, used, clip = encoder_and_clip(source, model, device, words=bool(attribute.prompt))
        order = Desk().order(source, attribute, key, clip, folder_id=below.folder_id)
        files = ranked_files(source, order, below)
        path_of = {file.id: file.path for file in source.files()}
        paths = source.paths_of_images()
    if not files:
        raise NothingIndexed(f"No image of the library is indexed under the model {used}.")
    if order.pending:
        output.say(f"{order.pending:,} images have no vector yet and are left out; `pairlens index FOLDER` goes on.")
    drawn = draw(sheet, attribute.name, used, files, top) if sheet else 0
    if as_json:
        intervals = _intervals(order, path_of)
        rows = [{**row, **intervals[file.path]} for row, file in zip(results(files[:top]), files, strict=False)]
        output.document({**_document(order, attribute, used, paths), "results": rows})
    else:
        print(output.printable(f"{attribute.name}: {len(files):,} images, {order.standing.answers:,} answers, {used}"))
        print(*_in_words(order.standing), sep="\n")
        table(files, top)
    if sheet:
        output.say(f"{sheet} shows the first {drawn:,} of {len(files):,} images")


def _intervals(order: JudgedOrder, path_of: dict[int, bytes]) -> dict[bytes, dict[str, float]]:
    """The ends of each file's 90 % credible intervals, of its score and of its place."""
    columns = order.files, order.low, order.high, order.first, order.last
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return {
        path_of[file]: {"low": low, "high": high, "first_place": first, "last_place": last}
        for file, low, high, first, last in rows
        if file in path_of
    }


def _document(order: JudgedOrder, attribute: Attribute, model: str, paths: dict[int, bytes]) -> dict[str, object]:
    standing, direction = order.standing, order.direction
    return {
        "attribute": attribute.name,
        "prompt": attribute.prompt,
        "reverse": direction.reverse if direction else "",
        "model": model,
        "agreement": None,
        "judgements": standing.judgements,
        "answers": standing.answers,
        "words_share": standing.words_share,
        "top_right": standing.top_right,
        "top_exactly": standing.top_exactly,
        "answers_wanted": standing.answers_wanted,
        "cycles_found": standing.cycles_found,
        "cycles": [[output.path_fields(paths[shown.image]) for shown in cycle] for cycle in standing.cycles],
        "triples": standing.triples,
        "contradicted": standing.contradicted,
        "explanation": list(direction.explanation) if direction else [],
        "pending": order.pending,
    }


def _in_words(standing: AttributeStanding) -> Iterator[str]:
    """How far the order can be trusted and what it rests on, a line each."""
    words = standing.words_share
    yield f"Of the order, {words:.0%} comes from the words and {1 - words:.0%} from the answers."
    wanted = standing.answers_wanted
    more = "more than 200 more answers" if wanted is None else f"about {wanted} more answers"
    then = f"; {more} would make it 9 in 10" if wanted != 0 else ""
    yield f"Of the first ten, {standing.top_right * 10:.1f} are expected to belong there{then}."
    if standing.cycles_found:
        found, triples = standing.cycles_found, standing.triples
        yield f"{found:,} cycles of three in {triples:,} decided threes: no order pleases every answer."
    if standing.contradicted:
        yield f"{standing.contradicted:,} pairs were answered both ways."
