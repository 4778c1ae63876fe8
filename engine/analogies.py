"""A is to B as C is to what? Vector arithmetic over the library, and what the step from A to B is in words.

    nearest to norm( u_c + mean_k( u_b(k) - u_a(k) ) ), the images asked with left out

Plain functions; called by the engine process and by the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from engine.ask import Answer, Shelf, nothing
from engine.explain import differences
from engine.likeness import unit
from engine.pair_messages import Difference
from engine.ranking import best_first, score

if TYPE_CHECKING:
    from engine.clip import Clip
    from engine.jobs import JobContext
    from engine.store import Library

TELLING = 1e-6  # a shorter step is none


@dataclass(frozen=True)
class Analogy:
    """``answer``: the files in order, scored by the cosine with what was looked for; its F files also have an
    ``agreement`` float32 (F,) in -1..1, the cosine of the step from C to the file with the step from A to B, and a
    ``share`` float32 (F,) in 0..1 of those files whose step agrees less.

    The share is what can be read: steps in an embedding space agree by little even where they show the same (300
    photographs darkened, a small CLIP: .14, where a random picture reaches .21 in one case of 20).

    ``step``: what that step is in words; z is positive where B has more.
    """

    answer: Answer
    agreement: np.ndarray
    share: np.ndarray
    step: tuple[Difference, ...]


def analogy(
    library: Library,
    clip: Clip,
    examples: Sequence[tuple[bytes, bytes]],
    start: bytes,
    *,
    folder_id: int | None = None,
    shelf: Shelf | None = None,
    context: JobContext | None = None,
) -> Analogy:
    """Order the shown files by how well they finish "A is to B as ``start`` is to ...", for examples (A, B).

    The images asked with, wherever they lie, are left out. Raises ImageError, LibraryError, DeviceError, JobCancelled.
    """
    shelf = shelf or Shelf()
    pairs = [[shelf.reference(library, clip, path=path) for path in example] for example in examples]
    c = shelf.reference(library, clip, path=start)
    step = np.mean([unit(b.vector) - unit(a.vector) for a, b in pairs], axis=0)
    words = tuple(differences(shelf.usual(library, clip, context), step, np.zeros_like(step)))
    selection = shelf.selection(library, clip.encoder_key, folder_id)
    table, origin = selection.table, unit(c.vector)
    if not len(selection.files):
        return Analogy(Answer(*nothing(), pending=selection.pending), nothing()[1], nothing()[1], words)
    scores = score(table.matrix, unit(origin + step))
    order = best_first(scores, table.ids)
    asked_with = [picture.image_id for picture in (c, *chain.from_iterable(pairs)) if picture.image_id is not None]
    order = order[~np.isin(table.ids[order], asked_with)]
    files, scores_in_order = selection.in_order(order, scores)
    agreement = selection.in_order(order, parallel(step, table.matrix - origin))[1]
    answer = Answer(files, scores_in_order, pending=selection.pending)
    return Analogy(answer, agreement, _share_below(agreement), words)


def _share_below(values: np.ndarray) -> np.ndarray:
    """For each of (F,) the share of them that is smaller: float32 (F,)."""
    return (np.searchsorted(np.sort(values), values) / max(1, len(values))).astype(np.float32)


def parallel(step: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Cosine of each found step (N, D) with ``step`` (D,): (N,) float32; 0 where one of them is no step."""
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(step)
    return np.divide(found @ step, lengths, out=np.zeros(len(found), np.float32), where=lengths > TELLING)
