"""What a person who reads and corrects texts asks of a library: ids first, which 100,000 rows cost little, then rows.

Used by the window's page of captions and differences. Texts on images that are not shown (their folder was taken out,
they are hidden) are left out, and are there again with their images.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.store.changes import CHUNK
from engine.store.library import Library
from engine.store.rows import Caption, Difference
from engine.store.texts import CAPTIONS, DIFFERENCES

UNFINISHED_SETTING = "unfinished_writing"


@dataclass(frozen=True)
class Wanted:
    """Which differences: of one status and one writer ("" = any), with all of these words in one of their sentences."""

    status: str = ""
    writer: str = ""
    words: str = ""


def difference_ids(library: Library, wanted: Wanted) -> np.ndarray:
    """Ids (N,) int64 in the order they were written."""
    where, values = _holding("text || ' ' || reverse", wanted.words)
    rows = library.rows(
        f"SELECT id, first_id, second_id FROM difference WHERE ? IN ('', status) AND ? IN ('', writer) AND {where}"
        " ORDER BY id",
        (wanted.status, wanted.writer, *values),
    )
    return _of_shown(library, rows, 2)


def caption_ids(library: Library, words: str) -> np.ndarray:
    """Ids (N,) int64 of the captions that hold all the words, by image."""
    where, values = _holding("text", words)
    rows = library.rows(f"SELECT id, image_id FROM caption WHERE {where} ORDER BY image_id, id", values)
    return _of_shown(library, rows, 1)


def differences_at(library: Library, ids: Sequence[int]) -> dict[int, Difference]:
    """Id -> row, of those that there are."""
    return {row[0]: Difference(*row) for row in _at(library, DIFFERENCES, ids)}


def captions_at(library: Library, ids: Sequence[int]) -> dict[int, Caption]:
    """Id -> row, of those that there are."""
    return {row[0]: Caption(*row) for row in _at(library, CAPTIONS, ids)}


def files_at(library: Library, image_ids: Sequence[int]) -> dict[int, bytes]:
    """Image id -> the path of a file that holds it, best a present one that is shown."""
    sql = "SELECT image_id, path FROM file WHERE image_id IN ({}) ORDER BY missing DESC, hidden DESC, path DESC"
    return dict(row for chunk in _chunks(image_ids) for row in library.rows(sql.format(_marks(chunk)), chunk))


def _holding(column: str, words: str) -> tuple[str, list[str]]:
    wanted = words.split()
    return " AND ".join([f"instr(lower({column}), lower(?))"] * len(wanted)) or "1", wanted


def _of_shown(library: Library, rows: Sequence[tuple[int, ...]], images: int) -> np.ndarray:
    """The ids in the first column of the rows whose other columns, image ids, are all of images shown."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 1 + images)
    shown = np.isin(table[:, 1:], library.files_of_images()[1]).all(axis=1)
    return table[shown, 0]


def _at(library: Library, select: str, ids: Sequence[int]) -> list[Any]:
    return [row for chunk in _chunks(ids) for row in library.rows(f"{select} WHERE id IN ({_marks(chunk)})", chunk)]


def _chunks(ids: Sequence[int]) -> list[list[int]]:
    whole = [int(i) for i in ids]
    return [whole[start : start + CHUNK] for start in range(0, len(whole), CHUNK)]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


# ---- a run that did not come to its end -----------------------------------------------------------------


@dataclass(frozen=True)
class Unfinished:
    """A run of writing differences that was cancelled, killed or given up: ``left`` of its ``pairs`` were not asked.

    ``command``: the fields of the `WriteDifferences` that began it.
    """

    pairs: int
    left: int
    command: Mapping[str, object]


@dataclass(frozen=True)
class _Begun:
    writer: str
    version: str
    pairs: int
    asked_before: int
    command: Mapping[str, object]


def begun(library: Library, writer: str, version: str, pairs: int, command: Mapping[str, object]) -> str:
    """What `UNFINISHED_SETTING` holds while a run of so many more pairs is under way, until it has come to its end."""
    return json.dumps(asdict(_Begun(writer, version, pairs, _asked(library, writer, version), command)))


def unfinished(library: Library) -> Unfinished | None:
    """The run that the setting tells of; None where there is none, or nothing of it is left."""
    try:
        run = _Begun(**json.loads(library.setting(UNFINISHED_SETTING) or "null"))
    except (TypeError, ValueError):  # none, or one of another version of PairLens
        return None
    left = run.pairs - (_asked(library, run.writer, run.version) - run.asked_before)
    return Unfinished(run.pairs, left, run.command) if left > 0 else None


def _asked(library: Library, writer: str, version: str) -> int:
    return library.rows("SELECT count(*) FROM asked WHERE writer = ? AND version = ?", (writer, version))[0][0]
