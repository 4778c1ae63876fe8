"""What is said of two classes, and what it changes: sentences, alpha with its curve, gain beside that of random words.

Fed by the classify page; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.widgets.alpha_curve import AlphaCurve
from app.widgets.parts import ComboBox, ElidedLabel, Label, button, clear, column, icon_button, row
from engine.classify.figures import ClassFigures
from engine.classify.sets import AVERAGED, SYMMETRIC, ClassSet, Comparative
from engine.classify_messages import ClassifyResult

FORMS = (
    (SYMMETRIC, "Both classes move apart"),
    (AVERAGED, "Only the second moves (the paper's form)"),
)
CLOSE = ((1.0, "For all images"), (0.5, "Where the two are within 50 %"), (0.2, "Where the two are within 20 %"))
SETTLE_MS = 150  # after the last step of the slider


class Comparatives(QWidget):
    """The pair that is looked at, and all about it.

    Signals:
        said(str): how the first class differs from the second.
        unsaid(Comparative): take this away.
        draft_wanted(), model_wanted(): phrases of the bank; those of a language model.
        pair_wanted(int, int): look at this pair.
        alpha_chosen(float), form_chosen(str), close_chosen(float): how comparatives count.
        switched_wanted(): show the images that have another label now.
    """

    said = Signal(str)
    unsaid = Signal(object)
    draft_wanted = Signal()
    model_wanted = Signal()
    pair_wanted = Signal(int, int)
    alpha_chosen = Signal(float)
    form_chosen = Signal(str)
    close_chosen = Signal(float)
    switched_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._pair = Label("", "heading", wrap=True)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        self._text = QLineEdit()
        self._text.setAccessibleName("What tells the two classes apart")
        self._text.returnPressed.connect(self._say)
        self._add = button("Add", self._say)
        self._draft = button("Draft", self.draft_wanted.emit)
        self._draft.setToolTip("Phrases that separate the images taken for the one from those taken for the other")
        self._model = button("Ask a model…", self.model_wanted.emit)
        self._model.setToolTip("A language model of your own Ollama")
        self._proposed = QVBoxLayout()
        self._proposed.setSpacing(0)
        self.curve = AlphaCurve()
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(lambda: self.alpha_chosen.emit(self.curve.alpha))
        self.curve.valueChanged.connect(lambda _: self._settle.start())
        self._form = _choice("Which classes move", FORMS)
        self._form.activated.connect(lambda _: self.form_chosen.emit(self._form.currentData()))
        self._close = _choice("For which images", CLOSE)
        self._close.activated.connect(lambda _: self.close_chosen.emit(self._close.currentData()))
        self._gain = Label("", wrap=True)
        self._control = Label("", "quiet", wrap=True)
        self._switched = button("", self.switched_wanted.emit, kind="link")
        self._arrange()

    def show_pair(self, classes: ClassSet, pair: tuple[int, int]) -> None:
        """The two classes, and what is said of them."""
        first, second = (classes.names[place] for place in pair)
        same = first == second
        self._pair.setText(f"{first}: compare it with another class" if same else f"How {first} differs from {second}")
        self._text.setPlaceholderText(f"{first} is … than {second}: furrier, with longer ears")
        self._text.setAccessibleName(f"How {first} differs from {second}")
        for part in (self._text, self._add, self._draft, self._model):
            part.setEnabled(not same)
        clear(self._lines)
        for each in classes.comparatives:
            if {each.first, each.second} == {first, second}:
                self._lines.addWidget(self._line(each))
        self.curve.show_alpha(classes.alpha)
        self._form.setCurrentIndex(self._form.findData(classes.form))
        self._close.setCurrentIndex(max(0, self._close.findData(classes.close)))

    def show_proposed(self, names: Sequence[str], pairs: Sequence[tuple[int, int]]) -> None:
        """The pairs that are worth comparing most."""
        clear(self._proposed)
        for a, b in pairs:
            words = f"{names[a]} and {names[b]}"
            link = button(words, lambda a=a, b=b: self.pair_wanted.emit(a, b), kind="link")
            self._proposed.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)

    def show_result(self, result: ClassifyResult | None, switched: int) -> None:
        """What the comparatives changed."""
        compared = result is not None and bool(result.classes.comparatives)
        self.curve.show_points(result.curve if result else ())
        self._gain.setText(gain_words(result) if result and compared else "")
        self._control.setText(control_words(result) if result and compared else "")
        self._switched.setText(f"Show the {switched:,} images that switched")
        self._switched.setVisible(compared and switched > 0)
        for part in (self.curve, self._form, self._close, self._gain, self._control):
            part.setVisible(compared)

    def clear_text(self) -> None:
        """What was typed is said."""
        self._text.clear()

    def _say(self) -> None:
        if self._text.text().strip():
            self.said.emit(self._text.text())

    def _line(self, said: Comparative) -> QWidget:
        words = ElidedLabel(f"{said.first}: {said.text}")
        remove = icon_button("close", f"Remove: {said.text}", lambda: self.unsaid.emit(said))
        line = QWidget()
        layout = row(words, remove, spacing=4)
        layout.setStretch(0, 1)
        line.setLayout(layout)
        return line

    def _arrange(self) -> None:
        whole = column(self._pair, spacing=8)
        whole.addLayout(self._lines)
        whole.addLayout(row(self._text, self._add))
        whole.addLayout(row(self._draft, self._model, 1))
        whole.addWidget(self.curve)
        whole.addWidget(self._form)
        whole.addWidget(self._close)
        whole.addWidget(self._gain)
        whole.addWidget(self._control)
        whole.addLayout(row(self._switched, 1))
        whole.addWidget(Label("Mistaken for each other most", "heading"))
        whole.addLayout(self._proposed)
        whole.addStretch(1)
        self.setLayout(whole)
        self.show_result(None, 0)


def gain_words(result: ClassifyResult) -> str:
    """The gain over zero-shot, where something is known."""
    gained = result.gained
    if gained is None:
        return ""
    return (
        f"{100 * gained.gain:+.1f} points over zero-shot (standard error {100 * gained.error:.1f}):"
        f" {gained.put_right:,} put right, {gained.put_wrong:,} put wrong."
    )


def control_words(result: ClassifyResult) -> str:
    """What random words gain in place of the comparatives, and what follows from that."""
    control, gained = result.control, result.gained
    if control is None or gained is None:
        return "Say what some images are, and the gain is measured beside that of random words." if not gained else ""
    gains = control.gains
    words = (
        f"Random words in their place: {100 * control.mean:+.1f} on average,"
        f" {100 * gains[0]:+.1f} to {100 * gains[-1]:+.1f} in {len(gains)} draws."
    )
    if gained.gain > 0 and control.chance > 0.1:
        words += f" {control.as_good} of them do as well: this gain may be chance."
    return words


def class_words(name: str, found: ClassFigures) -> str:
    """How many of a class's images are found, and how many of those taken for it are of it."""
    recall = "none of its images is known"
    if found.recall is not None:
        recall = f"{100 * found.recall:.0f} % of {found.images:,} found"
    if found.precision is None:
        return f"{name}: {recall}; none is taken for it."
    return f"{name}: {recall}; {100 * found.precision:.0f} % of the {found.labelled:,} taken for it are."


def left_out_words(result: ClassifyResult) -> str:
    """Labels that count nowhere, and why; begins with a space, "" where all do."""
    words = ""
    if result.strange:
        unknown = ", ".join(f"{name} ({count:,})" for name, count in result.strange[:3])
        words = f" Labels that are no class: {unknown}."
    if result.rejected:
        line, reason = result.reasons[0]
        count = "One line of the table was" if result.rejected == 1 else f"{result.rejected:,} lines of the table were"
        words += f" {count} not taken; line {line}: {reason}"
    return words


def _choice(name: str, options: Sequence[tuple[object, str]]) -> ComboBox:
    made = ComboBox()
    made.setAccessibleName(name)
    for value, words in options:
        made.addItem(words, value)
    return made
