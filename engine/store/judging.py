"""Attributes and what people judged: the changes a `Writer` runs, and the queries (take a `Library` first).

Nothing a person said is deleted: attributes are flagged as removed and judgements as undone, and both come back.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from engine.errors import AttributeUnknown, JudgementUnfit
from engine.store.library import Library
from engine.store.rows import Attribute, Judgement

ANSWERS = ("first", "second", "equal", "unsure")  # what a person can say
SKIPPED = "skipped"  # no answer, and the pair is not asked again


def save_attribute(db: Database, name: str, prompt: str, reverse: str = "") -> int:
    """Make an attribute, change the words of the one with this name, or bring a removed one back; returns its id.

    Raises JudgementUnfit for an empty name.
    """
    if not name.strip():
        raise JudgementUnfit("The attribute has no name.")
    row = db.execute(
        "INSERT INTO attribute (name, prompt, reverse) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " prompt = excluded.prompt, reverse = excluded.reverse, removed = 0 RETURNING id",
        (name.strip(), prompt.strip(), reverse.strip()),
    ).fetchone()
    return row[0]


def rename_attribute(db: Database, attribute_id: int, name: str) -> None:
    """Call an attribute something else; its words and judgements stay. Raises AttributeUnknown, JudgementUnfit."""
    name = name.strip()
    if not name:
        raise JudgementUnfit("The attribute has no name.")
    other = db.execute("SELECT removed FROM attribute WHERE name = ? AND id != ?", (name, attribute_id)).fetchone()
    if other is not None:
        there = "was removed; make it anew to bring it back" if other[0] else "is there already"
        raise JudgementUnfit(f"An attribute named {name!r} {there}.")
    changed = db.conn.execute("UPDATE attribute SET name = ? WHERE id = ? AND NOT removed", (name, attribute_id))
    if not changed.rowcount:
        raise AttributeUnknown("This attribute is no longer in the library.")


def remove_attribute(db: Database, attribute_id: int, removed: bool = True) -> None:
    """Take an attribute out of the lists, or put it back; its judgements stay. Raises AttributeUnknown."""
    changed = db.conn.execute("UPDATE attribute SET removed = ? WHERE id = ?", (removed, attribute_id))
    if not changed.rowcount:
        raise AttributeUnknown(f"The library has no attribute {attribute_id}.")


def judge(db: Database, attribute_id: int, first_image: int, second_image: int, answer: str) -> int:
    """Record one answer, or "skipped"; returns the judgement's id. Files may be gone by now, images never are.

    Raises AttributeUnknown, and JudgementUnfit for an image or an answer that does not exist.
    """
    return record_judgements(db, attribute_id, [(first_image, second_image, answer)])[0]


def record_judgements(db: Database, attribute_id: int, judgements: Iterable[tuple[int, int, str]]) -> list[int]:
    """Record (first image, second image, answer) rows, all or none; raises what `judge` raises."""
    if db.execute("SELECT 1 FROM attribute WHERE id = ? AND NOT removed", (attribute_id,)).fetchone() is None:
        raise AttributeUnknown("This attribute is no longer in the library.")
    now = time.time_ns() // 1_000_000
    return [_insert(db, attribute_id, *judgement, now) for judgement in judgements]


def import_judgements(
    db: Database, attribute_id: int, judgements: Sequence[tuple[int, int, str]], *, again: bool = False
) -> int:
    """Record those of the rows that the attribute does not have yet, all or none; returns how many.

    A row that stands n times among its judgements is known the first n times that it comes, so that the same rows may
    be imported again and again; with ``again`` every row counts. Raises what `judge` raises.
    """
    stand = db.execute(
        "SELECT first_image, second_image, answer FROM judgement WHERE attribute_id = ? AND NOT undone", (attribute_id,)
    )
    known = Counter[tuple[int, int, str]]() if again else Counter(stand)
    new = []
    for judgement in judgements:
        if known[judgement]:
            known[judgement] -= 1
        else:
            new.append(judgement)
    return len(record_judgements(db, attribute_id, new))


def _insert(db: Database, attribute_id: int, first: int, second: int, answer: str, now: int) -> int:
    if first == second:
        raise JudgementUnfit("An image cannot be compared with itself.")
    if answer not in (*ANSWERS, SKIPPED):
        raise JudgementUnfit(f"{answer!r} is none of {', '.join(ANSWERS)}.")
    row = db.execute(
        "INSERT INTO judgement (attribute_id, first_image, second_image, answer, made_ms)"
        " SELECT ?, one.id, two.id, ?, ? FROM image AS one, image AS two WHERE one.id = ? AND two.id = ? RETURNING id",
        (attribute_id, answer, now, first, second),
    ).fetchone()
    if row is None:
        raise JudgementUnfit("One of the two images is not in the library.")
    return row[0]


def undo_judgement(db: Database, judgement_id: int, undone: bool = True) -> None:
    """Take an answer back, or make it stand again. Raises JudgementUnfit where there is none."""
    changed = db.conn.execute("UPDATE judgement SET undone = ? WHERE id = ?", (undone, judgement_id))
    if not changed.rowcount:
        raise JudgementUnfit("This answer is not in the library.")


# ---- queries --------------------------------------------------------------------------------------------


def attributes(library: Library) -> list[Attribute]:
    """The attributes by name, each with the number of its judgements that stand."""
    rows = library.rows(
        "SELECT id, name, prompt, reverse, (SELECT count(*) FROM judgement WHERE attribute_id = attribute.id"
        " AND NOT undone) FROM attribute WHERE NOT removed ORDER BY name"
    )
    return [Attribute(*row) for row in rows]


def judged_last(library: Library) -> int | None:
    """The attribute judged last, else the one made last, of those not removed."""
    rows = library.rows(
        "SELECT id FROM attribute WHERE NOT removed"
        " ORDER BY (SELECT max(id) FROM judgement WHERE attribute_id = attribute.id) DESC, id DESC LIMIT 1"
    )
    return rows[0][0] if rows else None


def last_judgement(library: Library, attribute_id: int) -> Judgement | None:
    """The judgement made last of those that stand."""
    rows = library.rows(
        "SELECT id, first_image, second_image, answer FROM judgement WHERE attribute_id = ? AND NOT undone"
        " ORDER BY id DESC LIMIT 1",
        (attribute_id,),
    )
    return next((Judgement(*row) for row in rows), None)


def judgements(library: Library, attribute_id: int) -> list[Judgement]:
    """The attribute's judgements that were not undone, in the order they were made."""
    rows = library.rows(
        "SELECT id, first_image, second_image, answer FROM judgement WHERE attribute_id = ? AND NOT undone ORDER BY id",
        (attribute_id,),
    )
    return [Judgement(*row) for row in rows]
