"""Captions and differences in the library: the changes that a `Writer` runs, and the questions to a `Library`.

Nothing here judges a text; that is the work of `engine.captions` and `engine.differences`. What a person decided stays:
a rejected difference keeps its row, and an import or a writer that says the same again changes nothing.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from sqlite_utils import Database

from engine.errors import TextUnfit
from engine.store.changes import CHUNK
from engine.store.library import Library
from engine.store.rows import Answered, Caption, Difference

NEW, ACCEPTED, EDITED, REJECTED = STATUSES = ("new", "accepted", "edited", "rejected")
PAGE = 1000  # rows read at a time
ROWS = 200  # written with one statement, of at most four values: SQLite's oldest limit is 999

CAPTIONS = "SELECT id, image_id, text, source, created FROM caption"
DIFFERENCES = "SELECT id, first_id, second_id, text, reverse, writer, version, created, status FROM difference"


# ---- changes --------------------------------------------------------------------------------------------


def record_captions(db: Database, captions: Iterable[tuple[int, str, str]]) -> int:
    """Write (image id, text, source) rows; a text that the image has already stays as it is. Returns the new ones."""
    now = int(time.time())
    before = db.conn.total_changes
    db.conn.executemany(
        "INSERT INTO caption (image_id, text, source, created) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ((image, text, source, now) for image, text, source in captions),
    )
    return db.conn.total_changes - before


def add_caption(db: Database, image_id: int, text: str, source: str) -> int:
    """Write one caption; returns its id. Raises TextUnfit where the image has this text already."""
    if not record_captions(db, [(image_id, text, source)]):
        raise TextUnfit("The image has this caption already.")
    return int(db.execute("SELECT id FROM caption WHERE image_id = ? AND text = ?", (image_id, text)).fetchone()[0])


def change_caption(db: Database, caption_id: int, text: str) -> None:
    """Put a text in the place of a caption's. Raises TextUnfit where the image has that text already."""
    same = "SELECT 1 FROM caption WHERE image_id = (SELECT image_id FROM caption WHERE id = ?) AND text = ? AND id <> ?"
    if db.execute(same, (caption_id, text, caption_id)).fetchone():
        raise TextUnfit("The image has this caption already.")
    db.execute("UPDATE caption SET text = ? WHERE id = ?", (text, caption_id))


def remove_captions(db: Database, caption_ids: Iterable[int]) -> None:
    """Delete captions; undone by `restore_captions`."""
    db.conn.executemany("DELETE FROM caption WHERE id = ?", ((i,) for i in caption_ids))


def restore_captions(db: Database, captions: Iterable[Caption]) -> None:
    """Bring deleted captions back, in their old places; a text that the image got again meanwhile stays."""
    db.conn.executemany(
        "INSERT INTO caption (id, image_id, text, source, created) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ((c.id, c.image_id, c.text, c.source, c.created) for c in captions),
    )


def record_answers(db: Database, writer: str, version: str, answers: Sequence[Answered]) -> None:
    """Write what a writer made of pairs, and that they were asked: both or neither survive a kill."""
    said = [(answer.first_id, answer.second_id, *texts) for answer in answers for texts in answer.texts]
    asked = [(*sorted((answer.first_id, answer.second_id)), json.dumps(answer.rejected)) for answer in answers]
    made = (writer, version, int(time.time()), NEW)
    _insert(db, "difference (writer, version, created, status, first_id, second_id, text, reverse)", made, said)
    _insert(db, "asked (writer, version, low_id, high_id, rejected)", (writer, version), asked)


def _insert(db: Database, into: str, same: Sequence[object], rows: Sequence[Sequence[object]]) -> None:
    """Write ``rows``, each behind the values ``same``, leaving out those that are there.

    Many with one statement: Python's lock is free while SQLite works on it, so the next sentences are made meanwhile.
    """
    for start in range(0, len(rows), ROWS):
        some = rows[start : start + ROWS]
        values = ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some))
        db.conn.execute(
            f"INSERT INTO {into} SELECT {', '.join('?' * len(same))}, * FROM (VALUES {values})"
            " WHERE true ON CONFLICT DO NOTHING",
            (*same, *chain.from_iterable(some)),
        )


def record_differences(db: Database, rows: Iterable[Difference]) -> int:
    """Write differences made elsewhere (their ids are ignored); those that are there already stay. Returns the new."""
    before = db.conn.total_changes
    db.conn.executemany(
        "INSERT INTO difference (first_id, second_id, text, reverse, writer, version, created, status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            (r.first_id, r.second_id, r.text, r.reverse, r.writer, r.version, r.created, _known_status(r.status))
            for r in rows
        ),
    )
    return db.conn.total_changes - before


