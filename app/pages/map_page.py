"""The map page: every image of the library on two axes that the person types.

It shows the images that the grid shows; what is chosen here is chosen in the grid, and the other way round. The axes
are asked by `app.map_axes`, painted by `app.widgets.map_view`, written to files by `app.map_export`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QWidget

from app.asking import suggest
from app.map_axes import MapAxes
from app.map_export import MapExport, Table
from app.map_words import axis_words, place_in_words
from app.pages.page import Page, Surroundings
from app.widgets.axis_field import AxisField
from app.widgets.map_hand import Tool
from app.widgets.map_invitation import MapInvitation
from app.widgets.map_view import ZOOM_STEP, MapView
from app.widgets.mode_buttons import mode_buttons
from app.widgets.parts import ElidedLabel, Label, button, column, icon_button, row
from app.widgets.viewer import Viewer
from engine.errors import LibraryError, Problem
from engine.store.library import Library
from engine.store.rows import File

TOOLS = {"map_move": Tool.MOVE, "map_lasso": Tool.LASSO, "map_rectangle": Tool.RECTANGLE}
SAVING = ("map_picture", "map_table")
SELECT_MS = 100  # after the last change of a large choice, until the grid follows; a small one takes no time
FEW = 1_000  # images of a small choice


class MapPage(Page):
    """Images on two axes."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._files = around.files
        self.axes = MapAxes(around.client, self)
        self.view = MapView(around.pictures, self._file_of)
        self.viewer = Viewer(around.files, around.pictures, self)
        self.export = MapExport(self)
        self.across = AxisField("Across", "larger…", suggest)
        self.up = AxisField("Up", "more cheerful…", suggest)
        self._count = Label("", "strong")
        self._words = ElidedLabel("", "quiet", at_end=True)
        self._said = ""
        self._looking_at = self.axes.questions
        self._invitation = MapInvitation()
        self._stack = QStackedWidget()
        self._arrange()
        self._connect()

    # ---- what the window asks ----------------------------------------------------------------------------

    def enter(self, chosen: Sequence[File]) -> None:
        """What is chosen in the grid is chosen here."""
        with suppress(LibraryError), Library(self._around.library) as library:
            for field in (self.across, self.up):
                field.set_history(library.prompts())
        self._show_points()
        self._choose(chosen)

    def ask(self, prompt: str, reverse: str) -> bool:
        """The prompt bar asks for the axis across."""
        self.across.set_question(prompt, reverse)
        self.draw()
        return True

    def leave_window(self) -> None:
        """A table under way is written to its end."""
        self.export.close()

    # ---- axes --------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """Ask for both axes as typed; where one is missing, the caret goes there."""
        missing = next((field for field in (self.across, self.up) if not field.question[0]), None)
        if missing is not None:
            missing.focus()
            return
        self._stack.setCurrentIndex(1)
        self._say("Comparing all images…")
        self.axes.ask(self.across.question, self.up.question)

    def draw_axes(self, across: str, up: str) -> None:
        """Ask for these."""
        self.across.set_question(across, "")
        self.up.set_question(up, "")
        self.draw()

    def swap(self) -> None:
        """Across becomes up."""
        across, up = self.across.question, self.up.question
        self.across.set_question(*up)
        self.up.set_question(*across)
        if self.axes.results is not None:
            self.axes.swap()
            self._answered()

    def _answered(self) -> None:
        results = self.axes.results
        if results is not None:
            for field, result in zip((self.across, self.up), results, strict=True):
                field.show_reverse(result.reverse, automatic=result.reverse_is_automatic)
            for name in SAVING:
                self._around.actions[name].setEnabled(True)
            self._show_points()
            if self.axes.questions != self._looking_at:
                self._looking_at = self.axes.questions
                self._choose(self._around.chosen())
                self.view.show_whole()
                self.view.setFocus()

    def _failed(self, problem: Problem) -> None:
        if self.axes.results is None:
            self._stack.setCurrentIndex(0)
        self._around.tell(problem)

    def _show_points(self) -> None:
        """The images that have a place and that the grid shows."""
        results = self.axes.results
        if results is None:
            return
        all_points = self.axes.points
        points = all_points.only(self._files.rows_of(all_points.ids) >= 0)
        across, up = results
        self.view.show_points(points, axis_words(across), axis_words(up))
        self._say_where(None)

    def _files_changed(self) -> None:
        if self.isVisible():  # else `enter` looks
            self._show_points()

    def _describe(self) -> None:
        """How many images there are, how many are chosen, and how many are still to come."""
        shown, total, chosen = len(self.view.points), self._files.total, int(np.count_nonzero(self.view.chosen))
        images = f"{total:,} {'image' if total == 1 else 'images'}"
        pending = max((result.pending for result in self.axes.results or ()), default=0)
        parts = [images if shown == total else f"{shown:,} of {images}"]
        parts += [f"{chosen:,} chosen"] if chosen else []
        parts += [f"{pending:,} not compared yet"] if pending else []
        self._count.setText(", ".join(parts))
        across, up = (question[0] for question in self.axes.questions)
        self.view.setAccessibleDescription(f"{self._count.text()}; across: {across}, up: {up}. {self._said}")

    # ---- images ------------------------------------------------------------------------------------------

    def _file_of(self, file_id: int) -> File | None:
        place = self._files.row_of(file_id)
        return None if place is None else self._files.file(place)

    def _say_where(self, file_id: int | None) -> None:
        """The image under the pointer, or else the one that the keyboard is at, and where it stands, in words."""
        wanted = self.view.current_id() if file_id is None else file_id
        file = None if wanted is None else self._file_of(wanted)
        found = self.view.points.find([] if wanted is None else [wanted])
        if file is None or not len(found) or self.axes.results is None:
            self._say("" if len(self.view.points) else "No image on the map yet.")
        else:
            self._say(place_in_words(file.name, self.view.points, int(found[0]), self.axes.results))

    def _say(self, words: str) -> None:
        self._said = words
        self._words.set_whole(words)
        self._describe()

    def _chose(self) -> None:
        self._describe()
        if np.count_nonzero(self.view.chosen) > FEW:
            self._soon.start()
        else:
            self._soon.stop()
            self._tell_grid()

    def _choose(self, chosen: Sequence[File]) -> None:
        """What is chosen in the grid."""
        self.view.choose(np.array([file.id for file in chosen], np.int64))
        self.view.go_to(chosen[0].id if chosen else None)
        self._say_where(None)

    def _tell_grid(self) -> None:
        current = self.view.current_id()
        ids = self.view.chosen_ids().tolist()
        self._around.choose([current, *ids] if current in ids and current is not None else ids)

    def open_viewer(self, file_id: int) -> None:
        """Look closer at an image."""
        place = self._files.row_of(file_id)
        if place is not None:
            self.viewer.open_row(place)
            self.viewer.show()
            self.viewer.raise_()
            self.viewer.setFocus()

    def _leave_viewer(self) -> None:
        self.viewer.hide()
        self.view.setFocus()

    def _follow_viewer(self, place: int) -> None:
        file_id = self._files.file(place).id
        self.view.go_to(file_id)
        self._say_where(file_id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The viewer covers the page."""
        super().resizeEvent(event)
        self.viewer.setGeometry(self.rect())

    # ---- files -------------------------------------------------------------------------------------------

    def save_picture(self) -> None:
        """Ask where to, and write the map as it is seen."""
        if file := self._ask_where("Save the map as a picture", "map.png"):
            self.export.save_picture(self.view.grab(), file)

    def save_table(self) -> None:
        """Ask where to, and write the scores of all images on the map."""
        if file := self._ask_where("Save the scores of both axes", "map.csv"):
            self.write_table(file)

    def write_table(self, file: Path) -> None:
        """Write path and both scores of the images on the map."""
        points, (across, up) = self.view.points, self.axes.questions
        files = [self._files.file(place) for place in self._files.rows_of(points.ids).tolist()]
        self.export.save_table(Table([each.path for each in files], points, across[0], up[0]), file)

    def _ask_where(self, title: str, name: str) -> Path | None:
        ending = Path(name).suffix
        chosen, _ = QFileDialog.getSaveFileName(self, title, name, f"*{ending}")
        return Path(chosen).with_suffix(ending) if chosen else None

    # ---- making ------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        drawn = QWidget()
        box = column(spacing=0)
        box.addLayout(self._tool_bar())
        box.addWidget(self.view, 1)
        drawn.setLayout(box)
        self._stack.addWidget(self._invitation)
        self._stack.addWidget(drawn)
        swap = icon_button("swap", "Swap the axes", self.swap)
        draw = button("Draw", self.draw, kind="primary")
        fields = QWidget()
        fields.setProperty("kind", "bar")
        questions = row(self.across, swap, self.up, draw, margins=(16, 8, 16, 8))
        questions.setStretch(0, 1)
        questions.setStretch(2, 1)
        fields.setLayout(questions)
        whole = column(fields, spacing=0)
        whole.addWidget(self._stack, 1)
        self.setLayout(whole)
        self.viewer.hide()

    def _tool_bar(self) -> QHBoxLayout:
        actions = self._around.actions
        tools = {tool.value: (actions[name], partial(self._take, tool)) for name, tool in TOOLS.items()}
        made = mode_buttons(self, tools)
        actions["map_move"].setChecked(True)
        whole = button("Whole", self.view.show_whole)
        whole.setToolTip("Show everything  0")
        bar = row(*made, whole, self._count, self._words, margins=(16, 8, 16, 8))
        bar.setStretchFactor(self._words, 1)
        return bar

    def _take(self, tool: Tool) -> None:
        self.view.hand.tool = tool

    def _connect(self) -> None:
        effects: dict[str, Callable[[], object]] = {
            "map_swap": self.swap,
            "map_all": self.view.choose_all,
            "map_none": self.view.choose_none,
            "map_visible": self.view.choose_visible,
            "map_whole": self.view.show_whole,
            "map_closer": lambda: self.view.scale_by(ZOOM_STEP),
            "map_further": lambda: self.view.scale_by(1 / ZOOM_STEP),
            "map_picture": self.save_picture,
            "map_table": self.save_table,
        }
        for name, effect in effects.items():
            self._around.actions[name].triggered.connect(lambda _=False, effect=effect: effect())
        for name in (*effects, *TOOLS):
            self.view.addAction(self._around.actions[name])
        for name in SAVING:
            self._around.actions[name].setEnabled(False)
        self._soon = QTimer(self, singleShot=True, interval=SELECT_MS)
        self._soon.timeout.connect(self._tell_grid)
        for field in (self.across, self.up):
            field.asked.connect(self.draw)
        self._invitation.chosen.connect(self.draw_axes)
        self.axes.answered.connect(self._answered)
        self.axes.failed.connect(self._failed)
        self.axes.stopped.connect(lambda: self._say_where(None))
        self._files.modelReset.connect(self._files_changed)
        self._files.loaded.connect(self._files_changed)
        self.view.chosen_changed.connect(self._chose)
        self.view.current_changed.connect(self._say_where)
        self.view.pointed.connect(self._say_where)
        self.view.opened.connect(self.open_viewer)
        self.viewer.moved.connect(self._follow_viewer)
        self.viewer.closed.connect(self._leave_viewer)
        self.export.saved.connect(lambda file: self._around.say(f"Saved {Path(file).name}."))
        self.export.failed.connect(self._around.tell)
