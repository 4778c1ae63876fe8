"""Reviewing differences: both pictures with their captions, the sentences as a table, filters, and writing more.

One half of the page of captions and differences, which makes it. The keys J, K, A, E, X and Z work in the table; what
they do is undone by Z and by Ctrl+Z.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.differences_model import STATUS_WORDS, Column, DifferencesModel, Standing
from app.icons import ICON_NAME
from app.ollama import Ollama
from app.pages.page import Surroundings
from app.text_editing import TextEditing
from app.texts_model import TextsModel
from app.tokens import GRID
from app.widgets.beside import beside
from app.widgets.captioned_picture import CaptionedPicture
from app.widgets.filter_box import FilterBox
from app.widgets.parts import ElidedLabel, Label, button, column, icon_button, plain_tooltip, row, search_field
from app.widgets.text_table import TextTable
from app.widgets.write_panel import WriteDifferencesPanel
from app.writing import Writing
from engine.store.reviewing import Wanted
from engine.store.rows import Difference

WALKING_MS = 120  # pictures on the way are not asked for
WIDTHS = (104, 0, 0, 104)  # 0 = what is left
WIDE = 175 * GRID  # room for pictures, both sentences and the panel that writes
REVIEW = ("accept", "edit_text", "reject")
IN_TABLE = ("next_text", "previous_text", *REVIEW, "undo_review")


class DifferencesView(QWidget):
    """The pictures at the left, the table in the middle, the panel that writes at the right.

    Signals:
        compare(list): look at these two files side by side.
    """

    compare = Signal(list)

    def __init__(self, around: Surroundings, editing: TextEditing, writing: Writing, ollama: Ollama) -> None:
        super().__init__()
        self._library = around.library
        self._editing = editing
        self._writing = writing
        self._actions = around.actions
        self.model = DifferencesModel(self)
        self.table = TextTable(cast(TextsModel[object], self.model), "Differences", WIDTHS, text_column=Column.SENTENCE)
        self.sides = tuple(CaptionedPicture(around.library, around.pictures, editing, side) for side in "AB")
        self.panel = WriteDifferencesPanel(ollama)
        self.status = FilterBox("Status")
        self.writer = FilterBox("Writers")
        self.words = search_field("Words in a sentence", "Search differences")
        self._left = Label("", wrap=True)
        self._place = Label("", "strong")
        self._fell = ElidedLabel("", "quiet", at_end=True)
        self._walking = QTimer(self, singleShot=True, interval=WALKING_MS)
        self._typing = QTimer(self, singleShot=True, interval=WALKING_MS)
        self._skipped = False
        self._arrange()
        self._connect()

    # ---- what is shown -----------------------------------------------------------------------------------

    def open(self) -> None:
        """The library is there: show what is wanted of it."""
        self.model.show(self._library, self._wanted())

    def refresh(self, *, anew: bool = False) -> None:
        """The library changed."""
        self.model.refresh(anew=anew)

    def show_panel(self, shown: bool) -> None:
        """Whether the panel that writes is there."""
        if not shown and self.panel.isAncestorOf(self.focusWidget() or self):
            self.table.setFocus()  # else the next field would have it, and letters would be typed
        self.panel.setVisible(shown)
        self._open_panel.setVisible(not shown)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """In a narrow window the panel takes the place of the reverses."""
        self.table.setColumnHidden(Column.REVERSE, not self.panel.isHidden() and self.width() < WIDE)

    def close(self) -> bool:
        """End the thread."""
        self.model.close()
        return super().close()

    def _wanted(self) -> Wanted:
        return Wanted(self.status.chosen, self.writer.chosen, self.words.text().strip())

    def _filter(self) -> None:
        self.model.show(self._library, self._wanted())

    def _loaded(self) -> None:
        standing = self.model.standing
        self._fill(standing)
        self.panel.show_stock(standing.captioned, standing.images)
        fell = sum(count for _, count in standing.fell)
        names = "  ·  ".join(f"{count:,} {name}" for name, count in standing.fell)
        self._fell.set_whole(f"{fell:,} fell at the tests:  {names}" if fell else "")
        self._show_unfinished()
        self._show_place()

    def _fill(self, standing: Standing) -> None:
        """The filters, with how many there are of each."""
        writer = self.writer.chosen
        of_status = dict.fromkeys(STATUS_WORDS, 0)
        of_writer: dict[str, int] = {}
        for (its_writer, its_status), count in standing.counts.items():
            of_writer[its_writer] = of_writer.get(its_writer, 0) + count
            if writer in ("", its_writer):
                of_status[its_status] += count
        statuses = {status: f"{STATUS_WORDS[status]} ({count:,})" for status, count in of_status.items()}
        self.status.show_values({"": f"All ({sum(of_status.values()):,})", **statuses})
        writers = {name: f"{name} ({count:,})" for name, count in of_writer.items()}
        self.writer.show_values({"": "All writers", **writers})

    def _show_unfinished(self) -> None:
        run = self.model.standing.unfinished
        there = run is not None and not self._writing.is_running
        self._unfinished.setVisible(there)
        self._actions["go_on_writing"].setEnabled(there)
        if run is not None:
            self._left.setText(f"The last run was not finished: {run.left:,} of {run.pairs:,} pairs are left.")

    def _show_place(self) -> None:
        rows, row_ = self.model.rowCount(), self.table.row
        self._place.setText(f"{row_ + 1:,} of {rows:,}" if row_ >= 0 else f"{rows:,} sentences")

    # ---- where the person is -----------------------------------------------------------------------------

    def _move(self) -> None:
        """Another row: its pictures at once, or when the person stops walking."""
        self._show_place()
        if self._walking.isActive():
            self._skipped = True
        else:
            self._show_pair()
        self._walking.start()

    def _arrive(self) -> None:
        if self._skipped:
            self._skipped = False
            self._show_pair()

    def _show_pair(self) -> None:
        row_ = self.model.at(self.table.row)
        for side, image in zip(self.sides, (row_.first_id, row_.second_id) if row_ else (None, None), strict=True):
            side.show_image(image)
        for name in REVIEW:
            self._actions[name].setEnabled(row_ is not None)

    def _show_changed(self, rows: Sequence[Difference]) -> None:
        """Sentences were reviewed, or that was taken back."""
        self.model.hold({row_.id: row_ for row_ in rows})
        place = self.model.row_of(rows[0].id)
        if place is not None and not self._reviewing:
            self.table.go_to(place)

    # ---- what the person does ----------------------------------------------------------------------------

    def review(self, status: str) -> None:
        """Give the chosen sentences a status; after a single one the next is looked at."""
        rows = self.table.rows()
        self._reviewing = True
        self._editing.set_status(self.model.at_rows(rows), status)
        self._reviewing = False
        if len(rows) == 1:
            self.table.step(1)

    def _typed(self, row_: Difference, place: int, text: str) -> None:
        if place == Column.SENTENCE:
            self._editing.edit(row_, text=text)
        else:
            self._editing.edit(row_, reverse=text)

    def _go_on(self) -> None:
        if (run := self.model.standing.unfinished) is not None and not self._writing.is_running:
            self._writing.go_on(run)

    def _export(self) -> None:
        self._writing.export_differences(self.status.chosen, self.writer.chosen)

    # ---- making ------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        pair = column(*self.sides, margins=(16, 8, 16, 8), spacing=12)
        pair.addLayout(self._review_buttons())
        go_on = button("Go on", self._go_on)
        forget = button("Forget it", self._writing.forget, kind="link")
        self._unfinished = QWidget()
        self._unfinished.setLayout(row(self._left, go_on, forget, margins=(16, 0, 8, 8)))
        self._unfinished.hide()
        bar = column(spacing=0)
        bar.addLayout(self._bar())
        bar.addWidget(self._unfinished)
        self.setLayout(beside(pair, bar, self.table, self._place, self._fell, self.panel))
        self.show_panel(False)

    def _bar(self) -> QHBoxLayout:
        take = icon_button("download", "Import differences…", self._writing.choose_differences)
        self._open_panel = button("Write…", self._actions["write_differences"].trigger, kind="primary")
        self._open_panel.setAccessibleName("Write differences")
        bar = row(self.status, self.writer, self.words, margins=(16, 8, 8, 8))
        bar.setStretch(2, 1)
        bar.addWidget(take)
        bar.addWidget(icon_button("export", "Export what the filters show…", self._export))
        bar.addWidget(self._open_panel)
        return bar

    def _review_buttons(self) -> QHBoxLayout:
        made = row()
        for name in REVIEW:
            action = self._actions[name]
            press = button(action.text(), action.trigger, icon=action.property(ICON_NAME))
            press.setToolTip(plain_tooltip(f"{action.text()}  {action.shortcut().toString()}"))
            press.setAccessibleName(f"{action.text()} this sentence")
            press.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard in the table
            action.enabledChanged.connect(press.setEnabled)
            made.addWidget(press, 1)
        return made

    def _connect(self) -> None:
        self._reviewing = False
        effects: dict[str, Callable[[], object]] = {
            "next_text": lambda: self.table.step(1),
            "previous_text": lambda: self.table.step(-1),
            "accept": lambda: self.review("accepted"),
            "reject": lambda: self.review("rejected"),
            "edit_text": self.table.edit_text,
            "undo_review": self._editing.undo,
            "go_on_writing": self._go_on,
        }
        for name, effect in effects.items():
            self._actions[name].triggered.connect(lambda _=False, effect=effect: effect())
        for name in IN_TABLE:
            self.table.addAction(self._actions[name])
        self._walking.timeout.connect(self._arrive)
        self._typing.timeout.connect(self._filter)
        self.words.textChanged.connect(lambda text: self._typing.start())
        for choose in (self.status, self.writer):
            choose.activated.connect(lambda place: self._filter())
        self.model.loaded.connect(self._loaded)
        self.model.typed.connect(self._typed)
        self.table.entered.connect(lambda: self.table.step(1))  # as after a sentence that was accepted
        self.model.modelReset.connect(self._show_pair)
        self.table.current.connect(lambda row_: self._move())
        self._editing.shown.connect(self._show_changed)
        self._editing.settled.connect(lambda rows: self.model.let_go(row_.id for row_ in rows))
        self._writing.running.connect(lambda running: self._show_unfinished())
        self.panel.closed.connect(lambda: self.show_panel(False))
        self.panel.wanted.connect(self._writing.write_differences)
        for side in self.sides:
            side.pressed.connect(lambda: self.compare.emit([each.path for each in self.sides]))
        self._show_pair()