def set_status(db: Database, difference_ids: Iterable[int], status: str) -> None:
    """Say what a person thinks of differences."""
    _known_status(status)
    db.conn.executemany("UPDATE difference SET status = ? WHERE id = ?", ((status, i) for i in difference_ids))


def edit_difference(db: Database, difference_id: int, text: str, reverse: str, status: str = EDITED) -> None:
    """Put other words in place of a difference's; undone by calling it with the words and status of before.

    Raises TextUnfit where the writer said the same of the pair in another row.
    """
    same = (
        "SELECT 1 FROM difference AS other JOIN difference AS this ON this.id = ? AND other.first_id = this.first_id"
        " AND other.second_id = this.second_id AND other.writer = this.writer WHERE other.text = ? AND other.id <> ?"
    )
    if db.execute(same, (difference_id, text, difference_id)).fetchone():
        raise TextUnfit("The pair has this sentence already.")
    db.execute(
        "UPDATE difference SET text = ?, reverse = ?, status = ? WHERE id = ?",
        (text, reverse, _known_status(status), difference_id),
    )


def _known_status(status: str) -> str:
    if status not in STATUSES:
        raise ValueError(f"{status!r} is none of {', '.join(STATUSES)}")
    return status


# ---- questions: captions --------------------------------------------------------------------------------


def captions_of(library: Library, image_id: int) -> list[Caption]:
    """The captions of one image, in the order they came."""
    return [Caption(*row) for row in library.rows(f"{CAPTIONS} WHERE image_id = ? ORDER BY id", (image_id,))]


def all_captions(library: Library) -> Iterator[Caption]:
    """Every caption by image, read a page at a time."""
    last = (0, 0)
    while rows := library.rows(f"{CAPTIONS} WHERE (image_id, id) > (?, ?) ORDER BY image_id, id LIMIT {PAGE}", last):
        captions = [Caption(*row) for row in rows]
        yield from captions
        last = (captions[-1].image_id, captions[-1].id)


def captioned_images(library: Library) -> list[int]:
    """Ids of the images shown that have a caption."""
    shown = set(library.files_of_images()[1].tolist())
    return [image for (image,) in library.rows("SELECT DISTINCT image_id FROM caption ORDER BY 1") if image in shown]


def captions_by_source(library: Library) -> dict[str, int]:
    """Source -> how many captions came from it."""
    return dict(library.rows("SELECT source, count(*) FROM caption GROUP BY source ORDER BY source"))


# ---- questions: differences -----------------------------------------------------------------------------


def differences(
    library: Library, *, status: str = "", writer: str = "", after: int = 0, limit: int = PAGE
) -> list[Difference]:
    """Differences with id > ``after`` in the order they were written; of one status or writer where named."""
    rows = library.rows(
        f"{DIFFERENCES} WHERE id > :after AND (:status = '' OR status = :status) AND (:writer = '' OR writer = :writer)"
        " ORDER BY id LIMIT :limit",
        {"after": after, "status": status, "writer": writer, "limit": limit},
    )
    return [Difference(*row) for row in rows]


def all_differences(library: Library, *, status: str = "", writer: str = "") -> Iterator[Difference]:
    """As `differences`, all of them, read a page at a time."""
    last = 0
    while page := differences(library, status=status, writer=writer, after=last):
        yield from page
        last = page[-1].id


def difference_counts(library: Library) -> dict[tuple[str, str], int]:
    """(Writer, status) -> how many differences."""
    rows = library.rows("SELECT writer, status, count(*) FROM difference GROUP BY writer, status ORDER BY 1, 2")
    return {(writer, status): count for writer, status, count in rows}


def rejection_counts(library: Library, writer: str = "") -> Counter[str]:
    """Name of a test -> how many texts fell at it, over every pair asked of a writer, or of all."""
    rows = library.rows(
        "SELECT key, sum(value) FROM asked, json_each(asked.rejected) WHERE ? IN ('', writer) GROUP BY key", (writer,)
    )
    return Counter(dict(rows))


def asked_among(library: Library, writer: str, version: str, pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the pairs, each (lower id, higher id), that the writer was asked about in this version."""
    found: set[tuple[int, int]] = set()
    for start in range(0, len(pairs), CHUNK // 2):
        chunk = pairs[start : start + CHUNK // 2]
        marks = ",".join(["(?, ?)"] * len(chunk))
        found.update(
            library.rows(
                f"WITH wanted (low, high) AS (VALUES {marks}) SELECT low, high FROM wanted CROSS JOIN asked"
                " ON writer = ? AND version = ? AND low_id = low AND high_id = high",
                (*(image for pair in chunk for image in pair), writer, version),
            )
        )
    return found
