"""The classify page: classes in words above the pictures, the confusion matrix and what is said of a pair at the right.

`app.classifying` holds what is worked on and asks the engine; the page shows it, and turns what a person does into
changes there. Files on disk are read, and copied or linked where the person says so; never moved or deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QInputDialog, QScrollArea, QSplitter, QStackedWidget, QWidget

from app.class_files import ClassFiles
from app.class_model import ClassModel, Filter
from app.classifying import Classifying
from app.engine_client import NEW
from app.ollama import Ollama
from app.pages.page import Page, Surroundings
from app.remedies import remedy_in_words
from app.widgets.ask_model_dialog import AskModelDialog
from app.widgets.class_bar import TABLE, ClassBar
from app.widgets.comparatives import Comparatives, class_words, left_out_words
from app.widgets.confusion_matrix import ConfusionMatrix, MatrixArea
from app.widgets.first_run import EmptyState
from app.widgets.grid import GridView
from app.widgets.page_message import PageMessage
from app.widgets.parts import Label, column
from engine.classify.sets import Comparative, names_typed, names_written
from engine.classify_messages import ClassifyResult, FolderNames
from engine.errors import NothingIndexed, PairLensError, Problem
from engine.protocol import SAID
from engine.store.rows import File

LINES = ("Sort the pictures into classes.", "Say how two of them differ where they are mistaken for each other.")
HINT = "Type the classes above with commas between them, or take the names of the folders."
IN_MENU = (
    "class_new",
    "class_choose",
    "class_remove",
    "class_import",
    "class_export",
    "class_table",
    "class_copy",
    "class_link",
)
PROPOSED = 5  # pairs
WITHOUT_MODEL = "Look at Ollama on the Models page, or press Draft: phrases of the bank need no language model."


class ClassifyPage(Page):
    """Pictures sorted into classes."""

    def __init__(self, around: Surroundings, ollama: Ollama) -> None:
        super().__init__()
        self._around = around
        self._ollama = ollama
        self._actions = around.actions
        self.work = Classifying(around, self)
        self.files = ClassFiles(self.work, around, self)
        self.model = ClassModel()
        self.model.setParent(self)
        self.bar = ClassBar([around.actions[name] for name in IN_MENU])
        self.grid = GridView(self.model, around.pictures)
        self.matrix = ConfusionMatrix()
        self._matrix_area = MatrixArea(self.matrix)
        self.comparatives = Comparatives()
        self._accuracy = Label("", "heading", wrap=True)
        self._above = Label("", "quiet", wrap=True)
        self._of_classes = Label("", "quiet", wrap=True)
        self._problem = Label("", "quiet", wrap=True)
        self._none = PageMessage()
        self._pictures = QStackedWidget()
        self._empty = EmptyState(LINES, "Take the folders' names", hint=HINT)
        self._is_early = False  # the problem told is that there was nothing to sort yet
        self._opened = False
        self._arrange()
        self._connect()

    def enter(self, chosen: Sequence[File]) -> None:
        """Read the library and the class set that was last worked on, the first time."""
        if not self._opened:
            self._opened = True
            self.model.open(self._around.library)
            self.work.open_last()
            self.bar.show_source(self.work.labels)

    def leave_window(self) -> None:
        """End the thread that reads the library."""
        self.model.close()

    def _library_changed(self, what: frozenset[str]) -> None:
        if self._opened and not what <= SAID:
            self.model.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks."""
        super().showEvent(event)
        self.work.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody does."""
        super().hideEvent(event)
        self.work.watch(False)

    @property
    def pair(self) -> tuple[int, int]:
        """The two classes that are looked at: true class and label of the current cell; the first two where the matrix
        does not show these classes, or not yet.
        """
        shown = self.work.classes is not None and self.matrix.names == self.work.classes.names
        return self.matrix.current if shown else (0, 1)

    # ---- what is shown -----------------------------------------------------------------------------------

    def _show_classes(self) -> None:
        classes = self.work.classes
        self._stack.setCurrentIndex(0 if classes is None else 1)
        if classes is None:
            self.bar.show_names("")
            self.bar.show_labelled((), (), None)
            return
        self._problem.hide()
        self.bar.show_names(names_written(classes.names))
        self.comparatives.show_pair(classes, self.pair)

    def _show_answer(self) -> None:
        result, rows = self.work.result, self.work.rows
        if result is None or rows is None:
            self.model.show_labels((), None)
            return
        if self._is_early:
            self._problem.hide()
        names = result.classes.names
        if names != self.model.names and self.model.filter != Filter():
            self.model.set_filter(Filter())
        self.model.show_labels(names, rows)
        self._show_figures(result)
        self._matrix_area.setVisible(bool(result.confusion))
        if result.confusion:
            cells = np.load(result.confusion, allow_pickle=False)
            self.matrix.show_matrix(names, cells, expected=not result.known)
            self._matrix_area.updateGeometry()
        labelled = np.bincount(rows["label"], minlength=len(names)).tolist()
        self.bar.show_labelled(names, labelled, self.model.filter.label)
        self.comparatives.show_proposed(names, result.pairs[:PROPOSED])
        self.comparatives.show_pair(result.classes, self.pair)
        self.comparatives.show_result(result, int((rows["label"] != rows["zero_shot"]).sum()))
        self._show_of_classes()
        self._show_count()

    def _show_figures(self, result: ClassifyResult) -> None:
        found = result.accuracy
        if found is None:
            self._accuracy.setText("What is mistaken for what, by expectation")
            words = "Nothing is known yet of what the images are. Press 1 to 9 on an image to say it."
            self._above.setText(words + left_out_words(result))
            return
        share, low, high = (100 * each for each in (found.share, found.low, found.high))
        self._accuracy.setText(f"{share:.1f} % of {found.images:,} known images are right")
        words = f"95 % interval {low:.1f} to {high:.1f}."
        if result.classes.comparatives and result.accuracy_zero_shot:
            words += f" Zero-shot: {100 * result.accuracy_zero_shot.share:.1f} %."
        self._above.setText(words + left_out_words(result))

    def _show_count(self) -> None:
        found = self.model.filter
        words = []
        if found.true is not None and found.true >= 0:
            words.append(f"really {self.model.names[found.true]}")
        if found.label is not None:
            words.append(f"taken for {self.model.names[found.label]}")
        if found.switched:
            words.append("switched by comparisons")
        shown, which = self.model.rowCount(), ", ".join(words)
        self.bar.show_shown(shown, self.model.total, which)
        self._none.say(f"No image is {which}.", "Show all", self.bar.filter_cleared.emit)
        self._pictures.setCurrentWidget(self._none if which and not shown else self.grid)

    def _show_problem(self, problem: Problem) -> None:
        """What is wrong with the classes is said beside them; anything else is the window's to tell."""
        self._is_early = problem.code == NothingIndexed.code
        if problem.code.startswith(("class", "comparative", "labels", "prompt", "nothing")):
            self._say_beside(f"{problem.sentence} {remedy_in_words(problem)}")
        elif problem.code.startswith(("ollama", "answer")):
            self._say_beside(f"{problem.sentence} {WITHOUT_MODEL}")
        else:
            self._around.tell(problem)

    def _say_beside(self, words: str) -> None:
        self._problem.setText(words)
        self._problem.show()

    # ---- what a person does ------------------------------------------------------------------------------

    def _attempt(self, act: Callable[[], object]) -> None:
        try:
            act()
        except PairLensError as error:
            self._show_problem(error.problem())

    def _type_classes(self, text: str) -> None:
        self.bar.names.setModified(False)
        self._attempt(lambda: self.work.name_classes(names_typed(text)))

    def _take_folders(self) -> None:
        def take(names: object) -> None:
            if isinstance(names, tuple):
                self.bar.show_source("folder")
                self.work.set_labels("folder")
                self._attempt(lambda: self.work.name_classes(names))

        self._around.client.ask(FolderNames(NEW), done=take, failed=self._show_problem)

    def _choose_source(self, source: str) -> None:
        if source == TABLE:
            name, _ = QFileDialog.getOpenFileName(self, "Labels: a table with path,label", "", "Tables (*.csv *.tsv)")
            if not name:
                self.bar.show_source(self.work.labels)
                return
            source = name
        self._problem.hide()
        self.work.set_labels(source)

    def _open_cell(self, true: int, label: int) -> None:
        known = self.work.result is not None and self.work.result.known > 0
        self._filter(Filter(label=label, true=true if known else None))

    def _filter(self, wanted: Filter) -> None:
        self.model.set_filter(wanted)
        self.bar.show_class(wanted.label)
        self._show_count()

    def _look_at(self, true: int, label: int) -> None:
        if self.work.classes is not None:
            self.comparatives.show_pair(self.work.classes, (true, label))
            self._show_of_classes()

    def _show_of_classes(self) -> None:
        """The figures of the classes that are looked at."""
        result = self.work.result
        known = result is not None and result.known > 0 and result.classes.names == self.matrix.names
        places = dict.fromkeys(self.pair) if known else ()
        said = [class_words(result.classes.names[at], result.per_class[at]) for at in places] if result else []
        self._of_classes.setText("\n".join(said))
        self._of_classes.setVisible(bool(said))

    def _say(self, text: str) -> None:
        if self.work.classes is not None:
            first, second = (self.work.classes.names[place] for place in self.pair)
            self._attempt(lambda: self.work.say([Comparative(first, second, " ".join(text.split()))]))
            self.comparatives.clear_text()

    def _draft(self) -> None:
        if self.work.classes is not None and self.pair[0] != self.pair[1]:
            first, second = (self.work.classes.names[place] for place in self.pair)
            self.work.draft(first, second)

    def _ask_model(self) -> None:
        if self.work.classes is not None and self.pair[0] != self.pair[1]:
            first, second = (self.work.classes.names[place] for place in self.pair)
            dialog = AskModelDialog(first, second, self._ollama, self)
            dialog.chosen.connect(partial(self.work.draft, first, second))
            dialog.settings_wanted.connect(self._actions["ollama_settings"].trigger)
            dialog.open()

    def _set(self, words: str, **change: object) -> None:
        if self.work.classes is not None:
            self.work.apply(replace(self.work.classes, **change), words, merge="alpha" in change)  # pyright: ignore[reportArgumentType]

    def correct(self, place: int | None) -> None:
        """Say that the chosen images really are of the class at ``place``; None = of none, whatever a label says."""
        classes = self.work.classes
        if classes is None or (place is not None and place >= len(classes.names)):
            return
        images = self.model.images(self.grid.selected_ids())
        if not len(images) and (current := self.grid.current_id()) is not None:
            images = self.model.images(np.array([current], np.int64))
        self.work.correct(images.tolist(), "" if place is None else classes.names[place])

    def _choose_class(self) -> None:
        if self.work.classes is not None:
            names = list(self.work.classes.names)
            name, chosen = QInputDialog.getItem(self, "It really is", "Class:", names, 0, editable=False)
            if chosen:
                self.correct(names.index(name))

    # ---- making ------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        side = QWidget()
        side.setProperty("kind", "panel")
        side.setLayout(
            column(
                self._accuracy,
                self._above,
                self._matrix_area,
                self._of_classes,
                self.comparatives,
                1,
                margins=(16, 8, 16, 8),
                spacing=8,
            )
        )
        scrolled = QScrollArea()
        scrolled.setAccessibleName("Mistakes and comparisons")
        scrolled.setWidgetResizable(True)
        scrolled.setWidget(side)
        scrolled.setMinimumWidth(320)
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.setChildrenCollapsible(False)
        self._pictures.addWidget(self.grid)
        self._pictures.addWidget(self._none)
        parts.addWidget(self._pictures)
        parts.addWidget(scrolled)
        parts.setStretchFactor(0, 1)
        parts.setSizes([656, 448])  # nine classes are seen whole
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(parts)
        whole = column(self.bar, self._problem, self._stack, spacing=0)
        whole.setStretch(2, 1)
        self._problem.setContentsMargins(8, 4, 8, 4)
        self._problem.hide()
        self.setLayout(whole)

    def _connect(self) -> None:
        work, bar, said = self.work, self.bar, self.comparatives
        work.changed.connect(self._show_classes)
        work.answered.connect(self._show_answer)
        work.failed.connect(self._show_problem)
        self.files.failed.connect(self._show_problem)
        work.said.connect(self._around.say)
        self.model.loaded.connect(self._show_count)
        self._around.client.library_changed.connect(self._library_changed)
        bar.typed.connect(self._type_classes)
        bar.folders_wanted.connect(self._take_folders)
        self._empty.pressed.connect(self._take_folders)
        bar.source_chosen.connect(self._choose_source)
        bar.sorting_chosen.connect(self.model.set_sorting)
        bar.class_wanted.connect(lambda place: self._filter(Filter(label=place)))
        bar.filter_cleared.connect(partial(self._filter, Filter()))
        self.matrix.opened.connect(self._open_cell)
        self.matrix.pair_chosen.connect(self._look_at)
        said.said.connect(self._say)
        said.unsaid.connect(work.unsay)
        said.draft_wanted.connect(self._draft)
        said.model_wanted.connect(self._ask_model)
        said.pair_wanted.connect(self.matrix.go_to)
        said.alpha_chosen.connect(lambda alpha: self._set("change alpha", alpha=alpha))
        said.form_chosen.connect(lambda form: self._set("change the form", form=form))
        said.close_chosen.connect(lambda close: self._set("change where comparisons count", close=close))
        said.switched_wanted.connect(partial(self._filter, Filter(switched=True)))
        effects: dict[str, Callable[[], object]] = {
            "class_folders": self._take_folders,
            "class_new": self.files.new_set,
            "class_choose": self.files.choose_set,
            "class_remove": work.remove,
            "class_import": self.files.open_set,
            "class_export": self.files.save_set,
            "class_table": self.files.export_table,
            "class_copy": partial(self.files.sort_into, "copy"),
            "class_link": partial(self.files.sort_into, "link"),
            "class_draft": self._draft,
            "class_alpha": work.choose_alpha,
            "class_other": self._choose_class,
            "class_none": partial(self.correct, None),
            **{f"class_{number}": partial(self.correct, number - 1) for number in range(1, 10)},
        }
        for name, effect in effects.items():
            self._actions[name].triggered.connect(lambda _=False, effect=effect: effect())
            if name in ("class_other", "class_none") or name[-1].isdigit():
                self.grid.addAction(self._actions[name])
