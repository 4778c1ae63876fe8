"""The models and settings page: which model answers on which device, what others there are, how the window looks.

Made by `app.pages.making`. The list is read on a thread of its own, because it looks at files; getting, using and
removing a model are jobs of the engine, which the strip shows.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal, SignalInstance
from PySide6.QtWidgets import QFileDialog, QFormLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from app.background import Background
from app.engine_client import NEW
from app.ollama import Ollama
from app.pages.page import Page, Surroundings
from app.theme import MODES
from app.widgets.ollama_panel import OllamaPanel
from app.widgets.parts import ComboBox, Label, button, clear, column, row
from engine.protocol import GetModel, ImportModel, ModelInfo, ModelReady, RemoveModel, UseModel
from engine.store.rows import File

_MODE_WORDS = {"system": "Like the system", "dark": "Dark", "light": "Light"}
_STATES = {"built-in": "comes with PairLens", "here": "on this machine", "imported": "imported", "downloadable": ""}
_DETAILS = {"memory": "{} of memory", "speed": "speed: {}"}
_WIDTH = 880
ARRIVING_MS = 1500
_CHECKPOINTS = "Model files (*.safetensors *.pt *.pth *.bin *.ckpt);;All files (*)"


class ModelCard(QFrame):
    """One model: what it is, what it costs, and what can be done with it.

    Signals:
        use(str), get(str), remove(str): with the model's name.
    """

    use = Signal(str)
    get = Signal(str)
    remove = Signal(str)

    def __init__(self, info: ModelInfo, *, in_use: bool) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName(info.title)
        head = row(Label(info.title, "heading"))
        state = "in use" if in_use else _STATES.get(info.state, info.state)
        if state:
            head.addWidget(Label(state, "chip"))
        head.addStretch(1)
        text = column(spacing=4)
        text.addLayout(head)
        if info.note:
            text.addWidget(Label(info.note, wrap=True))
        text.addWidget(Label(facts(info), "quiet", wrap=True))
        whole = row(margins=(16, 12, 16, 12), spacing=16)
        whole.addLayout(text, 1)
        for words, signal, kind in self._offers(info, in_use):
            made = button(words, lambda signal=signal: signal.emit(info.name), kind=kind)
            made.setAccessibleName(f"{words} {info.title}")
            made.setMinimumWidth(72)
            whole.addWidget(made)
        self.setLayout(whole)

    def _offers(self, info: ModelInfo, in_use: bool) -> list[tuple[str, SignalInstance, str]]:
        if info.state == "downloadable":
            return [("Get", self.get, "")]
        if info.state == "damaged":
            return [("Remove", self.remove, "link")]
        offers = [] if in_use else [("Use", self.use, "")]
        if info.state != "built-in" and not in_use:
            offers.insert(0, ("Remove", self.remove, "link"))
        return offers


class ModelsPage(Page):
    """Models, then settings.

    Signals:
        theme_chosen(str): one of `app.theme.MODES`.
    """

    theme_chosen = Signal(str)

    def __init__(self, around: Surroundings, ollama: Ollama) -> None:
        super().__init__()
        client = self._client = around.client
        self._models: Sequence[ModelInfo] = ()
        self._ready: ModelReady | None = None
        self._in_use = Label("", wrap=True)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(8)
        self.theme_box = ComboBox()
        self.theme_box.setAccessibleName("Theme")
        self.theme_box.view().setAccessibleName("Themes")
        for name in MODES:
            self.theme_box.addItem(_MODE_WORDS[name], name)
        self.show_mode(around.preferences.theme)
        self.theme_box.activated.connect(lambda: self.theme_chosen.emit(self.theme_box.currentData()))
        self.device_box = ComboBox()
        self.device_box.setAccessibleName("Device")
        self.device_box.view().setAccessibleName("Devices")
        self.device_box.activated.connect(lambda: self._use_device(self.device_box.currentData()))
        self.ollama = OllamaPanel(ollama)
        self._to_ollama = False
        self._arrange()
        around.actions["ollama_settings"].triggered.connect(lambda: self._show_ollama(around))
        self._listing = Background(self)
        self._listing.done.connect(self._show_list)
        client.model_ready.connect(self.show_model)
        self.show_model(None)

    def enter(self, chosen: Sequence[File]) -> None:
        """Models may have come or gone since the page was last shown."""
        self._to_ollama = False
        self.refresh()
        self.ollama.refresh()

    def leave_window(self) -> None:
        """Wait for the thread that looks at the models."""
        self._listing.close()

    def refresh(self) -> None:
        """Look again which models there are."""
        self._listing.start(_models)

    def show_model(self, ready: ModelReady | None) -> None:
        """Say which model answers."""
        self._ready = ready
        self._in_use.setText(
            f"{ready.name} answers on {ready.device}, with {ready.dim} numbers an image."
            if ready
            else "No model is loaded yet: pictures can be looked at, but not compared."
        )
        self._show_devices(ready)
        self._show_list(self._models)

    def show_mode(self, mode: str) -> None:
        """Show which theme is chosen."""
        self.theme_box.setCurrentIndex(MODES.index(mode))

    def _arrange(self) -> None:
        inside = QWidget()
        inside.setProperty("kind", "page")
        inside.setMaximumWidth(_WIDTH)
        box = column(Label("Models", "title"), self._in_use, margins=(32, 24, 32, 32), spacing=12)
        box.addLayout(self._cards)
        file = button("Import a model file…", self._choose_file)
        folder = button("Use a model folder…", self._choose_folder)
        box.addLayout(row(file, folder, 1))
        box.addSpacing(24)
        box.addWidget(Label("Settings", "title"))
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        for name, settings in (("Device", self.device_box), ("Theme", self.theme_box)):
            settings.setMinimumWidth(224)
            form.addRow(Label(name), settings)
        box.addLayout(form)
        box.addSpacing(24)
        box.addWidget(self.ollama)
        box.addStretch(1)
        inside.setLayout(box)
        self.setAccessibleName("Models and settings")
        self._scrolled = QScrollArea()
        self._scrolled.setWidgetResizable(True)
        self._scrolled.setWidget(inside)
        self._scrolled.verticalScrollBar().rangeChanged.connect(lambda least, most: self._scroll())
        self.setLayout(column(self._scrolled))

    def _show_ollama(self, around: Surroundings) -> None:
        around.show("models")
        self._to_ollama = True
        QTimer.singleShot(ARRIVING_MS, self, self._stay)
        self.ollama.model.setFocus()
        self._scroll()

    def _scroll(self) -> None:
        """To what was asked for, also while the list above it, which is read on a thread, still grows."""
        if self._to_ollama:
            self._scrolled.verticalScrollBar().setValue(self.ollama.y() - 16)

    def _stay(self) -> None:
        self._to_ollama = False

    def _use(self, name: str) -> None:
        self._client.ask(UseModel(NEW, name))

    def _get(self, name: str) -> None:
        """Download it, and use it at once where no model answers yet."""

        def here(result: object) -> None:
            if self._ready is None:
                self._use(name)

        self._client.ask(GetModel(NEW, name), done=here, ended=self.refresh)

    def _remove(self, name: str) -> None:
        self._client.ask(RemoveModel(NEW, name), ended=self.refresh)

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, "Choose a model file", "", _CHECKPOINTS)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.ask_about)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, "Choose a folder with a model of open_clip")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(lambda folder: self._use(f"local-dir:{folder}"))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def ask_about(self, file: str) -> None:
        """Ask what has to be known about a checkpoint file, then import it."""
        from app.widgets.import_model import ImportModelDialog

        dialog = ImportModelDialog(file, self)
        dialog.chosen.connect(self._import)
        dialog.show()

    def _import(self, file: str, architecture: str, name: str) -> None:
        self._client.ask(ImportModel(NEW, os.fsencode(file), architecture, name), ended=self.refresh)

    def _use_device(self, device: str) -> None:
        if self._ready is not None:
            self._client.ask(UseModel(NEW, self._ready.name, device))

    def _show_devices(self, ready: ModelReady | None) -> None:
        devices = ready.devices if ready is not None else ()
        best = f" ({devices[0][1]})" if devices else ""
        self.device_box.clear()
        for name, words in (("auto", f"Automatic{best}"), *devices):
            self.device_box.addItem(words, name)
        chosen = ready.chosen_device if ready is not None else "auto"
        self.device_box.setCurrentIndex(max(0, self.device_box.findData(chosen)))
        self.device_box.setEnabled(bool(devices))

    def _show_list(self, models: Sequence[ModelInfo]) -> None:
        self._models = models
        clear(self._cards)
        for info in models:
            card = ModelCard(info, in_use=self._ready is not None and self._ready.name == info.name)
            card.use.connect(self._use)
            card.get.connect(self._get)
            card.remove.connect(self._remove)
            self._cards.addWidget(card)


def _models() -> Sequence[ModelInfo]:
    """The models that there are; it looks into many files."""
    from engine.models import list_models

    return list_models()


def facts(info: ModelInfo) -> str:
    """Size, memory, speed and licence in one line, as far as they are known."""
    known = [f"{info.size_bytes / 1e6:,.0f} MB"] if info.size_bytes else []
    known += [words.format(info.details[name]) for name, words in _DETAILS.items() if info.details.get(name)]
    if info.licence:
        known.append(f"licence: {info.licence}")
    return "   ·   ".join(known)
