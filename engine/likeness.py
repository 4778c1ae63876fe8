"""Images in the order of their likeness to a picture, as it is or moved along a comparative prompt.

Plain functions that the engine process and the command line share; they only read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.ask import Answer, Scale, Shelf, nothing
from engine.ranking import best_first, score

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.store import Library


def similar_to(
    library: Library,
    clip: Clip,
    *,
    file_id: int | None = None,
    path: bytes = b"",
    more: str = "",
    less: str = "",
    amount: float = 0.0,
    folder_id: int | None = None,
    top: int | None = None,
    shelf: Shelf | None = None,
) -> Answer:
    """Order the shown files by likeness to one file of the library, or to any picture at ``path``.

    With ``more``, to what the picture would be if it were more so: moved along that prompt (and its reverse ``less``,
    "" = found by the program) by ``amount`` standard deviations of the library's scores. The file itself is in the
    order too (first, unless moved). ``top``: only the most alike images. Raises ImageError, PromptError, LibraryError,
    DeviceError.
    """
    shelf = shelf or Shelf()
    wanted = unit(shelf.reference(library, clip, file_id=file_id, path=path).vector)
    toward = shelf.direction(clip, more, less) if more.strip() else None
    selection = shelf.selection(library, clip.encoder_key, folder_id)
    if not len(selection.files):
        return Answer(*nothing(), toward, pending=selection.pending)
    table, scale = selection.table, Scale(0.0, None, "")
    if toward is not None:
        scale = shelf.scale(clip, table, toward)
        wanted = more_of(wanted, toward.vector, amount * scale.spread)
    scores = score(table.matrix, wanted)
    files, scores = selection.in_order(best_first(scores, table.ids, top), scores)
    return Answer(files, scores, toward, scale.agreement, scale.verdict, selection.pending)


def unit(vector: np.ndarray) -> np.ndarray:
    """A vector (D,) brought to length 1; stored ones are off by the rounding to float16."""
    return vector / np.linalg.norm(vector)


def more_of(reference: np.ndarray, direction: np.ndarray, step: float) -> np.ndarray:
    """The unit vector (D,) that is ``reference`` moved by ``step`` along what of ``direction`` is new to it.

    norm(u + step * norm(q - (q.u) u)); both inputs are unit vectors (D,).
    """
    new = direction - (direction @ reference) * reference
    length = float(np.linalg.norm(new))
    moved = reference + step * new / length if length > 1e-6 else reference
    return (moved / np.linalg.norm(moved)).astype(np.float32)
