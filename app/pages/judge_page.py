"""The judge page: two pictures, the question, and keys; below them the order so far.

Made with the other pages after the first paint. What is asked next and what was answered is `app.judging`; here is what
of it is shown, and the attributes: made, chosen, renamed, removed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.judgement_files import JudgementFiles
from app.judging import Judging
from app.pages.page import Page, Surroundings
from app.pairs_ahead import PairsAhead
from app.undo import MakeAttributeStep, RemoveAttributeStep, RenameAttributeStep
from app.widgets.attribute_bar import AttributeBar
from app.widgets.attribute_dialog import AttributeDialog, RenameDialog
from app.widgets.cycles_dialog import CyclesDialog
from app.widgets.filmstrip import Filmstrip
from app.widgets.first_run import EmptyState
from app.widgets.judge_keys import JudgeKeys
from app.widgets.page_message import PageMessage
from app.widgets.pair_view import PairView
from app.widgets.parts import Label, button, column, row
from app.widgets.sureness import Sureness
from app.wording import question_about
from engine.errors import LibraryError, Problem
from engine.judging_messages import AttributeStanding, Shown
from engine.store.library import Library
from engine.store.rows import Attribute, File

NOTHING = ("Judging takes two pictures or more.", "Say which has more of it, and the order becomes yours.")
NO_ATTRIBUTE = ("Say which of two pictures has more of it.", "Every answer moves the whole order.")
HINT = "Or type a comparison above: it becomes an attribute that pairs are judged under."
OF_AN_ATTRIBUTE = ("rename_attribute", "remove_attribute", "import_judgements", "export_judgements")
ANSWERS = {
    "answer_first": "first",
    "answer_equal": "equal",
    "answer_second": "second",
    "answer_unsure": "unsure",
    "answer_skip": "skipped",
}


class JudgePage(Page):
    """Pairs judged under one attribute at a time."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self._actions = around.actions
        self._problem: Problem | None = None
        self.judging = Judging(around.client, around.library, around.undo_stack, self)
        self.files = JudgementFiles(around, self)
        self._ahead = PairsAhead(around.library, around.pictures, self)
        self._leave_flagging = QAction("Neither", self)
        self._leave_flagging.setShortcut("Esc")
        self._leave_flagging.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.attributes = AttributeBar(around.actions)
        self.sureness = Sureness()
        self.question = Label("", "title")
        self.view = PairView(self._ahead.nothing())
        self.message = PageMessage()
        self.keys = JudgeKeys(around.actions, self._leave_flagging)
        self.strip = Filmstrip(around.pictures)
        self._no_library = EmptyState(NOTHING, "Add folder…")
        self._no_attribute = EmptyState(NO_ATTRIBUTE, "New attribute…", hint=HINT)
        self._centre = QStackedWidget()
        self._states = QStackedWidget()
        self._arrange()
        self._connect()

    # ---- what the window asks ----------------------------------------------------------------------------

    def enter(self, chosen: Sequence[File]) -> None:
        """Go on with the attribute judged last."""
        self.judging.read_attributes()
        if self.judging.attribute is None:
            self.judging.choose_last()
        self._show_state()
        self.view.setFocus()

    def ask(self, prompt: str, reverse: str) -> bool:
        """What was typed becomes the attribute that is judged: one that has these words, or a new one."""
        if self._around.files.total < 2:
            return False
        self.save(prompt, reverse)
        self.view.setFocus()
        return True

    # ---- attributes --------------------------------------------------------------------------------------

    def save(self, prompt: str, reverse: str) -> None:
        """Choose the attribute with these words or this name; make it where there is none."""
        self.judging.read_attributes()
        prompt, reverse = prompt.strip(), reverse.strip()
        for each in self.judging.attributes:
            same_words = each.prompt == prompt and reverse in ("", each.reverse)
            if same_words or (each.name == prompt and not reverse):
                self.judging.choose(each.id)
                return
        taken = any(each.name == prompt for each in self.judging.attributes)
        self._make(f"{prompt}, not {reverse}" if taken else prompt, prompt, reverse)

    def new(self) -> None:
        """Ask for another attribute."""
        dialog = AttributeDialog([each.name for each in self.judging.attributes], self)
        dialog.made.connect(self._make)
        dialog.open()

    def rename(self) -> None:
        """Ask for another name."""
        attribute = self.judging.attribute
        if attribute is not None:
            dialog = RenameDialog(attribute.name, [each.name for each in self.judging.attributes], self)
            dialog.renamed.connect(lambda name: self._rename(attribute, name))
            dialog.open()

    def remove(self) -> None:
        """Take the attribute out of the list; undo brings it back with its answers."""
        attribute = self.judging.attribute
        if attribute is not None:
            self._around.undo_stack.push(RemoveAttributeStep(self._around.client, attribute, self.judging.choose))
            words = f"“{attribute.name}” was removed; its answers are kept."
            self._around.say(words, "Undo", self._around.undo_stack.undo)

    def _make(self, name: str, prompt: str, reverse: str) -> None:
        step = MakeAttributeStep(self._around.client, (name, prompt, reverse), self._made)
        self._around.undo_stack.push(step)

    def _made(self, attribute_id: int) -> None:
        self.judging.choose(attribute_id)
        self._around.show("judge")

    def _rename(self, attribute: Attribute, name: str) -> None:
        self._around.undo_stack.push(RenameAttributeStep(self._around.client, attribute, name))

    # ---- answers -----------------------------------------------------------------------------------------

    def _answer(self, said: str) -> None:
        side = {"first": 0, "second": 1}.get(said)
        if not self.keys.flagging:
            self.judging.answer(said)
        elif side is not None:
            self.keys.set_flagging(False)
            self.judging.flag(side)

    def _flag(self) -> None:
        self.keys.set_flagging(self.judging.pair is not None and not self.keys.flagging)

    def _take_back(self) -> None:
        self.keys.set_flagging(False)
        self.judging.take_back()

    def show_order(self) -> None:
        """Order the library by what was judged."""
        self._with_attribute(self._around.order_by)

    def _with_attribute(self, act: Callable[[Attribute], None]) -> None:
        if self.judging.attribute is not None:
            act(self.judging.attribute)

    def show_cycles(self) -> None:
        """The answers that contradict each other, each three with a way to judge them again."""
        standing = self.judging.standing
        if standing is None or not standing.cycles:
            return
        files = [self._files([shown.file for shown in cycle]) for cycle in standing.cycles]
        dialog = CyclesDialog(self._around.pictures, files, standing.cycles_found, standing.triples, self)
        dialog.again.connect(lambda place: self.judging.judge_again(_steps(standing.cycles[place])))
        dialog.open()

    # ---- what is shown -----------------------------------------------------------------------------------

    def _show_state(self) -> None:
        judging = self.judging
        few, none = self._around.files.total < 2, judging.attribute is None
        self._states.setCurrentIndex(0 if few else 1 if none else 2)
        pair = judging.pair
        ratio = self.devicePixelRatioF()
        self._ahead.hold(judging.pairs, ratio * max(self.view.width() / 2, self.view.height()))
        two = self._ahead.pictures(pair) if pair is not None else None
        if two is not None:
            self._problem = None
            if self.view.sides != two:
                self.view.show_pictures(two)
        else:
            self.keys.set_flagging(False)
            self.message.say(*self._what_is_missing())
        self._centre.setCurrentIndex(0 if two is not None else 1)
        for name in (*ANSWERS, "flag_image"):
            self._actions[name].setEnabled(two is not None)
        self._actions["take_back"].setEnabled(judging.can_take_back)

    def _what_is_missing(self) -> tuple[str, str, Callable[[], object]]:
        """Why there is no pair: a sentence, and a button with what it does."""
        standing = self.judging.standing
        if self._problem is not None:
            return str(self._problem), "Try again", self._try_again
        if not self.judging.is_exhausted:
            return "Choosing the pairs that tell most…", "", self._try_again
        if standing is not None and standing.images < 2:
            return "The pictures are still being read; pairs follow by themselves.", "", self._try_again
        return "Every pair that tells something was asked.", "Show the order", self.show_order

    def _try_again(self) -> None:
        self._problem = None
        self.judging.begin()

    def _show_problem(self, problem: Problem) -> None:
        self._problem = problem
        self._show_state()

    def _show_attribute(self, attribute: Attribute | None) -> None:
        self._problem = None
        self.attributes.show_attributes(self.judging.attributes, attribute)
        self.question.setText(question_about(attribute.name, attribute.prompt) if attribute is not None else "")
        for name in OF_AN_ATTRIBUTE:
            self._actions[name].setEnabled(attribute is not None)
        self._show_state()

    def _show_standing(self, standing: AttributeStanding | None) -> None:
        self.sureness.show_standing(standing)
        self._actions["show_cycles"].setEnabled(standing is not None and bool(standing.cycles))
        room = self.strip.room()
        first = self._files(standing.leading[:room]) if standing is not None else []
        last = self._files(standing.last) if standing is not None else []
        self.strip.show_order(first, last, standing.images if standing is not None else 0)
        if self.judging.pair is None:
            self._show_state()

    def _files(self, file_ids: Sequence[int]) -> list[File]:
        with suppress(LibraryError), Library(self._around.library) as library:
            return [file for file in map(library.file, file_ids) if file is not None]
        return []

    def changeEvent(self, event: QEvent) -> None:
        """The marks on the keys follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.keys.show_theme()

    # ---- making ------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self.question.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._centre.addWidget(self.view)
        self._centre.addWidget(self.message)
        page = QWidget()
        page.setProperty("kind", "page")
        box = column(spacing=0)
        box.addLayout(row(self.attributes, 1, self.sureness, margins=(16, 8, 16, 8), spacing=16))
        box.addWidget(self.question)
        box.addSpacing(8)
        box.addWidget(self._centre, 1)
        box.addWidget(self.keys)
        whole = button("Whole order", self.show_order)
        box.addLayout(row(self.strip, whole, margins=(16, 0, 16, 8), spacing=16))
        page.setLayout(box)
        for each in (self._no_library, self._no_attribute, page):
            self._states.addWidget(each)
        self.setLayout(column(self._states))

    def _connect(self) -> None:
        judging = self.judging
        effects: dict[str, Callable[[], object]] = {
            **{name: lambda said=said: self._answer(said) for name, said in ANSWERS.items()},
            "flag_image": self._flag,
            "take_back": self._take_back,
            "new_attribute": self.new,
            "rename_attribute": self.rename,
            "remove_attribute": self.remove,
            "show_cycles": self.show_cycles,
            "import_judgements": lambda: self._with_attribute(self.files.choose_import),
            "export_judgements": lambda: self._with_attribute(self.files.choose_export),
        }
        for name, effect in effects.items():
            self._actions[name].triggered.connect(lambda _=False, effect=effect: effect())
        for name in (*ANSWERS, "flag_image", "take_back"):
            self._actions[name].setAutoRepeat(False)  # a key that is held answers one pair
            self.addAction(self._actions[name])
        self._leave_flagging.triggered.connect(lambda: self.keys.set_flagging(False))
        self.addAction(self._leave_flagging)
        self._no_library.pressed.connect(self._actions["add_folder"].trigger)
        self._no_attribute.pressed.connect(self.new)
        self._around.files.loaded.connect(self._show_state)
        self.attributes.chosen.connect(judging.choose)
        self.strip.opened.connect(self.show_order)
        self.sureness.cycles_wanted.connect(self.show_cycles)
        judging.chosen.connect(self._show_attribute)
        judging.attributes_changed.connect(lambda: self._show_attribute(judging.attribute))
        judging.pairs_changed.connect(self._show_state)
        judging.standing_changed.connect(self._show_standing)
        judging.failed.connect(self._show_problem)
        self._show_attribute(None)
        self._show_standing(None)


def _steps(cycle: Sequence[Shown]) -> list[tuple[Shown, Shown]]:
    """The pairs of a cycle: each with its neighbour, the last with the first."""
    return list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
