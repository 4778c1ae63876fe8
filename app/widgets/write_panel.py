"""The panels that start writing: which pairs or images, who writes, what a language model is told.

Shown beside the tables of captions and differences. Pressing the button says what is wanted; `app.writing` starts it.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QPlainTextEdit, QScrollArea, QWidget

from app.engine_client import NEW
from app.ollama import Ollama
from app.tokens import GRID
from app.widgets.parts import ComboBox, Label, NumberField, button, column, icon_button, plain_tooltip, row
from app.widgets.writer_box import WriterBox
from engine.protocol import Command
from engine.text_messages import ANSWER_SECONDS, WriteCaptions, WriteDifferences
from engine.writing_prompts import CAPTION, DIFFERENCES, OLLAMA

WIDTH = 38 * GRID
CHOICES = {
    "random": ("At random", "Any two images, spread evenly over all of them."),
    "near": ("Alike: small differences", "Each image with those most like it."),
    "along": ("Far apart along a comparison", "One that has much of it with one that has little."),
    "folders": ("Across folders", "Images of different folders."),
}
ONE_MODEL = "A model that sees is needed, such as llava or qwen2.5vl."


class WritePanel(QScrollArea):
    """What both panels have: a writer, instructions for a model, seconds for an answer, and the button.

    Signals:
        closed(): the person wants the panel away.
        wanted(Command): write what the fields say.
    """

    closed = Signal()
    wanted = Signal(object)

    def __init__(self, title: str, words: str, ollama: Ollama, *, rules: bool, instructions: str) -> None:
        super().__init__()
        self._ours = instructions
        self.setAccessibleName(title)
        self.setProperty("kind", "panel")
        self.setWidgetResizable(True)
        self.setFixedWidth(WIDTH)
        self.writer = WriterBox(ollama, rules=rules)
        self.instructions = QPlainTextEdit(instructions)
        self.instructions.setAccessibleName("What the model is told")
        self.instructions.setTabChangesFocus(True)
        self.instructions.setMinimumHeight(18 * GRID)
        self.seconds = NumberField(10, 3600, int(ANSWER_SECONDS), "Seconds for an answer")
        self.ours = button("Back to PairLens's words", lambda: self.instructions.setPlainText(self._ours), kind="link")
        self.write = button(title, lambda: self.wanted.emit(self._job()), kind="primary")
        self.form = QFormLayout()
        self.form.setVerticalSpacing(GRID)
        self.form.setHorizontalSpacing(GRID)
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self._of_a_model = QWidget()
        told = column(Label("What the model is told", "quiet"), self.instructions, spacing=4)
        told.addLayout(row(self.ours, 1))
        told.addWidget(Label("An answer may take", "quiet"))
        told.addLayout(row(self.seconds, Label("seconds"), 1))
        self._of_a_model.setLayout(told)
        inside = QWidget()
        inside.setProperty("kind", "panel")
        box = column(margins=(16, 8, 16, 16), spacing=12)
        box.addLayout(row(Label(title, "heading"), 1, icon_button("close", "Close this panel", self.closed.emit)))
        box.addWidget(Label(words, "quiet", wrap=True))
        box.addLayout(self.form)
        box.addWidget(self._of_a_model)
        box.addWidget(self.write)
        box.addStretch(1)
        inside.setLayout(box)
        self.setWidget(inside)
        self.writer.box.currentIndexChanged.connect(lambda place: self._adapt())
        self.instructions.textChanged.connect(self._adapt)

    def _adapt(self) -> None:
        """Show what matters for the writer that is chosen."""
        self._of_a_model.setVisible(self.writer.writer.startswith(OLLAMA))
        self.ours.setVisible(self.instructions.toPlainText().strip() != self._ours.strip())
        self.write.setEnabled(bool(self.writer.writer))

    def _told(self) -> str:
        typed = self.instructions.toPlainText().strip()
        return "" if typed == self._ours.strip() else typed

    def _job(self) -> Command:
        """What the fields say."""
        raise NotImplementedError  # not an abstract method: Qt's metaclass leaves no room for another


class WriteDifferencesPanel(WritePanel):
    """What to write on pairs of images."""

    def __init__(self, ollama: Ollama) -> None:
        words = "Each pair gets sentences on what tells its images apart. A pair is never asked about twice."
        super().__init__("Write differences", words, ollama, rules=True, instructions=DIFFERENCES)
        self.pairs = NumberField(1, 10_000_000, 500, "Number of pairs")
        self.choice = ComboBox()
        self.choice.setAccessibleName("Which pairs")
        self.choice.view().setAccessibleName("Ways to choose pairs")
        for name, (title, _) in CHOICES.items():
            self.choice.addItem(title, name)
        self.along = QLineEdit()
        self.along.setAccessibleName("The comparison to choose along")
        self.along.setPlaceholderText("for example: brighter")
        self.look = QCheckBox("Show it the images, too")
        self.look.setToolTip(plain_tooltip(f"{ONE_MODEL} Otherwise it is told the captions only."))
        for title, field in (
            ("How many pairs", self.pairs),
            ("Which", self.choice),
            ("Along", self.along),
            ("Writer", self.writer),
        ):
            self.form.addRow(Label(title, "quiet"), field)
        self.form.addRow(self.look)
        self.choice.currentIndexChanged.connect(lambda place: self._adapt())
        self.along.textChanged.connect(lambda text: self._adapt())
        self._adapt()

    def show_stock(self, captioned: int, images: int) -> None:
        """How many images can be compared."""
        self.write.setToolTip(plain_tooltip(f"{captioned:,} of {images:,} images have captions."))

    def _adapt(self) -> None:
        super()._adapt()
        name = self.choice.currentData()
        self.choice.setToolTip(plain_tooltip(CHOICES[name][1]))
        self.form.setRowVisible(self.along, name == "along")
        self.form.setRowVisible(self.look, self.writer.writer.startswith(OLLAMA))
        if name == "along" and not self.along.text().strip():
            self.write.setEnabled(False)

    def _job(self) -> WriteDifferences:
        model = self.writer.writer.startswith(OLLAMA)
        return WriteDifferences(
            NEW,
            self.pairs.value(),
            self.writer.writer,
            self.choice.currentData(),
            self.along.text().strip() if self.choice.currentData() == "along" else "",
            look=model and self.look.isChecked(),
            instructions=self._told() if model else "",
            seconds=float(self.seconds.value()),
        )


class WriteCaptionsPanel(WritePanel):
    """What to write on single images."""

    def __init__(self, ollama: Ollama) -> None:
        words = f"Images that the model has not described yet get a caption each. {ONE_MODEL}"
        super().__init__("Write captions", words, ollama, rules=False, instructions=CAPTION)
        self.images = NumberField(0, 10_000_000, 0, "Number of images")
        self.form.addRow(Label("How many images at most; 0 = all", "quiet"), self.images)
        self.form.addRow(Label("Writer", "quiet"), self.writer)
        self._adapt()

    def _job(self) -> WriteCaptions:
        images = self.images.value() or None
        return WriteCaptions(NEW, self.writer.writer, images, self._told(), float(self.seconds.value()))
