"""Class sets and corrections of labels: the changes a `Writer` runs, and the queries (take a `Library` first).

What a class set holds is text to the library (TOML; `engine.classify.files` reads it). Nothing a person said is
deleted: sets are flagged as removed and corrections as undone, and both come back.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from engine.classify.errors import ClassesUnfit, ClassSetGone, LabelsUnfit
from engine.store.changes import CHUNK
from engine.store.library import Library


@dataclass(frozen=True)
class StoredClassSet:
    """A class set of the library: ``content`` in TOML, and how many images have a correction that stands."""

    id: int
    name: str
    content: str
    corrected: int


def save_class_set(db: Database, name: str, content: str) -> int:
    """Keep a class set under a name, in place of what it was; also brings a removed one back. Returns its id.

    Raises ClassesUnfit for an empty name.
    """
    if not name.strip():
        raise ClassesUnfit("The class set has no name.")
    row = db.execute(
        "INSERT INTO class_set (name, content) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET"
        " content = excluded.content, removed = 0 RETURNING id",
        (name.strip(), content),
    ).fetchone()
    return row[0]


def remove_class_set(db: Database, class_set_id: int, removed: bool = True) -> None:
    """Take a class set out of the lists, or put it back; its corrections stay. Raises ClassSetGone."""
    changed = db.conn.execute("UPDATE class_set SET removed = ? WHERE id = ?", (removed, class_set_id))
    if not changed.rowcount:
        raise ClassSetGone("This class set is not in the library.")


def correct(db: Database, class_set_id: int, image_ids: Iterable[int], label: str) -> tuple[int, ...]:
    """Say what class images really are ("" = none of them, or nobody knows); returns the corrections' ids.

    Raises ClassSetGone, and LabelsUnfit for an image that is not in the library.
    """
    if db.execute("SELECT 1 FROM class_set WHERE id = ? AND NOT removed", (class_set_id,)).fetchone() is None:
        raise ClassSetGone("This class set is no longer in the library.")
    now = time.time_ns() // 1_000_000
    made = []
    for image in image_ids:
        row = db.execute(
            "INSERT INTO correction (class_set_id, image_id, label, made_ms) SELECT ?, id, ?, ? FROM image WHERE id = ?"
            " RETURNING id",
            (class_set_id, label, now, image),
        ).fetchone()
        if row is None:
            raise LabelsUnfit("One of the images is not in the library.")
        made.append(row[0])
    return tuple(made)


def undo_corrections(db: Database, correction_ids: Sequence[int], undone: bool = True) -> None:
    """Take corrections back, or make them stand again."""
    for start in range(0, len(correction_ids), CHUNK):
        some = correction_ids[start : start + CHUNK]
        db.conn.execute(f"UPDATE correction SET undone = ? WHERE id IN ({','.join('?' * len(some))})", (undone, *some))


# ---- queries --------------------------------------------------------------------------------------------


def class_sets(library: Library) -> list[StoredClassSet]:
    """The class sets by name."""
    rows = library.rows(
        "SELECT id, name, content, (SELECT count(DISTINCT image_id) FROM correction WHERE class_set_id = class_set.id"
        " AND NOT undone) FROM class_set WHERE NOT removed ORDER BY name"
    )
    return [StoredClassSet(*row) for row in rows]


def corrections(library: Library, class_set_id: int) -> dict[int, str]:
    """Image id -> the class that a person said it is last; "" = none of them."""
    rows = library.rows(
        "SELECT image_id, label FROM correction WHERE class_set_id = ? AND NOT undone ORDER BY id", (class_set_id,)
    )
    return dict(rows)
