"""The captions of one image, each to be read and typed into, and a line for one more.

Shown in the details panel, beside a pair under review, and beside the table of captions. It reads the library, says
what was typed to `app.text_editing`, and hears from there when captions changed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.text_editing import TextEditing
from app.widgets.parts import Label, plain_tooltip
from app.widgets.text_field import TextField
from engine.errors import LibraryError
from engine.store import Library, texts
from engine.store.rows import Caption

MOST = 20  # of one image; all are in the table


class CaptionList(QWidget):
    """Fields are kept and filled anew: walking through images makes no widgets."""

    def __init__(self, library: Path, editing: TextEditing, *, of: str = "this image") -> None:
        super().__init__()
        self._library = library
        self._editing = editing
        self._of = of
        self._image: int | None = None
        self._captions: list[Caption] = []
        self._fields: list[TextField] = []
        self._more = Label("", "quiet")
        self._new = TextField("Add a caption…")
        self._new.setAccessibleName(f"Add a caption to {of}")
        self._new.committed.connect(self._add_new)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(2)
        self._box.addWidget(self._more)
        self._box.addWidget(self._new)
        editing.captions_changed.connect(self._refresh_if_seen)
        self.show_image(None)

    def show_image(self, image_id: int | None) -> None:
        """The captions of this image; None = of none."""
        if image_id != self._image:
            for field in (*self._fields, self._new):
                field.commit()  # what is being typed belongs to the image before
            self._empty_new()
        self._image = image_id
        self._new.setVisible(image_id is not None)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """What changed while nobody looked is read now."""
        super().showEvent(event)
        self.refresh()

    def _refresh_if_seen(self) -> None:
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Read them again."""
        self._captions = self._read()
        shown = self._captions[:MOST]
        while len(self._fields) < len(shown):
            self._fields.append(self._field(len(self._fields)))
        for field, caption in zip(self._fields, shown, strict=False):
            field.show_text(caption.text)
            field.setToolTip(plain_tooltip(f"Source: {caption.source}. Take all words out to delete it."))
        for place, field in enumerate(self._fields):
            field.setVisible(place < len(shown))
        self._more.setText(f"and {len(self._captions) - MOST:,} more")
        self._more.setVisible(len(self._captions) > MOST)

    def _field(self, place: int) -> TextField:
        made = TextField()
        made.setAccessibleName(f"Caption {place + 1} of {self._of}")
        made.committed.connect(lambda text: self._change(place, text))
        self._box.insertWidget(place, made)
        return made

    def _change(self, place: int, text: str) -> None:
        if place < len(self._captions):
            before = self._captions[place]
            self._captions[place] = replace(before, text=text)  # what is taken back next, also before it is read again
            self._editing.change_caption(before, text)
        else:
            self._add(text)  # the caption was deleted while somebody typed; the words are not

    def _read(self) -> list[Caption]:
        with suppress(LibraryError):
            if self._image is not None:
                with Library(self._library) as library:
                    return texts.captions_of(library, self._image)
        return []

    def _add_new(self, text: str) -> None:
        self._add(text)
        self._empty_new()

    def _add(self, text: str) -> None:
        if text and self._image is not None:
            self._editing.add_caption(self._image, text)

    def _empty_new(self) -> None:
        self._new.show_text("")
        self._new.clear()
