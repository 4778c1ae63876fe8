"""The captions of the library: the picture with all its captions, a table one can type in, and writing with a model.

One half of the page of captions and differences, which makes it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.captions_model import CaptionsModel, Column, NamedCaption
from app.ollama import Ollama
from app.pages.page import Surroundings
from app.text_editing import TextEditing
from app.texts_model import TextsModel
from app.widgets.beside import beside
from app.widgets.captioned_picture import CaptionedPicture
from app.widgets.parts import ElidedLabel, Label, button, column, icon_button, row, search_field
from app.widgets.text_table import TextTable
from app.widgets.write_panel import WriteCaptionsPanel
from app.writing import Writing

PAUSE_MS = 120  # pictures on the way are not asked for, nor what is still being typed
WIDTHS = (160, 0, 128)  # 0 = what is left


class CaptionsView(QWidget):
    """The picture at the left, the table in the middle, the panel that writes at the right."""

    def __init__(self, around: Surroundings, editing: TextEditing, writing: Writing, ollama: Ollama) -> None:
        super().__init__()
        self._library = around.library
        self._editing = editing
        self._writing = writing
        self._actions = around.actions
        self.model = CaptionsModel(self)
        self.table = TextTable(cast(TextsModel[object], self.model), "Captions", WIDTHS, text_column=Column.CAPTION)
        self.picture = CaptionedPicture(around.library, around.pictures, editing)
        self.panel = WriteCaptionsPanel(ollama)
        self.words = search_field("Words in a caption", "Search captions")
        self._place = Label("", "strong")
        self._sources = ElidedLabel("", "quiet", at_end=True)
        self._walking = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._typing = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._arrange()
        self._connect()

    def open(self) -> None:
        """The library is there: show what is wanted of it."""
        self.model.show(self._library, self.words.text().strip())

    def refresh(self, *, anew: bool = False) -> None:
        """The library changed."""
        self.model.refresh(anew=anew)

    def show_panel(self, shown: bool) -> None:
        """Whether the panel that writes is there."""
        if not shown and self.panel.isAncestorOf(self.focusWidget() or self):
            self.table.setFocus()  # else the next field would have it, and letters would be typed
        self.panel.setVisible(shown)
        self._open_panel.setVisible(not shown)

    def remove(self) -> None:
        """Delete the chosen captions."""
        rows = self.model.at_rows(self.table.rows())
        self._editing.remove_captions([row_.caption for row_ in rows])

    def close(self) -> bool:
        """End the thread."""
        self.model.close()
        return super().close()

    def _loaded(self) -> None:
        names = "  ·  ".join(f"{count:,} {source}" for source, count in self.model.sources.items())
        self._sources.set_whole(f"Sources:  {names}" if names else "")
        self._show_place()

    def _show_place(self) -> None:
        rows, row_ = self.model.rowCount(), self.table.row
        self._place.setText(f"{row_ + 1:,} of {rows:,}" if row_ >= 0 else f"{rows:,} captions")

    def _move(self) -> None:
        self._show_place()
        self._walking.start()

    def _show_picture(self) -> None:
        row_ = self.model.at(self.table.row)
        self.picture.show_image(row_.caption.image_id if row_ else None)
        self._actions["remove_captions"].setEnabled(row_ is not None)

    def _typed(self, row_: NamedCaption, place: int, text: str) -> None:
        changed = row_.caption.id
        self.model.hold({changed: replace(row_, caption=replace(row_.caption, text=text))})
        self._editing.change_caption(row_.caption, text, lambda: self.model.let_go([changed]))

    def _arrange(self) -> None:
        picture = column(self.picture, margins=(16, 8, 16, 8))
        self.setLayout(beside(picture, self._bar(), self.table, self._place, self._sources, self.panel))
        self.show_panel(False)

    def _bar(self) -> QHBoxLayout:
        self._open_panel = button("Write…", self._actions["write_captions"].trigger, kind="primary")
        self._open_panel.setAccessibleName("Write captions with a vision model")
        remove = icon_button("trash", "Delete the chosen captions (Del)", self.remove)
        take = icon_button("download", "Import captions…", self._writing.choose_captions)
        give = icon_button("export", "Export all captions…", self._writing.export_captions)
        bar = row(self.words, remove, take, give, self._open_panel, margins=(16, 8, 8, 8))
        bar.setStretch(0, 1)
        return bar

    def _connect(self) -> None:
        self._actions["remove_captions"].triggered.connect(self.remove)
        self.table.addAction(self._actions["remove_captions"])
        self._walking.timeout.connect(self._show_picture)
        self._typing.timeout.connect(self.open)
        self.words.textChanged.connect(lambda text: self._typing.start())
        self.model.loaded.connect(self._loaded)
        self.model.typed.connect(self._typed)
        self._editing.captions_changed.connect(self.model.refresh)  # also when what was typed is refused
        self.model.modelReset.connect(self._show_picture)
        self.table.current.connect(lambda row_: self._move())
        self.panel.closed.connect(lambda: self.show_panel(False))
        self.panel.wanted.connect(self._writing.write_captions)
        self._show_picture()
