"""A picture with its name and its captions below: one of the two under review, or the one of a caption.

The pages of texts show it; pixels come from the pictures process, captions from the library.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from app.pair_picture import PairPicture
from app.pictures_client import PicturesClient
from app.text_editing import TextEditing
from app.tokens import GRID
from app.widgets.caption_list import CaptionList
from app.widgets.parts import ElidedLabel, Label, column, row
from app.widgets.preview import Preview
from engine.errors import LibraryError
from engine.store import Library, reviewing

LEAST_PICTURE = 14 * GRID


class CaptionedPicture(QWidget):
    """``side`` "A" or "B" marks it as the first or second, in the first's or the second's colour; "" = neither.

    Signals:
        pressed(): the picture was clicked.
    """

    pressed = Signal()

    def __init__(self, library: Path, pictures: PicturesClient, editing: TextEditing, side: str = "") -> None:
        super().__init__()
        self._library = library
        self.image_id: int | None = None
        self.picture = PairPicture(pictures, self)
        self._preview = Preview()
        self._preview.setMinimumHeight(LEAST_PICTURE)
        self._preview.setMaximumHeight(80 * GRID)
        self._preview.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._name = ElidedLabel("", "strong")
        self._problem = Label("", "quiet", wrap=True)
        self.captions = CaptionList(library, editing, of=side or "this image")
        self._preview.setAccessibleName(f"Picture {side}".strip())
        self._name.setAccessibleName(f"Name of {side or 'the picture'}")
        self._arrange(side)
        self._preview.pressed.connect(self.pressed)
        self.picture.changed.connect(self._show_picture)
        self._show_picture()

    @property
    def path(self) -> bytes:
        """The file that is shown, b"" = none."""
        return self.picture.path

    def show_image(self, image_id: int | None) -> None:
        """Show this image of the library; None = none."""
        if image_id != self.image_id:
            self.image_id = image_id
            self._show_file()
        self.captions.show_image(image_id)

    def _show_file(self) -> None:
        path = b""
        with suppress(LibraryError):
            if self.image_id is not None:
                with Library(self._library) as library:
                    path = reviewing.files_at(library, [self.image_id]).get(self.image_id, b"")
                    self.picture.show(path, library.file_at(path) if path else None)
                    return
        self.picture.show(path, None)

    def _show_picture(self) -> None:
        self._preview.show_image(self.picture.image)
        self._name.set_whole(self.picture.name)
        self._problem.setText(self.picture.problem)
        self._problem.setVisible(bool(self.picture.problem))

    def _arrange(self, side: str) -> None:
        head = row(spacing=8)
        if side:
            head.addWidget(Label(side, "first" if side == "A" else "second"))
        head.addWidget(self._name, 1)
        scrolled = QScrollArea()
        scrolled.setWidgetResizable(True)
        scrolled.setAccessibleName(f"Captions of {side or 'the picture'}")
        inside = QWidget()
        inside.setProperty("kind", "plain")
        inside.setLayout(column(self.captions, 1))
        scrolled.setWidget(inside)
        box = column(spacing=4)
        box.addLayout(head)
        box.addWidget(self._preview, 3)
        box.addWidget(self._problem)
        box.addWidget(scrolled, 2)
        self.setLayout(box)
