"""The captions of a library as a table: image, caption, source. See `app.texts_model`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import Qt

from app.texts_model import Ints, TextsModel
from engine.store import Library, reviewing, texts
from engine.store.rows import Caption


class Column(IntEnum):
    """The columns."""

    IMAGE = 0
    CAPTION = 1
    SOURCE = 2


@dataclass(frozen=True)
class NamedCaption:
    """A caption with the path of a file that holds its image, b"" where there is none."""

    caption: Caption
    path: bytes

    @property
    def name(self) -> str:
        """The file's name."""
        return os.path.basename(self.path).decode("utf-8", "replace")


class CaptionsModel(TextsModel[NamedCaption]):
    """One row a caption. ``sources``: source -> how many captions, of all."""

    titles = ("Image", "Caption", "Source")
    editable = frozenset({Column.CAPTION})
    sources: Mapping[str, int] = {}

    def read_ids(self, library: Library, wanted: str) -> tuple[Ints, Mapping[str, int]]:
        """The ids by image, and how many there are of each source."""
        return reviewing.caption_ids(library, wanted), texts.captions_by_source(library)

    def read_rows(self, library: Library, ids: list[int]) -> dict[int, NamedCaption]:
        """By id, with the paths of their images."""
        captions = reviewing.captions_at(library, ids)
        paths = reviewing.files_at(library, sorted({caption.image_id for caption in captions.values()}))
        return {i: NamedCaption(caption, paths.get(caption.image_id, b"")) for i, caption in captions.items()}

    def take_more(self, more: Mapping[str, int]) -> None:
        """Keep the sources."""
        self.sources = more

    def cell(self, row: NamedCaption, column: int, role: int) -> Any:
        """The words of a cell."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        match column:
            case Column.IMAGE:
                return row.name
            case Column.CAPTION:
                return row.caption.text
        return row.caption.source
